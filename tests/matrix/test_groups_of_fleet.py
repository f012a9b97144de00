# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The groups of the fleet in tests/places as ansible-inventory of every supported ansible-core prints them, and those that expressions make of it.

Releases differ in what an expression gives for a number and for nothing. Nobody is asked: the facts are in Ansible's fact cache.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.imds.azure.tests.matrix.cores import EACH_CORE, programs_of
from ansible_collections.imds.azure.tests.places import fleet

KEYED = [
    {'prefix': 'fault', 'key': 'azure_imds.placement.fault_domain'},
    {'prefix': 'composed', 'key': 'number'},
    {'prefix': 'zone', 'key': 'azure_imds.placement.zone', 'default_value': 'none'},
    {'prefix': 'bare', 'key': 'azure_imds.placement.zone'},
    {'prefix': 'domains', 'key': '[azure_imds.placement.fault_domain, azure_imds.placement.update_domain]'},
    {'prefix': 'domain', 'key': "{'fault': azure_imds.placement.fault_domain}"},
    {'prefix': 'role', 'key': 'azure_imds.tags.Role'},
]

# Whose standard input are the facts by the names of hosts.
KEEP = """
import json, sys
from ansible.plugins.loader import cache_loader, init_plugin_loader
init_plugin_loader()
cache = cache_loader.get('ansible.builtin.jsonfile')
for name, facts in json.load(sys.stdin).items():
    cache.set(name, {'azure_imds': facts})
"""


def unbroken(text: str) -> str:
    """Without the spaces, for older releases break lines also after hyphens."""
    return ''.join(text.split())


Inventory = Callable[..., tuple[str, str]]


@pytest.fixture(params=EACH_CORE)
def inventory(request: pytest.FixtureRequest, tmp_path: Path) -> Inventory:
    """What ansible-inventory prints of the fleet with some sources of the plugin, and its warnings, which are without spaces."""
    programs = programs_of(request.param)
    # Not in sorted order. A host that is asked after all must not get far: ssh would ask for the addresses of these names.
    (tmp_path / 'hosts.ini').write_text('\n'.join([*reversed(fleet.FACTS), '[all:vars]', 'ansible_connection=local', 'azure_imds_endpoint=http://127.0.0.1:9']))
    environment = {
        **os.environ,
        'ANSIBLE_SSH_EXECUTABLE': '/nonexistent/ssh',
        'ANSIBLE_HOME': str(tmp_path),
        'ANSIBLE_CACHE_PLUGIN': 'ansible.builtin.jsonfile',
        'ANSIBLE_CACHE_PLUGIN_CONNECTION': str(tmp_path / 'facts'),
    }
    # By that ansible-core itself, for releases differ in how they keep facts.
    subprocess.run([f'{programs}/python', '-c', KEEP], input=json.dumps(fleet.FACTS), text=True, check=True, timeout=60, env=environment)

    def run(*sources: dict[str, Any], show: tuple[str, ...] = ('--list',)) -> tuple[str, str]:
        words = [f'{programs}/ansible-inventory', '-i', str(tmp_path / 'hosts.ini')]
        for number, options in enumerate(sources):
            path = tmp_path / f'{number}.azure_imds.yml'
            path.write_text(json.dumps({'plugin': 'imds.azure.hosts', 'endpoint': 'http://127.0.0.1:9', 'use_fact_cache': True, **options}))
            words += ['-i', str(path)]
        ran = subprocess.run([*words, *show], capture_output=True, text=True, check=False, timeout=120, env=environment)
        assert ran.returncode == 0, ran.stderr
        assert 'returned facts' not in ran.stderr, 'hosts were asked'
        return ran.stdout, unbroken(ran.stderr)

    return run


@pytest.mark.parametrize('scope', ['name', 'resource_group'])
def test_the_tree(inventory: Inventory, scope: str) -> None:
    options = {'scale_set_scope': scope, 'availability_set': fleet.FLEET['availability_set']}
    printed, said = inventory(options)
    graph, _said = inventory(options, show=('--graph', 'azure'))
    listed = json.loads(printed)
    expected = fleet.groups(scope)
    found = {name: fleet.Group(listed[name].get('children', []), listed[name].get('hosts', [])) for name in expected}
    assert found == expected
    assert graph.splitlines() == fleet.drawn(expected)
    for words in fleet.FLEET['group_warnings'][scope]:
        for word in words:
            assert unbroken(word) in said
    assert said.count('[WARNING]') == len(fleet.FLEET['group_warnings'][scope]), said


def test_integers(inventory: Inventory) -> None:
    """They count in every expression, and nothing is no group."""
    number = 'azure_imds.placement.fault_domain'
    conditions = {'odd': f'{number} % 2', 'never': f'{number} * 0', 'first': f'{number} == 0'}
    composed = {'number': 'azure_imds.placement.update_domain'}
    printed, said = inventory({'levels': [], 'compose': composed, 'keyed_groups': KEYED, 'groups': conditions})
    listed = json.loads(printed)
    rows = {row['name']: row for row in fleet.PRESENT}

    def where(key: str, value: str) -> list[str]:
        return sorted(name for name, row in rows.items() if row[key] == value)

    for number in '01234':
        assert sorted(listed[f'fault_{number}']['hosts']) == where('fault', number)
        assert sorted(listed[f'composed_{number}']['hosts']) == where('update', number)
        assert sorted(listed[f'domain_fault_{number}']['hosts']) == where('fault', number)
        assert sorted(listed[f'domains_{number}']['hosts']) == sorted({*where('fault', number), *where('update', number)})
    for number in '123':
        assert sorted(listed[f'zone_{number}']['hosts']) == sorted(listed[f'bare_{number}']['hosts']) == where('zone', number)
    assert sorted(listed['zone_none']['hosts']) == where('zone', '-')
    assert sorted(listed['first']['hosts']) == where('fault', '0')
    assert sorted(listed['odd']['hosts']) == sorted(where('fault', '1') + where('fault', '3'))
    assert 'tool' not in {host for group, members in listed.items() if group.startswith('role_') for host in members['hosts']}
    assert not {'never', 'bare_', 'bare_None', 'bare_none', 'fault_', 'fault_None'} & listed.keys()
    # Nothing else is said than that zones are crossed, and that only where there are groups of them.
    assert '[WARNING]' not in said


NAMED = ['db_0', 'db_1', 'db_2']
EXPRESSIONS: list[tuple[str, list[str], bool]] = [
    ("azure_imds.tags.get('availabilitySet')", NAMED, False),
    ('azure_imds.tags.availabilitySet', NAMED, False),
    ("azure_imds.tags.availabilitySet | default('')", NAMED, False),
    ("7 if inventory_hostname == 'bastion' else ''", ['bastion'], False),
    ('nobody.knows', [], False),
    ('none', [], False),
    ("''", [], False),
    ('1 // 0', [], True),
    ('[azure_imds.tags]', [], True),
    ("'x' | nobody_knows", [], True),
]


def test_availability_sets(inventory: Inventory) -> None:
    """Each expression in a source of its own."""
    sources = [{'levels': [], 'prefix': f'azure{number}', 'availability_set': expression} for number, (expression, _named, _warned) in enumerate(EXPRESSIONS)]
    printed, said = inventory(*sources)
    listed = json.loads(printed)
    for number, (expression, named, _warned) in enumerate(EXPRESSIONS):
        found = [host for group, of_group in listed.items() if group.startswith(f'azure{number}_availability_set_') for host in of_group['hosts']]
        assert sorted(found) == named, expression
    warned = [expression for expression, _named, warned in EXPRESSIONS if warned]
    assert said.count(unbroken('availability_set fails for 5 of 5 hosts, so their availability set is unknown. tool:')) == len(warned), said
    assert said.count('[WARNING]') == len(warned), said


def test_strict(inventory: Inventory) -> None:
    """Ansible warns and goes on without the source."""
    printed, said = inventory({'strict': True, 'availability_set': '1 // 0'})
    assert not any(name.startswith('azure') for name in json.loads(printed))
    assert unbroken('availability_set fails for host tool, and strict is true') in said
