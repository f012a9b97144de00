# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a setting may hold: functions that take a value from YAML or JSON and give it back normalised, or raise SettingError."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from .errors import SettingError


def _kind(value: Any) -> str:
    names = {dict: 'an object', list: 'a list', str: 'a string', bool: 'a boolean', int: 'a number', float: 'a number', type(None): 'null'}
    return names.get(type(value), type(value).__name__)


def text(value: Any) -> str:
    """A string; numbers are taken too, because YAML reads ``zone: 2`` as one."""
    if isinstance(value, str):
        return value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    raise SettingError(f'expected a string, got {_kind(value)}')


def name(value: Any) -> str:
    """A string that is not empty."""
    result = text(value)
    if not result:
        raise SettingError('expected a name, got an empty string')
    return result


def boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise SettingError(f'expected true or false, got {_kind(value)}')
    return value


def number(value: Any) -> float:
    """A number of seconds, not negative."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 1e9:
        raise SettingError(f'expected a number, 0 or more, got {_kind(value) if not isinstance(value, (int, float)) else value}')
    return float(value)


def whole(low: int, high: int) -> Callable[[Any], int]:
    """A whole number between ``low`` and ``high``."""

    def check(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise SettingError(f'expected a whole number, got {_kind(value)}')
        if not low <= value <= high:
            raise SettingError(f'expected a whole number from {low} to {high}, got {value}')
        return value

    return check


def mapping(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise SettingError(f'expected an object, got {_kind(value)}')
    for key in value:
        if not isinstance(key, str):
            raise SettingError(f'expected names that are strings, got {key!r}')
    return value


def json_value(value: Any) -> Any:
    """Anything that JSON can hold; YAML can also hold dates and more."""
    try:
        return json.loads(json.dumps(value))
    except (TypeError, ValueError, RecursionError) as error:
        raise SettingError(f'cannot be written as JSON: {error}') from error


def json_object(value: Any) -> dict[str, Any]:
    """An object that JSON can hold."""
    return dict(json_value(mapping(value)))


def text_mapping(value: Any) -> dict[str, str]:
    """An object whose values are strings (or numbers, see text)."""
    result = {}
    for key, item in mapping(value).items():
        try:
            result[key] = text(item)
        except SettingError as error:
            raise SettingError(f'{key!r}: {error}') from error
    return result


def listing(item: Callable[[Any], Any]) -> Callable[[Any], list[Any]]:
    """A list of which every item passes ``item``."""

    def check(value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise SettingError(f'expected a list, got {_kind(value)}')
        result = []
        for index, entry in enumerate(value):
            try:
                result.append(item(entry))
            except SettingError as error:
                raise SettingError(f'item {index}: {error}') from error
        return result

    return check


def choice(*allowed: str) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        if not isinstance(value, str) or value not in allowed:
            raise SettingError(f'expected one of {", ".join(allowed)}; got {value!r}')
        return value

    return check


def nullable(check: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def accept(value: Any) -> Any:
        return None if value is None else check(value)

    return accept


def table(value: Any, keys: dict[str, Callable[[Any], Any]], required: tuple[str, ...] = ()) -> dict[str, Any]:
    """An object that holds only ``keys``, each passing its check, and all of ``required``. The error names the key."""
    result = {}
    for key, entry in mapping(value).items():
        if key not in keys:
            raise SettingError(f'unknown key {key!r} (known: {", ".join(sorted(keys))})')
        try:
            result[key] = keys[key](entry)
        except SettingError as error:
            raise SettingError(f'key {key!r}: {error}') from error
    for key in required:
        if key not in result:
            raise SettingError(f'key {key!r} is missing')
    return result
