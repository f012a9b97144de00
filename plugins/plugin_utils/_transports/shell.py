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

from ansible_collections.imds.azure.plugins.module_utils._service.errors import ImdsError, NotAzureError, OptionError
from ansible_collections.imds.azure.plugins.module_utils._service.http_transport import DEFAULT_ENDPOINT, Answer, NoAnswer, parse_endpoint
from ansible_collections.imds.azure.plugins.plugin_utils._transports.posix_command import parse_posix, posix_command
from ansible_collections.imds.azure.plugins.plugin_utils._transports.powershell_command import parse_powershell, powershell_command

# What a quoted path and query consist of, and nothing that a shell takes for its own.
_TARGET = re.compile(r'/[A-Za-z0-9/_.~%?=&:,+-]*\Z')


class OtherCommandError(ImdsError):
    """Something else than the command was run on the host."""

    remedy = 'The login shell of the account or a forced command of sshd may stand in the way: use an account that may run commands (ansible_user).'


class ShellTransport:
    """Asks the endpoint as seen from a host.

    :param execute: runs a command there, as ``execute(command, seconds)``, and gives what it printed, as bytes; raises NoAnswer.
    :param detect: as the option: the host looks at its chassis tag in the same command, before a packet is sent.
    :param powershell: the shell is PowerShell and the host runs Windows.
    :raises OptionError: the endpoint cannot be used.

    After use: C(chassis) is C(azure), C(other) or C(unknown).
    """

    def __init__(self, execute: t.Callable[[str, float], bytes], endpoint: str = DEFAULT_ENDPOINT, detect: str = 'auto', powershell: bool = False) -> None:
        host, port = parse_endpoint(endpoint)
        self._base = f'http://[{host}]:{port}' if ':' in host else f'http://{host}:{port}'
        default = (host, port) == parse_endpoint(DEFAULT_ENDPOINT)
        self.detect = 'never' if detect == 'auto' and not default else detect
        self._execute = execute
        self._command, self._parse = (powershell_command, parse_powershell) if powershell else (posix_command, parse_posix)
        self.chassis: str | None = None

    def get(self, target: str, headers: dict[str, str], timeout: float) -> Answer:
        """Sends ``GET target`` from the host and gives back the answer.

        :param target: path and query, quoted.
        :param timeout: seconds for the whole request; the command may take a moment longer.
        :raises NoAnswer, BrokenAnswer:
        :raises NotAzureError: the host is not an Azure VM, and nothing was sent.
        :raises OtherCommandError: the host did not run the command.
        """
        if not _TARGET.match(target):
            raise OptionError(f'the path {target!r} cannot be asked for')
        mark = f'imds-{secrets.token_hex(8)}'
        output = self._execute(self._command(self._base + target, headers, timeout, mark, self.detect), timeout)
        # Before the answer is looked at, for there may be none.
        self.chassis = _chassis(output, mark)
        answer = self._parse(output, mark)
        if answer is None:
            # Only where the tag is another one does the command end here by itself.
            raise NoAnswer('the command on the host was cut off') if self.chassis == 'azure' else NotAzureError(NotAzureError.CAUSE)
        return answer


def _chassis(output: bytes, mark: str) -> str:
    """What the host says of its chassis tag, which is the first thing that either command prints."""
    tag = re.search(rb'^' + mark.encode() + rb' tag (\w+)\r?$', output, re.MULTILINE)
    if not tag:
        raise OtherCommandError('the host does something else than run the command', body=output)
    return tag[1].decode()
