# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What many hosts say alike, written once: for a large inventory, most of the time and memory goes into reading the same values again. Pure.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import json
import typing as t

# Of the values of all hosts together, some 400,000 hosts. A few kilobytes can stand for gigabytes.
LIMIT = 1 << 25
# So many hosts have the same in common, on average.
_SHARE = 4
_NOTHING = object()
Path = tuple[str, str | None]


class TooManyError(Exception):
    """What was kept stands for more than the memory of any controller."""

    def __init__(self) -> None:
        super().__init__(f'it has more than {LIMIT} values')


def apart(stored: dict[str, t.Any]) -> dict[str, t.Any]:
    """What KnownHosts.to_store gives, with C(common), a list of facts, and for the facts of each host a list of three: the number of the common ones, its own
    ones, and its own parts of those that are dictionaries.
    """
    hosts = stored['hosts']
    own = _own({key: entry['answer']['facts'] for key, entry in hosts.items() if 'facts' in entry['answer']})
    numbers: dict[str, int] = {}
    common: list[dict[str, t.Any]] = []
    written = {}
    for key, entry in hosts.items():
        answer = entry['answer']
        if 'facts' in answer:
            alike, values, parts = _split(answer['facts'], own)
            number = numbers.setdefault(json.dumps(alike, sort_keys=True), len(common))
            if number == len(common):
                common.append(alike)
            answer = {**answer, 'facts': [number, values, parts]}
        written[key] = {**entry, 'answer': answer}
    return {**stored, 'hosts': written, 'common': common}


def together(written: t.Any) -> t.Any:
    """What C(apart) was given. Facts that cannot be understood are None; what C(apart) never gave comes back as it is.

    Hosts share what they have in common, as they share the variables of a group. The value itself is changed, for it is large.

    :raises TooManyError:
    """
    if not isinstance(written, dict) or not isinstance(written.get('common'), list) or not isinstance(written.get('hosts'), dict):
        return written
    common = written.pop('common')
    sizes = [_size(facts) for facts in common]
    left = LIMIT
    for entry in written['hosts'].values():
        answer = entry.get('answer') if isinstance(entry, dict) else None
        if not isinstance(answer, dict) or 'facts' not in answer:
            continue
        try:
            number, own, parts = answer['facts']
            left -= sizes[number]
            facts = {**common[number], **own}
            for key, values in parts.items():
                facts[key] = {**facts[key], **values}
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
            facts = None
        answer['facts'] = facts
        if left < 0:
            raise TooManyError
    return written


def _own(facts: dict[str, dict[str, t.Any]]) -> set[Path]:
    """The paths whose values are written for each host. The others have so few values that hosts can have all of them in common."""
    columns: dict[Path, dict[str, t.Any]] = {}
    for key, of_host in facts.items():
        for path, value in _values(of_host):
            columns.setdefault(path, {})[key] = value if isinstance(value, (str, int, type(None))) else json.dumps(value)
    own = set()
    kinds = dict.fromkeys(facts, 0)
    for path in sorted(columns, key=lambda path: len(set(columns[path].values()))):
        column = columns[path]
        numbers: dict[t.Any, int] = {}
        divided = {key: numbers.setdefault((kind, column.get(key, _NOTHING)), len(numbers)) for key, kind in kinds.items()}
        if len(numbers) * _SHARE > len(facts):
            own.add(path)
        else:
            kinds = divided
    return own


def _values(facts: dict[str, t.Any]) -> t.Iterator[tuple[Path, t.Any]]:
    """All values, those of dictionaries one by one."""
    for key, value in facts.items():
        if isinstance(value, dict):
            for part, inner in value.items():
                yield (key, part), inner
        else:
            yield (key, None), value


def _split(facts: dict[str, t.Any], own: set[Path]) -> tuple[dict[str, t.Any], dict[str, t.Any], dict[str, t.Any]]:
    alike, values, parts = {}, {}, {}
    for key, value in facts.items():
        if isinstance(value, dict):
            alike[key] = {part: inner for part, inner in value.items() if (key, part) not in own}
            if len(alike[key]) < len(value):
                parts[key] = {part: inner for part, inner in value.items() if (key, part) in own}
        elif (key, None) in own:
            values[key] = value
        else:
            alike[key] = value
    return alike, values, parts


def _size(facts: t.Any) -> int:
    """How many values each host of these has for itself, at most."""
    return sum(len(value) + 1 if isinstance(value, dict) else 1 for value in facts.values()) if isinstance(facts, dict) else 1
