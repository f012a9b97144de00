# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a report says of where a fleet stands, what is wrong with that, and that no host can break it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.imds.azure.plugins.filter.topology import topology as topology_filter
from ansible_collections.imds.azure.plugins.plugin_utils._topology import STATES, topology
from hypothesis import given
from hypothesis import strategies as st


def vm(zone: str | None = None, domain: int | None = 0, role: str | None = None, location: str = 'westeurope', **more: Any) -> dict[str, Any]:
    placement = {'location': location, 'zone': zone, 'fault_domain': domain, 'update_domain': 0, 'scale_set': more.pop('scale_set', None)}
    tags = {'Role': role} if role else {}
    facts = {'placement': placement, 'resource': {'resource_group': 'shop'}, 'tags': tags, 'query': {'present': True, **more.pop('query', {})}}
    return {'state': 'present', 'facts': facts, **more}


def texts(fleet: dict[str, Any], kind: str | None = None) -> list[str]:
    return [f'{finding["severity"]}: {finding["text"]}' for finding in topology(fleet)['findings'] if kind in (None, finding['kind'])]


def test_a_service_in_one_zone() -> None:
    fleet = {'a': vm('2', role='db'), 'b': vm('2', 1, role='db'), 'c': vm('2', 2, role='db'), 'd': vm('1', role='web'), 'e': vm('2', role='web')}
    assert texts(fleet) == ['critical: westeurope, zone 2 lost: service db loses 3 of 3']


def test_zones_of_two_locations_are_two_places() -> None:
    assert texts({'a': vm('1', role='db'), 'b': vm('1', role='db', location='northeurope')}) == []


def test_a_service_in_one_fault_domain() -> None:
    fleet = {'a': vm(domain=0, role='db'), 'b': vm(domain=0, role='db'), 'c': vm(domain=0, role='web'), 'd': vm(domain=1, role='web')}
    assert texts(fleet) == ['critical: westeurope, shop, fault domain 0 lost: service db loses 2 of 2']


def test_numbers_of_fault_domains_of_two_sets_do_not_compare() -> None:
    assert texts({'a': vm(role='db', scale_set='x'), 'b': vm(role='db', scale_set='y')}, 'single_place') == []


def test_an_uneven_spread() -> None:
    fleet = {f'web{number}': vm(zone, role='web') for number, zone in enumerate('111123')}
    assert texts(fleet) == ['warning: westeurope, zone 1 lost: service web loses 4 of 6, while westeurope, zone 3 has 1']
    assert texts({f'web{number}': vm(zone, role='web') for number, zone in enumerate('11223')}) == []


def test_one_host_is_a_note() -> None:
    assert texts({'a': vm('1', role='bastion')}) == ['note: westeurope, zone 1 lost: service bastion loses 1 of 1']


def test_scale_sets_without_zones() -> None:
    fleet = {'a': vm(scale_set='db'), 'b': vm(domain=1, scale_set='db'), 'c': vm('1')}
    assert texts(fleet) == ['warning: westeurope has zones, and scale set db uses none: one data center lost may cost 2 of 2']
    del fleet['c']
    assert texts(fleet) == ['note: scale set db uses no zones in westeurope: one data center lost may cost 2 of 2']


def test_hosts_without_facts_and_with_old_ones() -> None:
    fleet = {'a': {'state': 'unreachable'}, 'b': {'state': 'failed'}, 'c': {'state': 'not_azure'}, 'd': {}, 'e': vm('1', query={'stale': True, 'age': 60})}
    assert texts(fleet) == [
        'warning: 1 of 5 hosts cannot be reached: nobody knows where they stand',
        'warning: 1 of 5 hosts gave no facts: the metadata service did not answer as it should',
        'warning: 1 of 5 hosts have no facts of Azure: they were not asked',
        'warning: 1 of 5 hosts could not be asked now: what is shown of them is old',
        'note: 1 of 5 hosts are not Azure VMs',
    ]
    summary = topology(fleet)['summary']
    assert summary == {
        'hosts': 5, 'present': 1, 'not_azure': 1, 'unreachable': 1, 'failed': 1, 'unknown': 1, 'stale': 1, 'critical': 0, 'warning': 4, 'note': 1,
    }  # fmt: skip


def test_an_event_that_several_hosts_tell_of_is_one_finding() -> None:
    event = {'event_id': 'E1', 'event_type': 'Reboot', 'not_before': '2026-01-01T00:00:00Z', 'affects_this_host': True}
    other = dict(event, event_id='E2', affects_this_host=False)
    assert texts({'a': vm('1', events=[event, other]), 'b': vm('2', events=[event])}) == ['warning: Reboot of 2 hosts, not before 2026-01-01T00:00:00Z']


def test_the_tree_of_places() -> None:
    (location,) = topology({'a': vm('1', 1, scale_set='web'), 'b': vm('1', 0, scale_set='web'), 'c': vm(domain=None)})['locations']
    assert (location['name'], location['count']) == ('westeurope', 3)
    assert [(zone['name'], zone['count']) for zone in location['zones']] == [('1', 2), (None, 1)]
    assert [domain['name'] for domain in location['zones'][0]['scopes'][0]['fault_domains']] == ['0', '1']
    assert location['zones'][1]['scopes'][0]['fault_domains'] == [{'name': None, 'hosts': [{'name': 'c', 'update_domain': '0', 'service': None}]}]


def test_fault_domains_are_sorted_as_numbers() -> None:
    report = topology({f'vm{domain}': vm(domain=domain) for domain in (10, 9, 1)})
    assert [domain['name'] for domain in report['locations'][0]['zones'][0]['scopes'][0]['fault_domains']] == ['1', '9', '10']


def test_tags_have_no_case_in_their_names() -> None:
    report = topology({'a': vm('1', role='db')}, service_tag='ROLE', tags=['role', 'Owner'])
    assert (report['hosts'][0]['service'], report['hosts'][0]['tags']) == ('db', {'role': 'db'})


ANY = st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8)
PLACES = st.fixed_dictionaries({}, optional=dict.fromkeys(('location', 'zone', 'fault_domain', 'update_domain', 'scale_set'), ANY))
FACTS = st.fixed_dictionaries({}, optional={'placement': PLACES | ANY, 'query': ANY, 'tags': ANY, 'resource': ANY})


@given(st.dictionaries(st.text(), st.fixed_dictionaries({'state': st.sampled_from(STATES) | ANY}, optional={'facts': FACTS | ANY, 'events': ANY})))
def test_whatever_hosts_say_gives_a_report(fleet: dict[str, Any]) -> None:
    report = topology(fleet, tags=['Role'])
    assert sorted(host['name'] for host in report['hosts']) == sorted(fleet)
    assert sum(location['count'] for location in report['locations']) == report['summary']['present']
    json.dumps(report)


def test_states_come_from_facts_and_groups() -> None:
    hostvars: dict[str, Any] = {
        'gathered': {'ansible_facts': {'azure_imds': vm('1')['facts']}},
        'known': {'azure_imds': vm('1')['facts']},
        'elsewhere': {'azure_imds': {'query': {'present': False}}},
        'gone': {},
        'never': {},
    }
    report = topology_filter(list(hostvars), hostvars, {'azure_unreachable': ['gone']})
    assert {host['name']: host['state'] for host in report['hosts']} == {
        'gathered': 'present', 'known': 'present', 'elsewhere': 'not_azure', 'gone': 'unreachable', 'never': 'unknown',
    }  # fmt: skip
    with pytest.raises(AnsibleFilterError, match='takes a list of host names'):
        topology_filter('all', {}, {})
