# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a scheduled event is started with, in a fleet file and by the control address."""

from __future__ import annotations

from typing import Any

from . import value_types as types
from .errors import SettingError

EVENT_TYPES = ('Freeze', 'Reboot', 'Redeploy', 'Preempt', 'Terminate')


def _duration(value: Any) -> int:
    """Seconds; -1 means unknown: the event stays until it is completed by hand."""
    return types.whole(-1, 86400 * 365)(value)


_KEYS = {
    'EventType': types.choice(*EVENT_TYPES),
    'NotBefore': types.number,
    'NotBeforeFormat': types.choice('rfc1123', 'iso8601'),
    'DurationInSeconds': _duration,
    'EventSource': types.choice('Platform', 'User'),
    'Description': types.text,
    'Resources': types.listing(types.name),
}

_DEFAULTS = {
    'EventType': 'Freeze',
    'NotBefore': 900.0,
    'NotBeforeFormat': 'rfc1123',
    'DurationInSeconds': -1,
    'EventSource': 'Platform',
    'Description': '',
}


def event(value: Any) -> dict[str, Any]:
    """An event with its defaults. NotBefore is in seconds from now, NotBeforeFormat how it is written; Resources may be missing (then: the VM itself)."""
    given = types.table(value, _KEYS)
    if given.get('Resources') == []:
        raise SettingError("key 'Resources': expected at least one VM name")
    return {**_DEFAULTS, **given}


def status_change(value: Any) -> str:
    """The new status in ``{"EventStatus": "Started"|"Completed"}``."""
    change = types.table(value, {'EventStatus': types.choice('Started', 'Completed')}, required=('EventStatus',))
    return str(change['EventStatus'])
