# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scheduled events: who sees them, how they move from Scheduled to Started to gone, and how they are written.

Time comes in from outside: ``now`` is in monotonic seconds, ``wall`` in seconds since the epoch.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from email.utils import formatdate
from typing import Any

from .compute_document import stable_id

# Since which version of /scheduledevents an event shows a property, or a type exists at all.
_PROPERTY_SINCE = {'Description': '2019-04-01', 'EventSource': '2019-08-01', 'DurationInSeconds': '2020-07-01'}
_TYPE_SINCE = {'Preempt': '2017-11-01', 'Terminate': '2019-01-01'}


@dataclass
class Event:
    """One event. ``due`` is when it starts by itself, ``ends`` when it is done by itself (None: not known)."""

    event_id: str
    settings: dict[str, Any]
    resources: list[str]
    audience: list[str]
    not_before: str
    due: float
    status: str = 'Scheduled'
    ends: float | None = None

    def view(self, version: str) -> dict[str, Any]:
        """The event as /scheduledevents shows it to callers of ``version``."""
        shown = {
            'EventId': self.event_id,
            'EventType': self.settings['EventType'],
            'ResourceType': 'VirtualMachine',
            'Resources': self.resources,
            'EventStatus': self.status,
            'NotBefore': self.not_before if self.status == 'Scheduled' else '',
            'Description': self.settings['Description'],
            'EventSource': self.settings['EventSource'],
            'DurationInSeconds': self.settings['DurationInSeconds'],
        }
        return {key: value for key, value in shown.items() if _PROPERTY_SINCE.get(key, '') <= version}


class MalformedApprovalError(ValueError):
    """The body of an approval is not what the service takes."""


def approved_ids(body: bytes) -> list[str]:
    """The event ids in ``{"StartRequests": [{"EventId": ".."}]}``. Other keys (older callers send DocumentIncarnation) are ignored."""
    try:
        requests = json.loads(body.decode('utf-8'))['StartRequests']
        ids = [each['EventId'] for each in requests]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise MalformedApprovalError('expected {"StartRequests": [{"EventId": ".."}]}') from error
    if not isinstance(requests, list) or not ids or not all(isinstance(each, str) for each in ids):
        raise MalformedApprovalError('expected at least one EventId, each a string')
    return ids


def _written(wall: float, form: str) -> str:
    """A time as documented, Mon, 11 Apr 2022 22:26:58 GMT, or as some VMs were seen to get it, 2022-04-11T22:26:58Z."""
    if form == 'rfc1123':
        return formatdate(wall, usegmt=True)
    return datetime.fromtimestamp(wall, timezone.utc).strftime('%Y-%m-%dT%H:%M:%SZ')


@dataclass
class EventBoard:
    """All events of the fleet and, for each VM that sees any, its document's incarnation."""

    _seen_by: dict[str, list[Event]] = field(default_factory=dict)
    _incarnation: dict[str, int] = field(default_factory=dict)
    _past: dict[str, set[str]] = field(default_factory=dict)
    _count: int = 0

    def start(self, settings: dict[str, Any], resources: list[str], audience: Iterable[str], now: float, wall: float) -> Event:
        """A new event. ``resources`` are the names shown in it, ``audience`` the fleet names of the VMs that see it."""
        self._count += 1
        event_id = stable_id('event', str(self._count)).upper()
        not_before = _written(wall + settings['NotBefore'], settings['NotBeforeFormat'])
        event = Event(event_id, settings, resources, list(audience), not_before, now + settings['NotBefore'])
        for name in event.audience:
            self._seen_by.setdefault(name, []).append(event)
        self._changed(event)
        return event

    def visible(self, name: str, now: float) -> list[Event]:
        """The events that the VM ``name`` sees at ``now``, oldest first."""
        for event in list(self._seen_by.get(name, ())):
            if event.status == 'Scheduled' and now >= event.due:
                self.begin(event, event.due)
            if event.ends is not None and now >= event.ends:
                self.complete(event)
        return list(self._seen_by.get(name, ()))

    def find(self, name: str, event_id: str, now: float) -> Event | None:
        """The event with this id (in any case) among those that the VM sees."""
        return next((event for event in self.visible(name, now) if event.event_id == event_id.upper()), None)

    def begin(self, event: Event, now: float) -> None:
        """Scheduled becomes Started; anything else stays as it is."""
        if event.status == 'Scheduled':
            event.status = 'Started'
            if event.settings['DurationInSeconds'] >= 0:
                event.ends = now + event.settings['DurationInSeconds']
            self._changed(event)

    def complete(self, event: Event) -> None:
        """The event is done: nobody sees it any more."""
        for name in event.audience:
            if event in self._seen_by.get(name, ()):
                self._seen_by[name].remove(event)
                self._past.setdefault(name, set()).add(event.event_id)
        self._changed(event)

    def approve(self, name: str, ids: list[str], now: float) -> str | None:
        """The VM ``name`` approves events, for all their resources at once. Gives the first id that the VM never saw, else None."""
        for event_id in ids:
            if self.find(name, event_id, now) is None and event_id.upper() not in self._past.get(name, ()):
                return event_id
        for event_id in ids:
            event = self.find(name, event_id, now)
            if event is not None:
                self.begin(event, now)
        return None

    def document(self, name: str, version: str, now: float) -> dict[str, Any]:
        """What GET /scheduledevents answers the VM ``name``."""
        events = [event.view(version) for event in self.visible(name, now) if _TYPE_SINCE.get(event.settings['EventType'], '') <= version]
        return {'DocumentIncarnation': self._incarnation.get(name, 1), 'Events': events}

    def _changed(self, event: Event) -> None:
        for name in event.audience:
            self._incarnation[name] = self._incarnation.get(name, 1) + 1
