# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a report says about a fleet, and that no host can break it."""

from __future__ import annotations

import datetime
import json
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.imds.azure.plugins.filter.printable import printable as printable_filter
from ansible_collections.imds.azure.plugins.filter.topology import topology as topology_filter
from ansible_collections.imds.azure.plugins.plugin_utils._placement.printable import printable
from ansible_collections.imds.azure.plugins.plugin_utils._placement.topology import STATES, topology
from ansible_collections.imds.azure.tests.unit.plugins.plugin_utils._placement.fleet import vm
from hypothesis import given
from hypothesis import strategies as st


def places(group: dict[str, Any]) -> list[tuple[str, int]]:
    return [(place['place'], place['count']) for place in group['spread']]


def test_the_tree_of_places() -> None:
    fleet = {'a': vm('1', 1, scale_set='web', update_domain=2), 'b': vm('1', 0, scale_set='web', update_domain=2), 'c': vm(domain=None)}
    (location,) = topology(fleet)['locations']
    assert (location['name'], location['count']) == ('westeurope', 3)
    assert [(zone['name'], zone['count']) for zone in location['zones']] == [('zone 1', 2), (None, 1)]
    (scope,) = location['zones'][0]['scopes']
    assert (scope['name'], scope['count'], scope['update_domains']) == ('scale set web', 2, [{'name': '2', 'count': 2}])
    assert [(domain['name'], domain['count']) for domain in scope['fault_domains']] == [('0', 1), ('1', 1)]
    (scope,) = location['zones'][1]['scopes']
    assert scope['fault_domains'] == [{'name': None, 'count': 1, 'hosts': [{'name': 'c', 'update_domain': None, 'service': None}]}]


def test_domains_and_zones_are_sorted_as_numbers() -> None:
    report = topology({f'vm{domain}': vm(domain=domain) for domain in (10, 9, 'x', 1)})
    assert [domain['name'] for domain in report['locations'][0]['zones'][0]['scopes'][0]['fault_domains']] == ['1', '9', '10', 'x']


def test_tags_have_no_case_in_their_names() -> None:
    report = topology({'a': vm('1', role='db')}, service_tag='ROLE', tags=['role', 'Owner'])
    assert (report['hosts'][0]['service'], report['hosts'][0]['tags']) == ('db', {'role': 'db'})


def test_any_tag_is_reported_on_as_services_are() -> None:
    fleet = {'a': vm('1', tags={'env': 'prod'}), 'b': vm('2', tags={'Env': 'prod'}), 'c': vm('1', tags={'Env': 'test'}), 'd': vm('3')}
    report = topology(fleet, tags=['Env', 'Owner'])
    assert [tag['name'] for tag in report['tags']] == ['Env', 'Owner']
    assert [(value['name'], value['count'], value['skew']) for value in report['tags'][0]['values']] == [('prod', 2, 1), ('test', 1, 1)]
    assert places(report['tags'][0]['values'][0]) == [('westeurope zone 1', 1), ('westeurope zone 2', 1), ('westeurope zone 3', 0)]
    assert report['tags'][1]['values'] == []


def test_each_location_has_places_of_its_own_kind() -> None:
    fleet = {
        'a': vm('2', role='db'),
        'b': vm(role='db', domain=1, location='northeurope', scale_set='x', update_domain=4),
        'c': vm(role='db', domain=None, location='northeurope'),
        'd': vm('1', domain=None, role='web'),
        'e': vm(role='web', domain=0, location='northeurope', scale_set='x', update_domain=3),
    }
    (db, _web) = topology(fleet)['services']
    assert places(db) == [
        ('fault domain 0 of scale set x in northeurope', 0),
        ('fault domain 1 of scale set x in northeurope', 1),
        ('northeurope', 1),
        ('westeurope zone 1', 0),
        ('westeurope zone 2', 1),
    ]
    assert (db['locations'], db['zonal'], db['skew']) == (['northeurope', 'westeurope'], True, 1)
    assert db['spread'][1] == {
        'place': 'fault domain 1 of scale set x in northeurope', 'within': 'fault domain 1', 'location': 'northeurope', 'zone': None, 'physical_zone': None,
        'scope': 'scale set x', 'fault_domain': '1', 'known': True, 'count': 1, 'hosts': ['b'],
    }  # fmt: skip
    assert {'place': 'update domain 4 of scale set x in northeurope', 'update_domain': '4', 'count': 1, 'hosts': ['b']} in db['update_domains']


def test_the_names_of_zones() -> None:
    here = {name: vm('1', role='db') for name in 'ab'}
    here['a']['facts']['placement']['physical_zone'] = 'westeurope-az3'
    (place,) = topology({'a': here['a']})['services'][0]['spread']
    assert (place['place'], place['within'], place['zone'], place['physical_zone']) == ('westeurope zone 1', 'zone 1 (westeurope-az3)', '1', 'westeurope-az3')
    here['b'] = vm('2', role='db', subscription='s2')
    here['b']['facts']['placement']['physical_zone'] = 'westeurope-az3'
    (place,) = topology(here)['services'][0]['spread']
    name = 'physical zone westeurope-az3'
    assert (place['place'], place['within'], place['zone']) == (name, f'{name} (zone 1 or 2, by subscription)', None)
    # One that does not tell its physical zone, and all zones compare inside of subscriptions only.
    here['b']['facts']['placement']['physical_zone'] = None
    one, other = topology(here)['services'][0]['spread']
    assert (one['within'], one['scope']) == ('zone 1 of subscription s1 (westeurope-az3)', 'subscription s1')
    assert (other['within'], other['scope']) == ('zone 2 of subscription s2', 'subscription s2')


@pytest.mark.parametrize(
    ('other', 'names'),
    [
        ({'scale_set': 'web', 'group': 'SHOP'}, ['web']),
        ({'scale_set': 'WEB'}, ['WEB']),
        ({'scale_set': 'db'}, ['db', 'web']),
        ({'scale_set': 'web', 'group': 'test'}, ['shop/web', 'test/web']),
        ({'scale_set': 'web', 'subscription': 's2'}, ['s1/shop/web', 's2/shop/web']),
        ({'scale_set': 'web', 'group': None}, ['shop/web', 'web']),
    ],
)
def test_scale_sets_of_one_name(other: dict[str, Any], names: list[str]) -> None:
    assert [group['name'] for group in topology({'a': vm('1', scale_set='web'), 'b': vm('1', **other)})['scale_sets']] == names


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8
)
PLACES = st.fixed_dictionaries({}, optional=dict.fromkeys(('location', 'zone', 'fault_domain', 'update_domain', 'scale_set'), ANY))
QUERY = st.fixed_dictionaries({}, optional={'stale': st.booleans(), 'age': ANY})
FACTS = st.fixed_dictionaries({}, optional={'placement': PLACES | ANY, 'query': QUERY | ANY, 'tags': ANY, 'resource': ANY})
EVENTS = st.lists(st.fixed_dictionaries({}, optional={'event_id': ANY, 'event_type': ANY, 'not_before': ANY, 'affects_this_host': ANY}))
HOSTS = st.fixed_dictionaries({'state': st.sampled_from(STATES) | ANY}, optional={'facts': FACTS | ANY, 'events': EVENTS | ANY, 'reason': ANY})


@given(st.dictionaries(st.text(), HOSTS))
def test_whatever_hosts_say_gives_a_report(fleet: dict[str, Any]) -> None:
    report = topology(fleet, tags=['Role'])
    assert sorted(host['name'] for host in report['hosts']) == sorted(fleet)
    assert sum(location['count'] for location in report['locations']) == report['summary']['present']
    for group in report['services'] + report['scale_sets'] + report['tags'][0]['values']:
        assert sum(place['count'] for place in group['spread']) == sum(place['count'] for place in group['update_domains']) == group['count']
    json.dumps(printable(report))


def test_when_it_was_made() -> None:
    made_at = topology_filter([], {}, {})['made_at']
    assert datetime.datetime.now(datetime.UTC) - datetime.datetime.fromisoformat(made_at.replace('Z', '+00:00')) < datetime.timedelta(minutes=1)
    assert topology_filter([], {}, {}, made_at='2026-01-01T00:00:00Z')['made_at'] == '2026-01-01T00:00:00Z'


def test_states_come_from_facts_groups_and_answers() -> None:
    hostvars: dict[str, Any] = {
        'gathered': {'ansible_facts': {'azure_imds': vm('1')['facts']}, 'topology_report_answer': {'skipped': True}},
        'known': {'azure_imds': vm('1')['facts'], 'topology_report_answer': {'skipped': True}},
        'elsewhere': {'azure_imds': {'query': {'present': False}}},
        'gone': {},
        'never': {'topology_report_answer': {'skipped': True}},
        'refused': {'topology_report_answer': {'msg': 'forbidden'}},
        'silent': {'topology_report_answer': {'unreachable': True, 'msg': 'no route'}},
    }
    report = topology_filter(list(hostvars), hostvars, {'azure_unreachable': ['gone']})
    assert {host['name']: (host['state'], host['reason']) for host in report['hosts']} == {
        'gathered': ('present', None), 'known': ('present', None), 'elsewhere': ('not_azure', None), 'gone': ('unreachable', None),
        'never': ('unknown', None), 'refused': ('failed', 'forbidden'), 'silent': ('unreachable', 'no route'),
    }  # fmt: skip


def test_events_come_from_an_answer() -> None:
    known = {'azure_imds': vm('1')['facts']}
    answers = {'told': {'events': [{'event_id': 'E'}]}, 'skipped': {'skipped': True}, 'failed': {'msg': 'no'}, 'gone': {'unreachable': True}}
    hostvars = {**{name: {**known, 'topology_report_events': answer} for name, answer in answers.items()}, 'never': known}
    found = {host['name']: (len(host['events']), host['events_missing']) for host in topology_filter(list(hostvars), hostvars, {})['hosts']}
    assert found == {'told': (1, False), 'skipped': (0, False), 'failed': (0, True), 'gone': (0, True), 'never': (0, False)}


def test_wrong_hosts() -> None:
    with pytest.raises(AnsibleFilterError, match='needs a list of host names, not .all.'):
        topology_filter('all', {}, {})
    with pytest.raises(AnsibleFilterError, match='b is not in the inventory. Correct the list of hosts'):
        topology_filter(['a', 'b'], {'a': {}}, {})


def test_characters_that_do_something_are_shown() -> None:
    hostvars = {'a': {'azure_imds': vm('\x1b[2J', role='straße \u202e \U000e0001', tags={'Owner': '\n'})['facts']}}
    exact = topology_filter(['a'], hostvars, {}, tags=['Owner'])['hosts'][0]
    shown = printable_filter(exact)
    assert (exact['zone'], exact['service'], exact['tags']) == ('\x1b[2J', 'straße \u202e \U000e0001', {'Owner': '\n'})
    assert (shown['zone'], shown['service'], shown['tags']) == ('\\u001b[2J', 'straße \\u202e \\U000e0001', {'Owner': '\\u000a'})


@given(ANY)
def test_printable_changes_nothing_else(value: Any) -> None:
    shown = printable(value)
    assert all(character.isprintable() for character in json.dumps(shown, ensure_ascii=False))
    assert repr(printable(shown)) == repr(shown)
