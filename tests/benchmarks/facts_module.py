# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the facts module costs a host, beside other ways to ask, measured in turns in one run. Called by ``make bench``.

Each module is packed by Ansible as for any host and then started as a host would start it, without a controller in the way. Only ratios mean
anything: seconds depend on the machine and on what else it does.
"""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import time
import urllib.request

from own_folder import own_folder

ROOT = pathlib.Path(__file__).resolve().parents[2]
ROUNDS = int(os.environ.get('BENCH_ROUNDS', '21'))
YARDSTICK = 'ansible.builtin.ping'


def main() -> None:
    command = [sys.executable, str(ROOT / 'roles/simulator/files/imds_simulator'), '--generate', '1', '--exit-with-stdin']
    with own_folder() as folder, subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as simulator:
        assert simulator.stdout
        ready = json.loads(simulator.stdout.readline())
        [(name, endpoint)] = ready['vms'].items()
        vm = f'{ready["control"]}/vms/{name}'
        ask('PATCH', vm, {'rate_limit': 0})
        rows = measure(programs(endpoint, folder), vm)
        simulator.communicate()
    cpu, wall, _requests = rows[YARDSTICK]
    print(f'{"medians of " + str(ROUNDS) + " rounds":34} {"CPU":>9} {"to ping":>8} {"wall":>9} {"to ping":>8} {"requests":>8}')
    for program, (seconds, elapsed, requests) in rows.items():
        print(f'{program:34} {seconds * 1000:6.1f} ms {seconds / cpu:8.3f} {elapsed * 1000:6.1f} ms {elapsed / wall:8.3f} {requests:8.0f}')


def programs(endpoint: str, folder: pathlib.Path) -> dict[str, list[str]]:
    """The commands to compare, by name."""
    url = f'{endpoint}/metadata/instance?api-version=2025-04-07'
    ours = {'endpoint': endpoint, 'transport': 'module'}
    modules: dict[str, dict[str, object]] = {
        YARDSTICK: {},
        'imds.azure.instance_facts': {**ours},
        'imds.azure.scheduled_events_info': {**ours},
        'imds.azure.managed_identity_token': {**ours, 'resource': 'https://vault.azure.net'},
        'ansible.builtin.uri': {'url': url, 'headers': {'Metadata': 'true'}, 'use_proxy': False},
        'ansible.builtin.setup': {},
    }
    commands = {module: [sys.executable, packed(module, arguments, folder / module)] for module, arguments in modules.items()}
    curl = shutil.which('curl')
    if curl:
        commands['curl'] = [curl, '--silent', '--noproxy', '*', '--header', 'Metadata: true', url]
    return commands


def packed(module: str, arguments: dict[str, object], folder: pathlib.Path) -> str:
    """Lets Ansible pack a module with its arguments, and gives the path of what it would start on a host."""
    environment = os.environ | {
        'ANSIBLE_HOME': str(folder / 'home'),
        'ANSIBLE_REMOTE_TMP': str(folder / 'remote'),
        'ANSIBLE_KEEP_REMOTE_FILES': '1',
        'ANSIBLE_LOCALHOST_WARNING': '0',
        'ANSIBLE_INVENTORY_UNPARSED_WARNING': '0',
    }
    command = [str(pathlib.Path(sys.executable).with_name('ansible')), 'localhost', '-c', 'local', '-m', module]
    command += ['-e', f'ansible_python_interpreter={sys.executable}', *(['-a', json.dumps(arguments)] if arguments else [])]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        sys.exit(f'{module} failed: {done.stdout}')
    [file] = folder.glob('remote/*/AnsiballZ_*.py')
    return str(file)


def measure(commands: dict[str, list[str]], vm: str) -> dict[str, tuple[float, ...]]:
    """Medians of CPU seconds, of elapsed seconds and of the requests that reached the service, all commands in turns."""
    samples: dict[str, list[tuple[float, float, int]]] = {name: [] for name in commands}
    for _round in range(ROUNDS):
        for name, command in commands.items():
            ask('DELETE', f'{vm}/requests')
            seconds, elapsed = cost(command)
            samples[name].append((seconds, elapsed, len(ask('GET', f'{vm}/requests'))))
    return {name: tuple(statistics.median(column) for column in zip(*taken, strict=True)) for name, taken in samples.items()}


def cost(command: list[str]) -> tuple[float, float]:
    """CPU seconds (of the process and all that it waited for) and elapsed seconds of a command that must succeed."""
    started = time.monotonic()
    process = os.posix_spawn(command[0], command, os.environ, file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)])
    _pid, status, usage = os.wait4(process, 0)
    if status:
        sys.exit(f'{command} failed')
    return usage.ru_utime + usage.ru_stime, time.monotonic() - started


def ask(method: str, url: str, content: object = None) -> list[object]:
    """Speaks to the simulator's control address."""
    body = None if content is None else json.dumps(content).encode()
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(urllib.request.Request(url, data=body, method=method)) as answer:
        text = answer.read()
    return json.loads(text) if method == 'GET' else []


if __name__ == '__main__':
    main()
