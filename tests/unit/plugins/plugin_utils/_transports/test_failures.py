# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every transport makes of an answer that does not come, does not end, is too large or is none."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.imds.azure.plugins.module_utils._service.http_transport import BODY_LIMIT, Answer, BrokenAnswer, NoAnswer
from ansible_collections.imds.azure.tests.unit.plugins.plugin_utils._transports.conftest import BROKEN_APART, CHUNKS, DETAILS, HEADS, SHORT_TIMEOUTS
from ansible_collections.imds.azure.tests.unit.plugins.plugin_utils._transports.loopback_server import Connection, LoopbackServer, answering, http
from ansible_collections.imds.azure.tests.unit.roles.simulator.running_simulator import Simulator
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

TARGET = '/metadata/instance?api-version=2025-04-07&format=json'
HEADERS = {'Metadata': 'true'}


def get(transport: Any, endpoint: str, timeout: float = 5) -> Answer:
    answer: Answer = transport(endpoint).get(TARGET, HEADERS, timeout)
    return answer


def needing(what: str, *values: Any) -> Any:
    """Values of parameters with which a test asks for what not every transport can do."""
    return pytest.param(*values, marks=pytest.mark.needs(what))


def ends_by_its_own_timer(transport: Any, endpoint: str) -> None:
    # A tenth of a second becomes a whole one where the tool knows no shorter time.
    shortest = 0.1 if transport.can(SHORT_TIMEOUTS) else 0.9
    begun = time.monotonic()
    with pytest.raises(NoAnswer, match=r'did not answer within 0\.15 seconds' if transport.can(DETAILS) else None):
        get(transport, endpoint, 0.15)
    # Generous: a busy machine may need long to come back to us, but a server that never ends would keep us for ever.
    assert shortest < time.monotonic() - begun < 10


def broken(transport: Any) -> tuple[type[Exception], ...]:
    """What is raised where something came and is no whole answer."""
    return (BrokenAnswer,) if transport.can(BROKEN_APART) else (BrokenAnswer, NoAnswer)


@pytest.mark.parametrize(
    'fault',
    [
        {'kind': 'hang'},
        needing(SHORT_TIMEOUTS, {'kind': 'slow', 'delay': 600}),
        needing(SHORT_TIMEOUTS, {'kind': 'drip', 'interval': 0.01, 'endless': True, 'part': 'headers'}),
        {'kind': 'drip', 'interval': 0.01, 'endless': True, 'part': 'body'},
        {'kind': 'drip', 'interval': 0.01, 'bytes': 1, 'part': 'body'},
        needing(SHORT_TIMEOUTS, {'kind': 'drip', 'interval': 0.01, 'bytes': 1, 'part': 'headers'}),
    ],
)
def test_an_answer_that_does_not_end_in_time(transport: Any, simulator: Simulator, fault: dict[str, Any]) -> None:
    simulator.set_faults('a', fault)
    ends_by_its_own_timer(transport, simulator.vms['a'])


@pytest.mark.needs(SHORT_TIMEOUTS)
@pytest.mark.parametrize(
    ('start', 'piece'),
    [
        (b'', b'H'),
        (b'', b'HTTP/1.1 100 Continue\r\n\r\n'),
        (b'HTTP/1.1 200 OK\r\n', b'x'),
        (b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', b'1\r\nx\r\n'),
        (b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', b'0'),
        (b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n', b'a: b\r\n'),
        (b'HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n', b'x'),
    ],
)
def test_bytes_that_drip_wherever(transport: Any, serve: Callable[..., LoopbackServer], start: bytes, piece: bytes) -> None:
    def drip(connection: Connection) -> None:
        connection.read_head()
        connection.send(start)
        while True:
            connection.send(piece)
            time.sleep(0.02)

    ends_by_its_own_timer(transport, serve(drip).endpoint)


def test_the_second_request_on_a_connection_hangs(transport: Any, serve: Callable[..., LoopbackServer]) -> None:
    def handle(connection: Connection) -> None:
        connection.read_head()
        connection.send(http())
        connection.read_head()
        connection.read_head()

    asked = transport(serve(handle).endpoint)
    assert asked.get(TARGET, HEADERS, 5).status == 200
    begun = time.monotonic()
    try:
        asked.get(TARGET, HEADERS, 0.3)
    except NoAnswer:
        assert 0.25 < time.monotonic() - begun < 4, 'not the 5 seconds of the first request'


def test_nobody_listens(transport: Any) -> None:
    with socket.create_server(('127.0.0.1', 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(NoAnswer, match=f'127.0.0.1:{port}' if transport.can(DETAILS) else None):
        get(transport, f'http://127.0.0.1:{port}')


@pytest.mark.needs(DETAILS)
def test_a_time_out_names_the_address(transport: Any, simulator: Simulator) -> None:
    simulator.set_faults('a', {'kind': 'hang', 'times': 1})
    with pytest.raises(NoAnswer, match=simulator.vms['a'].removeprefix('http://')):
        get(transport, simulator.vms['a'], 0.05)


@pytest.mark.parametrize(
    ('fault', 'kind'),
    [
        ({'kind': 'reset'}, NoAnswer),
        ({'kind': 'reset', 'when': 'mid-body'}, NoAnswer),
        ({'kind': 'close'}, NoAnswer),
        ({'kind': 'truncated'}, BrokenAnswer),
        ({'kind': 'truncated', 'bytes': 0}, BrokenAnswer),
        ({'kind': 'oversized'}, BrokenAnswer),
        ({'kind': 'oversized', 'size': 1 << 30}, BrokenAnswer),
        ({'kind': 'oversized', 'content_length': False}, BrokenAnswer),
        ({'kind': 'oversized', 'size': 1 << 30, 'content_length': False}, BrokenAnswer),
        ({'kind': 'garbage'}, BrokenAnswer),
    ],
)
def test_faults(transport: Any, simulator: Simulator, fault: dict[str, Any], kind: type[Exception]) -> None:
    simulator.set_faults('a', fault)
    with pytest.raises((NoAnswer, BrokenAnswer)) as caught:
        get(transport, simulator.vms['a'])
    assert issubclass(caught.type, (broken(transport) if kind is BrokenAnswer else (kind,)))
    assert str(caught.value).isprintable()
    assert not str(caught.value).endswith('.')


@pytest.mark.parametrize(
    ('kind', 'word'),
    [
        needing(BROKEN_APART, 'truncated', 'incomplete'),
        ('oversized', 'larger than 1 MiB'),
        needing(BROKEN_APART, 'garbage', 'the answer is not HTTP'),
    ],
)
def test_words(transport: Any, simulator: Simulator, kind: str, word: str) -> None:
    simulator.set_faults('a', {'kind': kind})
    with pytest.raises(BrokenAnswer, match=word):
        get(transport, simulator.vms['a'])


@pytest.mark.parametrize(
    'answer',
    [
        needing(CHUNKS, b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"a"'),
        needing(CHUNKS, b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"a":\r\n'),
        needing(CHUNKS, b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n'),
        needing(CHUNKS, b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\n{}\r\n0\r\n\r\n'),
        needing(CHUNKS, b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n' + b'1' * 70_000),
        b'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{}',
        b'HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n{}',
        needing(HEADS, b'HTTP/1.1 200 OK\r\n' + b'X-Many: header\r\n' * 200 + b'\r\n{}'),
        needing(HEADS, b'HTTP/1.1 200 OK\r\nX-Long: ' + b'x' * 70_000 + b'\r\n\r\n{}'),
        b'HTTP/1.1 ' + b'x' * 70_000 + b'\r\n\r\n{}',
        b'HTTP/1.1 abc OK\r\n\r\n{}',
        b'HTTP/2.0\r\n\r\n',
        b'SSH-2.0-OpenSSH_9.6\r\n',
        b'{"compute": {}}',
        b'\r\n\r\n',
        http(b'x' * (BODY_LIMIT + 1)),
        http(b'x' * (BODY_LIMIT + 1), length=False),
    ],
    ids=lambda answer: repr(answer[:60])[2:-1],
)
def test_broken(transport: Any, serve: Callable[..., LoopbackServer], answer: bytes) -> None:
    handle, heads = answering(answer)
    with pytest.raises(broken(transport)) as caught:
        get(transport, serve(handle).endpoint)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    'start',
    [
        b'HTTP/1.1 200 OK\r\n\r\n',
        b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7fffffff\r\n',
        needing(CHUNKS, b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n'),
        b'HTTP/1.1 200 OK\r\nContent-Length: 7516192768\r\n\r\n',
        b'HTTP/1.1 200 OK\r\nX: ',
        b'HTTP/1.1 ',
    ],
)
def test_the_limit_holds_while_reading(transport: Any, serve: Callable[..., LoopbackServer], start: bytes) -> None:
    """A flood is not read to its end: what the server gets rid of is the limit and what the buffers of the system hold."""
    sent = 0

    def flood(connection: Connection) -> None:
        nonlocal sent
        connection.read_head()
        connection.send(start)
        # Without anybody to stop it, it comes to an end at last.
        while sent < 100 * BODY_LIMIT:
            connection.send(b'x' * 65536)
            sent += 65536

    server = serve(flood)
    with pytest.raises(broken(transport)):
        get(transport, server.endpoint)
    server.stop()
    assert sent < 20 * BODY_LIMIT


PIECES = st.sampled_from(
    [
        b'HTTP/1.1 200 OK\r\n',
        b'HTTP/1.0 404\r\n',
        b'Content-Length: 3\r\n',
        b'Transfer-Encoding: chunked\r\n',
        b'Via: \x1b\r\n',
        b'\r\n',
        b'3\r\n',
        b'0\r\n\r\n',
    ]
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.one_of(PIECES, st.binary(max_size=20)), max_size=8).map(b''.join))
def test_whatever_comes_is_an_answer_or_one_of_two_errors(transport: Any, serve: Callable[..., LoopbackServer], sent: bytes) -> None:
    handle, heads = answering(sent)
    try:
        answer = get(transport, serve(handle).endpoint)
    except (NoAnswer, BrokenAnswer):
        return
    assert (type(answer.status), type(answer.headers), type(answer.body)) == (int, dict, bytes)
