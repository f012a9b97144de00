# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The groups of a host by its facts."""

from __future__ import annotations

import re
from typing import Any

import pytest
from ansible_collections.imds.azure.plugins.module_utils._facts.facts import facts_from_document
from ansible_collections.imds.azure.plugins.plugin_utils._inventory.group_tree import group_tree
from ansible_collections.imds.azure.plugins.plugin_utils._inventory.groups import LEVELS, Shape, standing
from hypothesis import given
from hypothesis import strategies as st


def facts(resource_group: Any = None, **place: Any) -> dict[str, Any]:
    nowhere = dict.fromkeys(('location', 'zone', 'physical_zone', 'fault_domain', 'update_domain', 'scale_set', 'scale_set_instance', 'placement_group'))
    return {'placement': {**nowhere, **place}, 'resource': {'resource_group': resource_group}}


def tree(of_host: dict[str, Any], availability_set: str = '', **shape: Any) -> dict[str, str]:
    """The groups of a fleet of one host, each with the one above it."""
    return group_tree([standing(of_host, availability_set)], Shape(**shape)).parents


EVERYTHING: dict[str, Any] = {
    'resource_group': 'shop',
    'location': 'westeurope',
    'zone': '2',
    'physical_zone': 'westeurope-az3',
    'fault_domain': 0,
    'update_domain': 4,
    'scale_set': 'web',
    'placement_group': 'f1-a2',
}
TREE = {
    'azure_location_westeurope': 'azure',
    'azure_zone_westeurope_2': 'azure_location_westeurope',
    'azure_physical_zone_westeurope_az3': 'azure',
    'azure_fault_domain_0': 'azure',
    'azure_update_domain_4': 'azure',
    'azure_placement_group_f1_a2': 'azure',
    'azure_vmss_web': 'azure',
    'azure_vmss_web_zone_2': 'azure_vmss_web',
    'azure_fault_domain_web_zone_2_0': 'azure_vmss_web_zone_2',
}


def test_the_whole_tree() -> None:
    assert tree(facts(**EVERYTHING)) == TREE


def test_the_whole_tree_with_resource_groups() -> None:
    of_set = {
        'azure_vmss_web': 'azure',
        'azure_vmss_web_shop': 'azure_vmss_web',
        'azure_vmss_web_shop_zone_2': 'azure_vmss_web_shop',
        'azure_fault_domain_web_shop_zone_2_0': 'azure_vmss_web_shop_zone_2',
    }
    expected = {group: parent for group, parent in TREE.items() if '_web' not in group} | of_set
    assert tree(facts(**EVERYTHING), scale_set_scope='resource_group') == expected


@pytest.mark.parametrize(('scope', 'name'), [('name', 'db'), ('resource_group', 'db_shop')])
def test_an_availability_set(scope: str, name: str) -> None:
    of_host = facts('shop', fault_domain=1)
    expected = {'azure_fault_domain_1': 'azure', f'azure_availability_set_{name}': 'azure', f'azure_fault_domain_{name}_1': f'azure_availability_set_{name}'}
    assert tree(of_host, 'db', scale_set_scope=scope) == expected


def test_an_availability_set_of_a_host_in_a_scale_set() -> None:
    assert tree(facts(**EVERYTHING), 'db') == TREE


def test_an_availability_set_with_a_zone() -> None:
    """There is no such thing in Azure; numbers of several zones must not meet."""
    assert tree(facts(fault_domain=1, zone='2'), 'db')['azure_fault_domain_db_zone_2_1'] == 'azure_availability_set_db'


def test_a_set_without_zones() -> None:
    of_host = facts(fault_domain=3, scale_set='web')
    assert tree(of_host) == {'azure_fault_domain_3': 'azure', 'azure_vmss_web': 'azure', 'azure_fault_domain_web_3': 'azure_vmss_web'}


def test_parents_are_groups() -> None:
    found = tree(facts(**EVERYTHING))
    assert set(found.values()) <= {'azure', *found}
    assert list(found) == sorted(found)


def test_a_prefix_of_ones_own() -> None:
    expected = {group.replace('azure', 'cloud', 1): parent.replace('azure', 'cloud', 1) for group, parent in TREE.items()}
    assert tree(facts(**EVERYTHING), prefix='cloud') == expected


@pytest.mark.parametrize(
    ('levels', 'expected'),
    [
        ([], {}),
        (['location'], {'azure_location_westeurope': 'azure'}),
        (['zone'], {'azure_zone_westeurope_2': 'azure'}),
        (['location', 'zone'], {'azure_location_westeurope': 'azure', 'azure_zone_westeurope_2': 'azure_location_westeurope'}),
        (['physical_zone'], {'azure_physical_zone_westeurope_az3': 'azure'}),
        (['fault_domain'], {'azure_fault_domain_0': 'azure'}),
        (['update_domain'], {'azure_update_domain_4': 'azure'}),
        (['placement_group'], {'azure_placement_group_f1_a2': 'azure'}),
        (['scale_set'], {'azure_vmss_web': 'azure'}),
        (['zone', 'scale_set'], {'azure_zone_westeurope_2': 'azure', 'azure_vmss_web': 'azure', 'azure_vmss_web_zone_2': 'azure_vmss_web'}),
        (['fault_domain', 'scale_set'], {'azure_fault_domain_0': 'azure', 'azure_vmss_web': 'azure', 'azure_fault_domain_web_zone_2_0': 'azure_vmss_web'}),
    ],
)
def test_levels(levels: list[str], expected: dict[str, str]) -> None:
    """A name is the same whichever other levels there are."""
    assert tree(facts(**EVERYTHING), levels=levels) == expected


def test_levels_of_an_availability_set() -> None:
    own = {'azure_availability_set_db': 'azure'}
    of_domains = {'azure_fault_domain_0': 'azure', 'azure_fault_domain_db_0': 'azure_availability_set_db'}
    assert tree(facts(fault_domain=0), 'db', levels=[]) == own
    assert tree(facts(fault_domain=0), 'db', levels=['fault_domain']) == own | of_domains


@pytest.mark.parametrize('nothing', ['', ' ', None, True, []])
@pytest.mark.parametrize('missing', list(EVERYTHING))
def test_nothing_for_a_level(missing: str, nothing: Any) -> None:
    gone = {
        'location': {'azure_location_westeurope', 'azure_zone_westeurope_2'},
        'zone': {'azure_zone_westeurope_2', 'azure_vmss_web_zone_2', 'azure_fault_domain_web_zone_2_0'},
        'physical_zone': {'azure_physical_zone_westeurope_az3'},
        'fault_domain': {'azure_fault_domain_0', 'azure_fault_domain_web_zone_2_0'},
        'update_domain': {'azure_update_domain_4'},
        'placement_group': {'azure_placement_group_f1_a2'},
        'scale_set': {'azure_vmss_web', 'azure_vmss_web_zone_2', 'azure_fault_domain_web_zone_2_0'},
        'resource_group': set(),
    }
    instead = {'azure_fault_domain_web_0'} if missing == 'zone' else set()
    assert set(tree(facts(**{**EVERYTHING, missing: nothing}))) == set(TREE) - gone[missing] | instead


def test_a_scale_set_without_a_resource_group() -> None:
    """Of which no group could say where it is."""
    assert tree(facts(scale_set='web', fault_domain=0), levels=['scale_set', 'fault_domain'], scale_set_scope='resource_group') == {
        'azure_fault_domain_0': 'azure',
        'azure_vmss_web': 'azure',
    }


def test_nothing_at_all() -> None:
    assert tree(facts()) == {}


def test_a_resource_group_is_no_scope_of_fault_domains() -> None:
    assert tree(facts('shop', fault_domain=2)) == {'azure_fault_domain_2': 'azure'}


@pytest.mark.parametrize('number', ['x', '1_0', '-1', '٣', 1.0])
def test_a_number_that_is_none(number: Any) -> None:
    assert tree(facts(fault_domain=number, scale_set='web')) == {'azure_vmss_web': 'azure'}


@pytest.mark.parametrize(
    ('scale_set', 'group'),
    [
        ('Web Front', 'azure_vmss_Web_Front'),
        ('web-front', 'azure_vmss_web_front'),
        ('wéb', 'azure_vmss_wéb'),
        ('東京 2', 'azure_vmss_東京_2'),
        ('{{ 1 + 1 }}', 'azure_vmss____1___1___'),
        ('a\'b"c\nd', 'azure_vmss_a_b_c_d'),
        ('a:b!c&d', 'azure_vmss_a_b_c_d'),
        ('../../etc', 'azure_vmss_______etc'),
        ('x' * 300, 'azure_vmss_' + 'x' * 300),
        ('---', 'azure_vmss____'),
    ],
)
def test_names_are_sanitised_as_ansible_does(scale_set: str, group: str) -> None:
    assert tree(facts(scale_set=scale_set), levels=['scale_set']) == {group: 'azure'}


def test_hosts_of_several_locations() -> None:
    """Zone 1 of one location has nothing to do with zone 1 of another, and the same is true of fault domains of scale sets."""
    here = tree(facts(location='westeurope', zone='1', fault_domain=1, scale_set='web'))
    there = tree(facts(location='northeurope', zone='1', fault_domain=1, scale_set='db'))
    assert set(here) & set(there) == {'azure_fault_domain_1'}


def test_the_prefix_is_sanitised_as_the_names_are() -> None:
    assert tree(facts(location='a'), prefix='my_cloud') == {'my_cloud_location_a': 'my_cloud'}


TEXTS = st.one_of(st.none(), st.text(), st.sampled_from(['', ' ', '-', '{{ x }}', '1', 'web']))
PLACES = st.fixed_dictionaries(
    {
        'subscriptionId': TEXTS,
        'location': TEXTS,
        'zone': TEXTS,
        'physicalZone': TEXTS,
        'platformFaultDomain': st.one_of(TEXTS, st.integers().map(str)),
        'vmScaleSetName': TEXTS,
        'resourceGroupName': TEXTS,
    }
)


@given(PLACES, st.sets(st.sampled_from(LEVELS)))
def test_whatever_a_document_says(compute: dict[str, Any], levels: set[str]) -> None:
    found = tree(facts_from_document({'compute': compute}, subset=['compute']), levels=levels)
    for group, parent in found.items():
        assert re.fullmatch(r'azure_\w+', group)
        assert parent in {'azure', *found}


@given(st.dictionaries(st.sampled_from(['location', 'zone', 'physical_zone', 'scale_set', 'resource_group']), st.sampled_from(['', None, 'a', 'b-c'])))
def test_no_empty_value_gives_a_group(place: dict[str, Any]) -> None:
    for group, parent in tree(facts(fault_domain=1, **place)).items():
        assert not group.endswith('_')
        assert '__' not in group
        assert not parent.endswith('_')
