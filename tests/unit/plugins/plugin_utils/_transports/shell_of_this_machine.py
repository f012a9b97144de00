# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A login shell of this machine whose PATH holds one tool for HTTP, as a host behind a connection would have it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from ansible_collections.imds.azure.plugins.plugin_utils._transports.host_command import HostCommand, HostOutput

# What every POSIX host has, and timeout, which most have.
ALWAYS = ('sh', 'cat', 'head', 'grep', 'timeout')
# What profiles and banners print, on the same stream as the answer. It holds what could be taken for one.
BEFORE = b'Last login: today\r\nHTTP/1.1 500 Banner\r\nContent-Length: 3\r\n\r\nno\n  X-Banner: 1\nno end of line'
AFTER = b'logout\nimds-0 end 0\nConnection closed.\n'


def program(tool: str) -> str | None:
    """Where a tool is; python3 is the one that runs the tests, for what PATH says may be a stand-in."""
    return str(Path(sys.executable).resolve()) if tool == 'python3' else shutil.which(tool)


def path_with(folder: Path, tools: Sequence[str]) -> Path:
    """Fills a folder with links to the tools and to what every host has."""
    folder.mkdir(parents=True, exist_ok=True)
    for tool in (*ALWAYS, *tools):
        found = program(tool)
        if found and not (folder / tool).exists():
            (folder / tool).symlink_to(found)
    return folder


class Shell:
    """Runs commands as ssh does: by the login shell, with standard output alone."""

    def __init__(self, path: Path, login_shell: str = '/bin/sh', before: bytes = BEFORE, after: bytes = AFTER) -> None:
        self._path = path
        self._login_shell = login_shell
        self._before = before
        self._after = after
        self.commands: list[str] = []

    def execute(self, command: HostCommand, seconds: float) -> HostOutput:
        self.commands.append(command.line)
        ran = subprocess.run(
            [self._login_shell, '-c', command.line],
            env=dict(os.environ, PATH=str(self._path)),
            input=command.stdin or b'',
            capture_output=True,
            timeout=seconds + 20,
            check=False,
        )
        return HostOutput(self._before + ran.stdout + self._after, ran.stderr)
