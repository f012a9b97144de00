# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts in the groups that their answers call for. That Ansible could not do it differently is shown in tests/matrix."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.inventory.data import InventoryData
from ansible_collections.imds.azure.plugins.plugin_utils._inventory.group_members import join_groups
from ansible_collections.imds.azure.plugins.plugin_utils._inventory.groups import LEVELS

DOWN = {'state': 'unreachable', 'error': 'no route'}


def present(resource_group: Any = None, **place: Any) -> dict[str, Any]:
    return {'state': 'present', 'facts': {'placement': place, 'resource': {'resource_group': resource_group}, 'query': {}}}


def joined(answers: dict[str, dict[str, Any]], prefix: str = 'azure') -> InventoryData:
    inventory = InventoryData()
    for name in answers:
        inventory.add_host(name)
    # What it knew of its groups before must not last.
    inventory.get_groups_dict()
    join_groups(inventory, answers, prefix, LEVELS)
    return inventory


def test_members_in_the_order_of_the_answers() -> None:
    answers = {name: present(location='here' if name in 'ac' else 'there', fault_domain=0) for name in 'dcba'}
    groups = joined(answers).get_groups_dict()
    assert groups['azure'] == ['d', 'c', 'b', 'a']
    assert groups['azure_location_here'] == ['c', 'a']
    assert groups['azure_location_there'] == ['d', 'b']


def test_a_host_knows_its_groups() -> None:
    inventory = joined({'a': present(location='here', zone='1')})
    inventory.reconcile_inventory()
    assert {group.name for group in inventory.hosts['a'].get_groups()} == {'all', 'azure', 'azure_location_here', 'azure_zone_here_1'}
    assert inventory.groups['azure_zone_here_1'].parent_groups == [inventory.groups['azure_location_here']]


@pytest.mark.parametrize('key', [*LEVELS, 'resource_group'])
def test_what_tells_places_apart(key: str) -> None:
    """Hosts that differ in one thing only, and in no other group than that thing calls for."""
    common: dict[str, Any] = {'location': 'x', 'zone': 'x', 'physical_zone': 'x', 'fault_domain': 'x', 'scale_set': None, 'resource_group': 'x'}
    answers = {'a': present(**common), 'b': present(**{**common, key: 'y'}), 'c': present(**common)}
    both = joined(answers).get_groups_dict()
    for name in answers:
        alone = {group for group, hosts in joined({name: answers[name]}).get_groups_dict().items() if hosts}
        assert {group for group, hosts in both.items() if name in hosts} == alone


def test_hosts_without_facts() -> None:
    groups = joined({'a': DOWN, 'b': {'state': 'failed', 'error': 'x'}, 'c': {'state': 'not_azure'}, 'd': DOWN}).get_groups_dict()
    assert {name: hosts for name, hosts in groups.items() if hosts and name not in ('all', 'ungrouped')} == {
        'azure_unreachable': ['a', 'd'],
        'azure_failed': ['b'],
        'azure_not_azure': ['c'],
    }
    assert 'azure' not in groups


@pytest.mark.parametrize('place', [{}, {'location': ['x'], 'zone': {}}, {'location': {'a': 1}}, {'fault_domain': [], 'scale_set': '{{ x }}'}])
def test_odd_facts_cost_no_host(place: dict[str, Any]) -> None:
    """As an old cache may hold them."""
    assert joined({'a': present(**place), 'b': present(location='here')}).get_groups_dict()['azure'] == ['a', 'b']


def test_a_prefix_that_is_no_name() -> None:
    groups = joined({'a': present(location='here'), 'b': DOWN}, 'my-cloud').get_groups_dict()
    assert {'my_cloud', 'my_cloud_location_here', 'my_cloud_unreachable'} < set(groups)


def test_a_host_that_is_called_like_a_group() -> None:
    """Ansible warns of it and goes on. The group's other hosts stand elsewhere."""
    inventory = InventoryData()
    for name in ('a', 'web', 'azure'):
        inventory.add_host(name)
    inventory.add_group('web')
    inventory.add_host('other', 'web')
    join_groups(inventory, {'a': present(location='here'), 'web': present(location='here'), 'azure': present(location='there')}, 'azure', LEVELS)
    groups = inventory.get_groups_dict()
    assert (groups['azure_location_here'], groups['azure_location_there'], groups['azure']) == (['a', 'web'], ['azure'], ['a', 'web', 'azure'])


def test_nothing_to_join() -> None:
    assert set(joined({}).groups) == {'all', 'ungrouped'}
