# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asking hosts: how much of a run goes into those whose answers are old, and what is kept of a run that does not end well.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import threading
import time
import typing as t

from ansible.errors import AnsibleParserError
from ansible_collections.imds.azure.plugins.plugin_utils._fleet.fleet import ask_all
from ansible_collections.imds.azure.plugins.plugin_utils._fleet.turns import Answer, Ask

# Seconds after which answers are kept while others are awaited, and how much longer than keeping them took.
KEEP_SECONDS, KEEP_SHARE = 30.0, 20
_SECONDS = re.compile(r'([0-9]{1,9}) ?s')
_HOSTS = re.compile(r'[0-9]{1,9}')
# The state of a host whose time did not come.
_WAITS = 'waits'
Keep = t.Callable[[dict[str, Answer]], None]


class Budget(t.NamedTuple):
    """What may be spent; None for no limit."""

    hosts: int | None = None
    seconds: float | None = None


def budget(value: t.Any) -> Budget:
    """The option refresh_at_most.

    :raises AnsibleParserError:
    """
    if value is None:
        return Budget()
    text = str(value)
    seconds, hosts = _SECONDS.fullmatch(text), _HOSTS.fullmatch(text)
    amount = int(seconds[1] if seconds else text) if seconds or hosts else 0
    if isinstance(value, bool) or amount < 1:
        raise AnsibleParserError(f'refresh_at_most is {value!r}. Set it to a number of hosts, such as 500, or to a number of seconds, such as 60s.')
    return Budget(seconds=amount) if seconds else Budget(hosts=amount)


def parted(old: t.Mapping[str, float], hosts: int | None) -> tuple[list[str], list[str]]:
    """The hosts that are asked again, those with the oldest answers first, and those that keep what they said for one more run.

    :param old: by the names of hosts, the times of their answers.
    """
    oldest_first = sorted(old, key=lambda name: old[name])
    return (oldest_first, []) if hosts is None else (oldest_first[:hosts], oldest_first[hosts:])


class Refresh:
    """The hosts that one run asks. Those of which nothing is known cannot wait.

    :param names: hosts without a fresh answer.
    :param old: of those with an old one, the times of their answers.
    :param at_most: how much may go into these.
    """

    def __init__(self, names: t.Iterable[str], old: t.Mapping[str, float], at_most: Budget) -> None:
        first, _waiting = parted(old, at_most.hosts)
        self.names = [name for name in names if name not in old] + first
        self._old = old
        self._ends = time.monotonic() + at_most.seconds if at_most.seconds else None

    def ask(self, ask: Ask, forks: int, heard: t.Callable[[Answer], None], keep: Keep) -> dict[str, Answer]:
        """The answers of those whose time came, see ask_all.

        :param heard: is called with each answer, also of hosts that wait.
        :param keep: is called with all answers so far, now and then and where the run is interrupted.
        """
        kept = NowAndThen(keep)

        def in_time(name: str, allow: t.Any) -> Answer:
            return {'state': _WAITS} if self._ends and name in self._old and time.monotonic() > self._ends else ask(name, allow)

        def told(name: str, answer: Answer) -> None:
            heard(answer)
            if answer['state'] != _WAITS:
                kept.add(name, answer)

        try:
            with _told_to_end():
                answers = ask_all(self.names, in_time, forks, told)
        except BaseException as error:
            kept.now()
            if isinstance(error, _ToldToEndError):
                # As without all this.
                os.kill(os.getpid(), signal.SIGTERM)
            raise
        return {name: answer for name, answer in answers.items() if answer['state'] != _WAITS}


class _ToldToEndError(BaseException):
    """By SIGTERM, as pipelines and services end a run."""


@contextlib.contextmanager
def _told_to_end() -> t.Iterator[None]:
    """Raises where the signal would end the process at once, unless somebody else takes care of it."""

    def end(_number: int, _frame: t.Any) -> None:
        raise _ToldToEndError

    if threading.current_thread() is not threading.main_thread() or signal.getsignal(signal.SIGTERM) != signal.SIG_DFL:
        yield
        return
    signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


class NowAndThen:
    """Keeps the answers so far while others are awaited, so that a run that is killed loses few of them.

    :param keep: is called with all answers so far, by the names of the hosts.
    """

    def __init__(self, keep: Keep) -> None:
        self._keep = keep
        self._answers: dict[str, Answer] = {}
        self._next = time.monotonic() + KEEP_SECONDS

    def add(self, name: str, answer: Answer) -> None:
        self._answers[name] = answer
        began = time.monotonic()
        if began >= self._next:
            self.now()
            self._next = time.monotonic() + max(KEEP_SECONDS, KEEP_SHARE * (time.monotonic() - began))

    def now(self) -> None:
        if self._answers:
            self._keep(self._answers)
