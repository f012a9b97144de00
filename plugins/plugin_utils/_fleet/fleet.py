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
import time
import typing as t

from ansible_collections.imds.azure.plugins.plugin_utils._fleet.turns import HASTE, Answer, Ask, Turns

_END = (signal.SIGINT, signal.SIGTERM)


def ask_all(names: t.Sequence[str], ask: Ask, forks: int, told: t.Callable[[str, Answer], None]) -> dict[str, Answer]:
    """Gives what ``ask`` gives for each name, as JSON objects; C({"state": .., "error": ..}) for a host that takes longer than it said.

    :param ask: called in a thread of the child process; must not raise. When its time is over, the process that it waits for is killed.
    :param forks: how many hosts are asked at the same time, see Turns.
    :param told: called in this process with each name and answer.
    """
    reader, writer = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    parent = os.getpid()
    child = 0
    answers: dict[str, Answer] = {}
    try:
        with _held_signals():
            child = os.fork()
            if child == 0:
                _child(names, ask, forks, reader, writer, parent)
            os.close(writer)
        for line in _lines(reader):
            answer = json.loads(line)
            name = answer.pop('name')
            answers[name] = answer
            told(name, answer)
    finally:
        # Also on Ctrl-C.
        if child:
            _end(child, reader)
        os.close(reader)
    lost = {'state': 'failed', 'error': 'The process that asks the hosts ended unexpectedly.'}
    return {name: answers.get(name, lost) for name in names}


@contextlib.contextmanager
def _held_signals() -> t.Iterator[None]:
    """Python drops what a signal raises while it forks, so that the user would have to press Ctrl-C once more."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _END)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _child(names: t.Sequence[str], ask: Ask, forks: int, reader: int, writer: int, parent: int) -> t.NoReturn:
    """Never returns into what it was forked from."""
    try:
        os.setsid()
        signal.signal(signal.SIGTERM, lambda *_arguments: sys.exit())
        for number in (signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _END)
        os.close(reader)
        # Nothing that a connection plugin prints may come between what the user sees.
        null = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(null, descriptor)
        turns = Turns(ask, lambda answer: _write(writer, answer))
        try:
            # Whoever was killed without warning leaves this process an orphan.
            turns.take(names, forks, lambda: os.getppid() == parent)
        finally:
            turns.end()
    finally:
        os._exit(0)


def _write(writer: int, answer: Answer) -> None:
    data = json.dumps(answer).encode() + b'\n'
    while data:
        data = data[os.write(writer, data) :]


def _lines(reader: int) -> t.Iterator[bytes]:
    """Whole lines until the other side is closed."""
    pending: list[bytes] = []
    with selectors.DefaultSelector() as selector:
        selector.register(reader, selectors.EVENT_READ)
        while True:
            selector.select()
            data = os.read(reader, 1 << 20)
            if not data:
                return
            *whole, rest = data.split(b'\n')
            if whole:
                yield b''.join([*pending, whole[0]])
                yield from whole[1:]
                pending = []
            pending.append(rest)


def _end(child: int, reader: int) -> None:
    """Lets the child end what it has started, among which are sessions of their own, and then ends whatever is left of it."""
    try:
        os.kill(child, signal.SIGTERM)
        ends = time.monotonic() + 2 * HASTE
        with selectors.DefaultSelector() as selector:
            selector.register(reader, selectors.EVENT_READ)
            while selector.select(max(ends - time.monotonic(), 0)) and os.read(reader, 1 << 20):
                pass
    finally:
        # It may not have made its session yet.
        for kill in (os.killpg, os.kill):
            with contextlib.suppress(ProcessLookupError):
                kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
