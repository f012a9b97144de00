# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Running in the background: one process for each state directory, found again by the lock that it holds on its pid file."""

from __future__ import annotations

import fcntl
import os
import signal
import sys
import time
from collections.abc import Callable
from typing import IO

from .errors import FleetError

READY_FILE = 'ready.json'
# Exit status where there is nothing to do: already running, or not running.
UNCHANGED = 3
_STOP_SECONDS = 10.0


def start(directory: str, serve: Callable[[], int]) -> int:
    """Run ``serve`` in a process of its own and come back when it is ready. Gives the exit status."""
    pid_file = _pid_file(directory)
    if not _locked(pid_file):
        sys.stderr.write(f'imds_simulator: already running with process ID {_pid(pid_file)}\n')
        return UNCHANGED
    reading, writing = os.pipe()
    sys.stdout.flush()
    if os.fork() == 0:
        os.close(reading)
        os._exit(_detached(directory, pid_file, writing, serve))
    os.close(writing)
    with os.fdopen(reading, encoding='utf-8') as ready:
        line = ready.readline()
    if line:
        sys.stdout.write(line)
        return 0
    with open(os.path.join(directory, 'log'), encoding='utf-8', errors='replace') as log:
        sys.stderr.write(log.read())
    return 2


def stop(directory: str) -> int:
    """End the process of this state directory and come back when it is gone. Gives the exit status."""
    if not os.path.isdir(directory):
        return UNCHANGED
    pid_file = _pid_file(directory)
    if _locked(pid_file):
        return UNCHANGED
    process = _pid(pid_file)
    if process is None:
        raise FleetError(f'--state-dir: {directory}: locked by another process, whose ID is not in the file pid')
    deadline = time.monotonic() + _STOP_SECONDS
    _signal(process, signal.SIGTERM)
    while not _locked(pid_file):
        if time.monotonic() > deadline:
            _signal(process, signal.SIGKILL)
        time.sleep(0.02)
    pid_file.truncate(0)
    return 0


def _pid_file(directory: str) -> IO[str]:
    try:
        os.makedirs(directory, exist_ok=True)
        return open(os.path.join(directory, 'pid'), 'a+', encoding='ascii')  # stays open: closing it would give the lock up
    except OSError as error:
        raise FleetError(f'--state-dir: {directory}: cannot be used: {error.strerror}') from error


def _locked(pid_file: IO[str]) -> bool:
    """Take the lock. False where another process holds it."""
    try:
        fcntl.flock(pid_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _pid(pid_file: IO[str]) -> int | None:
    pid_file.seek(0)
    text = pid_file.read().strip()
    return int(text) if text.isdecimal() else None


def _signal(process: int, number: signal.Signals) -> None:
    try:
        os.kill(process, number)
    except ProcessLookupError:
        return
    except PermissionError as error:
        raise FleetError(f'process {process} belongs to another user') from error


def _detached(directory: str, pid_file: IO[str], ready: int, serve: Callable[[], int]) -> int:
    """In the child: leave the session, and serve in a grandchild that writes its ready line to ``ready``."""
    os.setsid()
    if os.fork() != 0:
        return 0
    log = os.open(os.path.join(directory, 'log'), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((nothing, 0), (ready, 1), (log, 2)):
        os.dup2(source, target)
        os.close(source)
    pid_file.truncate(0)
    pid_file.write(f'{os.getpid()}\n')
    pid_file.flush()
    status = serve()
    sys.stderr.flush()
    return status
