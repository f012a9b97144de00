# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many hosts at once: threads inside one child process with a session of its own.

The session has no terminal, so that nothing there can ask a question; a thread that hangs is given up when its time is over and ends with the
process; and the process that later forks Ansible's workers has never had a thread.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import sys
import threading
import time
import typing as t

Answer = dict[str, t.Any]
# Given a name and what to call before each step with the seconds that it may take.
Ask = t.Callable[[str, t.Callable[[float], None]], Answer]

UNHEARD = 60.0


def ask_all(names: t.Sequence[str], ask: Ask, forks: int, progress: t.Callable[[Answer], None]) -> dict[str, Answer]:
    """Gives what ``ask`` gives for each name, as JSON objects; C({"state": .., "error": ..}) for a host that takes longer than it said.

    :param ask: called in a thread of the child process; must not raise.
    :param forks: how many hosts are asked at the same time.
    :param progress: called in this process with each answer.
    """
    reader, writer = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child == 0:
        _child(names, ask, forks, reader, writer)
    os.close(writer)
    answers: dict[str, Answer] = {}
    try:
        for line in _lines(reader):
            answer = json.loads(line)
            answers[answer.pop('name')] = answer
            progress(answer)
    finally:
        # Also on Ctrl-C: whatever ssh or sshpass still runs there ends with the session of the child.
        _end(child)
        os.close(reader)
    lost = {'state': 'failed', 'error': 'The process that asks the hosts ended early.'}
    return {name: answers.get(name, lost) for name in names}


def _child(names: t.Sequence[str], ask: Ask, forks: int, reader: int, writer: int) -> t.NoReturn:
    """Never returns into what it was forked from."""
    try:
        os.setsid()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        os.close(reader)
        # Nothing that a connection plugin prints may come between what the user sees.
        null = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(null, descriptor)
        _ask_in_threads(names, ask, forks, lambda answer: _write(writer, answer))
    finally:
        os._exit(0)


def _ask_in_threads(names: t.Sequence[str], ask: Ask, forks: int, report: t.Callable[[Answer], None]) -> None:
    waiting = list(reversed(names))
    running: dict[str, float] = {}
    changed = threading.Condition()

    def run(name: str) -> None:
        def allow(seconds: float) -> None:
            with changed:
                if name in running:
                    running[name] = time.monotonic() + seconds
                    changed.notify()

        answer = ask(name, allow)
        with changed:
            # Who was given up is not heard any more.
            if running.pop(name, None) is not None:
                report(dict(answer, name=name))
            changed.notify()

    with changed:
        while waiting or running:
            now = time.monotonic()
            for name in [name for name, ends in running.items() if ends <= now]:
                del running[name]
                report({'name': name, 'state': 'unreachable', 'error': 'The connection to the host hangs.'})
            while waiting and len(running) < forks:
                name = waiting.pop()
                running[name] = now + UNHEARD
                threading.Thread(target=run, args=(name,), daemon=True).start()
            if running:
                changed.wait(max(min(running.values()) - time.monotonic(), 0.01))


def _write(writer: int, answer: Answer) -> None:
    data = json.dumps(answer).encode() + b'\n'
    while data:
        data = data[os.write(writer, data) :]


def _lines(reader: int) -> t.Iterator[bytes]:
    """Whole lines until the other side is closed."""
    pending = b''
    with selectors.DefaultSelector() as selector:
        selector.register(reader, selectors.EVENT_READ)
        while True:
            selector.select()
            data = os.read(reader, 1 << 20)
            if not data:
                return
            *whole, pending = (pending + data).split(b'\n')
            yield from whole


def _end(child: int) -> None:
    try:
        os.killpg(child, signal.SIGKILL)
    except ProcessLookupError:
        # It has not made its session yet, or is gone already.
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
