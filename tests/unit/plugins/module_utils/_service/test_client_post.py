# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one request that changes something: what is sent, and that it is sent again where the service is in trouble."""

import json
from collections.abc import Iterator

import pytest
from ansible_collections.imds.azure.plugins.module_utils._service.client import ImdsClient
from ansible_collections.imds.azure.plugins.module_utils._service.errors import BadRequestError, MalformedAnswerError, NoSuchElementError
from ansible_collections.imds.azure.plugins.module_utils._service.http_transport import HttpTransport
from ansible_collections.imds.azure.plugins.module_utils._service.retry import RetryPolicy
from ansible_collections.imds.azure.tests.unit.roles.simulator.running_simulator import Simulator

PATH = '/scheduledevents'
UNKNOWN = {'StartRequests': [{'EventId': 'nobody knows this'}]}


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    simulator = Simulator('--generate', '1', '--rate-limit', '0')
    yield simulator
    simulator.stop()


def client_of(simulator: Simulator, version: str = '2020-07-01') -> ImdsClient:
    return ImdsClient(HttpTransport(simulator.vms['web_0']), version, policy=RetryPolicy(deadline=5, first_delay=0.01, jitter=0))


def test_what_is_sent(simulator: Simulator) -> None:
    event = simulator.control('POST', '/vms/web_0/events', {'EventType': 'Reboot'}).json['EventId']
    client = client_of(simulator)
    client.post(PATH, {'StartRequests': [{'EventId': event}]})
    (entry,) = simulator.log('web_0')
    assert (entry['method'], entry['target']) == ('POST', '/metadata/scheduledevents?api-version=2020-07-01')
    assert json.loads(entry['body']) == {'StartRequests': [{'EventId': event}]}
    headers = {name.lower(): value for name, value in entry['headers'].items()}
    assert headers['metadata'] == 'true'
    assert headers['content-type'] == 'application/json'
    assert simulator.control('GET', '/vms/web_0/events').json[0]['EventStatus'] == 'Started'


@pytest.mark.parametrize('fault', [{'kind': 'status', 'status': 429}, {'kind': 'status', 'status': 500}, {'kind': 'status', 'status': 410}, {'kind': 'reset'}])
def test_trouble_of_the_service(simulator: Simulator, fault: dict[str, object]) -> None:
    event = simulator.control('POST', '/vms/web_0/events', {'EventType': 'Reboot'}).json['EventId']
    simulator.set_faults('web_0', {**fault, 'times': 2})
    client = client_of(simulator)
    client.post(PATH, {'StartRequests': [{'EventId': event}]})
    assert (client.requests, client.retries) == (3, 2)
    assert {entry['method'] for entry in simulator.log('web_0')} == {'POST'}


def test_errors_say_that_it_was_a_post(simulator: Simulator) -> None:
    with pytest.raises(BadRequestError, match='POST /metadata/scheduledevents: .*nobody knows this'):
        client_of(simulator).post(PATH, UNKNOWN)
    with pytest.raises(NoSuchElementError, match='POST /metadata/scheduledevents: '):
        client_of(simulator, '2025-04-07').post(PATH, UNKNOWN)
    simulator.set_faults('web_0', {'kind': 'garbage'})
    with pytest.raises(MalformedAnswerError, match='POST /metadata/scheduledevents: '):
        client_of(simulator).post(PATH, UNKNOWN)
