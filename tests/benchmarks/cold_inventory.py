# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What it takes to ask a fleet over ssh for the first time: the plugin, bare ssh and curl, and a playbook that does the same with ansible.builtin.uri.

Besides, what it costs when every tenth address is silent, and the memory of all processes together.

Called by ``make bench``; needs the programs sshd, ssh and curl. Only ratios mean anything.
"""

from __future__ import annotations

import contextlib
import getpass
import json
import os
import pathlib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

from over_ssh import programs_missing, simulator, ssh_options, ssh_server
from own_folder import own_folder

HOSTS = int(os.environ.get('BENCH_HOSTS', '200'))
ROUNDS = int(os.environ.get('BENCH_ROUNDS', '3'))
FORKS = 20
# Seconds that a silent address may take to connect.
PATIENCE = 2
BARE = 'ssh and curl by xargs'
START = 'ansible-inventory, nothing asked'
WHOLE = 'imds.azure.hosts'
HALF = 'half of the hosts'
ANSWERING = 'nine of ten'
SILENT = 'nine of ten, the others silent'
URI = 'playbook with uri and group_by'
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
    if programs_missing():
        print('Asking a fleet over ssh is left out: sshd, ssh or curl is not installed.')
        return
    with own_folder() as folder, simulator() as endpoint, silent_port() as silent, ssh_server(folder) as port:
        programs = commands(folder, port, endpoint, silent)
        show(measure(programs, folder))
        for label in (HALF, WHOLE):
            print(f'memory of all processes of {label}: {memory(programs[label][1], folder) / 1024:.0f} MB')


@contextlib.contextmanager
def silent_port() -> Iterator[int]:
    """A port that neither answers nor refuses, for its queue of connections is full."""
    with socket.create_server(('127.0.0.1', 0), backlog=0) as listener, contextlib.ExitStack() as queue:
        port: int = listener.getsockname()[1]
        for _connection in range(4):
            waiting = queue.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(('127.0.0.1', port))
        yield port


def commands(folder: pathlib.Path, port: int, endpoint: str, silent: int) -> dict[str, tuple[int, list[str]]]:
    """How many hosts each command asks, and the command."""
    options = ssh_options(folder)
    variables = {
        'ansible_host': '127.0.0.1',
        'ansible_port': port,
        'ansible_user': getpass.getuser(),
        'ansible_ssh_args': options,
        'ansible_python_interpreter': sys.executable,
        'azure_imds_endpoint': endpoint,
    }
    names = [f'vm{index:03}' for index in range(HOSTS)]
    tenth = names[9::10]
    groups = {'half': names[: HOSTS // 2], 'answering': [name for name in names if name not in tenth]}
    inventory = {
        'all': {
            'vars': variables,
            'hosts': dict.fromkeys(names),
            'children': {group: {'hosts': dict.fromkeys(members)} for group, members in groups.items()},
        }
    }
    (folder / 'hosts.json').write_text(json.dumps(inventory))
    nowhere = {'ansible_port': silent, 'ansible_ssh_timeout': PATIENCE}
    (folder / 'silent.json').write_text(json.dumps({'all': {'hosts': dict.fromkeys(tenth, nowhere)}}))
    (folder / 'uri.yml').write_text(PLAYBOOK)
    program = str(pathlib.Path(sys.executable).parent) + '/'
    hosts = ['-i', str(folder / 'hosts.json')]
    listing = [f'{program}ansible-inventory', *hosts]

    def fleet(pattern: str, strict: bool = True) -> list[str]:
        path = folder / f'{pattern}_{strict}.azure_imds.yml'
        path.write_text(json.dumps({'plugin': 'imds.azure.hosts', 'forks': FORKS, 'hosts': pattern, 'strict': strict}))
        return ['-i', str(path), '--graph']

    curl = f'curl -s --noproxy "*" -H Metadata:true "{endpoint}/metadata/instance?api-version=2025-04-07"'
    bare = f"seq {HOSTS} | xargs -P {FORKS} -I NUMBER ssh {options} -p {port} 127.0.0.1 '{curl}'"
    return {
        BARE: (HOSTS, ['sh', '-c', bare]),
        START: (HOSTS, [*listing, '--graph']),
        WHOLE: (HOSTS, [*listing, *fleet('all')]),
        HALF: (HOSTS // 2, [*listing, *fleet('half')]),
        ANSWERING: (HOSTS - len(tenth), [*listing, *fleet('answering')]),
        SILENT: (HOSTS, [*listing, '-i', str(folder / 'silent.json'), *fleet('all', strict=False)]),
        URI: (HOSTS, [f'{program}ansible-playbook', *hosts, str(folder / 'uri.yml'), '--forks', str(FORKS)]),
    }


def measure(programs: dict[str, tuple[int, list[str]]], folder: pathlib.Path) -> dict[str, tuple[int, float, float]]:
    """Hosts, elapsed seconds and CPU seconds a host of what each command started: the best of some rounds, but the slow playbook runs once."""
    samples: dict[str, list[tuple[float, float]]] = {name: [] for name in programs}
    for turn in range(ROUNDS):
        for name, (hosts, command) in programs.items():
            if turn and name == URI:
                continue
            begun = time.monotonic()
            process = start(command, folder)
            _pid, status, usage = os.wait4(process.pid, 0)
            process.returncode = status
            printed = (folder / 'printed').read_text()
            if status or (name == SILENT and f'{HOSTS // 10} unreachable.' not in ' '.join(printed.split())):
                sys.exit(f'{name} failed: {printed[-2000:]}')
            samples[name].append((time.monotonic() - begun, (usage.ru_utime + usage.ru_stime) / hosts))
    return {name: (programs[name][0], *map(min, zip(*taken, strict=True))) for name, taken in samples.items()}


def start(command: list[str], folder: pathlib.Path) -> subprocess.Popen[bytes]:
    environment = os.environ | {
        'ANSIBLE_HOME': str(folder / 'home'),
        'ANSIBLE_REMOTE_TMP': str(folder / 'remote'),
        'ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED': 'true',
    }
    with open(folder / 'printed', 'wb') as printed:
        return subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=printed, stderr=subprocess.STDOUT)


def memory(command: list[str], folder: pathlib.Path) -> int:
    """The most kB that a command and all its descendants had together, pages that they share counted once."""
    most = 0
    with start(command, folder) as process:
        while process.poll() is None:
            most = max(most, sum(map(resident, descendants(process.pid))))
            time.sleep(0.1)
    return most


def descendants(pid: int) -> list[int]:
    found = [pid]
    for parent in found:
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            for thread in pathlib.Path(f'/proc/{parent}/task').iterdir():
                found += map(int, (thread / 'children').read_text().split())
    return found


def resident(pid: int) -> int:
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        for line in pathlib.Path(f'/proc/{pid}/smaps_rollup').read_text().splitlines():
            if line.startswith('Pss:'):
                return int(line.split()[1])
    return 0


def show(rows: dict[str, tuple[int, float, float]]) -> None:
    yardstick = rows[BARE][1] + rows[START][1]
    print(f'{f"over ssh, {FORKS} at once, best of {ROUNDS}":34} {"hosts":>6} {"wall":>8} {"to ssh and start":>17} {"CPU a host":>11}')
    for name, (hosts, elapsed, seconds) in rows.items():
        # What half of the hosts take tells how it grows; against the yardstick of all it would tell nothing.
        ratio = f'{elapsed / yardstick:17.2f}' if hosts == HOSTS else f'{"":17}'
        print(f'{name:34} {hosts:6} {elapsed:6.2f} s {ratio} {seconds * 1000:8.1f} ms')
    added = rows[SILENT][1] - rows[ANSWERING][1]
    print(f'{rows[SILENT][0] - rows[ANSWERING][0]} silent addresses cost {added / PATIENCE:.2f} of the {PATIENCE} s that each may take to connect (goal: 1.00)')
    above, ssh = (rows[WHOLE][2] - rows[START][2]) * 1000, rows[BARE][2] * 1000
    print(f'CPU of {WHOLE}: {above:.1f} ms a host above the start (goal: 12.0), {above - ssh:.1f} more than {BARE}')
    print(f'{URI}: {rows[URI][1] / rows[WHOLE][1]:.2f} times as long as {WHOLE} (goal: 8.00)')


if __name__ == '__main__':
    main()
