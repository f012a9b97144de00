# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How much of a run goes into asking again the hosts whose answers are old, and what is kept of a run that does not end well.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import re
import time
import typing as t

from ansible.errors import AnsibleParserError

# Seconds after which answers are kept while others are awaited, and how much longer than keeping them took.
KEEP_SECONDS, KEEP_SHARE = 30.0, 20
_SECONDS = re.compile(r'([0-9]{1,9}) ?s')
_HOSTS = re.compile(r'[0-9]{1,9}')


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


class NowAndThen:
    """Keeps the answers so far while others are awaited, so that a run that is killed loses few of them.

    :param keep: is called with all answers so far, by the names of the hosts.
    """

    def __init__(self, keep: t.Callable[[dict[str, t.Any]], None]) -> None:
        self._keep = keep
        self._answers: dict[str, t.Any] = {}
        self._next = time.monotonic() + KEEP_SECONDS

    def add(self, name: str, answer: t.Any) -> None:
        self._answers[name] = answer
        began = time.monotonic()
        if began >= self._next:
            self.now()
            self._next = time.monotonic() + max(KEEP_SECONDS, KEEP_SHARE * (time.monotonic() - began))

    def now(self) -> None:
        if self._answers:
            self._keep(self._answers)
