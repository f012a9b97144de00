# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The groups of whole fleets: those of the fleet in tests/places, and of any fleet that one name stands for one place."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from ansible.inventory.data import InventoryData
from ansible_collections.imds.azure.plugins.plugin_utils._inventory.group_members import join_groups
from ansible_collections.imds.azure.plugins.plugin_utils._inventory.groups import LEVELS, Shape
from ansible_collections.imds.azure.plugins.plugin_utils._placement.places import Place, fault_domain_of, set_of
from ansible_collections.imds.azure.tests.places import fleet
from hypothesis import given
from hypothesis import strategies as st

BY_DEFAULT = Shape(levels=[level for level in LEVELS if level != 'placement_group'])
AVAILABILITY_SETS = {name: facts['tags']['availabilitySet'] for name, facts in fleet.FACTS.items() if 'availabilitySet' in facts['tags']}


def joined(facts: dict[str, Any], shape: Shape = BY_DEFAULT, sets: dict[str, str] | None = None, backwards: bool = False) -> tuple[InventoryData, list[str]]:
    inventory = InventoryData()
    answers = {name: {'state': 'present', 'facts': facts[name]} for name in sorted(facts, reverse=backwards)}
    for name in answers:
        inventory.add_host(name)
    return inventory, join_groups(inventory, answers, shape, sets)


def shown(inventory: InventoryData) -> dict[str, fleet.Group]:
    groups = {name: group for name, group in inventory.groups.items() if name.startswith('azure')}
    return {name: fleet.Group([child.name for child in group.child_groups], [host.name for host in group.hosts]) for name, group in groups.items()}


@pytest.mark.parametrize('backwards', [False, True])
@pytest.mark.parametrize('scope', ['name', 'resource_group'])
def test_the_fleet_with_everything_in_it(scope: str, backwards: bool) -> None:
    """In sorted order, whoever answered first."""
    inventory, warnings = joined(fleet.FACTS, BY_DEFAULT._replace(scale_set_scope=scope), AVAILABILITY_SETS, backwards)
    assert shown(inventory) == fleet.groups(scope)
    assert len(warnings) == len(fleet.FLEET['group_warnings'][scope]), warnings
    for warning, words in zip(warnings, fleet.FLEET['group_warnings'][scope], strict=True):
        assert [word for word in words if word not in warning] == [], warning


def test_hosts_without_facts_beside_it() -> None:
    inventory = InventoryData()
    for name in fleet.ANSWERS:
        inventory.add_host(name)
    join_groups(inventory, fleet.ANSWERS, BY_DEFAULT, AVAILABILITY_SETS)
    assert shown(inventory) == {
        **fleet.groups('name'),
        'azure_not_azure': fleet.Group([], ['onprem']),
        'azure_unreachable': fleet.Group([], ['gone']),
    }


def host(**place: Any) -> dict[str, Any]:
    resource = {'subscription_id': place.pop('subscription', 's1'), 'resource_group': place.pop('group', 'prod')}
    return {'placement': {**dict.fromkeys((*LEVELS, 'scale_set')), **place}, 'resource': resource, 'query': {}}


def test_sets_that_differ_in_their_subscription_only() -> None:
    facts = {name: host(subscription=name, scale_set='web', fault_domain=0) for name in ('s1', 's2')}
    for scope, name in (('name', 'azure_vmss_web'), ('resource_group', 'azure_vmss_web_prod')):
        inventory, (warning,) = joined(facts, Shape(scale_set_scope=scope))
        assert shown(inventory)[name] == fleet.Group([], ['s1', 's2'])
        assert f'{name} contains scale set web in resource group prod of subscription s1 and' in warning
        assert 'keyed_groups entry with the key azure_imds.resource.subscription_id' in warning


def test_an_availability_set_with_the_name_of_a_scale_set() -> None:
    """Their own groups differ, and those of their fault domains would not."""
    facts = {'a': host(scale_set='db', fault_domain=0), 'b': host(fault_domain=1)}
    inventory, (warning,) = joined(facts, sets={'b': 'db'})
    groups = shown(inventory)
    assert (groups['azure_vmss_db'].hosts, groups['azure_availability_set_db'].hosts) == (['a'], ['b'])
    assert not any(name.startswith('azure_fault_domain_db') for name in groups)
    assert 'availability set db and scale set db' in warning
    assert 'change the expression in availability_set so that the names differ' in warning


def test_names_with_resource_groups_in_them() -> None:
    """Below different parents, so that nobody may have it."""
    facts = {'a': host(scale_set='web', group='a_b', fault_domain=0), 'b': host(scale_set='web_a', group='b', fault_domain=0)}
    inventory, (warning,) = joined(facts, Shape(scale_set_scope='resource_group'))
    groups = shown(inventory)
    assert (groups['azure_vmss_web'], groups['azure_vmss_web_a']) == (fleet.Group([], ['a']), fleet.Group([], ['b']))
    assert not any('web_a_b' in name for name in groups)
    assert 'azure_vmss_web_a_b could mean scale set web and scale set web_a, so it is left out' in warning


def test_a_resource_group_and_the_rest_of_a_name() -> None:
    facts = {'a': host(scale_set='web', group='front'), 'b': host(scale_set='web_front', group='prod')}
    inventory, (warning,) = joined(facts, Shape(scale_set_scope='resource_group'))
    groups = shown(inventory)
    assert groups['azure_vmss_web'] == fleet.Group([], ['a'])
    assert groups['azure_vmss_web_front'] == fleet.Group(['azure_vmss_web_front_prod'], [])
    assert 'azure_vmss_web_front could mean' in warning


def test_places_without_sets() -> None:
    facts = {'a': host(location='a-b', zone='1', fault_domain=0), 'b': host(location='a_b', zone='1', fault_domain=0), 'c': host(location='c', zone='1')}
    inventory, warnings = joined(facts)
    assert set(shown(inventory)) == {'azure', 'azure_fault_domain_0', 'azure_location_c', 'azure_zone_c_1'}
    assert ['azure_location_a_b could mean location a-b and location a_b, so it is left out' in warning for warning in warnings] == [True, False]
    assert 'azure_zone_a_b_1 could mean zone 1 of a-b and zone 1 of a_b' in warnings[1]
    assert all("azure_imds.placement.location == 'a-b'" in warning for warning in warnings)


@pytest.mark.parametrize(('levels', 'remedy'), [(['zone'], 'Add physical_zone to levels'), (['zone', 'physical_zone'], 'azure_physical_zone_... tell')])
def test_crossed_zones(levels: list[str], remedy: str) -> None:
    facts = {name: host(subscription=name, location='a', zone='1', physical_zone=f'a-az{name}') for name in '12'}
    inventory, (warning,) = joined(facts, Shape(levels=levels))
    assert shown(inventory)['azure_zone_a_1'].hosts == ['1', '2']
    assert 'azure_zone_a_1 (a-az1 in subscription 1 and a-az2 in subscription 2)' in warning
    assert remedy in warning


@pytest.mark.parametrize('unknown', [{'physical_zone': None}, {'physical_zone': 'a-az1'}])
def test_zones_that_are_not_known_to_be_crossed(unknown: dict[str, Any]) -> None:
    facts = {'x': host(subscription='1', location='a', zone='1', physical_zone='a-az1'), 'y': host(subscription='2', location='a', zone='1', **unknown)}
    assert joined(facts)[1] == []


def test_names_that_steer_a_terminal_are_shown_as_escapes() -> None:
    facts = {'a': host(scale_set='x\x1b[2Jy', fault_domain=0), 'b': host(scale_set='x__2Jy', fault_domain=0)}
    (warning,) = joined(facts)[1]
    assert '\x1b' not in warning
    assert 'scale set x\\u001b[2Jy' in warning


# Few values, of which many come to one name.
NAMES = st.sampled_from(['web', 'WEB', 'web-a', 'web_a', 'web_zone_1', 'web_a_zone_1', 'a', 'zone_1', '-', '_', '東京', 'x' * 200])
HOSTS = st.builds(
    host,
    subscription=st.sampled_from(['s1', 's2', 'S1', None]),
    group=st.sampled_from(['prod', 'a', 'A', 'a-b', 'zone_1', None]),
    location=st.sampled_from(['a', 'a-b', 'a_b', None]),
    zone=st.sampled_from(['1', '2', 'b_1', None]),
    physical_zone=st.sampled_from(['a-az1', 'a_az1', None]),
    fault_domain=st.sampled_from([0, 1, None]),
    update_domain=st.sampled_from([0, 12, None]),
    scale_set=st.one_of(st.none(), NAMES),
    placement_group=st.sampled_from(['p-1', 'p_1', None]),
)
FLEETS = st.lists(st.tuples(HOSTS, st.one_of(st.none(), NAMES)), min_size=1, max_size=7)
SHAPES = st.builds(Shape, st.just('azure'), st.sets(st.sampled_from(LEVELS)), st.sampled_from(['name', 'resource_group']))


def made(hosts: list[tuple[dict[str, Any], str | None]], shape: Shape) -> tuple[InventoryData, list[str]]:
    facts = {f'h{number}': facts for number, (facts, _set) in enumerate(hosts)}
    return joined(facts, shape, {f'h{number}': of_host for number, (_facts, of_host) in enumerate(hosts) if of_host})


def place_of(group: str, facts: dict[str, Any], availability_set: str | None) -> Place | None:
    """The one place that the group stands for if this host is in it, None where it may hold more."""
    place, levels = facts['placement'], group.split('_')[1:]
    if levels[0] == 'location':
        return ('location', str(place['location']).lower())
    if levels[0] == 'zone':
        return ('zone', place['location'], place['zone'])
    if levels[0] in ('physical', 'placement'):
        return (levels[0], place['physical_zone'] if levels[0] == 'physical' else place['placement_group'])
    if levels[:2] == ['fault', 'domain'] and len(levels) > 3:
        return fault_domain_of(facts, availability_set)
    return None


@given(FLEETS, SHAPES)
def test_one_group_one_place(hosts: list[tuple[dict[str, Any], str | None]], shape: Shape) -> None:
    inventory, warnings = made(hosts, shape)
    for name, group in inventory.groups.items():
        members = [hosts[int(member.name[1:])] for member in group.get_hosts()]
        places = {place_of(name, *member) for member in members} if name.startswith('azure_') else set()
        assert len(places) < 2, (name, places, warnings)
        # What is below a set, and below no other group of sets, is of that set alone.
        if name.startswith(('azure_vmss_', 'azure_availability_set_')):
            sets = {set_of(*member) for member in members}
            if len({of_host[-1] for of_host in sets if of_host}) > 1 or (shape.scale_set_scope == 'name' and len(sets) > 1):
                assert any(name.lower() in warning.lower() for warning in warnings)
                assert shape.scale_set_scope == 'resource_group' or not group.child_groups


@given(FLEETS, SHAPES)
def test_every_host_once_in_each_branch(hosts: list[tuple[dict[str, Any], str | None]], shape: Shape) -> None:
    inventory, _warnings = made(hosts, shape)
    top = inventory.groups['azure']
    assert {member.name for member in top.get_hosts()} == {f'h{number}' for number in range(len(hosts))}
    for group in inventory.groups.values():
        assert len(group.parent_groups) <= 1
        below = [{member.name for member in child.get_hosts()} for child in group.child_groups]
        direct = {member.name for member in group.hosts}
        assert not direct & set().union(*below)
        assert group is top or all(not one & other for one, other in itertools.combinations(below, 2))
        assert group.name in ('all', 'ungrouped') or direct or below
        assert [child.name for child in group.child_groups] == sorted(child.name for child in group.child_groups)


@given(FLEETS, HOSTS, SHAPES)
def test_names_are_stable(hosts: list[tuple[dict[str, Any], str | None]], late: dict[str, Any], shape: Shape) -> None:
    """A host that comes later takes no group from others but where that would be wrong, of which there is a warning then, and gives them none."""
    before, _warnings = made(hosts, shape)
    after, warnings = made([*hosts, (late, None)], shape)
    said = ' '.join(warnings).lower()
    for number in range(len(hosts)):
        old, new = ({group.name.lower() for group in inventory.hosts[f'h{number}'].get_groups()} for inventory in (before, after))
        assert new <= old
        for group in old - new:
            assert any(word.lower() in said for word in (group, group.rsplit('_', 1)[0], group.split('_zone_')[0], *chain(before, group)))


def chain(inventory: InventoryData, lower: str) -> list[str]:
    """The groups above one."""
    return [above.name for group in inventory.groups.values() if group.name.lower() == lower for above in group.get_ancestors() if above.name != 'azure']
