# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A redis of the tests' own, on loopback, which keeps nothing on disk."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest


def wait_until(true: Callable[[], bool], what: str) -> None:
    ends = time.monotonic() + 120
    while not true():
        assert time.monotonic() < ends, f'this did not come: {what}'
        time.sleep(0.05)


class Redis:
    def __init__(self, folder: Path, port: int) -> None:
        self.address = f'127.0.0.1:{port}'
        server = ['redis-server', '--bind', '127.0.0.1', '--port', str(port), '--save', '', '--appendonly', 'no', '--dir', str(folder)]
        self.process = subprocess.Popen(server, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
        self._cli = ['redis-cli', '-h', '127.0.0.1', '-p', str(port)]
        wait_until(self._ready, 'redis is ready')

    def _ready(self) -> bool:
        assert self.process.poll() is None, 'redis-server ended'
        return 'PONG' in subprocess.run([*self._cli, 'ping'], capture_output=True, text=True, check=False, timeout=20).stdout

    def do(self, *words: str) -> str:
        return subprocess.run([*self._cli, *words], capture_output=True, text=True, check=True, timeout=20).stdout

    def waiting(self) -> int:
        """How many clients wait until they may write."""
        return sum(' flags=b ' in line for line in self.do('client', 'list').splitlines())

    def calls(self, command: str) -> int:
        """How often clients have called it."""
        return int(re.findall(rf'cmdstat_{command}:calls=(\d+)', self.do('info', 'commandstats'))[0])

    def end(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=20)


def needs_redis() -> None:
    """Skip where it is not installed."""
    if not shutil.which('redis-server') or not shutil.which('redis-cli'):
        pytest.skip('redis-server is not installed')
