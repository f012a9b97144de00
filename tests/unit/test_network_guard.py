# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guard of tests/loopback_only refuses whatever would leave loopback.

Every socket here is asked in a state in which the system call would fail at once and send nothing, were it ever made:
a connected stream socket for connect (EISCONN), a closed one for the rest.
"""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest
from ansible_collections.imds.azure.tests.loopback_only import sitecustomize as loopback_only
from ansible_collections.imds.azure.tests.matrix import interpreters

OUTSIDE = [
    (socket.AF_INET, ('169.254.169.254', 80)),
    (socket.AF_INET, ('192.0.2.1', 80)),
    (socket.AF_INET, ('0.0.0.0', 80)),
    (socket.AF_INET, ('127.example.com', 80)),
    (socket.AF_INET6, ('fe80::1', 80, 0, 0)),
    (socket.AF_INET6, ('::ffff:192.0.2.1', 80)),
]
INSIDE = [
    (socket.AF_INET, ('127.0.0.1', 80)),
    (socket.AF_INET, ('127.9.8.7', 80)),
    (socket.AF_INET, ('localhost', 80)),
    (socket.AF_INET6, ('::1', 80, 0, 0)),
    (socket.AF_UNIX, '/run/some.socket'),
]


@pytest.fixture
def forgotten() -> Iterator[None]:
    """What is refused on purpose is not held against the test."""
    yield
    loopback_only.refused.clear()


@pytest.fixture
def connected() -> Iterator[socket.socket]:
    """One end of a connection over loopback."""
    with socket.create_server(('127.0.0.1', 0)) as server, socket.create_connection(server.getsockname()) as sock:
        yield sock


@pytest.mark.parametrize(('family', 'address'), OUTSIDE)
def test_addresses_outside(family: int, address: object) -> None:
    assert not loopback_only.is_loopback(family, address)


@pytest.mark.parametrize(('family', 'address'), INSIDE)
def test_addresses_inside(family: int, address: object) -> None:
    assert loopback_only.is_loopback(family, address)


@pytest.mark.usefixtures('forgotten')
@pytest.mark.parametrize('method', ['connect', 'connect_ex'])
def test_connect_is_refused_before_the_system_call(connected: socket.socket, method: str) -> None:
    with pytest.raises(loopback_only.LeavesLoopback, match='169.254.169.254'):
        getattr(connected, method)(('169.254.169.254', 80))
    assert loopback_only.refused == [('169.254.169.254', 80)]


@pytest.mark.usefixtures('forgotten')
def test_datagrams_are_refused_before_the_system_call() -> None:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.close()
    for send in (lambda to: sock.sendto(b'x', to), lambda to: sock.sendto(b'x', 0, to), lambda to: sock.sendmsg([b'x'], [], 0, to)):
        with pytest.raises(loopback_only.LeavesLoopback):
            send(('192.0.2.1', 9))


def test_loopback_works(connected: socket.socket) -> None:
    connected.sendall(b'x')
    assert not loopback_only.refused


@pytest.mark.parametrize('version', [f'{sys.version_info.major}.{sys.version_info.minor}', '3.6'])
def test_python_processes_that_tests_start_are_guarded(version: str) -> None:
    interpreter = interpreters.find(version)
    if not interpreter:
        pytest.skip(f'no working Python {version} on PATH, under pyenv or in /usr/bin')
    code = (
        'import socket\n'
        "server = socket.socket(); server.bind(('127.0.0.1', 0)); server.listen(1)\n"
        'sock = socket.create_connection(server.getsockname())\n'
        "sock.connect(('169.254.169.254', 80))\n"
    )
    process = subprocess.run([interpreter, '-c', code], capture_output=True, text=True, check=False, timeout=60)
    assert process.returncode != 0
    assert 'LeavesLoopback' in process.stderr
