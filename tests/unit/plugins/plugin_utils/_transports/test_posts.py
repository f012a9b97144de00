# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is sent arrives byte for byte, whatever sends it."""

from __future__ import annotations

import json
import shutil
import string
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.imds.azure.plugins.module_utils._service.errors import OptionError
from ansible_collections.imds.azure.plugins.plugin_utils._transports.host_command import HostCommand, HostOutput
from ansible_collections.imds.azure.plugins.plugin_utils._transports.shell import ShellTransport
from ansible_collections.imds.azure.tests.unit.plugins.plugin_utils._transports.conftest import POSTS, Transport
from ansible_collections.imds.azure.tests.unit.plugins.plugin_utils._transports.loopback_server import Connection, LoopbackServer, http
from ansible_collections.imds.azure.tests.unit.plugins.plugin_utils._transports.shell_of_this_machine import Shell
from ansible_collections.imds.azure.tests.unit.roles.simulator.running_simulator import EVENTS, Simulator

TARGET = '/metadata/scheduledevents?api-version=2020-07-01'
HEADERS = {'Metadata': 'true', 'Content-Type': 'application/json'}
BODIES = [
    json.dumps({'StartRequests': [{'EventId': 'A5B1E7C8-0000-4000-8000-000000000000'}]}).encode(),
    string.printable.rstrip().encode(),
    b'-d x',
    b' ends with spaces  ',
    b"';id;'$(id)`id`%41&a=b+c",
    b'x' * 20000,
]


@pytest.fixture
def send(transport: Any) -> Callable[[str], Transport]:
    if not transport.can(POSTS):
        pytest.skip('requests are read with it only: it has no POST')
    make: Callable[[str], Transport] = transport
    return make


@pytest.fixture
def busybox(tmp_path: Path) -> Callable[[str], ShellTransport]:
    """A host on which BusyBox is everything that there is."""
    found = shutil.which('busybox')
    if not found:
        pytest.skip('busybox is not installed here')
    for name in ('ash', 'sh', 'cat', 'head', 'grep', 'timeout', 'wget'):
        (tmp_path / name).symlink_to(found)
    shell = Shell(tmp_path, str(tmp_path / 'ash'))
    return lambda endpoint: ShellTransport(shell.execute, endpoint)


def assert_arrives(transport: Callable[[str], Transport], serve: Callable[..., LoopbackServer], body: bytes) -> None:
    received: list[bytes] = []

    def handle(connection: Connection) -> None:
        head = connection.read_head()
        received.extend([head, connection.read_body(head)])
        connection.send(http(b'{"done": true}'))

    answer = transport(serve(handle).endpoint).post(TARGET, HEADERS, 10, body)
    assert (answer.status, answer.body) == (200, b'{"done": true}')
    assert received[0].startswith(f'POST {TARGET} HTTP/1.'.encode())
    lines = [line.lower() for line in received[0].split(b'\r\n')]
    assert lines.count(b'metadata: true') == 1
    assert [line for line in lines if line.startswith(b'content-type:')] == [b'content-type: application/json']
    assert received[1] == body


@pytest.mark.parametrize('body', BODIES, ids=lambda body: body[:12].decode())
def test_a_body(send: Callable[[str], Transport], serve: Callable[..., LoopbackServer], body: bytes) -> None:
    assert_arrives(send, serve, body)


@pytest.mark.parametrize('body', BODIES, ids=lambda body: body[:12].decode())
def test_a_body_of_busybox(busybox: Callable[[str], ShellTransport], serve: Callable[..., LoopbackServer], body: bytes) -> None:
    assert_arrives(busybox, serve, body)


def assert_approves(transport: Callable[[str], Transport], simulator: Simulator) -> None:
    created = simulator.control('POST', '/vms/a/events', {'EventType': 'Reboot'})
    assert created.status < 300, created.text
    event = simulator.ask('a', EVENTS).json['Events'][0]['EventId']
    body = json.dumps({'StartRequests': [{'EventId': event}]}).encode()
    assert transport(simulator.vms['a']).post(EVENTS, HEADERS, 10, body).status == 200
    assert simulator.ask('a', EVENTS).json['Events'][0]['EventStatus'] == 'Started'


def test_an_approval(send: Callable[[str], Transport], simulator: Simulator) -> None:
    assert_approves(send, simulator)


def test_an_approval_by_busybox(busybox: Callable[[str], ShellTransport], simulator: Simulator) -> None:
    assert_approves(busybox, simulator)


@pytest.mark.parametrize('body', [b'', b'@/etc/passwd', b'a\nb', b'a\x00', 'ü'.encode(), b'{}\n'])
def test_what_no_tool_sends_as_it_is(body: bytes) -> None:
    """An empty one, for what is not a POST would be sent then; and curl would send a file."""

    def execute(command: HostCommand, seconds: float) -> HostOutput:
        raise AssertionError('nothing may be run')

    with pytest.raises(OptionError, match='printable ASCII'):
        ShellTransport(execute, 'http://127.0.0.1:1').post(TARGET, HEADERS, 5, body)
