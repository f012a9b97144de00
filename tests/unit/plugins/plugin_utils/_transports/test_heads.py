# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Heads of answers that programs read differently: what every transport makes of them.

What a tool on a host cannot do, because it has decided already when it prints, is named by ``needs``.
"""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.imds.azure.plugins.module_utils._service.http_transport import BrokenAnswer
from ansible_collections.imds.azure.tests.unit.plugins.plugin_utils._transports.conftest import BROKEN_APART, MALFORMED, RETURNS, TWO_WAYS
from ansible_collections.imds.azure.tests.unit.plugins.plugin_utils._transports.loopback_server import answering, http

TARGET = '/metadata/instance?api-version=2025-04-07&format=json'
HEADERS = {'Metadata': 'true'}
BODY = b'{"a":1}'
START = b'HTTP/1.1 200 OK\r\n'
CHUNKS = b'7\r\n{"a":1}\r\n0\r\n\r\n'


def needing(what: str, *values: Any) -> Any:
    return pytest.param(*values, marks=pytest.mark.needs(what))


def with_lengths(*lengths: str) -> bytes:
    return http(BODY, *(f'Content-Length: {length}' for length in lengths), length=False)


def named(value: Any) -> str | None:
    return repr(value[:70])[2:-1] if isinstance(value, bytes) else None


@pytest.mark.parametrize(
    ('answer', 'headers'),
    [
        (with_lengths('7', '7'), {'content-length': '7'}),
        (with_lengths('7, 7'), {'content-length': '7'}),
        (http(BODY, 'X-Some: a', 'x-SOME: b'), {'x-some': 'a, b', 'content-length': '7'}),
        (http(BODY, 'X-Some:  a b  '), {'x-some': 'a b', 'content-length': '7'}),
        (http(BODY).replace(b'\r\n', b'\n'), {'content-length': '7'}),
        (START + b'Transfer-Encoding: Chunked\r\n\r\n' + CHUNKS, {'transfer-encoding': 'Chunked'}),
        needing(TWO_WAYS, START + b'Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n' + CHUNKS, {'transfer-encoding': 'chunked'}),
        needing(TWO_WAYS, START + b'Transfer-Encoding: chunked\r\nContent-Length: 300\r\n\r\n' + CHUNKS, {'transfer-encoding': 'chunked'}),
        needing(MALFORMED, http(BODY, 'X-Some: a\r\n  b'), {'x-some': 'a b', 'content-length': '7'}),
        needing(MALFORMED, http(BODY, 'X-Some: a\r\n\tb\r\n c'), {'x-some': 'a b c', 'content-length': '7'}),
    ],
    ids=named,
)
def test_all_read_it_alike(transport: Any, serve: Any, answer: bytes, headers: dict[str, str]) -> None:
    handle, _heads = answering(answer)
    got = transport(serve(handle).endpoint).get(TARGET, HEADERS, 5)
    assert (got.status, got.body, got.headers) == (200, BODY, headers)


@pytest.mark.parametrize(
    'interim',
    [
        b'HTTP/1.1 100 Continue\r\n\r\n',
        b'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n',
        b'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nContent-Length: 3\r\n\r\n',
        b'HTTP/1.1 199 x\r\n\r\n',
        b'HTTP/1.1 103 x\r\n\r\nHTTP/1.1 100 x\r\n\r\nHTTP/1.1 103 x\r\nA: b\r\n\r\n',
    ],
    ids=named,
)
def test_interim_answers_are_skipped(transport: Any, serve: Any, interim: bytes) -> None:
    handle, _heads = answering(interim + http(BODY))
    got = transport(serve(handle).endpoint).get(TARGET, HEADERS, 5)
    assert (got.status, got.body, got.headers) == (200, BODY, {'content-length': '7'})


@pytest.mark.parametrize(
    'answer',
    [
        with_lengths('3', '7'),
        with_lengths('7', '3'),
        with_lengths('7, 3'),
        with_lengths('7', ''),
        *(with_lengths(length) for length in ('-7', '+7', '7 7', '7abc', '0x7', '0_7', '7.0', 'two', '', '\xb2', '9' * 30, '9' * 5000, '18446744073709551623')),
        *(START + f'Transfer-Encoding: {name}\r\n\r\n'.encode() + CHUNKS for name in ('gzip, chunked', 'xchunked', 'identity', '')),
        START + b'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n' + CHUNKS,
        *(needing(MALFORMED, http(BODY, line)) for line in ('X-Some: a\0b', 'X-S\0me: a', 'no colon', 'X-Some : a', ': a', ' folded', 'X Some: a', 'From a b')),
        needing(MALFORMED, http(BODY, 'X-Some: a', 'no colon')),
        needing(MALFORMED, with_lengths('7\0')),
        needing(RETURNS, http(BODY, 'X-Some: a\rb')),
        needing(RETURNS, http(BODY, 'X-Some: a\rX-Other: b')),
        needing(RETURNS, http(BODY, 'X-Some: a\r')),
        *(status + b'\r\n\r\n' + BODY for status in (b'HTTP/1.1 099 x', b'HTTP/1.1 2000 x', b'HTTP/3.0 200 x', b'\r\nHTTP/1.1 200 x')),
        needing(BROKEN_APART, b'HTTP/1.1 20 x\r\n\r\n' + BODY),
        b'HTTP/1.1 103 x\r\n\r\n{}',
    ],
    ids=named,
)
def test_all_refuse_it(transport: Any, serve: Any, answer: bytes) -> None:
    handle, _heads = answering(answer)
    with pytest.raises(BrokenAnswer, match='not HTTP|larger than 1 MiB') as caught:
        transport(serve(handle).endpoint).get(TARGET, HEADERS, 5)
    assert '"a"' not in str(caught.value)
