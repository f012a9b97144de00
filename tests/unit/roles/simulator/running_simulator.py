# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A simulator in a process of its own, asked over real sockets."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

# Another interpreter than the one of the tests can be tried with this variable.
PYTHON = os.environ.get('IMDS_TEST_SIMULATOR_PYTHON', sys.executable)
# A compiled copy: it spares each of some hundred starts a third of its time, and nothing is written into the role.
FOLDER = tempfile.TemporaryDirectory(prefix='imds-simulator-')
PROGRAM = Path(FOLDER.name) / 'imds_simulator'
shutil.copytree(Path(__file__).parents[4] / 'roles/simulator/files/imds_simulator', PROGRAM)
subprocess.run([PYTHON, '-m', 'compileall', '-q', str(PROGRAM)], check=True)
NEWEST = '2025-04-07'
EVENTS = '/metadata/scheduledevents?api-version=2020-07-01'


def needs(package: str) -> pytest.MarkDecorator:
    """Skip where the simulator's interpreter lacks an optional package."""
    missing = subprocess.run([PYTHON, '-c', f'import {package}'], capture_output=True, check=False).returncode != 0
    return pytest.mark.skipif(missing, reason=f'the interpreter of the simulator has no {package}')


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def command(*options: str) -> list[str]:
    return [PYTHON, str(PROGRAM), *options]


def refused(*options: str) -> str:
    """What a simulator that cannot start says: one line, status 2."""
    process = subprocess.run(command(*options), capture_output=True, text=True, timeout=20, check=False)
    assert process.returncode == 2, process
    assert process.stdout == ''
    assert process.stderr.count('\n') == 1, process.stderr
    return process.stderr


def request(endpoint: str, target: str, method: str = 'GET', headers: Any = None, body: bytes | None = None, timeout: float = 10) -> Answer:
    """One request on a connection of its own. ``headers`` is a dict or a list of pairs (for duplicates)."""
    connection = http.client.HTTPConnection(endpoint.removeprefix('http://'), timeout=timeout)
    try:
        connection.putrequest(method, target, skip_accept_encoding=True)
        pairs = headers.items() if isinstance(headers, dict) else headers or []
        for name, value in pairs:
            connection.putheader(name, value)
        if body is not None:
            connection.putheader('Content-Length', str(len(body)))
        connection.endheaders(body)
        response = connection.getresponse()
        return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, response.read())
    finally:
        connection.close()


class Simulator:
    """Started with a fleet (an object as in a fleet file) and options; stopped by closing its standard input."""

    def __init__(self, *options: str) -> None:
        self.process = subprocess.Popen(command(*options, '--exit-with-stdin'), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout
        line = self.process.stdout.readline()
        assert line, 'the simulator did not start'
        self.ready = json.loads(line)
        self.vms: dict[str, str] = self.ready['vms']

    def stop(self) -> int:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.close()
        status = self.process.wait(timeout=10)
        self.process.stdout.close()
        return status

    def ask(self, vm: str, target: str, method: str = 'GET', headers: Any = None, body: bytes | None = None, timeout: float = 10) -> Answer:
        """A request to a VM, with the header that the service wants unless others are given."""
        return request(self.vms[vm], target, method, {'Metadata': 'true'} if headers is None else headers, body, timeout)

    def instance(self, vm: str, path: str = '', version: str = NEWEST, text: bool = False) -> Answer:
        return self.ask(vm, f'/metadata/instance{path}?api-version={version}' + ('&format=text' if text else ''))

    def control(self, method: str, path: str, body: Any = None) -> Answer:
        return request(self.ready['control'], path, method, {}, None if body is None else json.dumps(body).encode())

    def set_faults(self, vm: str, *faults: dict[str, Any]) -> None:
        answer = self.control('PUT', f'/vms/{vm}/faults', list(faults))
        assert answer.status == 200, answer.text

    def log(self, vm: str) -> list[dict[str, Any]]:
        return list(self.control('GET', f'/vms/{vm}/requests').json)

    def raw(self, vm: str, data: bytes, timeout: float = 5) -> socket.socket:
        """A socket on which ``data`` was sent to a VM."""
        host, port = self.vms[vm].removeprefix('http://').split(':')
        connection = socket.create_connection((host, int(port)), timeout=timeout)
        connection.sendall(data)
        return connection


def read_all(connection: socket.socket) -> bytes:
    """Everything up to the end of the connection."""
    received = b''
    while piece := connection.recv(65536):
        received += piece
    return received
