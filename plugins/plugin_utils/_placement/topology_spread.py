# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the hosts of a service, a set or a tag are spread over the places of a fleet.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.imds.azure.plugins.plugin_utils._placement.places import Place, visible_domains
from ansible_collections.imds.azure.plugins.plugin_utils._placement.zones import Zone

Host = dict[str, t.Any]
Spread = dict[str, t.Any]
NOWHERE = 'unknown location'
T = t.TypeVar('T')


class Member(t.NamedTuple):
    """A host that told where it is, with its places as places.py tells them."""

    host: Host
    location: str | None
    zone: Zone | None
    inside: Place | None
    # What people call the set.
    title: str | None
    fault_domain: Place | None
    update_domain: Place | None

    @property
    def visible_in(self) -> Place | None:
        """The set, or the zone of a set, inside which the host's fault domain compares."""
        return self.fault_domain[:-1] if self.fault_domain else None


class Fleet:
    """The places that there are, also those that hold nothing of a service.

    :param members: all hosts that told where they are.
    """

    def __init__(self, members: list[Member]) -> None:
        self.members = members
        self.visible = visible_domains(member.fault_domain for member in members)
        self.visible_updates = visible_domains(member.update_domain for member in members)
        self._zones: dict[tuple[t.Any, ...], dict[Place, Zone]] = {}
        self._domains: dict[Place, set[str]] = {}
        for member in members:
            if member.zone:
                self._zones.setdefault(_zones_key(member.location, member.zone), {})[member.zone.place] = member.zone
            if member.visible_in and member.fault_domain:
                self._domains.setdefault(member.visible_in, set()).add(member.fault_domain[-1])

    def zones(self, location: str | None, zones: list[Zone]) -> list[Zone]:
        """All that compare with these."""
        found = {place: zone for one in zones for place, zone in self._zones[_zones_key(location, one)].items()}
        return in_order(list(found.values()), lambda zone: zone.title)

    def domains(self, visible_in: Place) -> list[str]:
        return in_order(list(self._domains[visible_in]), lambda number: number)


def _zones_key(location: str | None, zone: Zone) -> tuple[t.Any, ...]:
    """Equal for zones that compare."""
    return location, zone.subscription if zone.is_apart else None


def spread_of(name: str, members: list[Member], fleet: Fleet) -> Spread:
    """How many of these hosts are in each place, a JSON value.

    A place is a zone; in a location where none of them has a zone, a fault domain, where the set shows more than one; and the set or the location of hosts
    whose place inside of that is not known.

    :returns: C(name), C(count), C(locations), C(zonal), whether any of them has a zone, C(skew), the most hosts of a place minus the least of one that it
        compares with, C(spread), a list of places with C(place), C(within), C(location), C(zone), C(physical_zone), C(scope), C(fault_domain), C(known),
        C(count) and C(hosts), and C(update_domains), a list with C(place), C(update_domain), C(count) and C(hosts).
    """
    places: list[dict[str, t.Any]] = []
    skew = 0
    locations = by(members, lambda member: member.location)
    for location, there in locations:
        for compared in _compared(location, there, fleet):
            # A place that holds none is one that the hosts could have been in.
            counts = [place['count'] for place in compared if place['known']]
            skew = max(skew, max(counts, default=0) - min(counts, default=0))
            places += compared
    return {
        'name': name,
        'count': len(members),
        'locations': [location or NOWHERE for location, _there in locations],
        'zonal': any(member.zone for member in members),
        'skew': skew,
        'spread': places,
        'update_domains': _update_domains(members, fleet),
    }


def compares(place: dict[str, t.Any]) -> tuple[t.Any, ...]:
    """Equal for places whose numbers of hosts compare."""
    return place['location'], place['scope'], place['known']


def zone_text(location: str | None, zone: Zone) -> str:
    """A zone in a sentence; names of physical zones begin with the location."""
    return f'{location or NOWHERE} {zone.name}' if zone.is_plain or zone.is_apart else zone.name


def by(members: list[Member], key: t.Callable[[Member], str | None]) -> list[tuple[str | None, list[Member]]]:
    """Hosts by something that they have, in order, those without it last."""
    found: dict[str | None, list[Member]] = {}
    for member in members:
        found.setdefault(key(member), []).append(member)
    return [(value, found[value]) for value in in_order(list(found), lambda value: value)]


def in_order(items: list[T], key: t.Callable[[T], str | None]) -> list[T]:
    """By their texts, numbers in these as numbers, and none last."""

    def parts(item: T) -> tuple[bool, list[tuple[bool, int, str]]]:
        text = key(item)
        # A number is compared by its length first, for Python refuses to read very long ones.
        return text is None, [(not part.isdecimal(), len(part.lstrip('0')) * part.isdecimal(), part) for part in re.split(r'(\d+)', text or '') if part]

    return sorted(items, key=parts)


def _compared(location: str | None, members: list[Member], fleet: Fleet) -> t.Iterator[list[dict[str, t.Any]]]:
    """The places of one location, in lists of those that compare."""
    zones = [member.zone for member in members if member.zone]
    if zones:
        named = fleet.zones(location, zones)
        for subscription in in_order(list({zone.subscription if zone.is_apart else None for zone in named}), lambda value: value):
            yield [_zone(location, zone, members) for zone in named if not subscription or zone.subscription == subscription]
        rest = [member for member in members if not member.zone]
        if rest:
            yield [_place(f'no zone in {location or NOWHERE}', 'no zone', location, rest)]
        return
    sets: dict[tuple[Place | None, Place | None], list[Member]] = {}
    for member in members:
        sets.setdefault((member.inside, member.visible_in if member.visible_in in fleet.visible else None), []).append(member)
    for (_inside, visible), there in in_order(list(sets.items()), lambda item: item[1][0].title):
        title = there[0].title
        if visible:
            yield [_fault_domain(location, title, visible, number, there) for number in fleet.domains(visible)]
        else:
            name = f'{title} in {location or NOWHERE}' if title else location or NOWHERE
            yield [_place(name, 'spread unknown' if title else 'placement unknown', location, there, scope=title)]


def _zone(location: str | None, zone: Zone, members: list[Member]) -> dict[str, t.Any]:
    named = zone.is_plain or zone.is_apart
    return _place(
        zone_text(location, zone),
        zone.title,
        location,
        [member for member in members if member.zone == zone],
        scope=f'subscription {zone.subscription}' if zone.is_apart else None,
        zone=zone.numbers[0] if named else None,
        physical_zone=zone.physical,
        known=True,
    )


def _fault_domain(location: str | None, title: str | None, visible: Place, number: str, members: list[Member]) -> dict[str, t.Any]:
    return _place(
        f'fault domain {number} of {title} in {location or NOWHERE}',
        f'fault domain {number}',
        location,
        [member for member in members if member.fault_domain == (*visible, number)],
        scope=title,
        fault_domain=number,
        known=True,
    )


def _place(place: str, within: str, location: str | None, there: list[Member], **more: t.Any) -> dict[str, t.Any]:
    return {
        'place': place,
        'within': within,
        'location': location,
        'zone': None,
        'physical_zone': None,
        'scope': None,
        'fault_domain': None,
        'known': False,
        **more,
        'count': len(there),
        'hosts': [member.host['name'] for member in there],
    }


def _update_domains(members: list[Member], fleet: Fleet) -> list[dict[str, t.Any]]:
    """Azure updates the domains of one set in turn. A number that all hosts of a set say is no domain, nor is one outside of sets."""
    found: dict[Place | None, list[Member]] = {}
    for member in members:
        domain = member.update_domain
        found.setdefault(domain if domain and domain[:-1] in fleet.visible_updates else None, []).append(member)
    domains = [
        {
            'place': f'update domain {domain[-1]} of {there[0].title} in {there[0].location or NOWHERE}' if domain else 'no update domain',
            'update_domain': domain[-1] if domain else None,
            'count': len(there),
            'hosts': [member.host['name'] for member in there],
        }
        for domain, there in found.items()
    ]
    return in_order(domains, lambda domain: domain['place'] if domain['update_domain'] else None)
