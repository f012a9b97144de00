# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One request as a PowerShell command for Windows hosts, and the answer out of what the command prints. Text in, text out: nothing is run here.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import base64
import binascii
import re
import typing as t

from ansible_collections.imds.azure.plugins.module_utils._service.errors import ImdsError, excerpt
from ansible_collections.imds.azure.plugins.module_utils._service.http_transport import Answer, BrokenAnswer, CutOffAnswer, NoAnswer, TimedOut
from ansible_collections.imds.azure.plugins.plugin_utils._transports.host_command import CutOff, HostCommand, after_mark, whole
from ansible_collections.imds.azure.plugins.plugin_utils._transports.powershell_script import powershell_script

# The script comes through standard input, as the modules of ansible-core for Windows do: cmd takes 8,191 characters, and some connections encode a command
# line once more. Connections know this beginning, letter by letter, and leave such a line as it is or run it in the PowerShell that they have.
_BOOTSTRAP = '&([ScriptBlock]::Create(($input | Out-String)))'
_LINE = 'PowerShell -NoProfile -NonInteractive -ExecutionPolicy Unrestricted -EncodedCommand ' + base64.b64encode(_BOOTSTRAP.encode('utf-16-le')).decode()

# What follows the mark.
_LANGUAGE = re.compile(rb' language (\w+)')
# PowerShell names its errors in English whatever the language of the host is. The bootstrap is one of the things that this mode forbids.
_CONSTRAINED = re.compile(rb'ConstrainedLanguage\b')

# Names of System.Net.WebExceptionStatus, System.Net.Sockets.SocketError, System.Net.Http.HttpRequestError and exceptions.
_TIMED_OUT = {'TimeoutException', 'TaskCanceledException', 'Timeout', 'TimedOut'}
_BROKEN = {
    **dict.fromkeys(('ServerProtocolViolation', 'InvalidResponse'), 'the answer is not HTTP'),
    **dict.fromkeys(('MessageLengthLimitExceeded', 'ConfigurationLimitExceeded'), 'the answer is larger than 1 MiB'),
}
_NO_ANSWER = {
    'AccessDenied': 'Windows forbids the connection, usually because its firewall blocks it',
    **dict.fromkeys(('HostNotFound', 'NameResolutionFailure', 'NameResolutionError'), 'cannot resolve the name of the endpoint'),
    **dict.fromkeys(('ConnectionReset', 'ConnectionAborted'), 'the connection was reset'),
    **dict.fromkeys(('ConnectionRefused', 'ConnectFailure', 'ConnectionError'), 'the connection is refused or there is no route'),
    **dict.fromkeys(('HostUnreachable', 'NetworkUnreachable'), 'there is no route'),
    **dict.fromkeys(('ConnectionClosed', 'KeepAliveFailure', 'ReceiveFailure', 'ResponseEnded'), 'the connection was closed without an answer'),
}


class ConstrainedLanguageError(ImdsError):
    """PowerShell on the host may not send requests."""

    remedy = (
        'Application control (AppLocker, App Control for Business) or a restricted endpoint sets this mode: use an account or an endpoint whose '
        '$ExecutionContext.SessionState.LanguageMode is FullLanguage, or skip this host.'
    )


def powershell_command(url: str, headers: dict[str, str], timeout: float, mark: str, detect: str, body: bytes = b'') -> HostCommand:
    """The command for a Windows host; arguments as for posix_command, but the timeout is kept to the millisecond."""
    return command_of(powershell_script(url, headers, timeout, mark, detect, body))


def command_of(script: str) -> HostCommand:
    """The command that runs a script of plain ASCII."""
    return HostCommand(_LINE, script.encode('ascii'))


def is_constrained(stderr: bytes) -> bool:
    """Whether PowerShell complains of a language mode in which the command cannot begin."""
    return _CONSTRAINED.search(stderr) is not None


def check_language(output: bytes, stderr: bytes, mark: str) -> None:
    """For a command that printed nothing of its chassis tag.

    :raises ConstrainedLanguageError: its language mode is why.
    """
    told = next(after_mark(_LANGUAGE, output, mark.encode()), None)
    if told or is_constrained(stderr):
        mode = told[1].decode() if told else 'ConstrainedLanguage'
        raise ConstrainedLanguageError(f'PowerShell on the host runs in {mode} mode, which does not allow the request')


def parse_powershell(output: bytes, mark: str) -> Answer | None:
    """The answer in what the command printed; None where nothing was sent.

    :raises NoAnswer, BrokenAnswer:
    """
    said: dict[str, list[str]] = {}
    for line in output.decode('utf-8', 'replace').split('\n'):
        if line.startswith(f'{mark} '):
            kind, _space, rest = line[len(mark) + 1 :].rstrip('\r').partition(' ')
            said.setdefault(kind, []).append(rest)
    if 'nothing' in said:
        raise _failure(said['nothing'][0], ' '.join(said.get('because', [])), 'status' in said)
    if 'skipped' in said:
        return None
    if 'end' not in said or 'status' not in said:
        raise CutOff('the output of the command on the host is incomplete')
    if 'large' in said:
        raise BrokenAnswer('the answer is larger than 1 MiB')
    try:
        status, body = int(said['status'][0]), base64.b64decode(said['body'][0], validate=True)
    except (KeyError, ValueError, binascii.Error):
        raise BrokenAnswer('the command on the host printed unexpected output') from None
    pairs = (header.partition(':') for header in said.get('header', []))
    return whole(status, ((name, value) for name, _colon, value in pairs), body)


def _failure(causes: str, message: str, answered: bool) -> NoAnswer | BrokenAnswer:
    """What a chain of exceptions means, each with its name and, after a colon, its code.

    :param message: of the innermost one, in the language of the host.
    """
    # The innermost one knows best.
    words = [word for cause in reversed(causes.split()) for word in reversed(cause.split(':')) if word]
    if not _TIMED_OUT.isdisjoint(words):
        return TimedOut('no answer before the timeout')
    broken = _first(_BROKEN, words)
    if broken or answered:
        return BrokenAnswer(broken) if broken else CutOffAnswer('the answer is incomplete')
    details = excerpt(message.encode())
    unknown = f'the request failed with {words[0] if words else "an error"}' + (f' ({details})' if details else '')
    return NoAnswer(_first(_NO_ANSWER, words) or unknown)


def _first(meanings: dict[str, str], words: t.Iterable[str]) -> str | None:
    return next((meanings[word] for word in words if word in meanings), None)
