# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command for Windows hosts: its text, and what is read out of what it prints. It cannot be run here."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from ansible_collections.imds.azure.plugins.module_utils._service.errors import NotAzureError
from ansible_collections.imds.azure.plugins.module_utils._service.http_transport import BODY_LIMIT, BrokenAnswer, NoAnswer
from ansible_collections.imds.azure.plugins.plugin_utils._transports.host_command import HostCommand, HostOutput
from ansible_collections.imds.azure.plugins.plugin_utils._transports.powershell_command import parse_powershell, powershell_command
from ansible_collections.imds.azure.plugins.plugin_utils._transports.shell import ShellTransport

URL = 'http://169.254.169.254:80/metadata/instance?api-version=2025-04-07&format=json'


def script(command: HostCommand) -> str:
    before, encoded = command.line.rsplit(' ', 1)
    assert before == 'powershell.exe -NoProfile -NonInteractive -ExecutionPolicy Unrestricted -EncodedCommand'
    return base64.b64decode(encoded, validate=True).decode('utf-16-le')


def test_text() -> None:
    text = script(powershell_command(URL, {'Metadata': 'true'}, 2.5, 'imds-1', 'auto'))
    assert f"::Create('{URL}')" in text
    assert "$request.Headers.Add('Metadata', 'true')" in text
    assert '$request.Proxy = $null' in text
    assert '$request.AllowAutoRedirect = $false' in text
    assert text.count('= 2500') == 2
    assert "$mark = 'imds-1'" in text
    assert "('auto' + '/' + $chassis)" in text
    assert text.index('exit 0') < text.index('::Create'), 'nothing is sent before the chassis tag is known'
    assert text.count('{') == text.count('}')


@pytest.mark.parametrize('quote', list("'\u2018\u2019\u201a\u201b"))
def test_no_value_leaves_its_quotes(quote: str) -> None:
    text = script(powershell_command(URL, {'Metadata': f'x{quote}; Remove-Item C: #$(y)'}, 1, 'm', 'never'))
    assert f"'x{quote * 2}; Remove-Item C: #$(y)'" in text


def printed(*lines: str) -> bytes:
    return '\r\n'.join(['Welcome', *(f'm {line}' for line in lines), 'bye', '']).encode()


def body(content: bytes) -> str:
    return 'body ' + base64.b64encode(content).decode()


def test_answer() -> None:
    answer = parse_powershell(printed('tag azure', 'status 404', 'header Content-Type: application/json', body(b'{}'), 'end'), 'm')
    assert answer is not None
    assert (answer.status, answer.headers, answer.body) == (404, {'content-type': 'application/json'}, b'{}')


def test_nothing_was_sent() -> None:
    assert parse_powershell(printed('tag other', 'skipped'), 'm') is None


@pytest.mark.parametrize('output', [b'', b'not recognized', b'm tag other'])
def test_it_did_not_come_to_its_end(output: bytes) -> None:
    with pytest.raises(NoAnswer, match='cut off'):
        parse_powershell(output, 'm')


@pytest.mark.parametrize(
    ('output', 'kind'),
    [
        (printed('tag azure', 'nothing Timeout'), NoAnswer),
        (printed('tag azure', 'nothing ConnectFailure'), NoAnswer),
        (printed('tag azure', 'nothing ServerProtocolViolation'), BrokenAnswer),
        (printed('tag azure', 'status 200', body(b'{}')), NoAnswer),
        (printed('tag azure', 'status x', body(b'{}'), 'end'), BrokenAnswer),
        (printed('tag azure', 'status 200', 'body ?', 'end'), BrokenAnswer),
        (printed('tag azure', 'status 200', 'end'), BrokenAnswer),
        (printed('tag azure', 'status 200', body(bytes(BODY_LIMIT + 1)), 'end'), BrokenAnswer),
    ],
)
def test_trouble(output: bytes, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        parse_powershell(output, 'm')


def test_the_transport_speaks_it() -> None:
    commands: list[str] = []

    def execute(command: HostCommand, seconds: float) -> HostOutput:
        commands.append(script(command))
        mark = commands[0].split("$mark = '")[1].split("'")[0]
        return HostOutput(f'{mark} start\r\n{mark} tag other\r\n{mark} skipped\r\n'.encode())

    transport: Any = ShellTransport(execute, powershell=True)
    with pytest.raises(NotAzureError):
        transport.get('/metadata/instance', {'Metadata': 'true'}, 1)
    assert transport.chassis == 'other'
    assert "::Create('http://169.254.169.254:80/metadata/instance')" in commands[0]
