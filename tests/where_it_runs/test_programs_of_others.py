# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ansible-runner, ansible-navigator, ansible-builder, ansible-pull, Mitogen and Molecule, each as its users run it."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
from pathlib import Path

import pytest
from ansible_collections.imds.azure.tests.unit.roles.simulator.running_simulator import Simulator
from ansible_collections.imds.azure.tests.where_it_runs import pages
from ansible_collections.imds.azure.tests.where_it_runs.conftest import User

pytestmark = pytest.mark.where_it_runs
SOURCES = ['-i', 'hosts.yml', '-i', 'fleet.azure_imds.yml']
PLAY = [
    {
        'hosts': 'azure_zone_westeurope_1',
        'gather_facts': False,
        'tasks': [
            {'imds.azure.instance_facts': {'transport': '{{ way }}'}, 'loop': ['shell', 'module'], 'loop_control': {'loop_var': 'way'}, 'register': 'asked'},
            {'ansible.builtin.copy': {'content': '{{ asked | to_json }}', 'dest': '{{ out }}', 'mode': '0600'}, 'delegate_to': 'localhost'},
        ],
    }
]


@pytest.fixture
def play(user: User) -> Path:
    """In the folder project, with the inventory beside it, as ansible-runner wants it. What the two transports of the facts gave is in a file then."""
    for folder in ('project', 'inventory', 'env'):
        (user.home / folder).mkdir()
    (user.home / 'project/play.yml').write_text(json.dumps(PLAY))
    for name in ('hosts.yml', 'fleet.azure_imds.yml'):
        shutil.copy(user.home / name, user.home / 'inventory')
    (user.home / 'inventory/fleet.azure_imds.yml').rename(user.home / 'inventory/zz-fleet.azure_imds.yml')
    (user.home / 'env/extravars').write_text(json.dumps({'out': str(user.home / 'out')}))
    return user.home / 'project/play.yml'


def check(user: User) -> None:
    asked = json.loads((user.home / 'out').read_text())['results']
    facts = {result['way']: result['ansible_facts']['azure_imds'] for result in asked}
    assert {way: of_way['query'].get('transport', 'module') for way, of_way in facts.items()} == {'shell': 'shell', 'module': 'module'}
    assert {of_way['placement']['zone'] for of_way in facts.values()} == {'1'}


def test_ansible_runner(user: User, play: Path) -> None:
    """It pretends a terminal and keeps all that is written to it: the progress comes as whole lines."""
    shown = user.run('ansible-runner', 'run', '.', '-p', play.name, '-v')
    check(user)
    (line,) = (line for line in shown.splitlines() if 'azure_imds 2/2' in line)
    assert re.sub(r'\x1b\[[0-9;]*m', '', line).strip() == 'azure_imds 2/2 hosts'
    assert '\x1b[K' not in shown
    kept = next((user.home / 'artifacts').glob('*/stdout')).read_text()
    assert '\x1b[K' not in kept


def test_ansible_navigator(user: User, play: Path) -> None:
    common = ['--mode', 'stdout', '--execution-environment', 'false', '--log-file', str(user.home / 'log')]
    assert '|  |--@azure_zone_westeurope_1:' in user.run('ansible-navigator', 'inventory', *SOURCES, '--graph', 'azure', *common)
    user.run('ansible-navigator', 'run', str(play), *SOURCES, '-e', f'out={user.home}/out', '--playbook-artifact-enable', 'false', *common)
    check(user)
    assert 'MODULE' in user.run('ansible-navigator', 'doc', 'imds.azure.instance_facts', *common)


def test_ansible_builder(user: User) -> None:
    """It accepts the definition of docs/awx.md; a container is not built."""
    pages.write(user.home, 'docs/awx.md', 'execution-environment.yml')
    user.run('ansible-builder', 'create', '--context', 'context')
    assert 'imds.azure' in (user.home / 'context/_build/requirements.yml').read_text()
    assert 'openssh-clients' in (user.home / 'context/_build/bindep.txt').read_text()


def test_ansible_pull(user: User, simulator: Simulator) -> None:
    """What docs/where-it-runs.md shows."""
    site = user.home / 'site'
    pages.write(site, 'docs/where-it-runs.md')
    (command,) = pages.commands('docs/where-it-runs.md')
    address = 'https://git.internal/site.git'
    assert address in command
    for words in (['init', '-q', '.'], ['add', '-A'], ['-c', 'user.name=A', '-c', 'user.email=a@example.com', 'commit', '-qm', 'All']):
        subprocess.run(['git', *words], cwd=site, env=user.environment, check=True, timeout=60)
    here = ''.join(f' -e {name}={simulator.vms["web-2"]}' for name in ('azure_imds_endpoint', 'azure_imds_controller_endpoint'))
    assert '"msg": "westeurope 2"' in user.run('sh', '-c', command.replace(address, str(site)) + here)


@pytest.mark.parametrize('strategy', ['mitogen_linear', 'mitogen_free'])
def test_mitogen(user: User, play: Path, programs: Path, strategy: str) -> None:
    where = [f'{programs}/python', '-c', 'import ansible_mitogen as m; print(m.__path__[0])']
    plugins = subprocess.run(where, capture_output=True, text=True, check=True, timeout=60).stdout.strip()
    words = ['ansible-playbook', *SOURCES, str(play), '-e', f'out={user.home}/out', '-vvv']
    shown = user.run(*words, ANSIBLE_STRATEGY_PLUGINS=f'{plugins}/plugins/strategy', ANSIBLE_STRATEGY=strategy)
    assert 'mitogen' in shown
    check(user)


def test_molecule(user: User) -> None:
    """The scenario of the collection, with ports that are free."""
    shutil.copytree(pages.COLLECTION / 'extensions/molecule', user.home / 'extensions/molecule')
    scenario = user.home / 'extensions/molecule/default'
    for port in ('18791', '18792'):
        with socket.create_server(('127.0.0.1', 0)) as free:
            number = str(free.getsockname()[1])
        for name in ('molecule.yml', 'create.yml'):
            text = (scenario / name).read_text()
            assert port in text
            (scenario / name).write_text(text.replace(port, number))
    shown = user.run('sh', '-c', f'cd extensions && {pages.commands("docs/molecule.md")[0]}', NO_COLOR='1')
    assert re.search(r'default *: actions=6 +successful=6', shown), shown[-2000:]


def test_molecule_page() -> None:
    """It shows the files of the scenario, or the first part of them."""
    for name, text in pages.files('docs/molecule.md').items():
        assert text in (pages.COLLECTION / name).read_text()


def test_constructed_with_vars_plugins(user: User) -> None:
    """A later source sees the variables of the groups that this collection makes, and the facts."""
    (user.home / 'group_vars').mkdir()
    (user.home / 'group_vars/azure_zone_westeurope_1.yml').write_text('tier: gold\n')
    keys = [{'prefix': 'tier', 'key': 'tier'}, {'prefix': 'set', 'key': 'azure_imds.placement.scale_set'}]
    options = {'plugin': 'ansible.builtin.constructed', 'strict': False, 'use_vars_plugins': True, 'keyed_groups': keys}
    (user.home / 'constructed.yml').write_text(json.dumps(options))
    user.run('ansible-inventory', *SOURCES, '-i', 'constructed.yml', '--list', '--output', 'listed')
    listed = json.loads((user.home / 'listed').read_text())
    assert (listed['tier_gold']['hosts'], sorted(listed['set_web']['hosts'])) == (['web-1'], ['web-1', 'web-2'])
