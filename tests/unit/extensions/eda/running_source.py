# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The event source as ansible-rulebook runs it: by its path, in an event loop, until it is cancelled."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import json
import os
import queue
import runpy
import signal
import subprocess
import sys
import threading
import time
import unittest.mock
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

COLLECTION = Path(__file__).parents[4]
PATIENCE = 60
# All processes of a test are known by this variable of their environment.
MARK = 'IMDS_TEST_SOURCE'


def wait_until(true: Callable[[], Any], what: str) -> None:
    ends = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < ends, f'never: {what}'
        time.sleep(0.02)


def processes(mark: str) -> list[tuple[int, str]]:
    """Id and command line of all that run with this mark; not of those that have ended and only wait to be fetched."""
    found = []
    for folder in Path('/proc').glob('[0-9]*'):
        with contextlib.suppress(OSError):
            if f'{MARK}={mark}'.encode() in (folder / 'environ').read_bytes().split(b'\0'):
                found.append((int(folder.name), (folder / 'cmdline').read_bytes().replace(b'\0', b' ').decode()))
    return found


class RunningSource:
    """The source with these arguments, from a collection in that folder."""

    def __init__(self, collection: Path = COLLECTION, **arguments: Any) -> None:
        self.mark = uuid.uuid4().hex
        self._events: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._collection = collection
        self._arguments = arguments
        self._task: asyncio.Task[None] | None = None
        self._ready = threading.Event()
        self.error: BaseException | None = None
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)
        os.environ[MARK] = self.mark
        self._thread.start()
        self._ready.wait()

    async def _run(self) -> None:
        self._loop = asyncio.get_running_loop()
        try:
            # The process of ansible-rulebook has no import hooks of Ansible, which take every path below a collection for a package.
            with unittest.mock.patch('sys.path_hooks', []):
                source = runpy.run_path(str(self._collection / 'extensions/eda/plugins/event_source/scheduled_events.py'))
            self._task = asyncio.create_task(source['main'](self, self._arguments))
            self._ready.set()
            await self._task
        except BaseException as error:
            self.error = error
        finally:
            self._ready.set()

    async def put(self, event: dict[str, Any]) -> None:
        """What ansible-rulebook does with an event: its filters write into it."""
        self._events.put(copy.deepcopy(event))
        event.setdefault('meta', {})['source'] = {'name': 'changed by a filter'}
        event.get('scheduled_event', {}).clear()

    def next(self) -> dict[str, Any]:
        return self._events.get(timeout=PATIENCE)

    def changes(self, count: int) -> set[tuple[str, str]]:
        """(host, change) of so many events, in whatever order they come."""
        return {(event['host'], event['change']) for event in (self.next() for _number in range(count))}

    @property
    def silent(self) -> bool:
        return self._events.empty()

    def processes(self) -> list[tuple[int, str]]:
        """What runs for this source."""
        return [each for each in processes(self.mark) if each[0] != os.getpid()]

    def program(self) -> int:
        """Id of the process that asks, once there is one."""
        wait_until(self._programs, 'the program runs')
        return self._programs()[0]

    def _programs(self) -> list[int]:
        return sorted(number for number, command in self.processes() if 'watch_scheduled_events.py' in command)

    def kill(self) -> None:
        """Kills the process that asks, which cannot tidy up."""
        os.kill(self.program(), signal.SIGKILL)

    def cancel(self) -> None:
        """Ends the source, as ansible-rulebook does; nothing may be left."""
        assert self._task
        self._loop.call_soon_threadsafe(self._task.cancel)
        self.join()
        assert isinstance(self.error, asyncio.CancelledError), self.error
        wait_until(lambda: not self.processes(), 'all processes have ended')

    def join(self) -> None:
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive(), 'the source does not end'

    @property
    def running(self) -> bool:
        return self._thread.is_alive()


def start_in_a_process(**arguments: Any) -> tuple[subprocess.Popen[bytes], str]:
    """A process that runs the source, to be ended like ansible-rulebook, and the mark of all that it starts."""
    code = (
        'import asyncio, json, runpy, sys;'
        "main = runpy.run_path(sys.argv[1] + '/extensions/eda/plugins/event_source/scheduled_events.py')['main'];"
        'asyncio.run(main(asyncio.Queue(), json.loads(sys.argv[2])))'
    )
    mark = uuid.uuid4().hex
    return subprocess.Popen([sys.executable, '-c', code, str(COLLECTION), json.dumps(arguments)], env={**os.environ, MARK: mark}), mark


def refused(collection: Path = COLLECTION, **arguments: Any) -> str:
    """What a source says that cannot use its arguments."""
    source = RunningSource(collection, **arguments)
    source.join()
    assert isinstance(source.error, ValueError), source.error
    assert source.silent
    wait_until(lambda: not source.processes(), 'all processes have ended')
    return str(source.error)
