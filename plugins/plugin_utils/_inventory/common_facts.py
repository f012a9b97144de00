# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables of hosts: what those of one table say alike is written once, and the rest in columns. For a large inventory, most of the time and memory goes into
reading the same values again. Pure.

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
    """What KnownHosts.to_store gives, with the hosts that have facts in C(tables). Each has the facts that are C(common) to its C(hosts), a list, and as lists
    of the same length when these answered, C(at), and their C(own) facts: for each the name, that of the part or None, and the values.
    """
    present = {key: entry for key, entry in stored['hosts'].items() if entry['answer']['state'] == 'present'}
    own = _own({key: entry['answer']['facts'] for key, entry in present.items()})
    tables: dict[str, dict[str, t.Any]] = {}
    for key, entry in present.items():
        common, values = _split(entry['answer']['facts'], own)
        paths = sorted(values, key=repr)
        new: dict[str, t.Any] = {'common': common, 'hosts': [], 'at': [], 'own': [[*path, []] for path in paths]}
        table = tables.setdefault(json.dumps([common, paths], sort_keys=True), new)
        table['hosts'].append(key)
        table['at'].append(entry['at'])
        for column, path in zip(table['own'], paths, strict=True):
            column[-1].append(values[path])
    others = {key: entry for key, entry in stored['hosts'].items() if key not in present}
    return {**stored, 'hosts': others, 'tables': list(tables.values())}


def together(written: t.Any) -> t.Any:
    """What C(apart) was given. A table that cannot be understood is left out; what C(apart) never gave comes back as it is.

    Hosts share what they have in common, as they share the variables of a group.

    :raises TooManyError:
    """
    if not isinstance(written, dict) or not isinstance(written.get('tables'), list) or not isinstance(written.get('hosts'), dict):
        return written
    hosts = dict(written['hosts'])
    left = LIMIT
    for table in written['tables']:
        try:
            left -= len(table['hosts']) * (_size(table['common']) + len(table['own']))
            if left < 0:
                raise TooManyError
            hosts.update(_entries(table))
        except (AttributeError, LookupError, TypeError, ValueError):
            continue
    return {**{key: value for key, value in written.items() if key != 'tables'}, 'hosts': hosts}


def _entries(table: dict[str, t.Any]) -> dict[str, t.Any]:
    """The hosts of a table. Column by column, for that is done for every host in every run."""
    common = table['common']
    fleet = [common.copy() for _host in table['hosts']]
    for name in {name for name, part, _values in table['own'] if part is not None}:
        for facts in fleet:
            facts[name] = common[name].copy()
    for name, part, values in table['own']:
        for facts, value in zip(fleet, values, strict=True):
            (facts if part is None else facts[name])[name if part is None else part] = value
    columns = zip(table['hosts'], table['at'], fleet, strict=True)
    return {key: {'at': at, 'answer': {'state': 'present', 'facts': facts}} for key, at, facts in columns}


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


def _split(facts: dict[str, t.Any], own: set[Path]) -> tuple[dict[str, t.Any], dict[Path, t.Any]]:
    """What a host has in common with others, and its own values."""
    common, values = {}, {}
    for key, value in facts.items():
        if isinstance(value, dict):
            common[key] = {part: inner for part, inner in value.items() if (key, part) not in own}
            values.update({(key, part): inner for part, inner in value.items() if (key, part) in own})
        elif (key, None) in own:
            values[key, None] = value
        else:
            common[key] = value
    return common, values


def _size(facts: t.Any) -> int:
    """How many values each host of these has for itself, at most."""
    return sum(len(value) + 1 if isinstance(value, dict) else 1 for value in facts.values()) if isinstance(facts, dict) else 1
