# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The transports under test, and what they talk to."""

from __future__ import annotations

import json
import signal
import socket
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import pytest
from ansible_collections.imds.azure.plugins.module_utils._transport import Answer, HttpTransport
from ansible_collections.imds.azure.plugins.plugin_utils._requests_transport import RequestsTransport
from ansible_collections.imds.azure.tests.unit.plugins.transports.loopback_server import Connection, LoopbackServer
from ansible_collections.imds.azure.tests.unit.roles.simulator.running_simulator import Simulator


class Transport(Protocol):
    def get(self, target: str, headers: dict[str, str], timeout: float) -> Answer: ...


# Every transport keeps the whole contract: add one here, as a function of the endpoint, and all tests of this folder apply to it.
TRANSPORTS: dict[str, Callable[[str], Transport]] = {'http': HttpTransport, 'requests': RequestsTransport}


@pytest.fixture(params=TRANSPORTS.values(), ids=list(TRANSPORTS))
def transport(request: pytest.FixtureRequest) -> Any:
    """Makes a transport for an endpoint."""
    return request.param


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
