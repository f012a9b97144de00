# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the zones of a fleet compare, and what people call them.

Zones compare by their physical zone where each host of a location that has a zone tells it, else by their number inside one subscription. Pure: names are as
the hosts gave them.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import typing as t

from ansible_collections.imds.azure.plugins.plugin_utils._placement.places import Place, have_physical_zones, location_of, spelled, zone_of


class Zone(t.NamedTuple):
    """A zone, with all that hosts say of it."""

    place: Place
    # The numbers that subscriptions know it by, usually one.
    numbers: tuple[str, ...]
    physical: str | None
    subscription: str
    # Whether its number means this zone in all subscriptions of its location.
    is_plain: bool
    # Whether zones of another subscription of its location may be the same one or not.
    is_apart: bool

    @property
    def name(self) -> str:
        """For a sentence."""
        if self.is_apart:
            return f'zone {self.numbers[0]} of subscription {self.subscription}'
        return f'zone {self.numbers[0]}' if self.is_plain else f'physical zone {self.physical}'

    @property
    def title(self) -> str:
        """With the other names that it has."""
        if self.is_plain or self.is_apart:
            return f'{self.name} ({self.physical})' if self.physical else self.name
        return f'{self.name} (zone {" or ".join(self.numbers)}, by subscription)' if self.numbers else self.name


class Zones:
    """The zones of a fleet.

    :param fleet: the value of C(azure_imds) of each host, anything else where there is none.
    """

    def __init__(self, fleet: t.Iterable[t.Any]) -> None:
        places: dict[Place | None, list[t.Any]] = {}
        for facts in fleet:
            places.setdefault(location_of(facts), []).append(facts)
        self._physical = {location: have_physical_zones(there) for location, there in places.items()}
        self._zones: dict[Place, Zone] = {}
        for location, there in places.items():
            self._zones.update(_zones_of(there, self._physical[location]))

    def of(self, facts: t.Any) -> Zone | None:
        """The zone of one of the hosts."""
        place = zone_of(facts, self._physical[location_of(facts)])
        return self._zones[place] if place else None

    def all(self) -> list[Zone]:
        return list(self._zones.values())


def _zones_of(there: list[t.Any], physical: bool) -> dict[Place, Zone]:
    """The zones of one location."""
    said: dict[Place, list[dict[str, str]]] = {}
    for facts in there:
        place = zone_of(facts, physical)
        if place:
            resource = facts['resource'] if isinstance(facts.get('resource'), dict) else {}
            names = {key: spelled(facts['placement'].get(key)) for key in ('zone', 'physical_zone')}
            said.setdefault(place, []).append({**names, 'subscription': spelled(resource.get('subscription_id'))})
    numbers = {place: {name['zone'] for name in names if name['zone']} for place, names in said.items()}
    # A number that means two zones, or a zone of two numbers, makes all numbers of the location ambiguous.
    used = [number for found in numbers.values() for number in found]
    is_plain = all(len(found) == 1 for found in numbers.values()) and len(used) == len(set(used))
    is_apart = not physical and len({place[0] for place in said}) > 1
    return {
        place: Zone(
            place,
            tuple(sorted(numbers[place])),
            min((name['physical_zone'] for name in names if name['physical_zone']), default=None),
            min(name['subscription'] for name in names),
            is_plain and not is_apart,
            is_apart,
        )
        for place, names in said.items()
    }
