# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a rack of a fleet is: which level tells hosts apart that fail together, and the names of the racks there.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import typing as t

from ansible_collections.imds.azure.plugins.plugin_utils._placement.places import (
    Place,
    fault_domain_of,
    location_of,
    set_of,
    tag_of,
    update_domain_of,
    visible_domains,
)
from ansible_collections.imds.azure.plugins.plugin_utils._placement.rack_names import different_names, name
from ansible_collections.imds.azure.plugins.plugin_utils._placement.set_names import set_names, set_title
from ansible_collections.imds.azure.plugins.plugin_utils._placement.zones import Zone, Zones

LEVELS = ('zone', 'physical_zone', 'fault_domain', 'update_domain', 'location')
# Names of sets in the names of racks, beside those of locations and zones.
_LONGEST_SET = 30
NOT_VISIBLE = 'all its hosts report the same fault domain, and Azure spreads the hosts of Flexible and zonal sets across as many racks as it can'


class Spot(t.NamedTuple):
    """Where a host is."""

    host: str
    facts: t.Any
    location: str | None
    zone: Zone | None
    inside: Place | None
    fault_domain: Place | None
    update_domain: Place | None


class Plan:
    """What racks are, for one fleet.

    C(level) is one of LEVELS, C(warnings) are texts for people, C(set_names) has the own name of each set.

    :param fleet: the value of C(azure_imds) of each host, anything else where there is none.
    :param level: one of LEVELS, or C(auto).
    :param availability_set_tag: the tag that names the availability set of a VM.
    """

    def __init__(self, fleet: dict[str, t.Any], level: str, availability_set_tag: str | None) -> None:
        sets = {host: tag_of(facts, availability_set_tag) for host, facts in fleet.items()}
        zones = Zones(fleet.values())
        self.spots = [_spot(host, facts, zones.of(facts), sets[host]) for host, facts in fleet.items()]
        self._titles = set_names([(facts, sets[host]) for host, facts in fleet.items()])
        self.set_names = {place: title.rsplit('/', 1)[-1] for place, title in self._titles.items()}
        self._labels = different_names({place: title.replace('/', '_').lower() for place, title in self._titles.items()}, _LONGEST_SET)
        self._visible = visible_domains(spot.fault_domain for spot in self.spots)
        self.warnings: list[str] = []
        self.level = self._chosen() if level == 'auto' else level
        if level != 'auto':
            self._warn_of(level)

    def racks(self) -> dict[str, str | None]:
        """The rack of each host, None where it has nothing at the level."""
        places = {spot.host: self._place(spot) for spot in self.spots}
        wanted = {place[0]: place[1] for place in places.values() if place}
        names = different_names(wanted)
        return {host: names[place[0]] if place else None for host, place in places.items()}

    def in_path(self, spot: Spot) -> tuple[str, str]:
        """The names of its zone and its fault domain in a path, C(none) where that is not known, or does not tell where it is."""
        zone = spot.zone
        number = name(zone.numbers[0], 20) if zone and zone.numbers and (zone.is_plain or self.level == 'zone') else None
        physical = name(zone.physical) if zone and not number and not zone.is_apart else None
        domain = spot.fault_domain if self.is_visible(spot) or self.level == 'fault_domain' else None
        label = f'{self._labels[domain[:4]]}-' if domain and self._several_sets() else ''
        return number or physical or 'none', f'{label}{name(domain[-1], 20)}' if domain else 'none'

    def is_visible(self, spot: Spot) -> bool:
        """Whether the number of its fault domain tells which hosts share it."""
        return spot.fault_domain is not None and spot.fault_domain[:-1] in self._visible

    def without_set(self) -> list[str]:
        """Hosts whose numbers compare with none, for want of a set that is known."""
        return [spot.host for spot in self.spots if spot.location and not spot.inside]

    def _several_sets(self) -> bool:
        return len({spot.inside for spot in self.spots if spot.inside}) > 1

    def _place(self, spot: Spot) -> tuple[Place, str] | None:
        """What identifies the rack of a host at the level, and the name that it should have."""
        location = name(spot.location, 40)
        if self.level == 'location':
            return ((str(spot.location),), location) if location else None
        if self.level == 'physical_zone':
            physical = name(spot.zone.physical) if spot.zone else None
            return ((str(spot.zone.physical),), physical) if spot.zone and physical else None
        zone = _own_zone(spot)
        if not location:
            return None
        if self.level == 'zone':
            return ((location, zone), f'{location}-{zone}') if zone else None
        domain = spot.fault_domain if self.level == 'fault_domain' else spot.update_domain
        if not domain:
            return None
        label = self._labels[domain[:4]] if self._several_sets() else None
        kind = 'fd' if self.level == 'fault_domain' else 'ud'
        parts = [location, zone, label, f'{kind}{name(domain[-1], 20)}']
        return (location, *domain), '-'.join(part for part in parts if part)

    def _chosen(self) -> str:
        """The level that tells most of what is certain."""
        placed = [spot for spot in self.spots if spot.location]
        zones = {spot.zone for spot in placed if spot.zone}
        if len(zones) > 1 or (zones and not all(spot.zone for spot in placed)):
            if all(zone.is_plain for zone in zones):
                return 'zone'
            if all(zone.physical and not zone.is_apart for zone in zones):
                return 'physical_zone'
            self._warn_of_subscriptions('so each location is one rack')
            return 'location'
        if placed and all(self.is_visible(spot) for spot in placed):
            return 'fault_domain'
        rest = 'zone' if zones else 'location'
        if len(placed) > 1:
            reasons = [*self._hidden(placed), *self._alone(placed)]
            self.warnings.append(f'{" ".join(reasons)} Therefore, each {rest} is one rack. To avoid this warning, set the level to {rest}.')
        return rest

    def _warn_of(self, level: str) -> None:
        placed = [spot for spot in self.spots if spot.location]
        if level == 'fault_domain':
            hidden = self._hidden(placed)
            if hidden:
                self.warnings.append(f'{" ".join(hidden)} With the level fault_domain, they are one rack anyway. With the level auto, they are not.')
        elif level == 'zone' and not all(spot.zone.is_plain for spot in placed if spot.zone):
            self._warn_of_subscriptions('and the level zone treats equal numbers as one zone')

    def _warn_of_subscriptions(self, then: str) -> None:
        self.warnings.append(
            f'The hosts are in several subscriptions, where one zone number may mean different zones, {then}. '
            'Use the level physical_zone, which needs facts of api-version 2023-11-15 or later.'
        )

    def _hidden(self, spots: list[Spot]) -> list[str]:
        """Why the fault domains of some sets tell nothing."""
        hidden = {spot.inside for spot in spots if spot.inside and spot.fault_domain and not self.is_visible(spot)}
        titles = sorted(set_title(place, name(self._titles[place]) or '?') for place in hidden)
        return [f'The spread of {", ".join(titles)} is unknown: {NOT_VISIBLE}.'] if titles else []

    def _alone(self, spots: list[Spot]) -> list[str]:
        """Why those of some hosts tell nothing."""
        hosts = sorted(spot.host for spot in spots if not spot.fault_domain)
        return [f'Fault domains of {", ".join(hosts)} cannot be compared, because their set or fault domain is unknown.'] if hosts else []


def _spot(host: str, facts: t.Any, zone: Zone | None, availability_set: str | None) -> Spot:
    location = location_of(facts)
    domains = fault_domain_of(facts, availability_set), update_domain_of(facts, availability_set)
    return Spot(host, facts, location[0] if location else None, zone, set_of(facts, availability_set), *domains)


def _own_zone(spot: Spot) -> str | None:
    """The number by which the host's own subscription knows its zone."""
    return name(spot.facts['placement'].get('zone'), 20) if spot.zone else None
