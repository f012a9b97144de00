# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line for Windows hosts, and what is read out of what the script prints."""

from __future__ import annotations

import base64
import contextlib
import re
from typing import Any

import pytest
from ansible_collections.imds.azure.plugins.module_utils._service.errors import NotAzureError
from ansible_collections.imds.azure.plugins.module_utils._service.http_transport import BODY_LIMIT, BrokenAnswer, CutOffAnswer, NoAnswer, TimedOut
from ansible_collections.imds.azure.plugins.plugin_utils._transports.host_command import CutOff, HostCommand, HostOutput
from ansible_collections.imds.azure.plugins.plugin_utils._transports.powershell_command import ConstrainedLanguageError, parse_powershell, powershell_command
from ansible_collections.imds.azure.plugins.plugin_utils._transports.shell import OtherCommandError, ShellTransport
from hypothesis import given
from hypothesis import strategies as st

URL = 'http://169.254.169.254:80/metadata/instance?api-version=2025-04-07&format=json'


def test_the_line_is_the_same_for_every_request() -> None:
    """It holds nothing of a request: no other user of the host reads a token or a client id out of the list of processes."""
    first = powershell_command(URL, {'Metadata': 'true'}, 2.5, 'imds-1', 'auto')
    second = powershell_command('http://[fd00::1]:1/x', {}, 60, 'imds-2', 'never', b'x' * 100_000)
    assert first.line == second.line
    before, encoded = first.line.rsplit(' ', 1)
    assert before == 'PowerShell -NoProfile -NonInteractive -ExecutionPolicy Unrestricted -EncodedCommand'
    assert base64.b64decode(encoded, validate=True).decode('utf-16-le') == '&([ScriptBlock]::Create(($input | Out-String)))'
    assert first.stdin is not None
    assert second.stdin is not None
    assert URL.encode() in first.stdin
    assert len(second.stdin) > 100_000


def printed(*lines: str) -> bytes:
    return '\r\n'.join(['Welcome', *(f'm {line}' for line in lines), 'bye', '']).encode()


def body(content: bytes) -> str:
    return 'body ' + base64.b64encode(content).decode()


ANSWERS = [
    (('status 200', 'header Content-Type: application/json', body(b'{}'), 'end'), 200, {'content-type': 'application/json'}, b'{}'),
    (('status 404', 'header Content-Length: 2', 'header Server: a: b', body(b'{}'), 'end'), 404, {'content-length': '2', 'server': 'a: b'}, b'{}'),
    (('status 204', 'header Content-Length: 5', 'body ', 'end'), 204, {'content-length': '5'}, b''),
    (('status 429', 'header Retry-After: 1', body(b'\r\nm nothing x\r\n'), 'end'), 429, {'retry-after': '1'}, b'\r\nm nothing x\r\n'),
    (('status 200', 'header X: ????m end', body(bytes(BODY_LIMIT)), 'end'), 200, {'x': '????m end'}, bytes(BODY_LIMIT)),
]


@pytest.mark.parametrize(('lines', 'status', 'headers', 'content'), ANSWERS)
@pytest.mark.parametrize('end_of_line', [b'\r\n', b'\n'])
def test_answer(lines: tuple[str, ...], status: int, headers: dict[str, str], content: bytes, end_of_line: bytes) -> None:
    answer = parse_powershell(printed('start', 'tag azure', *lines).replace(b'\r\n', end_of_line), 'm')
    assert answer is not None
    assert (answer.status, answer.headers, answer.body) == (status, headers, content)


def test_nothing_was_sent() -> None:
    assert parse_powershell(printed('start', 'tag other', 'skipped'), 'm') is None


@pytest.mark.parametrize('output', [b'', b'not recognized', b'm tag other', printed('tag azure', 'status 200', body(b'{}'))])
def test_it_did_not_come_to_its_end(output: bytes) -> None:
    with pytest.raises(CutOff):
        parse_powershell(output, 'm')


# Chains of exceptions as .NET Framework (Windows PowerShell) and .NET (PowerShell 7) give them.
REFUSED = 'MethodInvocationException: AggregateException: WebException:ConnectFailure SocketException:ConnectionRefused'
FAILURES = [
    (('nothing MethodInvocationException: TimeoutException:',), TimedOut, 'before the timeout'),
    (('nothing RuntimeException: TimeoutException:', 'because The operation has timed out.'), TimedOut, 'before the timeout'),
    (('nothing AggregateException: WebException:Timeout',), TimedOut, 'before the timeout'),
    (('nothing WebException:UnknownError TaskCanceledException:',), TimedOut, 'before the timeout'),
    (('status 200', 'nothing RuntimeException: TimeoutException:'), TimedOut, 'before the timeout'),
    ((f'nothing {REFUSED}', 'because Es konnte keine Verbindung hergestellt werden'), NoAnswer, 'refused'),
    (('nothing WebException:UnknownError HttpRequestException:ConnectionError SocketException:HostUnreachable',), NoAnswer, 'no route'),
    (('nothing WebException:UnknownError HttpRequestException:Unknown IOException: SocketException:ConnectionReset',), NoAnswer, 'reset'),
    (('nothing WebException:ConnectFailure SocketException:AccessDenied',), NoAnswer, 'firewall'),
    (('nothing WebException:NameResolutionFailure',), NoAnswer, 'cannot resolve'),
    (('nothing WebException:UnknownError HttpRequestException:ResponseEnded HttpIOException:ResponseEnded',), NoAnswer, 'closed without an answer'),
    (('nothing WebException:ServerProtocolViolation',), BrokenAnswer, 'the answer is not HTTP'),
    (('nothing WebException:UnknownError HttpRequestException:InvalidResponse',), BrokenAnswer, 'the answer is not HTTP'),
    (('nothing WebException:MessageLengthLimitExceeded',), BrokenAnswer, 'larger than 1 MiB'),
    (('nothing WebException:UnknownError OddException:', 'because It is odd.'), NoAnswer, r'failed with OddException \(It is odd\.\)'),
    (('nothing',), NoAnswer, 'failed with an error'),
    (('status 200', 'nothing IOException: WebException:ConnectionClosed'), CutOffAnswer, 'incomplete'),
    (('status 200', 'large', 'end'), BrokenAnswer, 'larger than 1 MiB'),
    (('status 200', 'header Content-Length: 3', body(b'{}'), 'end'), CutOffAnswer, 'incomplete'),
    (('status 200', body(bytes(BODY_LIMIT + 1)), 'end'), BrokenAnswer, 'larger than 1 MiB'),
    (('status x', body(b'{}'), 'end'), BrokenAnswer, 'unexpected output'),
    (('status 200', 'body ?', 'end'), BrokenAnswer, 'unexpected output'),
    (('status 200', 'end'), BrokenAnswer, 'unexpected output'),
]


@pytest.mark.parametrize(('lines', 'kind', 'words'), FAILURES)
def test_trouble(lines: tuple[str, ...], kind: type[Exception], words: str) -> None:
    with pytest.raises(kind, match=words) as raised:
        parse_powershell(printed('start', 'tag azure', *lines), 'm')
    assert raised.value.__class__ is kind


@given(
    st.lists(
        st.sampled_from(['start', 'tag azure', 'status 200', 'nothing', 'because', 'body', 'end', 'skipped', 'header', 'large']).flatmap(
            lambda kind: st.text().map(lambda rest: f'm {kind}{rest}')
        )
    )
)
def test_whatever_it_prints_has_a_meaning(lines: list[str]) -> None:
    with contextlib.suppress(NoAnswer, BrokenAnswer):
        parse_powershell('\n'.join(lines).encode('utf-8', 'surrogatepass'), 'm')


def transport(printing: list[str], stderr: bytes = b'') -> tuple[Any, list[HostCommand]]:
    commands: list[HostCommand] = []

    def execute(command: HostCommand, seconds: float) -> HostOutput:
        commands.append(command)
        mark = re.search(rb'imds-[0-9a-f]{16}', command.stdin or b'')
        assert mark
        return HostOutput('\r\n'.join(printing).replace('MARK', mark[0].decode()).encode(), stderr)

    return ShellTransport(execute, powershell=True), commands


def test_the_transport_speaks_it() -> None:
    shell, commands = transport(['MARK start', 'MARK tag other', 'MARK skipped'])
    with pytest.raises(NotAzureError):
        shell.get('/metadata/instance', {'Metadata': 'true'}, 1)
    assert shell.chassis == 'other'
    assert b"::Create('http://169.254.169.254:80/metadata/instance')" in (commands[0].stdin or b'')


CONSTRAINED = (
    b'#< CLIXML\r\n<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04">'
    b'<S S="Error">Der Methodenaufruf ist nicht m\xc3\xb6glich._x000D__x000A_</S>'
    b'<S S="Error">    + FullyQualifiedErrorId : MethodInvocationNotSupportedInConstrainedLanguage_x000D__x000A_</S></Objs>'
)


@pytest.mark.parametrize(
    ('lines', 'stderr', 'mode'),
    [
        (['MARK start', 'MARK language ConstrainedLanguage'], b'', 'ConstrainedLanguage'),
        (['MARK start', 'MARK language RestrictedLanguage'], b'', 'RestrictedLanguage'),
        ([], CONSTRAINED, 'ConstrainedLanguage'),
    ],
)
def test_a_language_mode_that_allows_nothing_is_named(lines: list[str], stderr: bytes, mode: str) -> None:
    with pytest.raises(ConstrainedLanguageError, match=rf'runs in {mode} mode\b.*AppLocker.*FullLanguage'):
        transport(lines, stderr)[0].get('/metadata/instance', {}, 1)


def test_errors_of_powershell_are_told_without_their_xml() -> None:
    error = b'#< CLIXML\r\n<Objs Version="1.1.0.1"><S S="Error">Out of memory &amp; luck._x000D__x000A_</S></Objs>'
    with pytest.raises(OtherCommandError, match=r'starts with: Out of memory & luck\.\)'):
        transport([], error)[0].get('/metadata/instance', {}, 1)
    with pytest.raises(NoAnswer, match=r'incomplete \(Out of memory & luck\.\)'):
        transport(['MARK start', 'MARK tag azure'], error)[0].get('/metadata/instance', {}, 1)
