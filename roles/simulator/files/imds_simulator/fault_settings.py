# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which faults there are, what each may be given, and which one applies to a request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from . import value_types as types
from .errors import SettingError


def _body(value: Any) -> Any:
    """A string is sent as it is, an object or list as JSON; null stands for an error text of the simulator's own."""
    if isinstance(value, (bool, int, float)):
        raise SettingError('expected a string, an object or a list')
    return types.json_value(value)


def _not_an_object(value: Any) -> Any:
    if isinstance(value, dict):
        raise SettingError('expected anything but an object')
    return types.json_value(value)


_STATUS = types.whole(200, 599)
_BYTES = types.whole(0, 1 << 30)

# Options that every fault takes, then those of each kind with their defaults (a missing default is a required option).
_SHARED = {'kind': types.name, 'path': types.nullable(types.text), 'times': types.nullable(types.whole(0, 1 << 30)), 'seconds': types.nullable(types.number)}

KINDS: dict[str, dict[str, Any]] = {
    'none': {},
    'status': {'status': _STATUS, 'body': _body, 'headers': types.text_mapping},
    'slow': {'delay': types.number},
    'drip': {'interval': types.number, 'bytes': types.whole(1, 1 << 20), 'endless': types.boolean, 'part': types.choice('headers', 'body')},
    'hang': {},
    'reset': {'when': types.choice('before', 'mid-body')},
    'truncated': {'cut_json': types.boolean, 'bytes': types.nullable(_BYTES)},
    'oversized': {'size': _BYTES, 'content_length': types.boolean},
    'deep': {'depth': types.whole(1, 1_000_000)},
    'html': {'status': _STATUS, 'via': types.nullable(types.text), 'body': types.text},
    'bad_utf8': {},
    'redirect': {'status': types.whole(300, 399), 'location': types.name},
    'partial': {'drop': types.listing(types.name)},
    'not_object': {'value': _not_an_object},
    'not_json': {'body': types.text},
    'garbage': {},
    'close': {},
}

_DEFAULTS: dict[str, dict[str, Any]] = {
    'status': {'body': None, 'headers': {}},
    'slow': {'delay': 1.0},
    'drip': {'interval': 0.1, 'bytes': 1, 'endless': False, 'part': 'body'},
    'reset': {'when': 'before'},
    'truncated': {'cut_json': False, 'bytes': None},
    'oversized': {'size': 2 << 20, 'content_length': True},
    'deep': {'depth': 5000},
    'html': {'status': 200, 'via': None, 'body': '<!DOCTYPE html><html><head><title>Gateway</title></head><body>This is a web page.</body></html>'},
    'redirect': {'status': 302},
    # Only /instance has parts to leave out; anything else shall not use the fault up.
    'partial': {'drop': ['compute'], 'path': '/instance'},
    'not_object': {'value': ['not', 'an', 'object']},
    'not_json': {'body': 'this is not JSON'},
}
_REQUIRED = {'status': ('status',), 'redirect': ('location',)}


def fault(value: Any) -> dict[str, Any]:
    """A fault with its defaults: ``{"kind", "path", "times", "seconds", ..}``. Raises SettingError."""
    kind = types.mapping(value).get('kind')
    if not isinstance(kind, str) or kind not in KINDS:
        raise SettingError(f"key 'kind': expected one of {', '.join(KINDS)}; got {kind!r}")
    given = types.table(value, {**_SHARED, **KINDS[kind]}, required=_REQUIRED.get(kind, ()))
    return {'path': None, 'times': None, 'seconds': None, **_DEFAULTS.get(kind, {}), **given}


@dataclass
class ActiveFault:
    """A fault that is set, how often it may still be applied (None: for ever) and when its window ends (monotonic seconds)."""

    settings: dict[str, Any]
    left: int | None
    ends: float | None

    def view(self, now: float) -> dict[str, Any]:
        """For the control address: the settings and what is left of them."""
        return {**self.settings, 'left': self.left, 'active': self.left != 0 and (self.ends is None or now < self.ends)}


def activate(settings: list[dict[str, Any]], now: float) -> list[ActiveFault]:
    """Faults that start counting now."""
    return [ActiveFault(each, each['times'], None if each['seconds'] is None else now + each['seconds']) for each in settings]


def matches(prefix: str | None, path: str) -> bool:
    """Whether the request path (``/metadata/instance/compute``) lies under ``prefix`` (``/instance``; None: everything)."""
    if prefix is None:
        return True
    wanted = '/' + prefix.strip('/')
    if wanted == '/':
        return True
    if not wanted.startswith('/metadata'):
        wanted = '/metadata' + wanted
    return path == wanted or path.startswith(wanted + '/')


def take(faults: list[ActiveFault], path: str, now: float) -> dict[str, Any] | None:
    """The first fault that matches and has a use left, one use of it spent; None where the request is answered as usual."""
    for each in faults:
        if each.left == 0 or (each.ends is not None and now >= each.ends) or not matches(each.settings['path'], path):
            continue
        if each.left is not None:
            each.left -= 1
        return each.settings
    return None
