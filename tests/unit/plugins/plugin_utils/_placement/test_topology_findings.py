# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with where a fleet stands, and what would happen."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.imds.azure.plugins.plugin_utils._placement.topology import topology
from ansible_collections.imds.azure.plugins.plugin_utils._placement.topology_findings import age_text
from ansible_collections.imds.azure.tests.unit.plugins.plugin_utils._placement.fleet import texts, vm


def test_a_service_in_one_zone() -> None:
    fleet = {'a': vm('2', role='db'), 'b': vm('2', 1, role='db'), 'c': vm('2', 2, role='db'), 'd': vm('1', role='web'), 'e': vm('2', role='web')}
    assert texts(fleet) == ['critical: westeurope, zone 2 lost: service db loses 3 of 3']


def test_zones_of_two_locations_are_two_places() -> None:
    assert texts({'a': vm('1', role='db'), 'b': vm('1', role='db', location='northeurope')}) == []


def test_a_service_in_one_fault_domain() -> None:
    fleet = {'a': vm(domain=0, role='db'), 'b': vm(domain=0, role='db'), 'c': vm(domain=0, role='web'), 'd': vm(domain=1, role='web')}
    assert texts(fleet) == ['critical: westeurope, resource group shop, fault domain 0 lost: service db loses 2 of 2']


@pytest.mark.parametrize('other', [{'scale_set': 'y'}, {'scale_set': 'x', 'group': 'other'}, {'scale_set': 'x', 'subscription': 's2'}, {}])
def test_numbers_of_fault_domains_of_two_sets_do_not_compare(other: dict[str, Any]) -> None:
    assert texts({'a': vm(role='db', scale_set='x'), 'b': vm(role='db', **other)}, 'single_place', 'uneven_spread') == []


def test_resource_groups_have_no_case() -> None:
    fleet = {'a': vm(role='db', group='Shop'), 'b': vm(role='db', group='SHOP')}
    assert texts(fleet) == ['critical: westeurope, resource group Shop, fault domain 0 lost: service db loses 2 of 2']


def test_hosts_that_do_not_tell_where_they_stand() -> None:
    fleet = {'a': vm(domain=None, role='db'), 'b': vm(domain=None, role='db')}
    told = ['warning: one data center of westeurope lost: service db may lose 2 of 2, for they tell neither zone nor fault domain']
    assert texts(fleet) == told
    fleet['c'] = vm('1', role='db')
    told = ['warning: westeurope, zone 1 lost: service db loses 1 of 3, and perhaps the others, which do not tell where in westeurope they stand']
    assert texts(fleet) == told
    fleet['d'] = vm('2', role='db')
    assert texts(fleet) == []
    assert texts({'a': vm('1', role='db'), 'b': vm(domain=None, role='db', location='northeurope')}) == []


def test_an_uneven_spread() -> None:
    fleet = {f'web{number}': vm(zone, role='web') for number, zone in enumerate('111123')}
    assert texts(fleet) == ['warning: westeurope, zone 1 lost: service web loses 4 of 6, while westeurope, zone 2 has 1']
    assert texts({f'web{number}': vm(zone, role='web') for number, zone in enumerate('11223')}) == []


def test_a_zone_that_holds_none() -> None:
    fleet = {**{f'web{number}': vm(zone, role='web') for number, zone in enumerate('1122')}, 'x': vm('3', role='db'), 'y': vm('1', role='db')}
    assert texts(fleet) == ['warning: westeurope, zone 1 lost: service web loses 2 of 4, while westeurope, zone 3 has 0']
    # That of another location has nothing to do with it.
    fleet['x']['facts']['placement']['location'] = fleet['y']['facts']['placement']['location'] = 'northeurope'
    assert texts(fleet, 'uneven_spread') == []


def test_a_fault_domain_that_holds_none() -> None:
    fleet = {f'db{number}': vm(domain=number % 2, role='db', scale_set='x') for number in range(4)}
    fleet['other'] = vm(domain=2, role='web', scale_set='x')
    told = 'warning: westeurope, scale set x, fault domain 0 lost: service db loses 2 of 4, while westeurope, scale set x, fault domain 2 has 0'
    assert texts(fleet, 'uneven_spread') == [told]
    # A resource group may hold several availability sets, each with fault domains of its own.
    for host in fleet.values():
        host['facts']['placement']['scale_set'] = None
    assert texts(fleet, 'uneven_spread') == []


def test_a_spread_over_locations_is_compared_inside_of_each() -> None:
    fleet = {**{f'a{number}': vm(zone, role='db') for number, zone in enumerate('123')}, 'b': vm('1', role='db', location='northeurope')}
    assert texts(fleet) == []
    fleet.update({f'c{number}': vm(domain=number % 2, role='db', location='uksouth') for number in range(6)})
    fleet['c1']['facts']['placement']['fault_domain'] = fleet['c3']['facts']['placement']['fault_domain'] = 0
    place = 'uksouth, resource group shop, fault domain'
    assert texts(fleet) == [f'warning: {place} 0 lost: service db loses 5 of 10, while {place} 1 has 1']


def test_one_host_is_a_note() -> None:
    assert texts({'a': vm('1', role='bastion')}) == ['note: westeurope, zone 1 lost: service bastion loses 1 of 1']
    assert texts({'a': vm(domain=None, role='x', location=None)}) == ['note: one data center of unknown location lost: service x loses 1 of 1']


def test_one_update_domain() -> None:
    fleet = {'a': vm(domain=0, role='db', update_domain=3), 'b': vm(domain=1, role='db', update_domain=3)}
    assert texts(fleet) == ['warning: westeurope, resource group shop, update domain 3 updated: service db loses 2 of 2 meanwhile']
    zonal = {'a': vm('1', role='db', update_domain=0), 'b': vm('2', role='db', update_domain=0)}
    assert texts(zonal) == []
    fleet['b']['facts']['placement']['update_domain'] = None
    assert texts(fleet) == []


def test_scale_sets_without_zones() -> None:
    fleet = {'a': vm(scale_set='db'), 'b': vm(domain=1, scale_set='db'), 'c': vm('1')}
    lost = 'one data center of westeurope lost: scale set db may lose 2 of 2, for it uses no zones'
    assert texts(fleet) == [f'warning: {lost}, which westeurope has']
    del fleet['c']
    assert texts(fleet) == [f'note: {lost}']


def test_a_scale_set_of_which_no_host_names_a_service_is_looked_at_too() -> None:
    fleet = {'a': vm('1', scale_set='db'), 'b': vm('1', scale_set='db')}
    assert texts(fleet) == ['critical: westeurope, zone 1 lost: scale set db loses 2 of 2']
    # One of three that a service uses, each in a zone of its own, is as it should be.
    fleet = {f'{zone}{number}': vm(zone, role='db', scale_set=f'db-{zone}') for zone in '123' for number in range(2)}
    assert texts(fleet) == []


def test_hosts_that_nothing_is_checked_for() -> None:
    fleet = {'a': vm('1'), 'b': vm('1', scale_set='alone'), 'c': vm('1', scale_set='web'), 'd': vm('2', role='web', scale_set='web'), 'e': {'state': 'failed'}}
    assert texts(fleet, 'no_service') == ['note: 2 of 5 hosts came without a tag Role: what a lost place costs their service is not told']
    (finding,) = [finding for finding in topology(fleet)['findings'] if finding['kind'] == 'no_service']
    assert finding['hosts'] == ['a', 'c']


def test_hosts_without_facts_and_with_old_ones() -> None:
    fleet = {
        'a': {'state': 'unreachable'},
        'b': {'state': 'failed'},
        'c': {'state': 'not_azure'},
        'd': {},
        'e': vm('1', query={'stale': True, 'age': 7300}),
        'f': vm('1', query={'stale': True, 'age': 60}),
    }
    assert texts(fleet) == [
        'warning: 2 of 6 hosts could not be asked now: what is told of them is old, up to 2 hours, and they may have moved',
        'warning: 1 of 6 hosts could not be reached: what a lost place would cost may be more than is told here',
        'warning: 1 of 6 hosts gave no facts: what a lost place would cost may be more than is told here',
        'warning: 1 of 6 hosts were not asked: what a lost place would cost may be more than is told here',
        'note: 1 of 6 hosts told that they are not on Azure: what they would cost is not told',
    ]
    summary = topology(fleet)['summary']
    assert summary == {
        'hosts': 6, 'present': 2, 'not_azure': 1, 'unreachable': 1, 'failed': 1, 'unknown': 1, 'stale': 2, 'critical': 0, 'warning': 4, 'note': 2,
    }  # fmt: skip


def test_no_hosts_at_all() -> None:
    assert texts({}) == ['warning: there are no hosts to report on: nothing is known of the fleet']


@pytest.mark.parametrize(
    ('seconds', 'text'), [(0, 'less than a minute'), (60, '1 minute'), (7199, '1 hour'), (7200, '2 hours'), (86400, '1 day'), (9e9, '104166 days')]
)
def test_ages(seconds: float, text: str) -> None:
    assert age_text(seconds) == text


def test_the_worst_comes_first_and_the_biggest_of_those() -> None:
    fleet = {**{f'a{number}': vm('1', role='a') for number in range(2)}, **{f'b{number}': vm('1', role='b') for number in range(3)}, 'c': vm('1', role='c')}
    assert [(finding['severity'], finding['subject']) for finding in topology(fleet)['findings']] == [('critical', 'b'), ('critical', 'a'), ('note', 'c')]
