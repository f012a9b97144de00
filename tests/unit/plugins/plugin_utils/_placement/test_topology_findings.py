# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an outage would cost a fleet."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.imds.azure.plugins.plugin_utils._placement.topology import topology
from ansible_collections.imds.azure.plugins.plugin_utils._placement.topology_silence import age_text
from ansible_collections.imds.azure.tests.places.fleet import ANSWERS, _table
from ansible_collections.imds.azure.tests.unit.plugins.plugin_utils._placement.fleet import texts, vm


def test_a_service_in_one_zone() -> None:
    fleet = {'a': vm('2', role='db'), 'b': vm('2', 1, role='db'), 'c': vm('2', 2, role='db'), 'd': vm('1', role='web'), 'e': vm('2', role='web')}
    assert texts(fleet) == ['critical: If westeurope zone 2 fails, db loses 3 of 3 hosts.']


def test_zones_of_two_locations_are_two_places() -> None:
    assert texts({'a': vm('1', role='db'), 'b': vm('1', role='db', location='northeurope')}) == []


def test_zones_of_two_subscriptions_compare_by_their_physical_names_only() -> None:
    fleet = {'a': vm('1', role='db'), 'b': vm('2', role='db', subscription='s2')}
    assert texts(fleet, 'unknown_place') == [
        'warning: db may lose 2 of 2 hosts at once: Azure does not say whether westeurope zone 1 of subscription s1 and '
        'westeurope zone 2 of subscription s2 are separate.'
    ]
    for name, physical in (('a', 'az3'), ('b', 'az3')):
        fleet[name]['facts']['placement']['physical_zone'] = physical
    assert texts(fleet) == ['critical: If physical zone az3 fails, db loses 2 of 2 hosts.']
    fleet['b']['facts']['placement']['physical_zone'] = 'az4'
    assert texts(fleet) == []


def test_a_service_in_one_fault_domain() -> None:
    fleet = {name: vm(domain=domain, role=role, scale_set='x') for name, domain, role in (('a', 0, 'db'), ('b', 0, 'db'), ('c', 0, 'web'), ('d', 1, 'web'))}
    assert texts(fleet, 'single_place') == ['critical: If fault domain 0 of scale set x in westeurope fails, db loses 2 of 2 hosts.']


def test_one_fault_domain_for_all_of_a_set_says_nothing() -> None:
    fleet = {'a': vm(role='db', scale_set='x'), 'b': vm(role='db', scale_set='x'), 'c': vm('1', scale_set='z'), 'd': vm('1', scale_set='z')}
    said = (
        'note: Both hosts of scale set {} report fault domain 0, so their spread across racks is unknown. Flexible and zonal scale sets have one fault '
        'domain by default (max spreading): Azure spreads their hosts across as many racks as it can.'
    )
    assert texts(fleet, 'spreading_not_visible') == [said.format('x in westeurope'), said.format('z in westeurope zone 1')]
    assert texts(fleet, 'single_place', 'unknown_place') == ['critical: If westeurope zone 1 fails, scale set z loses 2 of 2 hosts.']


def test_an_availability_set_that_a_tag_names() -> None:
    fleet = {'a': vm(role='db', tags={'Set': 'x'}), 'b': vm(role='db', tags={'SET': 'X'})}
    found = topology(fleet, availability_set_tag='set')['findings']
    assert [finding['text'] for finding in found] == ['If fault domain 0 of availability set X in westeurope fails, db loses 2 of 2 hosts.']
    told = ['warning: If a data center in westeurope fails, db may lose 2 of 2 hosts: they have no zone, and their fault domains cannot be compared.']
    assert texts(fleet) == told


@pytest.mark.parametrize('other', [{'scale_set': 'y'}, {'scale_set': 'x', 'group': 'other'}, {'scale_set': 'x', 'subscription': 's2'}, {}])
def test_numbers_of_fault_domains_of_two_sets_do_not_compare(other: dict[str, Any]) -> None:
    fleet = {'a': vm(role='db', scale_set='x'), 'b': vm(role='db', **other), 'c': vm(domain=1, scale_set='x'), 'd': vm(domain=1, **other)}
    assert texts(fleet, 'single_place', 'uneven_spread') == []
    assert len(texts(fleet, 'unknown_place')) == 1


def test_resource_groups_have_no_case() -> None:
    fleet = {'a': vm('1', role='db', group='Shop', scale_set='x'), 'b': vm('1', role='db', group='SHOP', scale_set='X')}
    assert [group['name'] for group in topology(fleet)['scale_sets']] == ['X']


def test_hosts_that_do_not_tell_where_they_stand() -> None:
    fleet = {'a': vm(domain=None, role='db'), 'b': vm(domain=None, role='db')}
    told = ['warning: If a data center in westeurope fails, db may lose 2 of 2 hosts: they have no zone, and their fault domains cannot be compared.']
    assert texts(fleet) == told
    fleet['c'] = vm('1', role='db')
    told = ['warning: If westeurope zone 1 fails, db loses 1 of 3 hosts, and possibly 2 more, whose placement is unknown.']
    assert texts(fleet) == told
    fleet['d'] = vm('2', role='db')
    assert texts(fleet) == []
    assert texts({'a': vm('1', role='db'), 'b': vm(domain=None, role='db', location='northeurope')}) == []


def test_an_uneven_spread() -> None:
    fleet = {f'web{number}': vm(zone, role='web') for number, zone in enumerate('111123')}
    assert texts(fleet) == ['warning: If westeurope zone 1 fails, web loses 4 of 6 hosts, while westeurope zone 2 has 1.']
    assert texts({f'web{number}': vm(zone, role='web') for number, zone in enumerate('11223')}) == []


def test_a_zone_that_holds_none() -> None:
    fleet = {**{f'web{number}': vm(zone, role='web') for number, zone in enumerate('1122')}, 'x': vm('3', role='db'), 'y': vm('1', role='db')}
    assert texts(fleet) == ['warning: If westeurope zone 1 fails, web loses 2 of 4 hosts, while westeurope zone 3 has none.']
    # That of another location has nothing to do with it.
    fleet['x']['facts']['placement']['location'] = fleet['y']['facts']['placement']['location'] = 'northeurope'
    assert texts(fleet, 'uneven_spread') == []


def test_a_fault_domain_that_holds_none() -> None:
    fleet = {f'db{number}': vm(domain=number % 2, role='db', scale_set='x') for number in range(4)}
    fleet['other'] = vm(domain=2, role='web', scale_set='x')
    there = 'of scale set x in westeurope'
    assert texts(fleet, 'uneven_spread') == [f'warning: If fault domain 0 {there} fails, db loses 2 of 4 hosts, while fault domain 2 {there} has none.']
    # Outside of sets a number says nothing.
    for host in fleet.values():
        host['facts']['placement']['scale_set'] = None
    assert texts(fleet, 'uneven_spread') == []


def test_a_spread_over_locations_is_compared_inside_of_each() -> None:
    fleet = {**{f'a{number}': vm(zone, role='db') for number, zone in enumerate('123')}, 'b': vm('1', role='db', location='northeurope')}
    assert texts(fleet) == []
    fleet.update({f'c{number}': vm(domain=number % 2, role='db', location='uksouth', scale_set='x') for number in range(6)})
    fleet['c1']['facts']['placement']['fault_domain'] = fleet['c3']['facts']['placement']['fault_domain'] = 0
    there = 'of scale set x in uksouth'
    assert texts(fleet, 'uneven_spread') == [f'warning: If fault domain 0 {there} fails, db loses 5 of 10 hosts, while fault domain 1 {there} has 1.']


def test_one_host_is_a_note() -> None:
    assert texts({'a': vm('1', role='bastion')}) == ['note: If westeurope zone 1 fails, bastion loses its only host.']
    assert texts({'a': vm(domain=None, role='x', location=None)}) == ['note: x has only one host.']


def test_one_update_domain() -> None:
    fleet = {'a': vm(domain=0, role='db', update_domain=3, scale_set='x'), 'b': vm(domain=1, role='db', update_domain=3, scale_set='x')}
    # As with fault domains, a number that all say tells nothing.
    assert texts(fleet, 'single_update_domain') == []
    fleet['c'] = vm(role='web', update_domain=1, scale_set='x')
    assert texts(fleet, 'single_update_domain') == ['warning: When Azure updates update domain 3 of scale set x in westeurope, db loses 2 of 2 hosts.']
    zonal = {
        name: vm(zone, role=role, update_domain=ud, scale_set='x') for name, zone, role, ud in (('a', '1', 'db', 0), ('b', '2', 'db', 0), ('c', '1', 'x', 1))
    }
    assert texts(zonal, 'single_update_domain') == []
    fleet['b']['facts']['placement']['update_domain'] = None
    assert texts(fleet, 'single_update_domain') == []


def test_scale_sets_without_zones() -> None:
    fleet = {'a': vm(scale_set='db'), 'b': vm(domain=1, scale_set='db'), 'c': vm('1')}
    lost = 'If a data center in westeurope fails, scale set db may lose 2 of 2 hosts: it does not use zones'
    assert texts(fleet) == [f'warning: {lost}, although westeurope has them.']
    del fleet['c']
    assert texts(fleet) == [f'note: {lost}.']


def test_a_scale_set_of_which_no_host_names_a_service_is_looked_at_too() -> None:
    fleet = {'a': vm('1', scale_set='db'), 'b': vm('1', scale_set='db')}
    assert texts(fleet, 'single_place') == ['critical: If westeurope zone 1 fails, scale set db loses 2 of 2 hosts.']
    # One of three that a service uses, each in a zone of its own, is as it should be.
    fleet = {f'{zone}{number}': vm(zone, role='db', scale_set=f'db-{zone}') for zone in '123' for number in range(2)}
    assert texts(fleet, 'single_place', 'unknown_place') == []


def test_hosts_that_nothing_is_checked_for() -> None:
    fleet = {'a': vm('1'), 'b': vm('1', scale_set='alone'), 'c': vm('1', scale_set='web'), 'd': vm('2', role='web', scale_set='web'), 'e': {'state': 'failed'}}
    assert texts(fleet, 'no_service') == ['note: 2 of 5 hosts have no tag Role, so the report cannot say what an outage would cost.']
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
        'warning: 2 of 6 hosts did not answer. The cached facts, up to 2 hours old, may be out of date.',
        'warning: 1 of 6 hosts returned no facts, so an outage may cost more than this report says.',
        'warning: 1 of 6 hosts was not asked, so an outage may cost more than this report says.',
        'warning: 1 of 6 hosts was unreachable, so an outage may cost more than this report says.',
        'note: 1 of 6 hosts is not an Azure VM, so its placement is unknown.',
    ]
    report = topology(fleet)
    assert report['oldest_facts'] == {'host': 'e', 'age': 7300, 'text': '2 hours'}
    assert report['missing'] == {'unreachable': ['a'], 'failed': ['b'], 'not_azure': ['c'], 'unknown': ['d']}
    summary = topology(fleet)['summary']
    assert summary == {
        'hosts': 6, 'present': 2, 'not_azure': 1, 'unreachable': 1, 'failed': 1, 'unknown': 1, 'stale': 2, 'critical': 0, 'warning': 4, 'note': 2,
    }  # fmt: skip


def test_no_hosts_at_all() -> None:
    assert texts({}) == ['warning: There are no hosts to report on.']


@pytest.mark.parametrize(
    ('seconds', 'text'), [(0, 'less than a minute'), (60, '1 minute'), (7199, '1 hour'), (7200, '2 hours'), (86400, '1 day'), (9e9, '104166 days')]
)
def test_ages(seconds: float, text: str) -> None:
    assert age_text(seconds) == text


def test_the_worst_comes_first_and_the_biggest_of_those() -> None:
    fleet = {**{f'a{number}': vm('1', role='a') for number in range(2)}, **{f'b{number}': vm('1', role='b') for number in range(3)}, 'c': vm('1', role='c')}
    assert [(finding['severity'], finding['subject']) for finding in topology(fleet)['findings']] == [('critical', 'b'), ('critical', 'a'), ('note', 'c')]


def test_every_finding_says_what_to_do() -> None:
    found = topology(ANSWERS)['findings'] + topology({'a': vm('1', events=False), 'b': vm('1', query={'stale': True})})['findings'] + topology({})['findings']
    assert {finding['kind'] for finding in found} >= {'unknown_place', 'uneven_spread', 'events_unknown', 'stale', 'no_hosts', 'no_zones'}
    for finding in found:
        for key in ('text', 'remedy'):
            assert finding[key][0].upper() == finding[key][0] or finding[key].startswith(finding['subject']), finding
            assert finding[key].endswith('.') or ': ansible HOST -m ' in finding[key], finding


def _found(tag: str) -> set[tuple[str, ...]]:
    found = topology(ANSWERS, availability_set_tag=tag)['findings']
    return {(finding['severity'], finding['kind'], finding['subject'], ','.join(sorted(finding['hosts']))) for finding in found}


def test_the_findings_of_the_fleet_of_places() -> None:
    expected = {tuple(row.values()) for row in _table('findings')}
    assert _found('') == expected
    assert _found('availabilityset') == expected - {tuple(row.values()) for row in _table('findings_gone_with_the_tag')}


def test_the_spread_of_the_fleet_of_places() -> None:
    services = topology(ANSWERS, availability_set_tag='AvailabilitySet')['services']
    found = {(service['name'], str(place['count']), f'{"" if place["known"] else "? "}{place["place"]}') for service in services for place in service['spread']}
    assert found == {tuple(row.values()) for row in _table('spread')}
