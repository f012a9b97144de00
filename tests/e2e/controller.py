# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible as its user runs it on the controller, which reaches the hosts by ssh only."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import subprocess
import termios
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ansible_collections.imds.azure.tests.e2e.private_world import PrivateWorld, eventually
from ansible_collections.imds.azure.tests.matrix import interpreters
from ansible_collections.imds.azure.tests.matrix.cores import OWN_PROGRAMS

# Variables of a host with which each run makes a connection of its own.
UNSHARED = 'ansible_ssh_args="-o ControlPath=none"'


def plain(value: Any) -> Any:
    """Without the mark that newer releases of ansible-core print with each string that is not trusted."""
    if isinstance(value, dict):
        return value['__ansible_unsafe'] if set(value) == {'__ansible_unsafe'} else {key: plain(child) for key, child in value.items()}
    return [plain(child) for child in value] if isinstance(value, list) else value


class Inventory:
    """What C(ansible-inventory --list) says."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        self.variables: dict[str, dict[str, Any]] = plain(document['_meta']['hostvars'])

    def members(self, group: str) -> set[str]:
        """The hosts of a group and of the groups below it."""
        entry = self._document.get(group, {})
        return set(entry.get('hosts', ())).union(*(self.members(child) for child in entry.get('children', ())))

    def groups(self) -> dict[str, set[str]]:
        """All groups that the plugin has made, with their members."""
        return {name: self.members(name) for name in self._document if name.startswith('azure')}

    def facts(self, host: str) -> dict[str, Any]:
        return self.variables[host]['azure_imds']


class Controller:
    """A folder with an inventory of its own."""

    def __init__(self, world: PrivateWorld, folder: Path, ssh_config: Path) -> None:
        self._world = world
        self._ssh_config = ssh_config
        self.folder = folder
        # Connections that ssh keeps open are kept from one run to the next, as they would be for a user, but not from one test to the next.
        self._kept = f'/run/home/{folder.stat().st_ino}'
        (folder / 'fleet.azure_imds.yml').write_text('plugin: imds.azure.hosts\n')

    def hosts(self, lines: Iterable[str], common_args: str | None = None) -> None:
        """Write the inventory in which the hosts are listed. By default ssh is told what all tests tell it."""
        variables = [f'ansible_control_path_dir={self._kept}', f'ansible_python_interpreter={interpreters.of_hosts()}']
        common_args = f'-F {self._ssh_config}' if common_args is None else common_args
        if common_args:
            variables.append(f'ansible_ssh_common_args={common_args}')
        (self.folder / 'hosts.ini').write_text('\n'.join([*lines, '[all:vars]', *variables]) + '\n')

    def host_variables(self, host: str, **variables: Any) -> None:
        """Write its file of variables."""
        folder = self.folder / 'host_vars'
        folder.mkdir(exist_ok=True)
        (folder / f'{host}.yml').write_text(json.dumps(variables))

    def options(self, **options: Any) -> None:
        """Give the plugin options; without this it has none at all."""
        (self.folder / 'fleet.azure_imds.yml').write_text(json.dumps({'plugin': 'imds.azure.hosts', **options}))

    def words(self, name: str, *arguments: str, programs: Path = OWN_PROGRAMS) -> list[str]:
        sources = [self.folder / 'hosts.ini', self.folder / 'fleet.azure_imds.yml']
        return [str(programs / name), *(word for source in sources for word in ('-i', str(source))), *arguments]

    def run(self, name: str, *arguments: str, programs: Path = OWN_PROGRAMS, check: bool = True) -> subprocess.CompletedProcess[str]:
        return self._world.run(*self.words(name, *arguments, programs=programs), check=check)

    def start(self, name: str, *arguments: str) -> tuple[subprocess.Popen[bytes], int]:
        """A program that is not waited for: what holds it and ends with its code, and its own process id."""
        holder = self._world.start(*self.words(name, *arguments), log=self.folder / 'log')
        children = Path(f'/proc/{holder.pid}/task/{holder.pid}/children')
        eventually(lambda: bool(children.read_text()), f'{name} does not start')
        return holder, int(children.read_text())

    def masters(self) -> set[str]:
        """The sockets of the connections that ssh keeps open."""
        return set(self._world.run('find', self._kept, '-type', 's').stdout.split())

    def inventory(self, *arguments: str, programs: Path = OWN_PROGRAMS) -> Inventory:
        return Inventory(json.loads(self.run('ansible-inventory', '--list', *arguments, programs=programs).stdout))

    def inventory_on_terminal(self, *arguments: str, programs: Path = OWN_PROGRAMS, **environment: str) -> tuple[Inventory, str]:
        """As in the hands of a user who types nothing: the inventory, and all that the terminal showed."""
        output = self.folder / 'inventory.json'
        master, slave = pty.openpty()
        process = subprocess.Popen(
            self._world.command(*self.words('ansible-inventory', '--list', '--output', str(output), *arguments, programs=programs)),
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**self._world.environment, 'TERM': 'xterm', **environment},
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(slave)
        shown = b''
        try:
            # A terminal that nobody has open any more reads as an error.
            while data := os.read(master, 65536):
                shown += data
        except OSError:
            pass
        finally:
            os.close(master)
        assert process.wait(timeout=60) == 0, shown
        return Inventory(json.loads(output.read_text())), shown.decode()
