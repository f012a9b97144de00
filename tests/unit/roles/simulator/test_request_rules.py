# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules that hold for every request."""

from __future__ import annotations

import pytest
from ansible_collections.imds.azure.tests.unit.roles.simulator.running_simulator import EVENTS, Simulator, read_all

INSTANCE = '/metadata/instance?api-version=2025-04-07'
TOKEN = '/metadata/identity/oauth2/token?api-version=2018-02-01&resource=r'
NO_HEADER = 'Bad request. Required metadata header not specified'


@pytest.mark.parametrize('target', [INSTANCE, '/metadata/versions', EVENTS, '/metadata/loadbalancer?api-version=2021-02-01'])
@pytest.mark.parametrize('headers', [{}, {'Metadata': 'false'}, {'Metadata': ''}])
def test_header_is_required(shared: Simulator, target: str, headers: dict[str, str]) -> None:
    answer = shared.ask('db', target, headers=headers)
    assert (answer.status, answer.json) == (400, {'error': NO_HEADER})


def test_header_is_required_for_identity(shared: Simulator) -> None:
    answer = shared.ask('db', TOKEN, headers={})
    assert (answer.status, answer.json) == (400, {'error': 'invalid_request', 'error_description': NO_HEADER})


@pytest.mark.parametrize('headers', [{'metadata': 'true'}, {'METADATA': 'True'}])
def test_header_in_any_case(shared: Simulator, headers: dict[str, str]) -> None:
    assert shared.ask('db', INSTANCE, headers=headers).status == 200


@pytest.mark.parametrize('name', ['X-Forwarded-For', 'x-forwarded-for'])
def test_forwarded_requests_are_refused(shared: Simulator, name: str) -> None:
    answer = shared.ask('db', INSTANCE, headers={'Metadata': 'true', name: ''})
    assert answer.status == 400
    assert 'X-Forwarded-For' in answer.json['error']


@pytest.mark.parametrize('more', ['&api-version=2025-04-07', '&a=1&a=2', '&format=json&format=json'])
def test_duplicate_parameters_are_refused(shared: Simulator, more: str) -> None:
    answer = shared.ask('db', INSTANCE + more)
    assert answer.status == 400
    assert 'more than once' in answer.json['error']


@pytest.mark.parametrize('method', ['POST', 'PUT', 'DELETE', 'HEAD', 'PATCH', 'OPTIONS'])
def test_other_verbs(shared: Simulator, method: str) -> None:
    answer = shared.ask('db', INSTANCE, method)
    assert answer.status == 405
    assert answer.headers['allow'] == 'GET'
    assert (answer.body == b'') is (method == 'HEAD')


def test_verbs_of_scheduled_events(shared: Simulator) -> None:
    answer = shared.ask('db', EVENTS, 'PUT')
    assert (answer.status, answer.headers['allow']) == (405, 'GET, POST')


@pytest.mark.parametrize(
    'path', ['/', '/metadata', '/metadata/', '/metadata/nothing', '/instance', '/Metadata/instance', '/metadata/Instance', '/metadata//instance']
)
def test_unknown_paths(shared: Simulator, path: str) -> None:
    answer = shared.ask('db', f'{path}?api-version=2025-04-07')
    assert (answer.status, answer.json) == (404, {'error': 'Not found'})


def test_answers_name_type_and_server(shared: Simulator) -> None:
    answer = shared.ask('db', INSTANCE)
    assert answer.headers['content-type'] == 'application/json; charset=utf-8'
    assert answer.headers['server'].startswith('IMDS/')
    assert answer.headers['content-length'] == str(len(answer.body))


def test_connections_are_kept(shared: Simulator) -> None:
    one = b'GET /metadata/versions HTTP/1.1\r\nHost: x\r\nMetadata: true\r\n\r\n'
    last = one.replace(b'\r\n\r\n', b'\r\nConnection: close\r\n\r\n')
    with shared.raw('db', one + one + last) as connection:
        received = read_all(connection)
    assert received.count(b'HTTP/1.1 200 OK') == 3
    assert received.count(b'Connection: close') == 1


def test_http_1_0_closes(shared: Simulator) -> None:
    with shared.raw('db', b'GET /metadata/versions HTTP/1.0\r\nMetadata: true\r\n\r\n') as connection:
        assert b'200 OK' in read_all(connection)


def test_whole_url_as_target(shared: Simulator) -> None:
    assert shared.ask('db', 'http://169.254.169.254' + INSTANCE).status == 200


@pytest.mark.parametrize(
    ('data', 'status'),
    [
        (b'nonsense\r\n\r\n', b'400'),
        (b'GET /x HTTP/2.0\r\n\r\n', b'400'),
        (b'GET x HTTP/1.1\r\n\r\n', b'400'),
        (b'GET /x HTTP/1.1\r\nno colon\r\n\r\n', b'400'),
        (b'GET /x HTTP/1.1\r\nA : b\r\n\r\n', b'400'),
        (b'GET /x HTTP/1.1\r\nContent-Length: -1\r\n\r\n', b'400'),
        (b'POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n', b'411'),
        (b'POST /x HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n', b'413'),
        (b'GET /x HTTP/1.1\r\nA: ' + b'b' * 40000 + b'\r\n\r\n', b'431'),
    ],
)
def test_malformed_requests(shared: Simulator, data: bytes, status: bytes) -> None:
    with shared.raw('db', data) as connection:
        received = read_all(connection)
    assert received.startswith(b'HTTP/1.1 ' + status)
    assert b'{"error":' in received
