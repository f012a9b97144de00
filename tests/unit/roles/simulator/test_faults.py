# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults: what a client gets to see of each, and when one applies."""

from __future__ import annotations

import http.client
import json
import socket
import time
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.imds.azure.tests.unit.roles.simulator.running_simulator import EVENTS, Answer, Simulator, read_all

INSTANCE = '/metadata/instance?api-version=2025-04-07'
VERSIONS = '/metadata/versions'
GET = f'GET {INSTANCE} HTTP/1.1\r\nHost: a\r\nMetadata: true\r\n\r\n'.encode()


def instance(simulator: Simulator) -> Answer:
    return simulator.ask('a', INSTANCE)


def head_and_body(received: bytes) -> tuple[dict[str, str], bytes]:
    head, _empty, body = received.partition(b'\r\n\r\n')
    lines = head.decode().split('\r\n')
    assert lines[0].startswith('HTTP/1.1 200'), lines[0]
    return {name.lower(): value for name, colon, value in (line.partition(': ') for line in lines[1:])}, body


def statuses_in_log(simulator: Simulator) -> list[int | None]:
    return [entry['status'] for entry in simulator.log('a')]


# When a fault applies


def test_a_sequence(vm: Simulator) -> None:
    vm.set_faults(
        'a',
        {'kind': 'status', 'status': 500, 'times': 2},
        {'kind': 'none', 'times': 1},
        {'kind': 'status', 'status': 429, 'headers': {'Retry-After': '1'}, 'times': 1},
    )
    answers = [instance(vm) for number in range(6)]
    assert [answer.status for answer in answers] == [500, 500, 200, 429, 200, 200]
    assert answers[3].headers['retry-after'] == '1'
    assert statuses_in_log(vm) == [500, 500, 200, 429, 200, 200]


def test_for_ever_until_deleted(vm: Simulator) -> None:
    vm.set_faults('a', {'kind': 'status', 'status': 503})
    assert [instance(vm).status for number in range(5)] == [503] * 5
    assert vm.control('DELETE', '/vms/a/faults').json == []
    assert instance(vm).status == 200


def test_a_window(vm: Simulator) -> None:
    vm.set_faults('a', {'kind': 'status', 'status': 410, 'seconds': 0.5})
    assert [instance(vm).status for number in range(2)] == [410, 410]
    time.sleep(0.55)
    assert instance(vm).status == 200


@pytest.mark.parametrize(
    ('prefix', 'hit'),
    [
        ('/versions', {VERSIONS}),
        ('/metadata/versions', {VERSIONS}),
        ('/instance', {INSTANCE, '/metadata/instance/compute?api-version=2025-04-07'}),
        ('/instance/compute', {'/metadata/instance/compute?api-version=2025-04-07'}),
        ('/inst', set()),
        ('/', {VERSIONS, INSTANCE, '/metadata/instance/compute?api-version=2025-04-07'}),
        (None, {VERSIONS, INSTANCE, '/metadata/instance/compute?api-version=2025-04-07'}),
    ],
)
def test_path(vm: Simulator, prefix: str | None, hit: set[str]) -> None:
    vm.set_faults('a', {'kind': 'status', 'status': 500, 'path': prefix})
    targets = (VERSIONS, INSTANCE, '/metadata/instance/compute?api-version=2025-04-07')
    assert {target for target in targets if vm.ask('a', target).status == 500} == hit


def test_a_path_that_does_not_match_uses_nothing_up(vm: Simulator) -> None:
    vm.set_faults('a', {'kind': 'status', 'status': 500, 'path': '/loadbalancer', 'times': 1}, {'kind': 'partial', 'times': 1})
    assert vm.ask('a', VERSIONS).status == 200
    assert [fault['left'] for fault in vm.control('GET', '/vms/a/faults').json] == [1, 1]
    assert vm.ask('a', '/metadata/loadbalancer?api-version=2021-02-01').status == 500
    assert [(fault['left'], fault['active']) for fault in vm.control('GET', '/vms/a/faults').json] == [(0, False), (1, True)]


def test_faults_of_the_fleet_file(start: Callable[..., Simulator]) -> None:
    simulator = start({'vms': [{'name': 'a', 'faults': [{'kind': 'status', 'status': 418, 'times': 1}]}]})
    assert [instance(simulator).status for number in range(2)] == [418, 200]


def test_a_failed_request_has_no_effect(start: Callable[..., Simulator]) -> None:
    simulator = start({'vms': [{'name': 'a', 'rate_limit': 1}]})
    event_id = simulator.control('POST', '/vms/a/events', {}).json['EventId']
    simulator.set_faults('a', {'kind': 'status', 'status': 500, 'times': 1})
    body = json.dumps({'StartRequests': [{'EventId': event_id}]}).encode()
    assert simulator.ask('a', EVENTS, 'POST', body=body).status == 500
    assert simulator.ask('a', EVENTS).json['Events'][0]['EventStatus'] == 'Scheduled', 'and the rate limit was not used up'


# What a client gets to see


@pytest.mark.parametrize(
    ('body', 'sent'),
    [(None, b'{"error":"Simulated status 500"}'), ('<oops>', b'<oops>'), ('', b''), ({'error': 'x'}, b'{"error":"x"}'), ([1], b'[1]')],
)
def test_status_with_a_body(vm: Simulator, body: Any, sent: bytes) -> None:
    vm.set_faults('a', {'kind': 'status', 'status': 500, 'body': body, 'headers': {'Content-Type': 'text/odd', 'X-More': '1'}})
    answer = instance(vm)
    assert (answer.status, answer.body) == (500, sent)
    assert (answer.headers['content-type'], answer.headers['x-more']) == ('text/odd', '1')


def test_slow(vm: Simulator) -> None:
    vm.set_faults('a', {'kind': 'slow', 'delay': 0.4, 'times': 1})
    begun = time.monotonic()
    assert instance(vm).json['compute']['name'] == 'a'
    assert 0.4 <= time.monotonic() - begun < 2


@pytest.mark.parametrize('part', ['body', 'headers'])
def test_drip(vm: Simulator, part: str) -> None:
    whole = instance(vm)
    vm.set_faults('a', {'kind': 'drip', 'interval': 0.02, 'bytes': 400 if part == 'body' else 20, 'part': part})
    with vm.raw('a', GET) as connection:
        pieces = [connection.recv(65536)]
        begun = time.monotonic()
        while sum(map(len, pieces)) < len(whole.body) + 100 or not b''.join(pieces).endswith(whole.body):
            pieces.append(connection.recv(65536))
    assert time.monotonic() - begun >= 0.1
    assert len(pieces) > 5
    assert (b'\r\n\r\n' in pieces[0]) is (part == 'body')
    assert b''.join(pieces).endswith(b'\r\n\r\n' + whole.body)


@pytest.mark.parametrize('part', ['body', 'headers'])
def test_drip_without_end(vm: Simulator, part: str) -> None:
    size = len(instance(vm).body)
    vm.set_faults('a', {'kind': 'drip', 'interval': 0.01, 'bytes': 512, 'part': part, 'endless': True})
    with vm.raw('a', GET) as connection:
        received = b''
        begun = time.monotonic()
        while len(received) < 3 * size:
            piece = connection.recv(65536)
            assert piece, 'it ended'
            received += piece
    assert time.monotonic() - begun >= 0.1
    assert b'content-length' not in received.lower()
    head, empty, body = received.partition(b'\r\n\r\n')
    if part == 'body':
        assert body.startswith(b'{"compute"')
        assert len(body.rstrip(b' ')) < len(body) - 512
        assert body.rstrip(b' ').endswith(b'}]}}')
    else:
        assert empty == b'', 'the headers never end'
        assert set(head.split(b'\r\n')[8:-1]) == {b'X-More: header'}


def test_hang(vm: Simulator) -> None:
    vm.set_faults('a', {'kind': 'hang', 'times': 1})
    with vm.raw('a', GET, timeout=0.4) as connection, pytest.raises(TimeoutError):
        connection.recv(1)
    assert statuses_in_log(vm) == [None]
    assert instance(vm).status == 200


def test_reset_before(vm: Simulator) -> None:
    vm.set_faults('a', {'kind': 'reset'})
    with vm.raw('a', GET) as connection, pytest.raises(ConnectionResetError):
        connection.recv(1)
    assert statuses_in_log(vm) == [None]


def test_reset_mid_body(vm: Simulator) -> None:
    vm.set_faults('a', {'kind': 'reset', 'when': 'mid-body'})
    received = b''
    with vm.raw('a', GET) as connection:
        while b'{' not in received:
            received += connection.recv(65536)
        time.sleep(0.2)
        with pytest.raises(ConnectionResetError):
            connection.recv(65536)
    headers, body = head_and_body(received)
    assert 0 < len(body) < int(headers['content-length'])


@pytest.mark.parametrize(('option', 'length'), [({}, None), ({'bytes': 10}, 10)])
def test_truncated(vm: Simulator, option: dict[str, int], length: int | None) -> None:
    vm.set_faults('a', {'kind': 'truncated', **option})
    with vm.raw('a', GET) as connection:
        headers, body = head_and_body(read_all(connection))
    assert 0 < len(body) < int(headers['content-length'])
    assert length in (None, len(body))
    with pytest.raises(http.client.IncompleteRead):
        instance(vm)


def test_cut_json(vm: Simulator) -> None:
    vm.set_faults('a', {'kind': 'truncated', 'cut_json': True})
    answer = instance(vm)
    assert answer.headers['content-length'] == str(len(answer.body))
    with pytest.raises(json.JSONDecodeError):
        json.loads(answer.body)


@pytest.mark.parametrize(('option', 'size'), [({}, 2 << 20), ({'size': 100_001}, 100_001), ({'content_length': False, 'size': 3 << 20}, 3 << 20)])
def test_oversized(vm: Simulator, option: dict[str, Any], size: int) -> None:
    vm.set_faults('a', {'kind': 'oversized', **option})
    answer = instance(vm)
    assert len(answer.body) == size
    assert answer.headers.get('content-length') == (None if option.get('content_length') is False else str(size))
    assert len(answer.json['compute']['padding']) == size - len('{"compute":{"padding":""}}')


def test_deep(vm: Simulator) -> None:
    vm.set_faults('a', {'kind': 'deep', 'depth': 50})
    element, depth = instance(vm).json, 0
    while element:
        element, depth = element['compute'], depth + 1
    assert depth == 50
    vm.set_faults('a', {'kind': 'deep'})
    assert instance(vm).body.count(b'{') == 5001


def test_html(vm: Simulator) -> None:
    vm.set_faults('a', {'kind': 'html', 'times': 1}, {'kind': 'html', 'status': 502, 'via': '1.1 proxy', 'body': '<p>no'})
    answer = instance(vm)
    assert (answer.status, answer.headers['content-type']) == (200, 'text/html; charset=utf-8')
    assert '<html>' in answer.text
    assert 'via' not in answer.headers
    answer = instance(vm)
    assert (answer.status, answer.headers['via'], answer.text) == (502, '1.1 proxy', '<p>no')


def test_bad_utf8(vm: Simulator) -> None:
    vm.set_faults('a', {'kind': 'bad_utf8'})
    answer = instance(vm)
    assert answer.status == 200
    with pytest.raises(UnicodeDecodeError):
        answer.body.decode()
    assert json.loads(answer.body.decode('latin-1'))['compute']['vmId']


@pytest.mark.parametrize('status', [None, 307])
def test_redirect(vm: Simulator, status: int | None) -> None:
    fault = {'kind': 'redirect', 'location': 'http://127.0.0.1:1/elsewhere'}
    vm.set_faults('a', fault if status is None else {**fault, 'status': status})
    answer = instance(vm)
    assert (answer.status, answer.headers['location']) == (status or 302, 'http://127.0.0.1:1/elsewhere')


@pytest.mark.parametrize(
    ('drop', 'compute', 'vm_id', 'network'),
    [(None, False, False, True), (['compute'], False, False, True), (['compute.vmId'], True, False, True), (['network', 'no.such'], True, True, False)],
)
def test_partial(vm: Simulator, drop: list[str] | None, compute: bool, vm_id: bool, network: bool) -> None:
    vm.set_faults('a', {'kind': 'partial', 'times': 1} if drop is None else {'kind': 'partial', 'drop': drop, 'times': 1})
    document = instance(vm).json
    assert ('compute' in document, 'vmId' in document.get('compute', {}), 'network' in document) == (compute, vm_id, network)
    document = instance(vm).json
    assert document['compute']['vmId']
    assert document['network']


@pytest.mark.parametrize(('option', 'sent'), [({}, ['not', 'an', 'object']), ({'value': 'text'}, 'text'), ({'value': []}, []), ({'value': None}, None)])
def test_not_an_object(vm: Simulator, option: dict[str, Any], sent: Any) -> None:
    vm.set_faults('a', {'kind': 'not_object', **option})
    answer = instance(vm)
    assert (answer.status, answer.json) == (200, sent)


def test_not_json(vm: Simulator) -> None:
    vm.set_faults('a', {'kind': 'not_json'})
    answer = instance(vm)
    assert answer.headers['content-type'] == 'application/json; charset=utf-8'
    with pytest.raises(json.JSONDecodeError):
        json.loads(answer.body)


def test_garbage(vm: Simulator) -> None:
    vm.set_faults('a', {'kind': 'garbage'})
    with pytest.raises(http.client.BadStatusLine):
        instance(vm)
    assert statuses_in_log(vm) == [None]


def test_close(vm: Simulator) -> None:
    vm.set_faults('a', {'kind': 'close'})
    with vm.raw('a', GET) as connection:
        assert connection.recv(1) == b''
    assert statuses_in_log(vm) == [None]


def test_a_client_that_goes_away_does_no_harm(vm: Simulator) -> None:
    vm.set_faults('a', {'kind': 'drip', 'interval': 0.001, 'endless': True, 'times': 3}, {'kind': 'oversized', 'size': 50 << 20, 'times': 1})
    for number in range(4):
        connection = vm.raw('a', GET)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        assert connection.recv(10), number
        connection.close()
    assert instance(vm).status == 200


@pytest.mark.parametrize(
    ('fault', 'said'),
    [
        ({}, "'kind'"),
        ({'kind': 'odd'}, "'kind'"),
        ({'kind': 'status'}, "'status'"),
        ({'kind': 'status', 'status': 99}, "'status'"),
        ({'kind': 'status', 'status': '500'}, "'status'"),
        ({'kind': 'status', 'status': 500, 'body': 5}, "'body'"),
        ({'kind': 'slow', 'delay': -1}, "'delay'"),
        ({'kind': 'hang', 'delay': 1}, "unknown key 'delay'"),
        ({'kind': 'redirect'}, "'location'"),
        ({'kind': 'reset', 'when': 'later'}, "'when'"),
        ({'kind': 'close', 'times': -1}, "'times'"),
        ({'kind': 'not_object', 'value': {}}, "'value'"),
        ('close', 'object'),
    ],
)
def test_wrong_faults(shared: Simulator, fault: Any, said: str) -> None:
    answer = shared.control('PUT', '/vms/db/faults', [{'kind': 'none', 'times': 0}, fault])
    assert answer.status == 400
    assert 'item 1' in answer.json['error']
    assert said in answer.json['error']
    assert shared.control('GET', '/vms/db/faults').json == [], 'nothing changed'
