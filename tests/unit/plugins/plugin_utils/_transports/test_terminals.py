# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Terminals between the command and us, as become may need them: each puts a carriage return before each end of line, and nothing of an answer is lost."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import pytest
from ansible_collections.imds.azure.plugins.plugin_utils._transports.host_command import HostCommand, HostOutput
from ansible_collections.imds.azure.plugins.plugin_utils._transports.shell import ShellTransport
from ansible_collections.imds.azure.tests.unit.plugins.plugin_utils._transports.conftest import TOOLS
from ansible_collections.imds.azure.tests.unit.plugins.plugin_utils._transports.loopback_server import LoopbackServer, answering, http
from ansible_collections.imds.azure.tests.unit.plugins.plugin_utils._transports.shell_of_this_machine import Shell, path_with, program

# Runs a command in a terminal of its own, and hands on what comes out there.
IN_TERMINAL = """
import os, pty, subprocess, sys
ours, its = pty.openpty()
process = subprocess.Popen(sys.argv[1:], stdin=its, stdout=its, stderr=its)
os.close(its)
while True:
    try:
        os.write(1, os.read(ours, 65536))
    except OSError:
        break
sys.exit(process.wait())
"""
BODIES = [b'{"a":1}', b'a\r\nb', b'a\nb\r\n\r\nc\r\r\n\r\r\r\nd\r', b'\r\n', b'\n', b'\r', bytes(range(1, 256)) * 40, b'x\r\n' * 40000]


class InTerminals(Shell):
    """A shell with so many terminals around its command."""

    terminals = 0

    def execute(self, command: HostCommand, seconds: float) -> HostOutput:
        words = ['/bin/sh', '-c', command.line]
        for _terminal in range(self.terminals):
            words = [sys.executable, '-I', '-c', IN_TERMINAL, *words]
        ran = subprocess.run(words, env={'PATH': str(self._path)}, stdin=subprocess.DEVNULL, capture_output=True, timeout=seconds + 20, check=False)
        return HostOutput(ran.stdout, ran.stderr)


@pytest.mark.parametrize('terminals', [0, 1, 2])
@pytest.mark.parametrize('tool', [tool for tool in TOOLS if tool != 'wget'])
@pytest.mark.parametrize('body', BODIES, ids=lambda body: repr(body[:10]))
def test_the_body_is_as_it_was_sent(
    tmp_path_factory: pytest.TempPathFactory, serve: Callable[..., LoopbackServer], tool: str, terminals: int, body: bytes
) -> None:
    if not program(tool):
        pytest.skip(f'{tool} is not installed here')
    shell = InTerminals(path_with(tmp_path_factory.mktemp('path'), [tool]))
    shell.terminals = terminals
    handle, _heads = answering(http(body))
    answer = ShellTransport(shell.execute, serve(handle).endpoint).get('/a', {'Metadata': 'true'}, 10)
    assert answer.body == body
