# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What earlier runs learned of hosts, each with its own age. Pure: what is stored comes in and goes out as JSON.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import typing as t

FORMAT = 1
# Seconds after which a host is forgotten that the inventory does not name any more: scale sets give new names for ever. Not at once, for two inventories may
# share a cache.
FORGOTTEN = 7 * 86400
_GROUPED_BY = {'location', 'zone', 'physical_zone', 'fault_domain', 'scale_set'}
Answer = dict[str, t.Any]


class KnownHosts:
    """Answers of earlier runs.

    :param stored: as C(to_store) gave it once, or anything: what cannot be understood is not known.
    :param asked: what the answers depend on; those to another question are not known.
    :param timeout: seconds after which an answer is old; 0 for never.
    :param now: seconds since the epoch.
    """

    def __init__(self, stored: t.Any, asked: list[t.Any], timeout: float, now: float) -> None:
        self._asked = asked
        self._timeout = timeout
        self._now = now
        same = isinstance(stored, dict) and stored.get('format') == FORMAT and stored.get('asked') == asked
        hosts = stored.get('hosts') if same else None
        self._hosts = {name: entry for name, entry in hosts.items() if _is_entry(entry)} if isinstance(hosts, dict) else {}

    def fresh(self, name: str) -> Answer | None:
        """The answer of a host, unless it is old."""
        entry = self._hosts.get(name)
        # A clock that was set back must not make an answer eternal.
        return entry['answer'] if entry and (not self._timeout or 0 <= self._now - entry['at'] < self._timeout) else None

    def stale(self, name: str) -> Answer | None:
        """The facts of a host that cannot be asked now, marked so, with their age in seconds."""
        entry = self._hosts.get(name)
        if not entry or entry['answer']['state'] != 'present':
            return None
        facts = entry['answer']['facts']
        query = dict(facts['query'], stale=True, age=round(self._now - entry['at']))
        return {'state': 'present', 'facts': dict(facts, query=query)}

    def to_store(self, answers: dict[str, Answer], names: t.Collection[str]) -> dict[str, t.Any]:
        """Everything that is worth keeping: new answers, and old ones of hosts that gave none or were not asked.

        :param names: the hosts that there are, whose old answers are kept whatever their age.
        """
        there = set(names)
        old = {name: entry for name, entry in self._hosts.items() if name in there or self._now - entry['at'] < FORGOTTEN}
        new = {name: {'at': self._now, 'answer': _kept(answer)} for name, answer in answers.items() if answer['state'] in ('present', 'not_azure')}
        return {'format': FORMAT, 'asked': self._asked, 'hosts': {**old, **new}}


def _kept(answer: Answer) -> Answer:
    return {key: answer[key] for key in ('state', 'facts') if key in answer}


def _is_entry(entry: t.Any) -> bool:
    at, answer = (entry.get('at'), entry.get('answer')) if isinstance(entry, dict) else (None, None)
    # JSON as Python reads it knows infinity, NaN and numbers that no float can hold.
    if not isinstance(answer, dict) or not isinstance(at, (int, float)) or not 0 <= at < 1e12:
        return False
    return answer.get('state') == 'not_azure' or (answer.get('state') == 'present' and are_facts(answer.get('facts')))


def are_facts(facts: t.Any) -> bool:
    """Whether this is the value of azure_imds of a host that answered, fit to be grouped by."""
    if not isinstance(facts, dict) or not all(isinstance(facts.get(key), dict) for key in ('placement', 'resource', 'query')):
        return False
    place = {'resource_group': facts['resource'].get('resource_group', []), **facts['placement']}
    return place.keys() >= _GROUPED_BY and all(value is None or isinstance(value, (str, int)) for value in place.values())
