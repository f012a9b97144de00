# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""compose, groups and keyed_groups over hosts of which one is another one, and options of which no inventory can be made."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.imds.azure.tests.unit.plugins.inventory.three_hosts import NAMES, ThreeHosts

PRIORITY = [{'prefix': 'priority', 'key': 'azure_imds.compute_priority'}]


def with_priorities(fleet: ThreeHosts, **priorities: Any) -> None:
    fleet.compute = {name: {'priority': priority} for name, priority in priorities.items()}


def test_keyed_groups(fleet: ThreeHosts) -> None:
    with_priorities(fleet, a='Spot', b='Regular', c='Spot')
    groups = fleet.groups(keyed_groups=PRIORITY)
    assert (groups['priority_Spot'], groups['priority_Regular']) == ({'a', 'c'}, {'b'})
    assert fleet.warnings == []


def test_variables_of_earlier_sources(fleet: ThreeHosts, tmp_path: Path) -> None:
    """Also those of groups; what is nearest to the host counts, and what the plugin gives it."""
    lines = ['[web]', 'a tier=own', 'b', '[db]', 'c', '[web:vars]', 'tier=front', '[all:vars]', 'ansible_connection=scripted', 'tier=none', 'azure_imds=none']
    (tmp_path / 'hosts.json').write_text('\n'.join(lines))
    inventory = fleet.inventory(
        compose={'place': "tier ~ '-' ~ azure_imds.placement.zone"},
        groups={'shown': "place == 'front-1'"},
        keyed_groups=[{'prefix': 'tier', 'key': 'tier'}],
        strict=True,
    )
    assert {name: host.vars['place'] for name, host in inventory.hosts.items()} == {'a': 'own-1', 'b': 'front-1', 'c': 'none-1'}
    groups = inventory.get_groups_dict()
    assert [groups[name] for name in ('shown', 'tier_own', 'tier_front', 'tier_none')] == [['b'], ['a'], ['b'], ['c']]


def test_a_host_of_which_no_group_can_be_made_takes_no_other_down(fleet: ThreeHosts) -> None:
    """Ansible would refuse the whole source. What a host says must not have that effect."""
    with_priorities(fleet, a='Spot', b=True, c='Spot')
    groups = fleet.groups(keyed_groups=PRIORITY, groups={'later': "'azure' in group_names or true"})
    assert groups['priority_Spot'] == {'a', 'c'}
    assert groups['azure'] == groups['azure_zone_westeurope_1'] == NAMES
    (warning,) = fleet.warnings
    assert warning.startswith('azure_imds: 1 of 3 hosts is missing from some groups of keyed_groups. b: Invalid group name format')


def test_a_host_whose_group_would_be_its_own_parent(fleet: ThreeHosts) -> None:
    """For that Ansible has an error that is none of its own kinds."""
    with_priorities(fleet, a='Spot', b='azure', c='Spot')
    groups = fleet.groups(keyed_groups=[{'separator': '', 'key': 'azure_imds.compute_priority', 'parent_group': 'azure'}])
    assert (groups['Spot'], groups['azure']) == ({'a', 'c'}, NAMES)
    assert groups['azure_zone_westeurope_1'] == NAMES


def test_an_availability_set_that_is_no_text(fleet: ThreeHosts) -> None:
    """A tag may look like anything; of most of it a name can be made, and nothing is run."""
    fleet.compute = {
        'a': {'vmScaleSetName': '', 'tagsList': [{'name': 'set', 'value': "{{ lookup('pipe', 'false') }}"}]},
        'b': {'vmScaleSetName': '', 'tagsList': [{'name': 'set', 'value': '東京\x1b[2J'}]},
        # In a scale set, so that its tag does not count.
        'c': {'tagsList': [{'name': 'set', 'value': 'ignored'}]},
    }
    groups = fleet.groups(availability_set='azure_imds.tags.set', keyed_groups=[])
    sets = {name: members for name, members in groups.items() if name.startswith('azure_availability_set_')}
    assert sets == {'azure_availability_set____lookup__pipe____false_____': {'a'}, 'azure_availability_set_東京__2J': {'b'}}
    assert groups['azure_fault_domain____lookup__pipe____false______zone_1_0'] == {'a'}
    assert fleet.warnings == []


def test_an_expression_that_is_wrong_for_one_host(fleet: ThreeHosts) -> None:
    fleet.compute = {'a': {'vmScaleSetName': ''}, 'b': {'vmScaleSetName': '', 'priority': 'Spot'}}
    wrong = "'db' if azure_imds.compute_priority is not defined else 1 // 0"
    groups = fleet.groups(availability_set=wrong, keyed_groups=[])
    assert (groups['azure_availability_set_db'], groups['azure']) == ({'a'}, NAMES)
    (warning,) = fleet.warnings
    assert warning.startswith('azure_imds: availability_set fails for 1 of 2 hosts, so their availability set is unknown. b: ')
    assert 'azure' not in fleet.groups(availability_set=wrong, keyed_groups=[], strict=True)
    assert any('Unable to parse' in warning for warning in fleet.warnings)


def test_strict(fleet: ThreeHosts) -> None:
    with_priorities(fleet, a='Spot', b=True, c='Spot')
    fleet.groups(keyed_groups=PRIORITY, strict=True)
    assert any('Unable to parse' in warning for warning in fleet.warnings)


def test_options_that_suit_no_host_are_refused(fleet: ThreeHosts) -> None:
    with_priorities(fleet, a=True, b=True, c=True)
    fleet.groups(keyed_groups=PRIORITY)
    assert any('Unable to parse' in warning for warning in fleet.warnings)


@pytest.mark.parametrize(
    'options',
    [
        {'gather_subset': ['!min', 'tags']},
        {'gather_subset': ['!all', '!min', 'compute']},
        {'gather_subset': ['weather']},
        {'endpoint': 'here'},
        {'prefix': ''},
        {'prefix': 'all'},
        {'prefix': 'ungrouped'},
        {'scale_set_scope': 'subscription'},
        {'levels': ['rack']},
        {'forks': 0},
        {'forks': -1},
        {'hosts': 5},
        {'hosts': {'a': {}}},
        {'hosts': ['a', 5]},
        {'hosts': ['a[1:3']},
    ],
)
def test_options_of_which_no_inventory_can_be_made(fleet: ThreeHosts, options: dict[str, Any]) -> None:
    """Nobody is asked for them."""
    groups = fleet.groups(**options)
    assert any('Unable to parse' in warning for warning in fleet.warnings)
    assert 'azure' not in groups
    assert fleet.asked() == []
