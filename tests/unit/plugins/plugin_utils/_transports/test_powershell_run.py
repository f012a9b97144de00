# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command for Windows hosts, run by PowerShell 7 where that is installed. It is another .NET than that of Windows PowerShell."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.imds.azure.plugins.module_utils._service.errors import NotAzureError
from ansible_collections.imds.azure.plugins.module_utils._service.http_transport import BODY_LIMIT, BrokenAnswer, NoAnswer
from ansible_collections.imds.azure.plugins.module_utils._service.platform import AZURE_CHASSIS_TAG
from ansible_collections.imds.azure.plugins.plugin_utils._transports.host_command import HostCommand, HostOutput
from ansible_collections.imds.azure.plugins.plugin_utils._transports.shell import ShellTransport
from ansible_collections.imds.azure.tests.unit.plugins.plugin_utils._transports.loopback_server import Connection, LoopbackServer, answering, http
from ansible_collections.imds.azure.tests.unit.roles.simulator.running_simulator import Simulator

PWSH = shutil.which('pwsh')
pytestmark = pytest.mark.skipif(not PWSH, reason='pwsh (PowerShell 7) is not on PATH, and nothing else here runs PowerShell')
TARGET = '/metadata/instance?api-version=2025-04-07&format=json'
HEADERS = {'Metadata': 'true'}


def shell(endpoint: str, before: str = '', detect: str = 'never') -> ShellTransport:
    def execute(command: HostCommand, seconds: float) -> HostOutput:
        words = command.line.split(' ')
        assert words[0] == 'PowerShell'
        script = before.encode() + (command.stdin or b'')
        ran = subprocess.run([str(PWSH), *words[1:]], input=script, capture_output=True, timeout=seconds + 25, check=False)
        return HostOutput(ran.stdout, ran.stderr)

    return ShellTransport(execute, endpoint, detect, powershell=True)


def test_answer(simulator: Simulator) -> None:
    answer = shell(simulator.vms['a']).get(TARGET, HEADERS, 20)
    assert answer.status == 200
    assert answer.headers['content-type'].startswith('application/json')
    assert answer.body.startswith(b'{')


def test_an_error_is_an_answer(simulator: Simulator) -> None:
    assert shell(simulator.vms['a']).get('/metadata/nothing', HEADERS, 20).status in (400, 404)


def test_post(serve: Callable[..., LoopbackServer]) -> None:
    handle, heads = answering(http(b'{}'))
    assert shell(serve(handle).endpoint).post('/x', {**HEADERS, 'Content-Type': 'application/json'}, 20, b'{"a": 1}').status == 200
    assert heads[0].startswith(b'POST /x HTTP/1.1\r\n')
    assert b'expect' not in heads[0].lower()


@pytest.mark.parametrize('start', [b'', b'HTTP/1.1 200 OK\r\n', b'HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n'])
def test_the_whole_request_has_one_time(serve: Callable[..., LoopbackServer], start: bytes) -> None:
    def drip(connection: Connection) -> None:
        connection.read_head()
        connection.send(start)
        while True:
            connection.send(b'x')
            time.sleep(0.05)

    begun = time.monotonic()
    with pytest.raises((NoAnswer, BrokenAnswer)):
        shell(serve(drip).endpoint).get(TARGET, HEADERS, 1)
    assert time.monotonic() - begun < 20


@pytest.mark.parametrize(
    ('answer', 'kind'),
    [
        (http(bytes(BODY_LIMIT + 1)), BrokenAnswer),
        (b'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx', BrokenAnswer),
        (b'SSH-2.0-OpenSSH\r\n', (NoAnswer, BrokenAnswer)),
        (b'', NoAnswer),
    ],
)
def test_trouble(serve: Callable[..., LoopbackServer], answer: bytes, kind: Any) -> None:
    with pytest.raises(kind):
        shell(serve(answering(answer)[0]).endpoint).get(TARGET, HEADERS, 20)


def test_refused() -> None:
    with pytest.raises(NoAnswer, match='refused'):
        shell('http://127.0.0.1:1').get(TARGET, HEADERS, 20)


def smbios(*structures: tuple[int, bytes, list[bytes]]) -> str:
    """A table as the registry of Windows holds it, in a stand-in for the command that reads the registry."""
    table = bytes(8)
    for kind, fields, strings in structures:
        table += bytes([kind, 4 + len(fields), 0, 0]) + fields + b''.join(text + b'\0' for text in strings) + (b'\0' if strings else b'\0\0')
    return f'function Get-ItemProperty {{ [pscustomobject]@{{ SMBiosData = [byte[]]({",".join(map(str, table))}) }} }}\n'


BIOS = (0, b'\x01\x02' + bytes(12), [b'American Megatrends', b'090008'])
END: tuple[int, bytes, list[bytes]] = (127, b'', [])


@pytest.mark.parametrize(
    ('registry', 'chassis'),
    [
        (smbios(BIOS, (3, b'\x01\x03\x02\x00\x04' + bytes(8), [b'Microsoft', b'7.0', b'no', AZURE_CHASSIS_TAG.encode()]), END), 'azure'),
        (smbios(BIOS, (1, bytes(20), []), (3, b'\x01\x03\x02\x00\x01', [b'Default string']), END), 'other'),
        (smbios(BIOS, (3, b'\x01\x03\x02\x00\x00', [b'Dell']), END), 'other'),
        (smbios(BIOS, END), 'unknown'),
        ('', 'unknown'),
    ],
)
def test_chassis_tag(registry: str, chassis: str, serve: Callable[..., LoopbackServer]) -> None:
    server = serve(answering(http(b'{}'))[0])
    transport = shell(server.endpoint, registry, 'always')
    if chassis == 'azure':
        assert transport.get(TARGET, HEADERS, 20).status == 200
    else:
        with pytest.raises(NotAzureError):
            transport.get(TARGET, HEADERS, 20)
        assert server.connections == 0
    assert transport.chassis == chassis
