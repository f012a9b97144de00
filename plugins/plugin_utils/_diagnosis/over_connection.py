# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A diagnosis of a host by commands over its connection.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import secrets
import time
import typing as t

from ansible_collections.imds.azure.plugins.module_utils._diagnosis.task import diagnose
from ansible_collections.imds.azure.plugins.module_utils._service.errors import excerpt
from ansible_collections.imds.azure.plugins.module_utils._service.http_transport import NoAnswer
from ansible_collections.imds.azure.plugins.module_utils._service.option_checks import parse_endpoint
from ansible_collections.imds.azure.plugins.module_utils._service.options import client_of
from ansible_collections.imds.azure.plugins.module_utils._service.platform import AZURE_CHASSIS_TAG
from ansible_collections.imds.azure.plugins.plugin_utils._diagnosis.marked_lines import MarkedLines
from ansible_collections.imds.azure.plugins.plugin_utils._diagnosis.posix_look import parse_posix_look, posix_look
from ansible_collections.imds.azure.plugins.plugin_utils._diagnosis.windows_look import parse_windows_look, windows_look
from ansible_collections.imds.azure.plugins.plugin_utils._transports.shell import Execute, OtherCommandError, ShellTransport, detection, run_marked

# Seconds for the command that looks at the host.
LOOK_TIMEOUT = 10.0
_TAGS = {'azure': AZURE_CHASSIS_TAG, 'other': 'other'}


def diagnose_over(execute: Execute, powershell: bool, options: dict[str, t.Any]) -> dict[str, t.Any]:
    """The result of the task.

    :param execute: as for ShellTransport.
    :param powershell: the host runs Windows.
    :raises ImdsError: an option cannot be used, or the host cannot run commands or send requests.
    """
    client_of(options)  # complains of options that cannot be used before anything is run on the host
    host, _port = parse_endpoint(options['endpoint'])
    mark = f'imds-{secrets.token_hex(8)}'
    look, parse = (windows_look, parse_windows_look) if powershell else (posix_look, parse_posix_look)
    said = run_marked(execute, look(host, mark, detection(options['detect'], options['endpoint'])), LOOK_TIMEOUT, mark, powershell)
    try:
        lines = MarkedLines(said.output, mark)
    except NoAnswer as error:
        complaint = excerpt(said.complaint)
        raise OtherCommandError(f'{error} ({complaint})' if complaint else str(error)) from None
    tag = _TAGS.get(said.chassis or '')
    looked, told = time.monotonic(), lines.first('time')
    clock = float(told) if told.isascii() and told.isdigit() else None

    def host_time() -> float | None:
        return None if clock is None else clock + time.monotonic() - looked

    # What the tag forbids is decided already.
    transport = ShellTransport(execute, options['endpoint'], 'never', powershell)
    return diagnose(options, tag, lambda asked: {**parse(lines, host), 'tag': tag}, transport, host_time=host_time)
