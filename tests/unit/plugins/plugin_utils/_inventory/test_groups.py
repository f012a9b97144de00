# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The groups of a host by its facts."""

from __future__ import annotations

import re
from typing import Any

import pytest
from ansible_collections.imds.azure.plugins.module_utils._facts.facts import facts_from_document
from ansible_collections.imds.azure.plugins.plugin_utils._inventory.groups import LEVELS, placement_groups
from hypothesis import given
from hypothesis import strategies as st


def facts(resource_group: Any = None, **place: Any) -> dict[str, Any]:
    nowhere = dict.fromkeys(('location', 'zone', 'physical_zone', 'fault_domain', 'update_domain', 'scale_set', 'scale_set_instance', 'placement_group'))
    return {'placement': {**nowhere, **place}, 'resource': {'resource_group': resource_group}}


EVERYTHING: dict[str, Any] = {
    'resource_group': 'shop',
    'location': 'westeurope',
    'zone': '2',
    'physical_zone': 'westeurope-az3',
    'fault_domain': 0,
    'scale_set': 'web',
}
TREE = {
    'azure_location_westeurope': 'azure',
    'azure_zone_westeurope_2': 'azure_location_westeurope',
    'azure_physical_zone_westeurope_az3': 'azure',
    'azure_fault_domain_0': 'azure',
    'azure_fault_domain_web_0': 'azure_fault_domain_0',
    'azure_vmss_web': 'azure',
    'azure_vmss_web_zone_2': 'azure_vmss_web',
}


def test_the_whole_tree() -> None:
    assert dict(placement_groups(facts(**EVERYTHING))) == TREE


def test_parents_come_first() -> None:
    seen = {'azure'}
    for group, parent in placement_groups(facts(**EVERYTHING)):
        assert parent in seen
        assert group not in seen
        seen.add(group)


def test_a_prefix_of_ones_own() -> None:
    expected = {group.replace('azure', 'cloud', 1): parent.replace('azure', 'cloud', 1) for group, parent in TREE.items()}
    assert dict(placement_groups(facts(**EVERYTHING), 'cloud')) == expected


@pytest.mark.parametrize(
    ('levels', 'expected'),
    [
        ([], {}),
        (['location'], {'azure_location_westeurope': 'azure'}),
        (['zone'], {'azure_zone_westeurope_2': 'azure'}),
        (['location', 'zone'], {'azure_location_westeurope': 'azure', 'azure_zone_westeurope_2': 'azure_location_westeurope'}),
        (['physical_zone'], {'azure_physical_zone_westeurope_az3': 'azure'}),
        (['fault_domain'], {'azure_fault_domain_0': 'azure', 'azure_fault_domain_web_0': 'azure_fault_domain_0'}),
        (['scale_set'], {'azure_vmss_web': 'azure'}),
        (['zone', 'scale_set'], {'azure_zone_westeurope_2': 'azure', 'azure_vmss_web': 'azure', 'azure_vmss_web_zone_2': 'azure_vmss_web'}),
    ],
)
def test_levels(levels: list[str], expected: dict[str, str]) -> None:
    assert dict(placement_groups(facts(**EVERYTHING), levels=levels)) == expected


@pytest.mark.parametrize('nothing', ['', None])
@pytest.mark.parametrize('missing', ['location', 'zone', 'physical_zone', 'fault_domain', 'scale_set', 'resource_group'])
def test_nothing_for_a_level(missing: str, nothing: Any) -> None:
    if missing == 'fault_domain' and nothing == '':
        nothing = None
    gone = {
        'location': {'azure_location_westeurope', 'azure_zone_westeurope_2'},
        'zone': {'azure_zone_westeurope_2', 'azure_vmss_web_zone_2'},
        'physical_zone': {'azure_physical_zone_westeurope_az3'},
        'fault_domain': {'azure_fault_domain_0', 'azure_fault_domain_web_0'},
        'scale_set': {'azure_vmss_web', 'azure_vmss_web_zone_2', 'azure_fault_domain_web_0'},
        'resource_group': set(),
    }
    instead = {'azure_fault_domain_shop_0'} if missing == 'scale_set' else set()
    assert set(dict(placement_groups(facts(**{**EVERYTHING, missing: nothing})))) == set(TREE) - gone[missing] | instead


def test_nothing_at_all() -> None:
    assert placement_groups(facts()) == []


def test_a_fault_domain_without_a_scope() -> None:
    assert placement_groups(facts(fault_domain=2)) == [('azure_fault_domain_2', 'azure')]


@pytest.mark.parametrize(
    ('scale_set', 'group'),
    [
        ('Web Front', 'azure_vmss_Web_Front'),
        ('web-front', 'azure_vmss_web_front'),
        ('wéb', 'azure_vmss_wéb'),
        ('東京 2', 'azure_vmss_東京_2'),
        ('{{ 1 + 1 }}', 'azure_vmss____1___1___'),
        ('a\'b"c\n', 'azure_vmss_a_b_c_'),
        ('a:b!c&d', 'azure_vmss_a_b_c_d'),
        ('../../etc', 'azure_vmss_______etc'),
        ('x' * 300, 'azure_vmss_' + 'x' * 300),
    ],
)
def test_names_are_sanitised_as_ansible_does(scale_set: str, group: str) -> None:
    assert group in dict(placement_groups(facts(scale_set=scale_set), levels=['scale_set']))


def test_hosts_of_several_locations() -> None:
    """Zone 1 of one location has nothing to do with zone 1 of another, and the same is true of fault domains of scale sets."""
    here = dict(placement_groups(facts(location='westeurope', zone='1', fault_domain=1, scale_set='web')))
    there = dict(placement_groups(facts(location='northeurope', zone='1', fault_domain=1, scale_set='db')))
    assert set(here) & set(there) == {'azure_fault_domain_1'}


def test_the_prefix_is_sanitised_as_the_names_are() -> None:
    assert dict(placement_groups(facts(location='a'), 'my_cloud')) == {'my_cloud_location_a': 'my_cloud'}


TEXTS = st.one_of(st.none(), st.text(), st.sampled_from(['', ' ', '-', '{{ x }}', '1', 'web']))
PLACES = st.fixed_dictionaries(
    {
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
    seen = {'azure'}
    for group, parent in placement_groups(facts_from_document({'compute': compute}, subset=['compute']), levels=levels):
        assert re.fullmatch(r'azure_\w+', group)
        assert parent in seen
        seen.add(group)


@given(st.dictionaries(st.sampled_from(['location', 'zone', 'physical_zone', 'scale_set', 'resource_group']), st.sampled_from(['', None, 'a', 'b-c'])))
def test_no_empty_value_gives_a_group(place: dict[str, Any]) -> None:
    for group, parent in placement_groups(facts(fault_domain=1, **place)):
        assert not group.endswith('_')
        assert '__' not in group
        assert not parent.endswith('_')
