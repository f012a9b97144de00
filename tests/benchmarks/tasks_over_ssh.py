# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a task costs over ssh: ping, the facts by the module and the facts by a shell command, in turns in one run, with pipelining and without.

Called by ``make bench``; needs the programs sshd, ssh and curl. Only ratios mean anything. CPU is that of the controller, ssh included.
"""

from __future__ import annotations

import getpass
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

from over_ssh import programs_missing, simulator, ssh_options, ssh_server
from own_folder import own_folder

HOSTS = int(os.environ.get('BENCH_TASK_HOSTS', '40'))
ROUNDS = int(os.environ.get('BENCH_ROUNDS', '3'))
FORKS = 20
YARDSTICK = 'ansible.builtin.ping'
SHELL = 'instance_facts, transport shell'
# At most, to ping: wall without pipelining, wall with it, CPU.
GOALS = {False: 0.3, True: 0.6}
CPU_GOAL = 0.5
# The shortest command that Ansible can run: what is above it is ours.
FLOOR = 'ansible.builtin.raw, true'
TASKS: dict[str, tuple[str, str | dict[str, str]]] = {
    YARDSTICK: ('ansible.builtin.ping', {}),
    FLOOR: ('ansible.builtin.raw', 'true'),
    'instance_facts, transport module': ('imds.azure.instance_facts', {'transport': 'module'}),
    SHELL: ('imds.azure.instance_facts', {'transport': 'shell'}),
}


def main() -> None:
    if programs_missing():
        print('Tasks over ssh are left out: sshd, ssh or curl is not installed.')
        return
    with own_folder() as folder, simulator() as endpoint, ssh_server(folder) as port:
        write(folder, port, endpoint)
        for pipelining in (False, True):
            show(pipelining, measure(folder, pipelining))


def write(folder: pathlib.Path, port: int, endpoint: str) -> None:
    variables = {
        'ansible_host': '127.0.0.1',
        'ansible_port': port,
        'ansible_user': getpass.getuser(),
        'ansible_ssh_args': ssh_options(folder),
        'ansible_python_interpreter': sys.executable,
        'azure_imds_endpoint': endpoint,
    }
    hosts = {f'vm{index:03}': None for index in range(HOSTS)}
    (folder / 'hosts.json').write_text(json.dumps({'all': {'vars': variables, 'hosts': hosts}}))
    for number, (action, options) in enumerate(TASKS.values()):
        asked = {'endpoint': '{{ azure_imds_endpoint }}', **options} if isinstance(options, dict) and options else options
        (folder / f'{number}.yml').write_text(json.dumps([{'hosts': 'all', 'gather_facts': False, 'tasks': [{action: asked}]}]))


def measure(folder: pathlib.Path, pipelining: bool) -> dict[str, tuple[float, float]]:
    """Medians of elapsed seconds and of CPU seconds of each task on all hosts."""
    samples: dict[str, list[tuple[float, float]]] = {name: [] for name in TASKS}
    environment = os.environ | {
        'ANSIBLE_HOME': str(folder / 'home'),
        'ANSIBLE_REMOTE_TMP': str(folder / 'remote'),
        'ANSIBLE_PIPELINING': str(pipelining),
        'ANSIBLE_DISPLAY_OK_HOSTS': 'false',
    }
    program = str(pathlib.Path(sys.executable).with_name('ansible-playbook'))
    for _round in range(ROUNDS):
        for number, name in enumerate(TASKS):
            command = [program, '-i', str(folder / 'hosts.json'), '--forks', str(FORKS), str(folder / f'{number}.yml')]
            begun = time.monotonic()
            with open(folder / 'printed', 'wb') as printed:
                process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=printed, stderr=subprocess.STDOUT)
            _pid, status, usage = os.wait4(process.pid, 0)
            process.returncode = status
            if status:
                sys.exit(f'{name} failed: {(folder / "printed").read_text()[-2000:]}')
            samples[name].append((time.monotonic() - begun, usage.ru_utime + usage.ru_stime))
    return {name: (statistics.median(wall for wall, _cpu in taken), statistics.median(cpu for _wall, cpu in taken)) for name, taken in samples.items()}


def show(pipelining: bool, rows: dict[str, tuple[float, float]]) -> None:
    title = f'{HOSTS} hosts, {FORKS} at once, pipelining {"on" if pipelining else "off"}'
    print(f'{title:44} {"wall":>8} {"to ping":>8} {"goal":>6} {"CPU":>8} {"to ping":>8} {"goal":>6}')
    for name, (wall, cpu) in rows.items():
        goals = (f'{GOALS[pipelining]:6.2f}', f'{CPU_GOAL:6.2f}') if name == SHELL else (f'{"":6}', f'{"":6}')
        print(f'{name:44} {wall:6.2f} s {wall / rows[YARDSTICK][0]:8.2f} {goals[0]} {cpu:6.2f} s {cpu / rows[YARDSTICK][1]:8.2f} {goals[1]}')


if __name__ == '__main__':
    main()
