# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts on which BusyBox is everything that there is: its wget knows few options, and keeps the body of an error to itself."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.imds.azure.plugins.module_utils._service.client import ImdsClient
from ansible_collections.imds.azure.plugins.module_utils._service.errors import NoSuchElementError
from ansible_collections.imds.azure.plugins.module_utils._service.http_transport import BrokenAnswer, NoAnswer
from ansible_collections.imds.azure.plugins.plugin_utils._transports.shell import ShellTransport
from ansible_collections.imds.azure.tests.unit.plugins.plugin_utils._transports.loopback_server import Connection, LoopbackServer, answering, http
from ansible_collections.imds.azure.tests.unit.plugins.plugin_utils._transports.shell_of_this_machine import Shell
from ansible_collections.imds.azure.tests.unit.roles.simulator.running_simulator import Simulator

TARGET = '/metadata/instance?api-version=2025-04-07'
HEADERS = {'Metadata': 'true'}


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    busybox = shutil.which('busybox')
    if not busybox:
        pytest.skip('busybox is not installed here')
    for name in ('ash', 'sh', 'cat', 'head', 'grep', 'timeout', 'wget'):
        (tmp_path / name).symlink_to(busybox)
    return Shell(tmp_path, str(tmp_path / 'ash'))


def test_the_document(shell: Shell, simulator: Simulator) -> None:
    client = ImdsClient(ShellTransport(shell.execute, simulator.vms['a']))
    assert client.get('/instance')['compute']['name'] == 'a'
    assert client.get('/instance/compute/name', 'text') == 'a'


def test_an_error(shell: Shell, simulator: Simulator) -> None:
    with pytest.raises(NoSuchElementError):
        ImdsClient(ShellTransport(shell.execute, simulator.vms['a'])).get('/instance/compute/nothing')


def test_an_older_fleet(shell: Shell, serve: Callable[..., LoopbackServer]) -> None:
    """The versions that the service offers are in a body that is not to be had."""
    newest = b'{"error": "Bad request. api-version is invalid", "newest-versions": ["2021-02-01"]}'
    versions = b'{"apiVersions": ["2019-06-01", "2021-02-01"]}'

    def handle(connection: Connection) -> None:
        head = connection.read_head()
        if b'/versions' in head:
            connection.send(http(versions))
        elif b'api-version=2021-02-01' in head:
            connection.send(http(b'{"compute": {"vmId": "1"}, "network": {"interface": [{"macAddress": ""}]}}'))
        else:
            connection.send(http(newest, status='400 Bad Request'))

    client = ImdsClient(ShellTransport(shell.execute, serve(handle).endpoint))
    assert client.get('/instance')['compute'] == {'vmId': '1'}
    assert client.api_version == '2021-02-01'


def test_a_redirect_is_no_answer(shell: Shell, serve: Callable[..., LoopbackServer]) -> None:
    elsewhere, _heads = answering(http(b'{"compute": {"vmId": "forged"}, "network": {}}'))
    there = serve(elsewhere)
    here, _heads = answering(http(b'', f'Location: {there.endpoint}/', status='302 Found'))
    answer = ShellTransport(shell.execute, serve(here).endpoint).get(TARGET, HEADERS, 5)
    assert answer.status == 302


@pytest.mark.parametrize('head', [b'no colon\r\n', b'A: b\r\n c\r\n', b'Content-Length: two\r\n', b'Content-Length: 9, 9\r\n', b'Transfer-Encoding: gzip\r\n'])
def test_what_it_complains_of_is_no_body(shell: Shell, serve: Callable[..., LoopbackServer], head: bytes) -> None:
    here, _heads = answering(b'HTTP/1.1 200 OK\r\n' + head + b'\r\n{"a": "secret"}')
    with pytest.raises(BrokenAnswer) as caught:
        ShellTransport(shell.execute, serve(here).endpoint).get(TARGET, HEADERS, 5)
    assert 'secret' not in str(caught.value)


def test_it_knows_one_interim_answer(shell: Shell, serve: Callable[..., LoopbackServer]) -> None:
    """All others end it, although they are none that counts."""
    here, _heads = answering(b'HTTP/1.1 100 Continue\r\n\r\n' + http(b'{}'))
    assert ShellTransport(shell.execute, serve(here).endpoint).get(TARGET, HEADERS, 5).body == b'{}'
    here, _heads = answering(b'HTTP/1.1 103 Early Hints\r\n\r\n' + http(b'{}'))
    with pytest.raises(BrokenAnswer):
        ShellTransport(shell.execute, serve(here).endpoint).get(TARGET, HEADERS, 5)


def test_an_answer_without_a_head_is_not_quoted(shell: Shell, serve: Callable[..., LoopbackServer]) -> None:
    here, _heads = answering(b'{"access_token": "secret"}\n')
    with pytest.raises(NoAnswer, match='wget: ') as caught:
        ShellTransport(shell.execute, serve(here).endpoint).get(TARGET, HEADERS, 5)
    assert 'secret' not in str(caught.value)


def test_nobody_there(shell: Shell) -> None:
    with pytest.raises(NoAnswer):
        ShellTransport(shell.execute, 'http://127.0.0.1:9').get(TARGET, HEADERS, 5)
