# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every transport gives back of a well-formed answer, and what it sends."""

from __future__ import annotations

import gzip
import json
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.imds.azure.plugins.module_utils._service.http_transport import BODY_LIMIT
from ansible_collections.imds.azure.tests.unit.plugins.plugin_utils._transports.conftest import ENCODING, NO_BODY, REDIRECTED, TRAILERS
from ansible_collections.imds.azure.tests.unit.plugins.plugin_utils._transports.loopback_server import Connection, answering, http
from ansible_collections.imds.azure.tests.unit.roles.simulator.running_simulator import Simulator

TARGET = '/metadata/instance?api-version=2025-04-07&format=json'
HEADERS = {'Metadata': 'true'}


def test_document(transport: Any, simulator: Simulator) -> None:
    answer = transport(simulator.vms['a']).get(TARGET, HEADERS, 5)
    assert answer.status == 200
    assert json.loads(answer.body)['compute']['name'] == 'a'
    assert answer.headers['content-type'].startswith('application/json')
    assert {name.lower() for name in answer.headers} == set(answer.headers)
    assert isinstance(answer.body, bytes)
    assert len(simulator.log('a')) == 1


def test_what_is_sent(transport: Any, simulator: Simulator) -> None:
    transport(simulator.vms['a']).get(TARGET, HEADERS, 5)
    (entry,) = simulator.log('a')
    names = {name.lower(): value for name, value in dict(entry['headers']).items()}
    assert names['metadata'] == 'true'
    assert names['host'] == simulator.vms['a'].removeprefix('http://')
    assert names.get('accept-encoding') == ('identity' if transport.can(ENCODING) else None)
    assert not set(names) & {'x-forwarded-for', 'authorization', 'cookie', 'via'}


def test_the_target_is_sent_as_it_is(transport: Any, serve: Any) -> None:
    handle, heads = answering(http())
    target = '/metadata/instance/compute/a%20b%2Fc%C3%A4?api-version=2025-04-07&nonce=1%262+3'
    transport(serve(handle).endpoint).get(target, HEADERS, 5)
    assert heads[0].split(b'\r\n')[0] == b'GET ' + target.encode() + b' HTTP/1.1'


@pytest.mark.parametrize('status', [200, 400, 403, 404, 405, 410, 429, 500, 503, 599])
def test_every_status_is_an_answer(transport: Any, simulator: Simulator, status: int) -> None:
    simulator.set_faults('a', {'kind': 'status', 'status': status, 'body': 'said', 'headers': {'Retry-After': '3', 'X-Some': 'a b'}})
    answer = transport(simulator.vms['a']).get(TARGET, HEADERS, 5)
    assert answer.status == status
    assert answer.body == b'said'
    assert (answer.headers['retry-after'], answer.headers['x-some']) == ('3', 'a b')


@pytest.mark.needs(REDIRECTED)
@pytest.mark.parametrize('location', ['/elsewhere', 'http://[bad', 'http://\xff\xfe/'])
def test_the_body_of_a_redirect_is_not_unpacked(transport: Any, serve: Any, location: str) -> None:
    packed = gzip.compress(bytes(16 * BODY_LIMIT))
    handle, _heads = answering(http(packed, f'Location: {location}', 'Content-Encoding: gzip', status='302 Found'))
    answer = transport(serve(handle).endpoint).get(TARGET, HEADERS, 5)
    assert (answer.status, answer.body) == (302, packed)


@pytest.mark.parametrize('status', [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(transport: Any, simulator: Simulator, untouched: str, status: int) -> None:
    simulator.set_faults('a', {'kind': 'redirect', 'status': status, 'location': f'{untouched}/elsewhere'})
    answer = transport(simulator.vms['a']).get(TARGET, HEADERS, 5)
    assert (answer.status, answer.headers['location']) == (status, f'{untouched}/elsewhere')
    assert len(simulator.log('a')) == 1


@pytest.fixture
def untouched() -> Iterator[str]:
    """An endpoint that nobody may connect to."""
    with socket.create_server(('127.0.0.1', 0)) as listener:
        yield f'http://127.0.0.1:{listener.getsockname()[1]}'
        listener.setblocking(False)
        with pytest.raises(BlockingIOError):
            listener.accept()


def test_proxies_of_the_environment_are_not_used(transport: Any, simulator: Simulator, untouched: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ('http_proxy', 'HTTP_PROXY', 'https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'):
        monkeypatch.setenv(name, untouched)
    for name in ('no_proxy', 'NO_PROXY', 'REQUEST_METHOD'):
        monkeypatch.delenv(name, raising=False)
    assert transport(simulator.vms['a']).get(TARGET, HEADERS, 5).status == 200


def test_credentials_of_the_user_are_not_sent(transport: Any, simulator: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / 'netrc'
    path.write_text('default login me password secret\n')
    path.chmod(0o600)
    monkeypatch.setenv('NETRC', str(path))
    transport(simulator.vms['a']).get(TARGET, HEADERS, 5)
    assert 'authorization' not in {name.lower() for name, value in dict(simulator.log('a')[0]['headers']).items()}


def test_chunked(transport: Any, serve: Any) -> None:
    trailer = b'X-Trailer: z\r\n' if transport.can(TRAILERS) else b''
    handle, heads = answering(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\n{"a":\r\n2\r\n1}\r\n0\r\n' + trailer + b'\r\n')
    assert transport(serve(handle).endpoint).get(TARGET, HEADERS, 5).body == b'{"a":1}'


def test_without_a_length(transport: Any, serve: Any) -> None:
    handle, heads = answering(http(b'{"a":1}', length=False))
    assert transport(serve(handle).endpoint).get(TARGET, HEADERS, 5).body == b'{"a":1}'


def test_http_1_0(transport: Any, serve: Any) -> None:
    handle, heads = answering(b'HTTP/1.0 200 OK\r\n\r\n{}')
    assert transport(serve(handle).endpoint).get(TARGET, HEADERS, 5).body == b'{}'


@pytest.mark.parametrize('status', ['204 No Content', '304 Not Modified'])
def test_an_answer_that_has_no_body_by_its_status(transport: Any, serve: Any, status: str) -> None:
    handle, heads = answering(http(b'', status=status))
    answer = transport(serve(handle).endpoint).get(TARGET, HEADERS, 5)
    assert (answer.status, answer.body) == (int(status[:3]), b'')


@pytest.mark.needs(NO_BODY)
def test_the_length_that_304_tells_is_that_of_another_answer(transport: Any, serve: Any) -> None:
    handle, heads = answering(http(b'', 'Content-Length: 4', status='304 Not Modified', length=False))
    assert transport(serve(handle).endpoint).get(TARGET, HEADERS, 5).status == 304


def test_a_compressed_body_is_not_unpacked(transport: Any, serve: Any) -> None:
    packed = gzip.compress(b'x' * 1000)
    handle, heads = answering(http(packed, 'Content-Encoding: gzip'))
    assert transport(serve(handle).endpoint).get(TARGET, HEADERS, 5).body == packed


def test_header_names_are_in_lower_case(transport: Any, serve: Any) -> None:
    handle, heads = answering(http(b'{}', 'VIA: 1.1 Proxy', 'ReTrY-aFtEr: 7', 'X-Empty:'))
    answer = transport(serve(handle).endpoint).get(TARGET, HEADERS, 5)
    assert answer.headers == {'via': '1.1 Proxy', 'retry-after': '7', 'x-empty': '', 'content-length': '2'}


def test_a_server_that_keeps_the_connection_open(transport: Any, serve: Any) -> None:
    def handle(connection: Connection) -> None:
        while connection.read_head():
            connection.send(http(b'{"a":1}', 'Connection: keep-alive'))

    asked = transport(serve(handle).endpoint)
    begun = time.monotonic()
    for _number in range(3):
        assert asked.get(TARGET, HEADERS, 5).body == b'{"a":1}'
    assert time.monotonic() - begun < 4, 'the length ends an answer, not the time-out'


def test_a_server_that_closes_idle_connections(transport: Any, serve: Any) -> None:
    handle, heads = answering(http(b'{"a":1}'))
    asked = transport(serve(handle).endpoint)
    for _number in range(2):
        assert asked.get(TARGET, HEADERS, 5).status == 200
        time.sleep(0.05)
    assert len(heads) == 2


def test_each_request_has_a_time_of_its_own(transport: Any, serve: Any) -> None:
    handle, heads = answering(http(), http(), http())
    asked = transport(serve(handle).endpoint)
    for _number in range(3):
        assert asked.get(TARGET, HEADERS, 0.25).status == 200
        time.sleep(0.15)


@pytest.mark.parametrize('length', [True, False])
def test_a_body_of_exactly_the_limit(transport: Any, serve: Any, length: bool) -> None:
    handle, heads = answering(http(b'x' * BODY_LIMIT, length=length))
    assert len(transport(serve(handle).endpoint).get(TARGET, HEADERS, 5).body) == BODY_LIMIT


def test_a_slow_answer_within_the_time(transport: Any, simulator: Simulator) -> None:
    simulator.set_faults('a', {'kind': 'drip', 'interval': 0.01, 'bytes': 500})
    assert json.loads(transport(simulator.vms['a']).get(TARGET, HEADERS, 5).body)['compute']['name'] == 'a'


@pytest.mark.parametrize('slash', ['', '/'])
def test_an_endpoint_on_ipv6(transport: Any, serve: Callable[..., Any], slash: str) -> None:
    handle, heads = answering(http(b'{"a":6}'))
    endpoint = serve(handle, socket.AF_INET6).endpoint
    assert transport(endpoint + slash).get(TARGET, HEADERS, 5).body == b'{"a":6}'
    assert heads[0].startswith(b'GET ' + TARGET.encode())
    assert b'host: ' + endpoint.removeprefix('http://').encode() in heads[0].lower()
