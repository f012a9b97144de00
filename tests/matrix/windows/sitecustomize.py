# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Loaded by Python at its start: stands in for pywinrm and pypsrp, as far as the connection plugins of ansible-core use them."""

from __future__ import annotations

import base64
import json
import sys
import types
from typing import Any

import stand_in_powershell


def module(name: str, **contents: Any) -> None:
    made = types.ModuleType(name)
    made.__dict__.update(contents, __path__=[])
    sys.modules[name] = made


class Protocol:
    """Of pywinrm."""

    def __init__(self, endpoint: str, transport: str, username: str = '', password: str = '', **options: Any) -> None:
        self.stdin = b''

    def open_shell(self, codepage: int) -> str:
        return 'shell'

    def run_command(self, shell_id: str, command: bytes, arguments: Any, **options: Any) -> str:
        # The service joins them.
        self.line = b' '.join([command, *arguments]).decode()
        return 'command'

    def _get_soap_header(self, **fields: str) -> dict[str, Any]:
        return {}

    def send_message(self, message: str) -> str:
        body = json.loads(message)['env:Envelope']['env:Body']
        if 'rsp:Send' in body:
            self.stdin += base64.b64decode(body['rsp:Send']['rsp:Stream']['#text'])
            return ''
        code, printed = stand_in_powershell.run('winrm', self.line, self.stdin)
        self.stdin = b''
        text = base64.b64encode(printed).decode()
        return f'<a><Stream Name="stdout">{text}</Stream><b State="x/CommandState/Done"/><ExitCode>{code}</ExitCode></a>'

    def cleanup_command(self, shell_id: str, command_id: str) -> None:
        pass

    def close_shell(self, shell_id: str) -> None:
        pass


class PowerShell:
    """Of pypsrp."""

    had_errors = False

    def __init__(self, runspace: RunspacePool) -> None:
        self.streams = types.SimpleNamespace(error=[])
        self.output: list[str] = []

    def add_script(self, script: str, use_local_scope: bool) -> None:
        self.script = script

    def invoke(self, input: Any = None) -> None:
        # Out-String ends each object with a line break.
        lines = [input] if isinstance(input, str) else input
        _code, printed = stand_in_powershell.run('psrp', self.script, ''.join(f'{line}\r\n' for line in lines or []).encode())
        self.output = printed.decode().splitlines()

    def stop(self) -> None:
        pass


class RunspacePool:
    """Of pypsrp."""

    id = 'pool'
    state = 'opened'

    def __init__(self, connection: Any, host: Any, configuration_name: str) -> None:
        self.connection = connection

    def open(self) -> None:
        pass

    def close(self) -> None:
        pass


class Host:
    """Both of pypsrp's: the host and its user interface."""

    rc = 0

    def __init__(self, *arguments: Any) -> None:
        self.ui = arguments[5] if len(arguments) > 5 else None
        self.stdout: list[str] = []
        self.stderr: list[str] = []


class WSMan:
    """Of pypsrp."""

    max_payload_size = 100_000

    def __init__(self, **options: Any) -> None:
        self.transport = types.SimpleNamespace(endpoint='')


def error(name: str) -> type[Exception]:
    return type(name, (Exception,), {})


module('xmltodict', unparse=lambda message: json.dumps(message, default=bytes.decode))
module('winrm', FEATURE_SUPPORTED_AUTHTYPES=['basic', 'ssl', 'plaintext'], Protocol=Protocol)
module('winrm.exceptions', **{name: error(name) for name in ('WinRMError', 'WinRMOperationTimeoutError', 'WinRMTransportError', 'WSManFaultError')})
module('winrm.protocol', Protocol=Protocol)
STATES = {'PSInvocationState': types.SimpleNamespace(RUNNING='running'), 'RunspacePoolState': types.SimpleNamespace(OPENED='opened')}
module('pypsrp', FEATURES=['wsman_read_timeout', 'wsman_reconnections'])
module('pypsrp.complex_objects', GenericComplexObject=error('GenericComplexObject'), **STATES)
module('pypsrp.exceptions', AuthenticationError=error('AuthenticationError'), WinRMError=error('WinRMError'))
module('pypsrp.host', PSHost=Host, PSHostUserInterface=Host)
module('pypsrp.powershell', PowerShell=PowerShell, RunspacePool=RunspacePool)
module('pypsrp.wsman', WSMan=WSMan, AUTH_KWARGS={})
