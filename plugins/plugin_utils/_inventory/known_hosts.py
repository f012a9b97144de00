# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What earlier runs learned of hosts, each with its own age. Pure: what is stored comes in and goes out as JSON.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import typing as t
import zlib

FORMAT = 2
# Seconds after which a host is forgotten that the inventory does not name any more, or has elsewhere: scale sets give new names for ever. Not at once, for two
# inventories may share a cache.
FORGOTTEN = 7 * 86400
# Answers get old at different times, so that hosts which were asked together are not all asked in one run again: after this share of the time-out and more.
_YOUNG = 0.75
_GROUPED_BY = {'location', 'zone', 'physical_zone', 'fault_domain', 'scale_set'}
_PLAIN = (str, int, type(None))
_PLAIN_TYPES = frozenset(_PLAIN)
Answer = dict[str, t.Any]


class KnownHosts:
    """Answers of earlier runs.

    :param stored: as C(to_store) gave it once, or anything: what cannot be understood is not known.
    :param asked: what the answers depend on; those to another question are not known.
    :param where: by the name of a host, where it is asked: what somebody else said who had that name is not known.
    :param timeout: seconds after which an answer is old; 0 for never.
    :param now: seconds since the epoch.
    """

    def __init__(self, stored: t.Any, asked: list[t.Any], where: t.Mapping[str, str], timeout: float, now: float) -> None:
        self._asked = asked
        self._where = where
        self._timeout = timeout
        self._now = now
        same = isinstance(stored, dict) and stored.get('format') == FORMAT and stored.get('asked') == asked
        self._hosts = _entries(stored.get('hosts'), _is_entry) if same else {}
        self._unreachable = _entries(stored.get('unreachable'), _is_cause) if same else {}

    def fresh(self, name: str) -> Answer | None:
        """The answer of a host, unless it is old."""
        entry = self._hosts.get(key := self._where.get(name))
        if not entry or not self._timeout:
            return entry and entry['answer']
        # A clock that was set back must not make an answer eternal.
        age = (self._now - entry['at']) / self._timeout
        return entry['answer'] if age >= 0 and (age < _YOUNG or age < _share(key)) else None

    def at(self, name: str) -> float | None:
        """When a host gave its answer, however old, in seconds since the epoch."""
        entry = self._hosts.get(self._where.get(name))
        return entry['at'] if entry else None

    def old(self, name: str) -> Answer | None:
        """The answer of a host that is not asked now, however old; its facts are marked so."""
        entry = self._hosts.get(self._where.get(name))
        return self.stale(name) or entry['answer'] if entry else None

    def unreachable(self, name: str, seconds: float) -> Answer | None:
        """The answer of a host that could not be reached so few seconds ago, nor since."""
        entry = self._unreachable.get(self._where.get(name))
        return {'state': 'unreachable', 'error': entry['error']} if entry and 0 <= self._now - entry['at'] < seconds else None

    def stale(self, name: str) -> Answer | None:
        """The facts of a host that cannot be asked now, marked so, with their age in seconds."""
        entry = self._hosts.get(self._where.get(name))
        if not entry or entry['answer']['state'] != 'present':
            return None
        facts = entry['answer']['facts']
        query = dict(facts['query'], stale=True, age=round(self._now - entry['at']))
        return {'state': 'present', 'facts': dict(facts, query=query)}

    def to_store(self, answers: dict[str, Answer], names: t.Collection[str]) -> dict[str, t.Any]:
        """Everything that is worth keeping: of each host the newest answer, whoever asked for it, and since when it could not be reached.

        :param answers: with the time of each as C(at), where that is not now, and C(passing) where asking many at once may be what made it unreachable.
        :param names: the hosts that there are, whose old answers are kept whatever their age.
        """
        there = {self._where.get(name) for name in names}
        hosts = {key: entry for key, entry in self._hosts.items() if key in there or self._now - entry['at'] < FORGOTTEN}
        unreachable = {key: entry for key, entry in self._unreachable.items() if self._now - entry['at'] < FORGOTTEN}
        for name, answer in answers.items():
            key = self._where.get(name)
            if key is None:
                continue
            at = answer.get('at', self._now)
            if answer['state'] in ('present', 'not_azure') and self._is_newest(hosts.get(key), at):
                hosts[key] = {'at': at, 'answer': _kept(answer)}
            if self._is_newest(unreachable.get(key), at):
                unreachable.pop(key, None)
                if answer['state'] == 'unreachable' and not answer.get('passing'):
                    unreachable[key] = {'at': at, 'error': answer['error']}
        since = {key: entry for key, entry in unreachable.items() if key not in hosts or hosts[key]['at'] < entry['at']}
        return {'format': FORMAT, 'asked': self._asked, 'hosts': hosts, 'unreachable': since}

    def _is_newest(self, entry: t.Any, at: float) -> bool:
        """A time in the future is that of a clock that went wrong."""
        return not entry or not at < entry['at'] <= self._now


def _entries(stored: t.Any, is_one: t.Callable[[t.Any], bool]) -> dict[str | None, t.Any]:
    return {key: entry for key, entry in stored.items() if is_one(entry)} if isinstance(stored, dict) else {}


def _share(key: str | None) -> float:
    """The same in each run, and spread evenly over the hosts."""
    return _YOUNG + (1 - _YOUNG) * (zlib.crc32((key or '').encode('utf-8', 'surrogatepass')) + 1) / (1 << 32)


def _kept(answer: Answer) -> Answer:
    return {key: answer[key] for key in ('state', 'facts') if key in answer}


def _is_entry(entry: t.Any) -> bool:
    answer = entry.get('answer') if _has_time(entry) else None
    if not isinstance(answer, dict):
        return False
    return answer.get('state') == 'not_azure' or (answer.get('state') == 'present' and are_facts(answer.get('facts')))


def _is_cause(entry: t.Any) -> bool:
    return _has_time(entry) and isinstance(entry.get('error'), str)


def _has_time(entry: t.Any) -> bool:
    at = entry.get('at') if isinstance(entry, dict) else None
    # JSON as Python reads it knows infinity, NaN and numbers that no float can hold.
    return isinstance(at, (int, float)) and 0 <= at < 1e12


def are_facts(facts: t.Any) -> bool:
    """Whether this is the value of azure_imds of a host that answered, fit to be grouped by."""
    if not isinstance(facts, dict):
        return False
    placement, resource, query = facts.get('placement'), facts.get('resource'), facts.get('query')
    if not (isinstance(placement, dict) and isinstance(resource, dict) and isinstance(query, dict)) or not placement.keys() >= _GROUPED_BY:
        return False
    # Types first, for this is done for every host in every run. Ansible has subclasses of them.
    if not _PLAIN_TYPES.issuperset(map(type, placement.values())) and not all(isinstance(value, _PLAIN) for value in placement.values()):
        return False
    return isinstance(resource.get('resource_group', ()), _PLAIN)
