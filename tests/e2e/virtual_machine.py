# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Virtual machines in namespaces: each with an address on the controller's bridge, an sshd, and a metadata service on its own 169.254.169.254."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from ansible_collections.imds.azure.tests.e2e import accounts
from ansible_collections.imds.azure.tests.e2e.private_world import PrivateWorld, eventually, program

SERVICE = '169.254.169.254'
AZURE_TAG = '7783-7084-3265-9085-8269-3286-77'
SIMULATOR = Path(__file__).parents[2] / 'roles/simulator/files/imds_simulator'
CONTROL_PORT = 9168
# For Python on hosts.
TESTS = Path(__file__).parents[1]
KEPT_BYTECODE = (
    [f'PYTHONPATH={TESTS}/e2e/python_of_hosts:{TESTS}/loopback_only', f'IMDS_TEST_BYTECODE={os.environ["IMDS_TEST_BYTECODE"]}']
    if 'IMDS_TEST_BYTECODE' in os.environ
    else []
)
# A port of its sshd for each set of tools that a host may have to ask its service with.
TOOL_PORTS = {'curl': 2201, 'wget': 2202, 'python3': 2203, 'nothing': 2204, 'busybox': 2205}
# What the shell command needs besides; all but Python and whatever asks.
COREUTILS = ('cat', 'grep', 'head', 'sh', 'timeout')
# Loopback has no proxies, and a program for each request keeps this process out of the namespaces.
ASK_CONTROL = """
import sys, urllib.request
url, method, body = sys.argv[1:]
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
print(opener.open(urllib.request.Request(url, body.encode() or None, method=method), timeout=10).read().decode())
"""


@dataclasses.dataclass(frozen=True)
class Machine:
    """What a host is: its settings in the simulator, and the chassis asset tag, which may be impossible to read."""

    name: str
    address: str
    settings: dict[str, Any]
    chassis: str | None = None


class VirtualMachine:
    """A running one."""

    def __init__(self, world: PrivateWorld, machine: Machine, folder: Path) -> None:
        self.machine = machine
        self.name = machine.name
        self._world = world
        self._folder = folder / machine.name
        self._folder.mkdir()
        self._start_service()
        self._start_sshd()

    def _start_service(self) -> None:
        fleet = self._folder / 'fleet.json'
        fleet.write_text(json.dumps({'vms': [{'name': self.name, **self.machine.settings}]}))
        options = ['--fleet', str(fleet), '--addresses', SERVICE, '--allow-any-address', '--ready-file', str(self._folder / 'ready.json')]
        self._service = self.start(sys.executable, '-B', str(SIMULATOR), *options, '--control', f'127.0.0.1:{CONTROL_PORT}')

    def _start_sshd(self) -> None:
        key = self._folder / 'host_key'
        subprocess.run([program('ssh-keygen'), '-q', '-t', 'ed25519', '-N', '', '-f', str(key)], check=True, timeout=30)
        configuration = self._folder / 'sshd_config'
        lines = [
            f'HostKey {key}',
            f'PidFile {self._folder}/sshd.pid',
            f'AuthorizedKeysFile {accounts.AUTHORIZED_KEYS}',
            'PermitRootLogin prohibit-password',
            'PasswordAuthentication no',
            'KbdInteractiveAuthentication no',
            'UsePAM no',
            'StrictModes no',
            'UseDNS no',
            'PrintMotd no',
            'MaxStartups 100',
            ' '.join(['SetEnv PATH=/usr/local/bin:/usr/bin:/bin', *KEPT_BYTECODE]),
            'Port 22',
            *(f'Port {port}' for port in TOOL_PORTS.values()),
            *(f'Match LocalPort {port}\n  SetEnv PATH={self._path_with(tool)}' for tool, port in TOOL_PORTS.items()),
            *accounts.of_sshd(),
        ]
        configuration.write_text('\n'.join(lines) + '\n')
        # sysfs takes no new folders, and most machines without firmware have no dmi in it, so all of /sys/class is another folder for this sshd.
        tag = self._folder / 'class/dmi/id/chassis_asset_tag'
        tag.parent.mkdir(parents=True)
        if self.machine.chassis is not None:
            tag.write_text(f'{self.machine.chassis}\n')
        script = f'mount --bind {self._folder}/class /sys/class && exec {program("sshd")} -D -e -f {configuration}'
        self._sshd = self.start('sh', '-c', script)

    def _path_with(self, tool: str) -> Path:
        """A folder for PATH in which one tool is, or nothing but what BusyBox is."""
        folder = self._folder / f'bin-{tool}'
        folder.mkdir()
        if tool == 'busybox':
            for name in (*COREUTILS, 'wget'):
                (folder / name).symlink_to(shutil.which(tool) or f'/bin/{tool}')
            return folder
        for name in COREUTILS:
            (folder / name).symlink_to(program(name))
        if tool == 'python3':
            (folder / tool).symlink_to(sys.executable)
        elif tool != 'nothing':
            # Where the machine lacks the tool, the test for it is skipped.
            (folder / tool).symlink_to(f'/usr/bin/{tool}')
        return folder

    def wait(self) -> None:
        """Until service and sshd listen."""
        signs = [self._folder / 'ready.json', self._folder / 'sshd.pid']

        def ended() -> bool:
            return any(process.poll() is not None for process in (self._service, self._sshd))

        eventually(lambda: ended() or all(sign.exists() for sign in signs), f'{self.name} does not listen')
        assert not ended(), self.log()

    def log(self) -> str:
        """What its service and its sshd say."""
        return (self._folder / 'log').read_text()

    @property
    def host_key(self) -> str:
        return (self._folder / 'host_key.pub').read_text()

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        return self._world.start(*words, host=self.name, log=self._folder / 'log')

    def run(self, *words: str) -> str:
        return self._world.run(*words, host=self.name).stdout

    def control(self, path: str, method: str = 'GET', body: object = None) -> Any:
        """Ask or tell this host's simulator."""
        url = f'http://127.0.0.1:{CONTROL_PORT}/vms/{self.name}{path}'
        return json.loads(self.run(sys.executable, '-I', '-c', ASK_CONTROL, url, method, '' if body is None else json.dumps(body)))

    def connections_opened(self) -> int:
        """How many TCP connections anything on this host has tried to open."""
        names, values = (line.split() for line in self.run('cat', '/proc/net/snmp').splitlines() if line.startswith('Tcp:'))
        return int(values[names.index('ActiveOpens')])

    def connect(self, connected: bool = True) -> None:
        """Plug or pull its network cable."""
        self._world.run('ip', 'link', 'set', self.name, 'up' if connected else 'down')
