# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is new in the scheduled events of hosts, as events for ansible-rulebook. Imports nothing: the event source runs this file by its path.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import copy
import typing as t

# How many questions in a row fail before that is an outage.
OUTAGE_AFTER = 3

Event = t.Dict[str, t.Any]  # noqa: UP006 ansible-rulebook runs on Python 3.9 too


def changes(before: t.Sequence[Event], after: t.Sequence[Event]) -> list[tuple[str, Event]]:
    """Gives (change, event) for all that differs, at most once for an event.

    The change is C(gone), with the event as it was; C(new), also where it was far off; C(far_off); C(status); or C(not_before), where only the time moved.
    """
    old = {_identity(event): event for event in before}
    new = {_identity(event): event for event in after}
    found = [('gone', event) for identity, event in old.items() if identity not in new]
    for identity, event in new.items():
        if identity not in old:
            found.append((_coming(event), event))
        elif event['event_status'] != old[identity]['event_status']:
            found.append(('status', event))
        elif event['far_off'] != old[identity]['far_off']:
            found.append((_coming(event), event))
        elif event['not_before'] != old[identity]['not_before']:
            found.append(('not_before', event))
    return found


def _coming(event: Event) -> str:
    """Only what is C(new) is to be prepared for."""
    return 'far_off' if event['far_off'] else 'new'


def _identity(event: Event) -> t.Hashable:
    """Ids have no case. An event without one can only be told by what it does to whom."""
    return event['event_id'].lower() if event['event_id'] else (event['event_type'], *event['resources'])


class News:
    """Turns the answers of hosts into what rules are told: changes, and the begin and the end of an outage.

    :param outage_after: how many failures in a row are an outage.
    """

    def __init__(self, outage_after: int) -> None:
        self._outage_after = outage_after
        self._events: dict[str | None, list[Event]] = {}
        self._failures: dict[str | None, int] = {}
        self._hosts: list[str] | None = None

    def of_hosts(self, hosts: list[str]) -> list[Event]:
        """Which hosts are new in the inventory, and which are no longer there. The first time, none is.

        Playbooks cannot be limited to a host that is not in the inventory.
        """
        known = hosts if self._hosts is None else self._hosts
        before, after = set(known), set(hosts)
        self._hosts = hosts
        joined = [{'change': 'joined', 'host': host, 'meta': {'hosts': host}} for host in hosts if host not in before]
        left = [host for host in known if host not in after]
        for host in left:
            self._events.pop(host, None)
            self._failures.pop(host, None)
        return [*joined, *({'change': 'left', 'host': host} for host in left)]

    def of(self, answer: Event) -> list[Event]:
        """
        :param answer: C(host) (None for this machine), and either C(events), C(vm_name), C(api_version) and perhaps C(placement), see Placements, or
            C(state) and C(error).
        """
        host = answer['host']
        meta = {} if host is None else {'meta': {'hosts': host}}
        if 'error' in answer:
            self._failures[host] = self._failures.get(host, 0) + 1
            if self._failures[host] != self._outage_after:
                return []
            return [{'change': 'outage', 'host': host, 'state': answer['state'], 'error': answer['error'], **copy.deepcopy(meta)}]
        told: list[Event] = []
        if self._failures.pop(host, 0) >= self._outage_after:
            told.append({'change': 'recovered'})
        for change, event in changes(self._events.get(host, []), answer['events']):
            told.append({'change': change, 'scheduled_event': event})
        placement = answer.get('placement') or {}
        if placement.get('moves'):
            told.append({'change': 'moved', 'placement': placement['spot'], 'placement_before': placement['before'], 'moves': placement['moves']})
        self._events[host] = answer['events']
        about = {key: answer[key] for key in ('host', 'vm_name', 'api_version')}
        # A filter of the rulebook may change what it is given.
        return [copy.deepcopy({**each, **about, **meta}) for each in told]
