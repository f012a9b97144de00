# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the hosts of a service, a scale set or a tag are spread over the places of a fleet.

Numbers of zones compare only inside a location, numbers of fault domains only inside a scale set or an availability set (IMDS documentation).

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import typing as t

Host = dict[str, t.Any]
Spread = dict[str, t.Any]
NOWHERE = 'unknown location'


class Fleet:
    """The places that there are, also those that hold nothing of a service: zones by location, and fault domains by scale set.

    :param hosts: all hosts that told where they stand.
    """

    def __init__(self, hosts: list[Host]) -> None:
        self._zones: dict[t.Any, set[str]] = {}
        self._domains: dict[t.Any, set[str]] = {}
        for host in hosts:
            if host['zone']:
                self._zones.setdefault(host['location'], set()).add(host['zone'])
            elif host['fault_domain']:
                self._domains.setdefault((host['location'], host['scale_set']), set()).add(host['fault_domain'])

    def zones(self, location: str | None) -> set[str]:
        return self._zones.get(location, set())

    def fault_domains(self, location: str | None, scale_set: str | None) -> set[str]:
        """Of a resource group nothing is told: its availability sets have numbers of their own."""
        return self._domains.get((location, scale_set), set()) if scale_set else set()


def spread_of(name: str, members: list[Host], fleet: Fleet) -> Spread:
    """How many of these hosts stand in each place, a JSON value.

    A place is a zone; in a location where none of them has a zone, a fault domain; and for hosts that tell neither, the location.

    :returns: C(name), C(count), C(locations), C(zonal), whether any of them has a zone, C(skew), the most hosts of a place minus the least of one that it
        compares with, C(spread), a list of places with C(place), C(within), the last part of that, C(location), C(zone), C(scope), C(fault_domain),
        C(count) and C(hosts), and C(update_domains), a list with C(place), C(update_domain), C(count) and C(hosts).
    """
    places: list[dict[str, t.Any]] = []
    skew = 0
    for location, there in by_key(members, 'location'):
        for compared in _compared(location, there, fleet):
            # A place that holds none is one that the hosts could have stood in.
            counts = [place['count'] for place in compared if is_known(place)]
            skew = max(skew, max(counts, default=0) - min(counts, default=0))
            places += compared
    return {
        'name': name,
        'count': len(members),
        'locations': [location or NOWHERE for location, _there in by_key(members, 'location')],
        'zonal': any(host['zone'] for host in members),
        'skew': skew,
        'spread': places,
        'update_domains': _update_domains(members),
    }


def is_known(place: dict[str, t.Any]) -> bool:
    """Whether it is a zone or a fault domain, and not only a location in which a host is somewhere."""
    return bool(place['zone'] or place['fault_domain'])


def compares(place: dict[str, t.Any]) -> tuple[t.Any, ...]:
    """Equal for places whose numbers of hosts compare."""
    return place['location'], place['scope'], is_known(place)


def by_key(hosts: list[Host], key: str) -> list[tuple[t.Any, list[Host]]]:
    """Hosts by the value of a key, sorted, those without one last."""
    found: dict[t.Any, list[Host]] = {}
    for host in hosts:
        found.setdefault(host[key], []).append(host)
    return [(value, found[value]) for value in _ordered(found)]


def _ordered(values: t.Iterable[str | None]) -> list[str | None]:
    """Names in their order, numbers as numbers, and none last."""
    return sorted(values, key=lambda value: (value is None, not (value or '').isdecimal(), len(value or '') if (value or '').isdecimal() else 0, value or ''))


def _compared(location: str | None, members: list[Host], fleet: Fleet) -> t.Iterator[list[dict[str, t.Any]]]:
    """The places of one location, in lists of those that compare."""
    if any(host['zone'] for host in members):
        yield _places(members, 'zone', fleet.zones(location), location)
        return
    for scope, inside in by_key(members, 'scope'):
        yield _places(inside, 'fault_domain', fleet.fault_domains(location, inside[0]['scale_set']), location, scope)


def _places(members: list[Host], key: str, known: set[str], location: str | None, scope: str | None = None) -> list[dict[str, t.Any]]:
    there: dict[t.Any, list[Host]] = {**{value: [] for value in known}, **dict(by_key(members, key))}
    return [
        {
            'place': _place(location, scope, key, value),
            'within': _domain(key, value),
            'location': location,
            'zone': value if key == 'zone' else None,
            'scope': scope,
            'fault_domain': value if key == 'fault_domain' else None,
            'count': len(there[value]),
            'hosts': [host['name'] for host in there[value]],
        }
        for value in _ordered(there)
    ]


def _update_domains(members: list[Host]) -> list[dict[str, t.Any]]:
    """Azure updates the domains of one scope in turn."""
    return [
        {'place': _place(location, scope, 'update_domain', domain), 'update_domain': domain, 'count': len(hosts), 'hosts': [host['name'] for host in hosts]}
        for location, there in by_key(members, 'location')
        for scope, inside in by_key(there, 'scope')
        for domain, hosts in by_key(inside, 'update_domain')
    ]


def _place(location: str | None, scope: str | None, key: str, value: str | None) -> str:
    return ', '.join(part for part in (location or NOWHERE, scope, _domain(key, value)) if part)


def _domain(key: str, value: str | None) -> str:
    kind = key.replace('_', ' ')
    return f'{kind} {value}' if value else f'no {kind}'
