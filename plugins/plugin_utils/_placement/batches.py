# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Batches for a rolling update: hosts that may be down at the same time, because they share the place that they would fail with anyway.

Each location is taken by itself. Where its hosts are in more than one zone, a batch is hosts of one zone. Where they do not, each set is taken by itself: a
batch is hosts of one fault domain, where the set shows more than one; else of one update domain; else the size alone decides, for a set of which all hosts
say the same does not show how it is spread.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import itertools
import re
import typing as t
from fractions import Fraction

from ansible_collections.imds.azure.plugins.module_utils._service.counted import counted
from ansible_collections.imds.azure.plugins.plugin_utils._placement.places import (
    Place,
    fault_domain_of,
    have_physical_zones,
    location_of,
    set_of,
    update_domain_of,
    zone_of,
)

_AT_MOST = re.compile(r'([0-9]{1,9})(?:(\.[0-9]{1,9})?\s*(%))?')
# int() has a limit, and numbers of hosts may be as long as they like.
_DIGITS = re.compile('([0-9]{1,18})')
_NO_SET = ', no known set'
_Fleet = dict[str, t.Any]


class BatchError(Exception):
    """An C(at_most) that is none; the text says what to do."""


class Batch(t.NamedTuple):
    """Hosts that may be down together."""

    hosts: list[str]
    # zone, fault_domain, update_domain, size or unknown: what kept them apart from the others.
    level: str
    # For people.
    place: str


def batches(facts: _Fleet, at_most: t.Any = None, availability_sets: t.Mapping[str, str | None] | None = None) -> tuple[list[Batch], list[str]]:
    """The batches in the order in which they are to be taken, and what a user has to be warned of.

    :param facts: the value of C(azure_imds) of each host, anything else where there is none.
    :param at_most: how many hosts a batch may have: a number, or a percentage of all hosts as a text; None for no limit.
    :param availability_sets: the availability set of each host that is in one.
    :raises BatchError: C(at_most) is neither.
    """
    most = _most(at_most, len(facts))
    found: list[Batch] = []
    warnings: list[str] = []
    located = _by(facts, lambda host: location_of(facts[host]))
    for location, hosts in located:
        found += _in_location(location, {host: facts[host] for host in hosts}, availability_sets or {})
    for batch in found:
        if batch.level == 'size' and len(batch.hosts) > 1:
            warnings.append(_warning(batch, most))
    known = {host for batch in found for host in batch.hosts}
    found = [part for batch in found for part in _split(batch, most or (1 if batch.level == 'size' else len(facts)))]
    return found + [Batch([host], 'unknown', 'placement unknown') for host in facts if host not in known], warnings


def _most(at_most: t.Any, hosts: int) -> int | None:
    """The limit as a number of hosts."""
    if at_most is None:
        return None
    said = _AT_MOST.fullmatch(str(at_most).strip()) if isinstance(at_most, (str, int)) and not isinstance(at_most, bool) else None
    whole, rest, percent = said.groups() if said else ('0', '', '')
    number = Fraction(whole + (rest or ''))
    if not number or (percent and number > 100):
        raise BatchError(f'at_most is {at_most!r}. Set it to a number of hosts, 1 or more, or to a percentage of all hosts, such as "25%".')
    return max(1, int(number * hosts / 100)) if percent else int(number)


def _in_location(location: Place, fleet: _Fleet, availability_sets: t.Mapping[str, str | None]) -> t.Iterator[Batch]:
    physical = have_physical_zones(fleet.values())
    zones = _by(fleet, lambda host: zone_of(fleet[host], physical))
    if len(zones) > 1:
        for zone, hosts in zones:
            yield Batch(hosts, 'zone', f'physical zone {zone[0]}' if physical else f'{zone[1]}, zone {zone[2]} of subscription {zone[0]}')
        return
    groups = _by(fleet, lambda host: _Group(set_of(fleet[host], availability_sets.get(host)) or (), zone_of(fleet[host], physical) or ()))
    for group, hosts in groups:
        yield from _in_set(_named(group, location), {host: fleet[host] for host in hosts}, availability_sets)


class _Group(t.NamedTuple):
    """Where numbers of domains compare, () for none: hosts that are in no set have only that in common."""

    inside: Place
    zone: Place


def _in_set(name: str, fleet: _Fleet, availability_sets: t.Mapping[str, str | None]) -> t.Iterator[Batch]:
    for level, domain_of in (('fault_domain', fault_domain_of), ('update_domain', update_domain_of)):
        # mypy knows no types of defaults in a lambda.
        domains = _by(fleet, lambda host, domain_of=domain_of: domain_of(fleet[host], availability_sets.get(host)))  # type: ignore[misc]
        if len(domains) > 1:
            for domain, hosts in domains:
                yield Batch(hosts, level, f'{name}, {level.replace("_", " ")} {domain[-1]}')
            return
    yield Batch(list(fleet), 'size', name)


def _named(group: _Group, location: Place) -> str:
    zone = f', zone {group.zone[-1]}' if group.zone else ''
    if not group.inside:
        return f'{location[0]}{zone}{_NO_SET}'
    kind, _subscription, resource_group, name = group.inside
    return f'{kind.replace("_", " ")} {name} of resource group {resource_group}{zone}'


def _warning(batch: Batch, most: int | None) -> str:
    size = 'one host' if most in (None, 1) else f'up to {most} hosts, which may be in different domains'
    if batch.place.endswith(_NO_SET):
        reason = 'domain numbers can only be compared inside a set'
        remedy = ' If the hosts are in availability sets, set availability_set_tag to the tag that contains the name of the set.'
    else:
        reason, remedy = 'all report the same fault domain and the same update domain, or none', ''
    return f'{batch.place}: the spread of {counted(len(batch.hosts), "host")} is unknown, because {reason}. Each batch contains {size}.{remedy}'


def _split(batch: Batch, most: int) -> t.Iterator[Batch]:
    """Parts that differ by no more than one host in size."""
    parts = -(-len(batch.hosts) // most)
    begin = 0
    for number in range(parts):
        end = begin - (begin - len(batch.hosts)) // (parts - number)
        yield batch._replace(hosts=batch.hosts[begin:end])
        begin = end


def _by(hosts: t.Iterable[str], key_of: t.Callable[[str], t.Any]) -> list[tuple[t.Any, list[str]]]:
    """Hosts by what they have in common, sorted, numbers as numbers; those for which that is None are left out."""
    found: dict[t.Any, list[str]] = {}
    for host in hosts:
        key = key_of(host)
        if key is not None:
            found.setdefault(key, []).append(host)
    return sorted(found.items(), key=lambda item: _order(item[0]))


def _order(key: t.Any) -> t.Any:
    if isinstance(key, tuple):
        return [_order(part) for part in key]
    return [int(part) if number else part for part, number in zip(_DIGITS.split(key), itertools.cycle((False, True)))]
