# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Threads that ask one host at a time, for as long as it is worth waiting for, and the processes that they wait for meanwhile.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import contextlib
import functools
import heapq
import os
import subprocess
import threading
import time
import typing as t

from ansible_collections.imds.azure.plugins.plugin_utils._fleet.commands import Command, Starter
from ansible_collections.imds.azure.plugins.plugin_utils._fleet.crowding import HERE, THERE, bound_memory, places_for_files, shortage

Answer = dict[str, t.Any]


class Allow(t.Protocol):
    """Says how long a host is waited for."""

    def __call__(self, seconds: float, leave: t.Callable[[], None] | None = None) -> None:
        """To be called before each step with the seconds that it may take, and with what is to be done should it take longer.

        Until the first call the host only waits for others that are asked.
        """


# Asks the host of that name.
Ask = t.Callable[[str, Allow], Answer]

# Beyond the time of the host that began last, for those that have not begun.
UNHEARD = 60.0
# So many times as long as an answer usually takes is long, and at least so many seconds.
LONG = 3.0
LEAST_LONG = 1.0
# Hosts without a place that may be waited for, at least.
SILENT = 50
# In how many rounds a host is asked, where it is too crowded; of the forks, so many are asked at once in the second, and one in the third.
ROUNDS = {HERE: 3, THERE: 2}
PART = 10
# Before another round, and until the controller is no longer taken to be short of anything.
PAUSE = 1.0
CALM = 600.0
# To leave hosts at the end: after all were asked, and where there is no time for it.
PARTING = 3.0
HASTE = 1.0


class Turns:
    """Takes this process for itself: from now on each process that is started in a turn ends with it.

    :param ask: called in a thread; must not raise. When its time is over, the process that it waits for is killed. An answer may say that it is too
        C(crowded): HERE, so that fewer are to be asked at once from now on, or THERE. That host is asked again when all others were asked, with fewer.
    :param report: called with each answer, by one thread at a time.
    """

    def __init__(self, ask: Ask, report: t.Callable[[Answer], None]) -> None:
        self._ask = ask
        self._report = report
        self._running: dict[str, _Turn] = {}
        self._leaving: list[threading.Thread] = []
        self._changed = threading.Condition()
        # How many answers there were and how long they took; at first as if there had been one.
        self._answers, self._seconds = 1, 1.0
        # Until when the host that began last may take.
        self._last_ends = 0.0
        # When the turns are looked at next, unless something happens before.
        self._wakes = 0.0
        # Without a terminal ssh would ask in a window. OpenSSH before 8.4 knows only the second; for ssh_askpass Ansible sets both anew.
        os.environ['SSH_ASKPASS_REQUIRE'] = 'never'
        os.environ.pop('DISPLAY', None)
        subprocess.Popen = Command  # type: ignore[misc]  # a class of the library is replaced, on purpose

    def take(self, names: t.Sequence[str], forks: int, wanted: t.Callable[[], bool], again: t.Callable[[Answer], float] | None = None) -> None:
        """Asks all, for as long as it is wanted.

        :param forks: how many are asked at the same time. A host that is silent for long gives its place to another, so that many that are dead do not
            cost a time-out for each C(forks) of them; as many as C(forks) and at least SILENT may be waited for so.
        :param wanted: called about once a second.
        :param again: called with each answer, gives the seconds after which that host is asked once more. By default each is asked once.
        """
        self._again, self._forks, self._round, self._narrowed = again, forks, 1, 0.0
        self._places = self._most = places_for_files(forks + max(forks, SILENT))
        bound_memory(self._most)
        self._put_off: list[str] = []
        self._due: list[tuple[float, int, str]] = []
        self._fill(names, time.monotonic())
        with self._changed:
            while (self._due or self._running or self._put_off) and wanted():
                now = time.monotonic()
                if not self._due and not self._running:
                    self._next_round(now)
                if self._round == 1 and now - self._narrowed > CALM:
                    self._places = self._most
                for name in [name for name, turn in self._running.items() if self._ends(turn) <= now]:
                    self._leave(self._running.pop(name))
                    self._tell({'name': name, 'state': 'unreachable', 'error': 'The connection to the host hangs.'})
                while following := self._next():
                    self._begin(following)
                times = [*(self._ends(turn) for turn in self._running.values()), *(when for when in self._silent_from() if when > now)]
                if len(self._running) < self._room():
                    times.extend(when for when, _number, _name in self._due[:1])
                if times:
                    now = time.monotonic()
                    self._wakes = min(max(min(times), now + 0.01), now + 1.0)
                    self._changed.wait(self._wakes - now)
            # Nobody begins any more.
            self._places = 0
        _join(self._leaving, PARTING)

    def end(self) -> None:
        """Leaves all hosts that are still being asked, and hears nothing of them: that they fail now says nothing. No process is started any more."""
        Command.no_more.set()
        with self._changed:
            turns = list(self._running.values())
            self._running.clear()
            self._places = 0
        for turn in turns:
            self._leave(turn)
        _join([*self._leaving, *turns], HASTE)

    def _fill(self, names: t.Iterable[str], when: float) -> None:
        self._due = [(when, number, name) for number, name in enumerate(names)]

    def _next_round(self, now: float) -> None:
        """For those that were put off."""
        self._round += 1
        self._places = min(self._places, max(self._forks // PART, 1) if self._round == 2 else 1)
        self._fill(self._put_off, now + PAUSE)
        self._put_off = []

    def _next(self) -> str | None:
        """Whose time has come, if there is a place for another."""
        if not self._due or self._due[0][0] > time.monotonic() or len(self._running) >= self._room():
            return None
        return heapq.heappop(self._due)[-1]

    def _room(self) -> int:
        """How many may be asked at once now."""
        now = time.monotonic()
        silent = sum(when <= now for when in self._silent_from())
        return min(self._forks + min(silent, max(self._forks, SILENT)), self._places)

    def _silent_from(self) -> list[float]:
        """When those that are being asked count as silent."""
        long = self._long()
        return [turn.begun + long for turn in self._running.values() if turn.begun is not None]

    def _begin(self, name: str) -> None:
        self._running[name] = turn = _Turn(self._places, target=self._run, args=(name,), daemon=True)
        try:
            turn.start()
        except RuntimeError as error:
            del self._running[name]
            self._take_in(turn, {'name': name, 'state': 'failed', 'error': str(shortage(error) or error), 'crowded': HERE})

    def _leave(self, turn: _Turn) -> None:
        if turn.command:
            turn.command.kill()
        if turn.leave:
            thread = threading.Thread(target=turn.leave, daemon=True)
            # There may be no thread to be had.
            with contextlib.suppress(RuntimeError):
                thread.start()
                self._leaving = [thread, *(other for other in self._leaving if other.is_alive())]

    def _run(self, name: str) -> None:
        turn = t.cast(_Turn, threading.current_thread())
        while True:
            answer = self._ask(name, functools.partial(self._allow, name, turn))
            with self._changed:
                # Who was given up is not heard any more.
                if self._running.get(name) is not turn:
                    return
                del self._running[name]
                if answer.get('state') == 'present' and turn.begun is not None:
                    self._answers += 1
                    self._seconds += time.monotonic() - turn.begun
                self._take_in(turn, dict(answer, name=name))
                following = self._next()
                if not following:
                    self._changed.notify()
                    return
                # A thread that is there costs less than a new one.
                name = following
                turn.anew(self._places)
                self._running[name] = turn

    def _allow(self, name: str, turn: _Turn, seconds: float, leave: t.Callable[[], None] | None = None) -> None:
        with self._changed:
            if self._running.get(name) is turn:
                # Where everything is slow, this host may be too.
                turn.ends, turn.leave = time.monotonic() + seconds + max(self._long() - LONG, 0), leave
                if turn.begun is None:
                    turn.begun, self._last_ends = time.monotonic(), turn.ends
                # Each look at all turns takes its time.
                if min(turn.ends, turn.begun + self._long()) < self._wakes:
                    self._changed.notify()

    def _ends(self, turn: _Turn) -> float:
        """Until when a host is waited for. One that has not begun is not given up for the one before it, which may be slow or hang."""
        return turn.ends if turn.begun is not None else max(turn.ends, self._last_ends) + UNHEARD

    def _long(self) -> float:
        return max(LEAST_LONG, LONG * self._seconds / self._answers)

    def _take_in(self, turn: _Turn, answer: Answer) -> None:
        """Tells an answer, unless its host is to be asked again for being one of too many."""
        where = answer.pop('crowded', None)
        # Those that began when more had a place say nothing new.
        if where == HERE and turn.places == self._places:
            self._places, self._narrowed = max((len(self._running) + 1) // 2, 1), time.monotonic()
        if where and not self._again and self._round < ROUNDS[where]:
            self._put_off.append(answer['name'])
        else:
            self._tell(answer)

    def _tell(self, answer: Answer) -> None:
        self._report(answer)
        if self._again:
            heapq.heappush(self._due, (time.monotonic() + self._again(answer), 0, answer['name']))


class _Turn(Starter):
    """A thread, since when its host is asked and until when it may take, and what is to be done should it take longer.

    :param places: how many might be asked at once when it began.
    """

    def __init__(self, places: int, **options: t.Any) -> None:
        super().__init__(**options)
        self.anew(places)

    def anew(self, places: int) -> None:
        """For one more host."""
        self.places = places
        self.begun: float | None = None
        self.ends = time.monotonic()
        self.leave: t.Callable[[], None] | None = None
        self.command = None


def _join(threads: t.Iterable[threading.Thread], seconds: float) -> None:
    ends = time.monotonic() + seconds
    for thread in threads:
        thread.join(max(ends - time.monotonic(), 0))
