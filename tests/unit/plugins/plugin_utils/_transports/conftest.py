# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The transports under test, and what they talk to."""

from __future__ import annotations

import json
import signal
import socket
from collections.abc import Callable, Collection, Iterator
from typing import Any, Protocol

import pytest
from ansible_collections.imds.azure.plugins.module_utils._service.http_transport import Answer, HttpTransport
from ansible_collections.imds.azure.plugins.plugin_utils._transports.requests import RequestsTransport
from ansible_collections.imds.azure.plugins.plugin_utils._transports.shell import ShellTransport
from ansible_collections.imds.azure.tests.unit.plugins.plugin_utils._transports.loopback_server import Connection, LoopbackServer
from ansible_collections.imds.azure.tests.unit.plugins.plugin_utils._transports.shell_of_this_machine import Shell, path_with, program
from ansible_collections.imds.azure.tests.unit.roles.simulator.running_simulator import Simulator


class Transport(Protocol):
    def get(self, target: str, headers: dict[str, str], timeout: float) -> Answer:
        """Sends one request."""

    def post(self, target: str, headers: dict[str, str], timeout: float, body: bytes) -> Answer:
        """Sends one with a body."""


class Maker:
    """Makes transports of one kind: ``transport(endpoint)``."""

    def __init__(self, make: Callable[[str], Transport], cannot: Collection[str]) -> None:
        self._make = make
        self._cannot = cannot

    def __call__(self, endpoint: str) -> Transport:
        return self._make(endpoint)

    def can(self, what: str) -> bool:
        return what not in self._cannot


# What a command on another host cannot do, however it is written: its tools take whole seconds and keep details to themselves.
SHORT_TIMEOUTS = 'end after less than a second'
DETAILS = 'name the address and the time in an error'
BROKEN_APART = 'tell an answer that breaks off or is none from no answer'
TRAILERS = 'tell trailers from the body'
MALFORMED = 'tell a malformed line of the head from the body, and see a header as it was sent'
RETURNS = 'tell a carriage return from the end of a line'
TWO_WAYS = 'read an answer that is chunked and has a length'
ENCODING = 'say that it wants nothing compressed'
HEADS = 'refuse a head that is too long'
CHUNKS = 'notice that chunks are wrong'
REDIRECTED = 'keep the body of a redirect'
NO_BODY = 'know by the status that there is no body'
# What only those need who change something.
POSTS = 'send a body'

TOOLS = {
    'curl': [SHORT_TIMEOUTS, DETAILS, BROKEN_APART, TRAILERS, ENCODING, HEADS],
    'wget': [SHORT_TIMEOUTS, DETAILS, BROKEN_APART, HEADS, CHUNKS, REDIRECTED, MALFORMED, RETURNS, TWO_WAYS],
    'python3': [SHORT_TIMEOUTS, DETAILS, CHUNKS, RETURNS],
}
# Every transport keeps the whole contract: add one here, as a function of the endpoint, and all tests of this folder apply to it.
TRANSPORTS: dict[str, Callable[[str], Any]] = {'http': HttpTransport, 'requests': RequestsTransport}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what a kind of transport cannot do: ``@pytest.mark.needs(HEADS)``."""

    def possible(item: pytest.Item) -> bool:
        callspec = getattr(item, 'callspec', None)
        cannot = TOOLS.get(callspec.params.get('transport'), ()) if callspec else ()
        return not any(mark.args[0] in cannot for mark in item.iter_markers('needs'))

    config.hook.pytest_deselected(items=[item for item in items if not possible(item)])
    items[:] = filter(possible, items)


@pytest.fixture(params=[*TRANSPORTS, *TOOLS])
def transport(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Maker:
    """Makes a transport for an endpoint."""
    if request.param in TRANSPORTS:
        return Maker(TRANSPORTS[request.param], () if hasattr(TRANSPORTS[request.param], 'post') else (POSTS,))
    if not program(request.param):
        pytest.skip(f'{request.param} is not installed here')
    shell = Shell(path_with(tmp_path_factory.mktemp('path'), [request.param]))
    return Maker(lambda endpoint: ShellTransport(shell.execute, endpoint), TOOLS[request.param])


@pytest.fixture(autouse=True)
def a_hanging_transport_fails() -> Iterator[None]:
    """A transport that waits for an answer without end would hold up the tests for ever."""

    def fail(number: int, frame: object) -> None:
        pytest.fail('it does not end')

    before = signal.signal(signal.SIGALRM, fail)
    signal.alarm(30)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture
def serve() -> Iterator[Callable[..., LoopbackServer]]:
    """Starts servers that end with the test: ``serve(handler)``, ``serve(handler, socket.AF_INET6)``."""
    servers: list[LoopbackServer] = []

    def start(handle: Callable[[Connection], None], family: socket.AddressFamily = socket.AF_INET) -> LoopbackServer:
        servers.append(LoopbackServer(handle, family))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture(scope='session')
def running_simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    path = tmp_path_factory.mktemp('fleet') / 'fleet.json'
    path.write_text(json.dumps({'vms': [{'name': 'a', 'rate_limit': 0}]}))
    simulator = Simulator('--fleet', str(path))
    yield simulator
    simulator.stop()


@pytest.fixture
def simulator(running_simulator: Simulator) -> Simulator:
    """A simulator with one VM, ``a``, without a limit, without faults and with an empty log."""
    running_simulator.set_faults('a')
    running_simulator.control('DELETE', '/vms/a/requests')
    return running_simulator
