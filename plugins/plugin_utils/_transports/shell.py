# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Carries requests to a host's own metadata service by a short command in a shell of that host; the same contract as HttpTransport.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import re
import secrets
import typing as t

from ansible_collections.imds.azure.plugins.module_utils._service.errors import ImdsError, NotAzureError, OptionError, excerpt
from ansible_collections.imds.azure.plugins.module_utils._service.http_transport import Answer, NoAnswer, TimedOut, timed_out
from ansible_collections.imds.azure.plugins.module_utils._service.option_checks import DEFAULT_ENDPOINT, parse_endpoint
from ansible_collections.imds.azure.plugins.plugin_utils._transports.clixml import without_clixml
from ansible_collections.imds.azure.plugins.plugin_utils._transports.host_command import CutOff, HostCommand, HostOutput, after_mark
from ansible_collections.imds.azure.plugins.plugin_utils._transports.posix_command import parse_posix, posix_command
from ansible_collections.imds.azure.plugins.plugin_utils._transports.powershell_command import check_language, parse_powershell, powershell_command

# What a quoted path and query consist of, and nothing that a shell takes for its own.
_TARGET = re.compile(r'/[A-Za-z0-9/_.~%?=&:,+-]*\Z')
# Nor one that curl would take for the name of a file.
_BODY = re.compile(rb'(?!@)[ -~]+\Z')
# What follows the mark.
_START = re.compile(rb' start(\r{0,9})\n')
_START_OR_TAG = re.compile(rb' (start|tag \w+)\r?$', re.MULTILINE)


class OtherCommandError(ImdsError):
    """Something else than the command was run on the host."""

    remedy = 'The login shell of the account or a forced command in sshd may be the cause: use an account that can run commands (ansible_user).'


class EndlessOutputError(ImdsError):
    """The host writes more than any answer is long."""

    remedy = 'To see what its login shell, profile and banner print, run: ansible HOST -m ansible.builtin.raw -a true'


class Said(t.NamedTuple):
    """What a command on a host wrote: its output without what a terminal made of it, its errors as text, and what it found the chassis tag to be."""

    output: bytes
    complaint: bytes
    chassis: str | None


Execute = t.Callable[[HostCommand, float], HostOutput]


def run_marked(execute: Execute, command: HostCommand, seconds: float, mark: str, powershell: bool) -> Said:
    """Runs a command that prints the mark and C(start), then the mark and C(tag), as ShellTransport does.

    :raises OtherCommandError, EndlessOutputError: the host did not run the command, or more than that.
    :raises ConstrainedLanguageError: PowerShell there may not.
    :raises NoAnswer: as C(execute).
    """
    written = execute(command, seconds)
    if written.is_endless:
        raise EndlessOutputError('the host writes more than 8 MiB', body=_before_an_answer(written.stdout or written.stderr))
    output, complaint = _without_terminal(written.stdout, mark), without_clixml(written.stderr)
    return Said(output, complaint, _tag(output, mark, complaint, powershell))


class ShellTransport:
    """Asks the endpoint as seen from a host.

    :param execute: runs a command there, as ``execute(command, seconds)``, and gives what it wrote; raises NoAnswer.
    :param detect: as the option: the host looks at its chassis tag in the same command, before a packet is sent.
    :param powershell: the shell is PowerShell or cmd and the host runs Windows.
    :raises OptionError: the endpoint cannot be used.

    After use: C(chassis) is C(azure), C(other) or C(unknown), or None where the host did not come to say it.
    """

    name = 'shell'

    def __init__(self, execute: Execute, endpoint: str = DEFAULT_ENDPOINT, detect: str = 'auto', powershell: bool = False) -> None:
        host, port = parse_endpoint(endpoint)
        self._base = f'http://[{host}]:{port}' if ':' in host else f'http://{host}:{port}'
        self._detect = detection(detect, endpoint)
        self._execute = execute
        self._powershell = powershell
        self._command, self._parse = (powershell_command, parse_powershell) if powershell else (posix_command, parse_posix)
        self.chassis: str | None = None
        self._cut_off = False

    @property
    def unsure(self) -> bool:
        """Whether the machine may well be no Azure VM, so that a service which is not there means nothing."""
        return self._detect == 'auto' and self.chassis == 'unknown' and not self._cut_off

    @property
    def on_azure(self) -> bool:
        """Whether the chassis tag, which the host was to look at, says that it is an Azure VM."""
        return self._detect != 'never' and self.chassis == 'azure'

    def get(self, target: str, headers: dict[str, str], timeout: float) -> Answer:
        """Sends ``GET target`` from the host and gives back the answer.

        :param target: path and query, quoted.
        :param timeout: seconds for the whole request; the command may take a moment longer.
        :raises NoAnswer, BrokenAnswer:
        :raises NotAzureError: the host is not an Azure VM, and nothing was sent.
        :raises OtherCommandError, EndlessOutputError: the host did not run the command, or more than that.
        :raises ConstrainedLanguageError: PowerShell there may not.
        """
        return self._send(target, headers, timeout)

    def post(self, target: str, headers: dict[str, str], timeout: float, body: bytes) -> Answer:
        """As get, but ``POST target`` with a body, which must be printable ASCII and not begin with C(@)."""
        if not _BODY.match(body):
            raise OptionError('the request contains characters other than printable ASCII, or starts with @')
        return self._send(target, headers, timeout, body)

    def _send(self, target: str, headers: dict[str, str], timeout: float, body: bytes = b'') -> Answer:
        if not _TARGET.match(target):
            raise OptionError(f'the path {target!r} cannot be requested')
        mark = f'imds-{secrets.token_hex(8)}'
        command = self._command(self._base + target, headers, timeout, mark, self._detect, body)
        said = run_marked(self._execute, command, timeout, mark, self._powershell)
        # Before the answer is looked at, for there may be none.
        self.chassis = said.chassis
        try:
            answer = self._parse(said.output, mark)
        except TimedOut:
            raise timed_out(self._base[7:], timeout) from None
        except CutOff as error:
            self._cut_off = True
            complaint = excerpt(said.complaint)
            raise NoAnswer(f'{error} ({complaint})' if complaint else str(error)) from None
        if answer is None:
            raise NotAzureError(NotAzureError.CAUSE)
        return answer


def detection(detect: str, endpoint: str) -> str:
    """What a host does about its chassis tag: C(auto) where the endpoint is the default one, else C(never), unless the option says otherwise."""
    return 'never' if detect == 'auto' and parse_endpoint(endpoint) != parse_endpoint(DEFAULT_ENDPOINT) else detect


def _tag(output: bytes, mark: str, complaint: bytes, powershell: bool) -> str | None:
    """What the host says of its chassis tag, right after the first line that either command prints; None where the command died in between."""
    lines = [line[1] for line in after_mark(_START_OR_TAG, output, mark.encode())]
    tag = next((line[4:].decode() for line in lines if line != b'start'), None)
    if tag is None and powershell:
        check_language(output, complaint, mark)
    if not lines:
        raise OtherCommandError('the host does not run the command', body=_before_an_answer(output.strip() or complaint))
    return tag


def _before_an_answer(output: bytes) -> bytes:
    """What may be told of output that is none of a command: what stands in an answer may be a secret."""
    return output.split(b'HTTP/', 1)[0]


def _without_terminal(output: bytes, mark: str) -> bytes:
    """What the command wrote. A terminal, as become may need one, puts a carriage return before each end of line, and one terminal in another two."""
    first = next(after_mark(_START, output, mark.encode()), None)
    for _terminal in first[1] if first else b'':
        output = output.replace(b'\r\n', b'\n')
    return output
