# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What it takes to ask a fleet over ssh for the first time: the plugin, bare ssh and curl, and a playbook that does the same with ansible.builtin.uri.

Called by ``make bench``; needs the programs sshd, ssh and curl. Only ratios mean anything.
"""

from __future__ import annotations

import contextlib
import getpass
import json
import os
import pathlib
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator

ROOT = pathlib.Path(__file__).resolve().parents[2]
HOSTS = int(os.environ.get('BENCH_HOSTS', '200'))
ROUNDS = int(os.environ.get('BENCH_ROUNDS', '3'))
FORKS = 20
PLAYBOOK = """\
- hosts: all
  gather_facts: false
  tasks:
    - ansible.builtin.uri:
        url: "{{ azure_imds_endpoint }}/metadata/instance?api-version=2025-04-07"
        headers: {Metadata: "true"}
        use_proxy: false
      register: answer
    - ansible.builtin.group_by:
        key: azure_location_{{ answer.json.compute.location }}
"""


def main() -> None:
    sshd = shutil.which('sshd', path=f'{os.environ["PATH"]}:/usr/sbin:/sbin')
    if not sshd or not shutil.which('ssh') or not shutil.which('curl'):
        print('Asking a fleet over ssh is left out: sshd, ssh or curl is not installed.')
        return
    with tempfile.TemporaryDirectory() as name, simulator() as endpoint:
        folder = pathlib.Path(name)
        with ssh_server(sshd, folder) as port:
            show(measure(commands(folder, port, endpoint), folder))


@contextlib.contextmanager
def simulator() -> Iterator[str]:
    command = [sys.executable, str(ROOT / 'roles/simulator/files/imds_simulator'), '--generate', '1', '--rate-limit', '0', '--exit-with-stdin']
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        [endpoint] = json.loads(process.stdout.readline())['vms'].values()
        yield endpoint
        process.communicate()


@contextlib.contextmanager
def ssh_server(sshd: str, folder: pathlib.Path) -> Iterator[int]:
    """One server of our own on loopback, for the user who runs this."""
    with socket.create_server(('127.0.0.1', 0)) as listener:
        port: int = listener.getsockname()[1]
    for key in ('host', 'user'):
        subprocess.run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', str(folder / key)], check=True)
    shutil.copy(folder / 'user.pub', folder / 'authorized_keys')
    (folder / 'known_hosts').write_text(f'[127.0.0.1]:{port} {(folder / "host.pub").read_text()}')
    settings = {
        'ListenAddress': f'127.0.0.1:{port}',
        'HostKey': folder / 'host',
        'AuthorizedKeysFile': folder / 'authorized_keys',
        'PidFile': 'none',
        'StrictModes': 'no',
        'UsePAM': 'no',
        'PermitRootLogin': 'prohibit-password',
        'MaxStartups': '1000',
    }
    (folder / 'sshd_config').write_text(''.join(f'{key} {value}\n' for key, value in settings.items()))
    if os.geteuid() == 0:
        pathlib.Path('/run/sshd').mkdir(exist_ok=True)
    process = subprocess.Popen([sshd, '-D', '-f', str(folder / 'sshd_config')], stderr=subprocess.DEVNULL)
    try:
        while process.poll() is None:
            with contextlib.suppress(ConnectionRefusedError), socket.create_connection(('127.0.0.1', port)):
                break
        yield port
    finally:
        process.kill()
        process.wait()


def commands(folder: pathlib.Path, port: int, endpoint: str) -> dict[str, list[str]]:
    options = f'-F none -i {folder}/user -o UserKnownHostsFile={folder}/known_hosts -o IdentitiesOnly=yes -o BatchMode=yes -o ControlMaster=no'
    variables = {
        'ansible_host': '127.0.0.1',
        'ansible_port': port,
        'ansible_user': getpass.getuser(),
        'ansible_ssh_args': options,
        'ansible_python_interpreter': sys.executable,
        'azure_imds_endpoint': endpoint,
    }
    inventory = {'all': {'vars': variables, 'hosts': {f'vm{index:03}': None for index in range(HOSTS)}}}
    (folder / 'hosts.json').write_text(json.dumps(inventory))
    (folder / 'fleet.azure_imds.yml').write_text(f'plugin: imds.azure.hosts\nforks: {FORKS}\nstrict: true\n')
    (folder / 'uri.yml').write_text(PLAYBOOK)
    program = str(pathlib.Path(sys.executable).parent) + '/'
    hosts = ['-i', str(folder / 'hosts.json')]
    curl = f'curl -s --noproxy "*" -H Metadata:true "{endpoint}/metadata/instance?api-version=2025-04-07"'
    bare = f"seq {HOSTS} | xargs -P {FORKS} -I NUMBER ssh {options} -p {port} 127.0.0.1 '{curl}'"
    return {
        'ssh and curl by xargs': ['sh', '-c', bare],
        'ansible-inventory, nothing asked': [f'{program}ansible-inventory', *hosts, '--graph'],
        'imds.azure.hosts': [f'{program}ansible-inventory', *hosts, '-i', str(folder / 'fleet.azure_imds.yml'), '--graph'],
        'playbook with uri and group_by': [f'{program}ansible-playbook', *hosts, str(folder / 'uri.yml'), '--forks', str(FORKS)],
    }


def measure(programs: dict[str, list[str]], folder: pathlib.Path) -> dict[str, tuple[float, float]]:
    """Medians of elapsed seconds and of CPU seconds of what each command started; the slow playbook runs once."""
    samples: dict[str, list[tuple[float, float]]] = {name: [] for name in programs}
    environment = os.environ | {'ANSIBLE_HOME': str(folder / 'home'), 'ANSIBLE_REMOTE_TMP': str(folder / 'remote')}
    for turn in range(ROUNDS):
        for name, command in programs.items():
            if turn and 'playbook' in name:
                continue
            begun = time.monotonic()
            with open(folder / 'printed', 'wb') as printed:
                process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=printed, stderr=subprocess.STDOUT)
                _pid, status, usage = os.wait4(process.pid, 0)
            process.returncode = status
            if status:
                sys.exit(f'{name} failed: {(folder / "printed").read_text()[-2000:]}')
            samples[name].append((time.monotonic() - begun, usage.ru_utime + usage.ru_stime))
    return {name: (statistics.median(s[0] for s in taken), statistics.median(s[1] for s in taken)) for name, taken in samples.items()}


def show(rows: dict[str, tuple[float, float]]) -> None:
    bare, start = rows['ssh and curl by xargs'][0], rows['ansible-inventory, nothing asked'][0]
    print(f'{f"{HOSTS} hosts over ssh, {FORKS} at once":34} {"wall":>8} {"to ssh and start":>17} {"CPU a host":>11}')
    for name, (elapsed, seconds) in rows.items():
        print(f'{name:34} {elapsed:6.2f} s {elapsed / (bare + start):17.2f} {seconds / HOSTS * 1000:8.1f} ms')


if __name__ == '__main__':
    main()
