# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts in the groups that their answers call for. That Ansible could not do it differently is shown in tests/matrix."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleParserError
from ansible.inventory.data import InventoryData
from ansible_collections.imds.azure.plugins.plugin_utils._inventory.group_members import join_groups
from ansible_collections.imds.azure.plugins.plugin_utils._inventory.groups import LEVELS, Shape

DOWN = {'state': 'unreachable', 'error': 'no route'}


def present(resource_group: Any = None, **place: Any) -> dict[str, Any]:
    return {'state': 'present', 'facts': {'placement': place, 'resource': {'resource_group': resource_group}, 'query': {}}}


def joined(answers: dict[str, dict[str, Any]], prefix: str = 'azure') -> InventoryData:
    inventory = InventoryData()
    for name in answers:
        inventory.add_host(name)
    # What it knew of its groups before must not last.
    inventory.get_groups_dict()
    join_groups(inventory, answers, Shape(prefix))
    return inventory


def test_members_and_groups_in_sorted_order() -> None:
    """Whatever the order of the answers."""
    answers = {name: present(location='here' if name in 'ac' else 'everywhere', fault_domain=0) for name in 'dcba'}
    inventory = joined(answers)
    groups = inventory.get_groups_dict()
    assert groups['azure_fault_domain_0'] == ['a', 'b', 'c', 'd']
    assert groups['azure_location_here'] == ['a', 'c']
    assert groups['azure_location_everywhere'] == ['b', 'd']
    assert [child.name for child in inventory.groups['azure'].child_groups] == ['azure_fault_domain_0', 'azure_location_everywhere', 'azure_location_here']


def test_a_host_is_a_direct_member_of_its_deepest_groups_only() -> None:
    groups = joined({'a': present(location='here', zone='1'), 'b': present(location='here'), 'c': present()}).groups
    direct = {name: [host.name for host in groups[name].hosts] for name in ('azure', 'azure_location_here', 'azure_zone_here_1')}
    assert direct == {'azure': ['c'], 'azure_location_here': ['b'], 'azure_zone_here_1': ['a']}


def test_a_group_above_that_is_below_already() -> None:
    """As another source may have it."""
    inventory = InventoryData()
    for group in ('azure', 'azure_location_here'):
        inventory.add_group(group)
    inventory.add_child('azure_location_here', 'azure')
    inventory.add_host('a')
    with pytest.raises(AnsibleParserError, match='azure_location_here.* Set prefix to a word'):
        join_groups(inventory, {'a': present(location='here')}, Shape())


def test_groups_that_are_there_already() -> None:
    """Another source may give them variables, and hosts."""
    inventory = InventoryData()
    inventory.add_group('azure_vmss_web')
    for name in ('a', 'b'):
        inventory.add_host(name)
    inventory.add_child('azure_vmss_web', 'b')
    join_groups(inventory, {'a': present(scale_set='web')}, Shape())
    assert inventory.get_groups_dict()['azure_vmss_web'] == ['b', 'a']


def test_a_host_knows_its_groups() -> None:
    inventory = joined({'a': present(location='here', zone='1')})
    inventory.reconcile_inventory()
    assert {group.name for group in inventory.hosts['a'].get_groups()} == {'all', 'azure', 'azure_location_here', 'azure_zone_here_1'}
    assert inventory.groups['azure_zone_here_1'].parent_groups == [inventory.groups['azure_location_here']]


@pytest.mark.parametrize('key', LEVELS)
def test_what_tells_places_apart(key: str) -> None:
    """Hosts that differ in one thing only, and in no other group than that thing calls for."""
    common: dict[str, Any] = {**dict.fromkeys(LEVELS, '1'), 'scale_set': 'web', 'resource_group': 'x'}
    answers = {'a': present(**common), 'b': present(**{**common, key: '2'}), 'c': present(**common)}
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
    assert sorted(joined({'a': present(**place), 'b': present(location='here')}).get_groups_dict()['azure']) == ['a', 'b']


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
    join_groups(inventory, {'a': present(location='here'), 'web': present(location='here'), 'azure': present(location='there')}, Shape())
    groups = inventory.get_groups_dict()
    assert (groups['azure_location_here'], groups['azure_location_there'], groups['azure']) == (['a', 'web'], ['azure'], ['a', 'web', 'azure'])


def test_nothing_to_join() -> None:
    assert set(joined({}).groups) == {'all', 'ungrouped'}


def test_hosts_that_are_in_groups_leave_those_that_are_in_none() -> None:
    """As Ansible lets them leave after the last source, one after the other."""
    inventory, by_ansible = InventoryData(), InventoryData()
    for one in (inventory, by_ansible):
        one.add_group('above')
        one.add_child('above', 'ungrouped')
        for name in 'abcd':
            one.add_host(name, 'ungrouped')
        one.add_group('own')
        one.add_child('own', 'd')
    answers = {'a': present(location='here'), 'b': DOWN, 'd': present()}
    join_groups(inventory, answers, Shape())
    for group in ('azure_location_here', 'azure_unreachable', 'azure'):
        by_ansible.add_group(group)
    for name, group in (('a', 'azure_location_here'), ('b', 'azure_unreachable'), ('d', 'azure')):
        by_ansible.add_child(group, name)
    assert [host.name for host in inventory.groups['ungrouped'].get_hosts()] == ['c']
    for one in (inventory, by_ansible):
        one.reconcile_inventory()
    for name in 'abcd':
        groups = {group.name for group in inventory.hosts[name].get_groups()} - {'azure_location_here'}
        assert groups - {'azure'} == {group.name for group in by_ansible.hosts[name].get_groups()} - {'azure', 'azure_location_here'}
    members, wanted = (
        {group: set(hosts) for group, hosts in one.get_groups_dict().items() if not group.startswith('azure')} for one in (inventory, by_ansible)
    )
    assert members == wanted
