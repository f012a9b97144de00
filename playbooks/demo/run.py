# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shows the main job on twelve simulated VMs: facts, groups, configuration files and the topology report.

Starts the simulator of this collection on loopback, lets ansible-inventory group the VMs and ansible-playbook configure them and report on them, and
prints what came out. Called by ``make demo``.
"""

from __future__ import annotations

import collections
import contextlib
import itertools
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
OUTPUT = ROOT / 'demo-output'
RACK_FILE = 'cassandra-rackdc.properties'
FIRST_PORTS = range(18700, 28700, 100)


def main() -> None:
    shutil.rmtree(OUTPUT, ignore_errors=True)
    collection = OUTPUT / 'collections' / 'ansible_collections' / 'imds' / 'azure'
    collection.parent.mkdir(parents=True)
    collection.symlink_to(ROOT)
    with simulator() as first_port:
        variables = ['-e', json.dumps({'first_port': first_port, 'output': str(OUTPUT)})]
        print(f'Twelve simulated VMs are running on 127.0.0.1, ports {first_port} to {first_port + 11}.')
        title('Groups: ansible-inventory -i inventory.yml -i fleet.azure_imds.yml --graph azure')
        graph = asked('ansible-inventory', '--graph', 'azure', *variables)
        print(graph)
        title('Facts of a host: ansible-inventory ... --host web_4 --yaml')
        facts = asked('ansible-inventory', '--host', 'web_4', '--yaml', *variables)
        print(in_brief(facts))
        title('Facts and configuration files: ansible-playbook site.yml')
        play('site.yml', *variables)
        print()
        print(side_by_side((OUTPUT / 'web_4' / 'node.ini').read_text(), (OUTPUT / 'db_2' / 'node.ini').read_text()))
        title('Racks of the database hosts: ansible-playbook racks.yml')
        play('racks.yml', *variables)
        print(f'\n{RACK_FILE} of db_2:\n{(OUTPUT / "db_2" / RACK_FILE).read_text()}')
        title('Report: ansible-playbook imds.azure.topology_report')
        play('imds.azure.topology_report', *variables, '-e', f'topology_report_dest={OUTPUT / "report"}')
        print(f'\n{(OUTPUT / "report" / "topology.txt").read_text()}')
    (OUTPUT / 'graph.txt').write_text(graph)
    (OUTPUT / 'web_4.yml').write_text(facts)
    print(f'The report for a browser: {OUTPUT / "report" / "topology.html"}')
    print(f'Other files are in {OUTPUT.relative_to(ROOT)}: the files of each host, all facts of web_4 and the groups.')


@contextlib.contextmanager
def simulator() -> Iterator[int]:
    """Runs the simulator on the first free range of ports and gives the first one."""
    command = [sys.executable, str(ROOT / 'roles/simulator/files/imds_simulator'), '--fleet', str(HERE / 'simulated-fleet.yml'), '--exit-with-stdin']
    for port in FIRST_PORTS:
        process = subprocess.Popen([*command, '--base-port', str(port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert process.stdout
        if process.stdout.readline():
            break
        error = process.communicate()[1]
        if 'in use' not in error:
            sys.exit(f'The simulator did not start: {error}')
    else:
        sys.exit(f'There are no twelve free ports in a row at {FIRST_PORTS.start}, {FIRST_PORTS.start + 100} and so on to {FIRST_PORTS.stop} on 127.0.0.1.')
    try:
        yield port
    finally:
        process.communicate()


def program(name: str, *arguments: str) -> subprocess.Popen[str]:
    """Starts a program of Ansible that knows this collection and writes below the output folder only."""
    environment = {variable: value for variable, value in os.environ.items() if not variable.startswith('ANSIBLE_')}
    environment.update(
        ANSIBLE_CONFIG=str(HERE / 'ansible.cfg'),
        ANSIBLE_COLLECTIONS_PATH=str(OUTPUT / 'collections'),
        ANSIBLE_HOME=str(OUTPUT / 'ansible'),
        ANSIBLE_REMOTE_TMP=str(OUTPUT / 'ansible' / 'tmp'),
        PYTHONDONTWRITEBYTECODE='1',
    )
    command = [str(pathlib.Path(sys.executable).with_name(name)), *arguments]
    return subprocess.Popen(command, env=environment, cwd=HERE, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def asked(name: str, *arguments: str) -> str:
    """What a program prints."""
    process = program(name, *arguments)
    printed = process.communicate()[0].rstrip()
    if process.returncode:
        sys.exit(f'{name} failed:\n{printed}')
    return printed


def play(name: str, *arguments: str) -> None:
    """Runs a playbook and prints a line for each of its tasks; all of its output where it fails."""
    process = program('ansible-playbook', name, *arguments)
    assert process.stdout
    seen: list[str] = []
    results: collections.Counter[str] = collections.Counter()
    for line in process.stdout:
        seen.append(line)
        heading = re.match(r'(PLAY|TASK) \[(.*)] \*', line)
        result = re.match(r'(ok|changed|skipping|failed|fatal): \[', line)
        if result:
            results[result[1]] += 1
        if heading or line.startswith('PLAY RECAP'):
            if results:
                print(', '.join(f'{number} {name}' for name, number in results.items()))
                results.clear()
            if heading and heading[1] == 'PLAY':
                print(heading[2])
            elif heading:
                print(f'  {heading[2]:60.60} ', end='', flush=True)
    if process.wait():
        sys.exit(f'\nThe playbook failed:\n{"".join(seen)}')


def title(text: str) -> None:
    print(f'\n{text}\n{"-" * len(text)}')


def in_brief(facts: str) -> str:
    """Facts as YAML without most of the flat names, of which a VM has about eighty."""
    lines = facts.splitlines()
    lines = lines[lines.index('azure_imds:') :]
    lines = lines[: next((number for number, line in enumerate(lines[1:], 1) if not line.startswith(' ')), len(lines))]
    flat = [line for line in lines if re.match(r' +(compute|network)_', line)]
    shown = [line for line in lines if line not in flat or line in flat[:3]]
    return '\n'.join([*shown, f'    ... and {len(flat) - 3} more flat names, from {flat[3].split(":")[0].strip()} to {flat[-1].split(":")[0].strip()}'])


def side_by_side(left: str, right: str) -> str:
    pairs = itertools.zip_longest(left.splitlines(), right.splitlines(), fillvalue='')
    return '\n'.join(f'{one:50.50} | {other}' for one, other in pairs)


if __name__ == '__main__':
    main()
