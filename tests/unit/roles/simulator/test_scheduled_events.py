# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""/scheduledevents: who sees an event, how it goes on, how it is approved."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from ansible_collections.imds.azure.tests.unit.roles.simulator.running_simulator import EVENTS, Answer, Simulator

EVENT_VERSIONS = ('2017-08-01', '2017-11-01', '2019-01-01', '2019-04-01', '2019-08-01', '2020-07-01')

FLEET = {
    'defaults': {'rate_limit': 0},
    'vms': [
        {'name': 'web_0', 'scale_set': 'web'},
        {'name': 'web_1', 'scale_set': 'web'},
        {'name': 'api_0', 'scale_set': 'api'},
        {'name': 'single', 'resource_group': 'apart'},
        {'name': 'other', 'resource_group': 'APART'},
    ],
}


@pytest.fixture
def fleet(start: Callable[..., Simulator]) -> Simulator:
    return start(FLEET)


def begin(simulator: Simulator, vm: str, **event: Any) -> dict[str, Any]:
    answer = simulator.control('POST', f'/vms/{vm}/events', event)
    assert answer.status == 201, answer.text
    return dict(answer.json)


def seen(simulator: Simulator, vm: str) -> list[str]:
    return [event['EventId'] for event in simulator.ask(vm, EVENTS).json['Events']]


def approve(simulator: Simulator, vm: str, *ids: str) -> Answer:
    body = json.dumps({'StartRequests': [{'EventId': each} for each in ids]})
    return simulator.ask(vm, EVENTS, 'POST', body=body.encode())


def test_nothing_scheduled(fleet: Simulator) -> None:
    assert fleet.ask('web_0', EVENTS).json == {'DocumentIncarnation': 1, 'Events': []}


def test_a_scheduled_event(fleet: Simulator) -> None:
    before = time.time()
    begin(fleet, 'web_0', EventType='Reboot', NotBefore=600, DurationInSeconds=9, EventSource='User', Description='why', Resources=['web_0', 'web_1'])
    document = fleet.ask('web_0', EVENTS).json
    event = document['Events'][0]
    assert document['DocumentIncarnation'] == 2
    assert re.fullmatch(r'[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}', event.pop('EventId'))
    due = event.pop('NotBefore')
    assert due.endswith(' GMT')
    assert before + 598 <= parsedate_to_datetime(due).timestamp() <= time.time() + 602
    assert event == {
        'EventType': 'Reboot',
        'ResourceType': 'VirtualMachine',
        'Resources': ['web_0', 'web_1'],
        'EventStatus': 'Scheduled',
        'Description': 'why',
        'EventSource': 'User',
        'DurationInSeconds': 9,
    }


def test_who_sees_it(fleet: Simulator) -> None:
    first = begin(fleet, 'web_0')['EventId']
    assert [seen(fleet, name) for name in ('web_0', 'web_1')] == [[first], [first]]
    assert [seen(fleet, name) for name in ('api_0', 'single')] == [[], []]
    second = begin(fleet, 'single', Resources=['single', 'api_0'])['EventId']
    assert [seen(fleet, name) for name in ('single', 'other', 'api_0')] == [[second], [second], [second]]
    assert seen(fleet, 'web_1') == [first]


def test_properties_by_version(fleet: Simulator) -> None:
    begin(fleet, 'single')
    keys = {}
    for version in ('2017-08-01', '2017-11-01', '2019-01-01', '2019-04-01', '2019-08-01', '2020-07-01'):
        event = fleet.ask('single', f'/metadata/scheduledevents?api-version={version}').json['Events'][0]
        keys[version] = set(event)
    basic = {'EventId', 'EventType', 'ResourceType', 'Resources', 'EventStatus', 'NotBefore'}
    assert keys['2017-08-01'] == keys['2017-11-01'] == keys['2019-01-01'] == basic
    assert keys['2019-04-01'] == basic | {'Description'}
    assert keys['2019-08-01'] == basic | {'Description', 'EventSource'}
    assert keys['2020-07-01'] == basic | {'Description', 'EventSource', 'DurationInSeconds'}


@pytest.mark.parametrize(('kind', 'before', 'since'), [('Preempt', '2017-08-01', '2017-11-01'), ('Terminate', '2017-11-01', '2019-01-01')])
def test_types_by_version(fleet: Simulator, kind: str, before: str, since: str) -> None:
    begin(fleet, 'single', EventType=kind)
    assert fleet.ask('single', f'/metadata/scheduledevents?api-version={before}').json['Events'] == []
    assert len(fleet.ask('single', f'/metadata/scheduledevents?api-version={since}').json['Events']) == 1


@pytest.mark.parametrize('version', ['2017-03-01', '2018-10-01', '2025-04-07', 'x'])
@pytest.mark.parametrize('method', ['GET', 'POST'])
def test_versions_of_its_own(shared: Simulator, version: str, method: str) -> None:
    answer = shared.ask('db', f'/metadata/scheduledevents?api-version={version}', method)
    assert (answer.status, answer.json) == (404, {'error': 'Not found'})


def test_version_is_required(shared: Simulator) -> None:
    answer = shared.ask('db', '/metadata/scheduledevents')
    assert (answer.status, answer.json['newest-versions']) == (400, ['2020-07-01', '2019-08-01', '2019-04-01'])


@pytest.mark.parametrize('method', ['GET', 'POST'])
def test_an_older_fleet(start: Callable[..., Simulator], method: str) -> None:
    simulator = start({'vms': [{'name': 'a', 'newest_event_version': '2019-01-01', 'rate_limit': 0}]})
    event_id = begin(simulator, 'a')['EventId']
    body = json.dumps({'StartRequests': [{'EventId': event_id}]}).encode() if method == 'POST' else None
    statuses = {version: simulator.ask('a', f'/metadata/scheduledevents?api-version={version}', method, body=body).status for version in EVENT_VERSIONS}
    assert statuses == {version: 200 if version <= '2019-01-01' else 404 for version in EVENT_VERSIONS}
    assert simulator.ask('a', '/metadata/scheduledevents').json['newest-versions'] == ['2019-01-01', '2017-11-01', '2017-08-01']


def test_a_cloud_without_scheduled_events(start: Callable[..., Simulator]) -> None:
    simulator = start({'vms': [{'name': 'a', 'newest_event_version': 'none', 'rate_limit': 0}]})
    for target in ['/metadata/scheduledevents', *(f'/metadata/scheduledevents?api-version={version}' for version in EVENT_VERSIONS)]:
        assert simulator.ask('a', target).status == 404


def test_the_other_form_of_a_date(fleet: Simulator) -> None:
    before = time.time()
    begin(fleet, 'single', NotBefore=600, NotBeforeFormat='iso8601')
    event = fleet.ask('single', EVENTS).json['Events'][0]
    assert re.fullmatch(r'[0-9-]{10}T[0-9:]{8}Z', event['NotBefore'])
    assert before + 598 <= datetime.fromisoformat(event['NotBefore']).timestamp() <= time.time() + 602
    assert 'NotBeforeFormat' not in event


def test_approval_counts_for_all(fleet: Simulator) -> None:
    event_id = begin(fleet, 'web_0', Resources=['web_0', 'web_1'])['EventId']
    assert approve(fleet, 'web_1', event_id.lower()).status == 200
    for name in ('web_0', 'web_1'):
        document = fleet.ask(name, EVENTS).json
        assert document['DocumentIncarnation'] == 3
        assert (document['Events'][0]['EventStatus'], document['Events'][0]['NotBefore']) == ('Started', '')
    assert approve(fleet, 'web_0', event_id).status == 200, 'approved already'
    assert fleet.ask('web_0', EVENTS).json['DocumentIncarnation'] == 3
    fleet.control('PATCH', f'/vms/web_0/events/{event_id}', {'EventStatus': 'Completed'})
    assert approve(fleet, 'web_1', event_id).status == 200, 'gone already'


@pytest.mark.parametrize(
    'body',
    [
        b'',
        b'{}',
        b'[]',
        b'nonsense',
        b'\xff',
        b'{"StartRequests": {}}',
        b'{"StartRequests": []}',
        b'{"StartRequests": [{}]}',
        b'{"StartRequests": [{"EventId": 1}]}',
        b'{"StartRequests": null}',
        b'{"StartRequests": [{"EventId": "no-such-event"}]}',
    ],
)
def test_bad_approvals(shared: Simulator, body: bytes) -> None:
    answer = shared.ask('db', EVENTS, 'POST', body=body)
    assert answer.status == 400
    assert answer.json['error'].startswith('Bad request.')


def test_an_unknown_id_approves_nothing(fleet: Simulator) -> None:
    event_id = begin(fleet, 'single')['EventId']
    assert approve(fleet, 'single', event_id, 'no-such-event').status == 400
    assert fleet.ask('single', EVENTS).json['Events'][0]['EventStatus'] == 'Scheduled'
    assert approve(fleet, 'web_0', event_id).status == 400, 'this VM does not see the event'


def test_it_starts_and_ends_by_itself(fleet: Simulator) -> None:
    begin(fleet, 'single', NotBefore=0.3, DurationInSeconds=1)
    statuses: list[str] = []
    incarnations: list[int] = []
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline and (not statuses or statuses[-1] != 'gone'):
        document = fleet.ask('single', EVENTS).json
        statuses.append(document['Events'][0]['EventStatus'] if document['Events'] else 'gone')
        incarnations.append(document['DocumentIncarnation'])
        time.sleep(0.05)
    assert list(dict.fromkeys(statuses)) == ['Scheduled', 'Started', 'gone']
    assert sorted(set(incarnations)) == [2, 3, 4]


def test_control_moves_it_on(fleet: Simulator) -> None:
    event_id = begin(fleet, 'web_0')['EventId']
    answer = fleet.control('PATCH', f'/vms/web_1/events/{event_id}', {'EventStatus': 'Started'})
    assert (answer.status, answer.json['EventStatus']) == (200, 'Started')
    assert fleet.ask('web_0', EVENTS).json['Events'][0]['EventStatus'] == 'Started'
    answer = fleet.control('PATCH', f'/vms/web_0/events/{event_id}', {'EventStatus': 'Completed'})
    assert (answer.status, answer.json['EventStatus']) == (200, 'Completed')
    assert seen(fleet, 'web_1') == []
    assert fleet.control('PATCH', f'/vms/web_0/events/{event_id}', {'EventStatus': 'Started'}).status == 404


def test_events_of_the_fleet_file(start: Callable[..., Simulator]) -> None:
    simulator = start({'vms': [{'name': 'a', 'events': [{'EventType': 'Terminate', 'NotBefore': 300}]}]})
    event = simulator.ask('a', EVENTS).json['Events'][0]
    assert (event['EventType'], event['Resources']) == ('Terminate', ['a'])


def test_first_call_takes_time(start: Callable[..., Simulator]) -> None:
    simulator = start({'vms': [{'name': 'a', 'first_event_delay': 0.6}]})
    took = []
    for number in range(2):
        begun = time.monotonic()
        assert simulator.ask('a', EVENTS).status == 200, number
        took.append(time.monotonic() - begun)
    assert took[0] >= 0.6
    assert took[1] < 0.3
