# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which places are the same, and which numbers compare: what groups, racks, batches and reports agree on.

The rules are Azure's. The number of a fault or update domain compares only inside one scale set or availability set, and in a zonal set only inside one
zone. The number of a zone is logical: it compares inside one subscription and location, while physical zones compare everywhere. Names of resources have no
case, and a name is one of many: a set is identified by subscription, resource group and name.

Every place is a tuple of texts, equal where two hosts are in one place, and None where that is not known.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import typing as t

Place = tuple[str, ...]


def set_of(facts: t.Any, availability_set: str | None = None) -> Place | None:
    """The scale set of a VM, else its availability set: C((kind, subscription, resource group, name)) with the kind C(scale_set) or C(availability_set).

    :param facts: the value of C(azure_imds), anything else where there is none.
    :param availability_set: its name, which the service does not tell.
    """
    resource = _dict(facts, 'resource')
    scale_set = _same(_dict(facts, 'placement').get('scale_set'))
    kind, name = ('scale_set', scale_set) if scale_set else ('availability_set', _same(availability_set))
    return (kind, _same(resource.get('subscription_id')), _same(resource.get('resource_group')), name) if name else None


def location_of(facts: t.Any) -> Place | None:
    """The region of a VM: C((location,))."""
    location = _same(_dict(facts, 'placement').get('location'))
    return (location,) if location else None


def zone_of(facts: t.Any, physical: bool) -> Place | None:
    """The availability zone of a VM: C((physical zone,)), or C((subscription, location, zone)).

    :param physical: whether the physical zone is wanted; only where all hosts that are compared have it, see have_physical_zones.
    """
    placement = _dict(facts, 'placement')
    if physical:
        zone = _same(placement.get('physical_zone'))
        return (zone,) if zone else None
    zone, location = _same(placement.get('zone')), _same(placement.get('location'))
    return (_same(_dict(facts, 'resource').get('subscription_id')), location, zone) if zone and location else None


def have_physical_zones(fleet: t.Iterable[t.Any]) -> bool:
    """Whether the zones of hosts may be compared as physical ones: each host that has a zone must have that."""
    places = [_dict(facts, 'placement') for facts in fleet]
    return all(place.get('physical_zone') for place in places if place.get('zone'))


def fault_domain_of(facts: t.Any, availability_set: str | None = None) -> Place | None:
    """The fault domain of a VM inside its set: what set_of gives, the zone ('' for none) and the number."""
    return _domain(facts, 'fault_domain', availability_set)


def update_domain_of(facts: t.Any, availability_set: str | None = None) -> Place | None:
    """The update domain of a VM inside its set, as fault_domain_of."""
    return _domain(facts, 'update_domain', availability_set)


def visible_domains(domains: t.Iterable[Place | None]) -> set[Place]:
    """The sets, or the zones of sets, whose numbers of domains tell which hosts stand together: C((*set, zone)).

    Where all hosts of a scale set say one number, it does not tell how they are spread: Flexible and zonal sets have one fault domain by default, and Azure
    spreads their hosts as widely as it can (max spreading). An availability set always has domains.

    :param domains: as fault_domain_of or update_domain_of gives them.
    """
    numbers: dict[Place, set[str]] = {}
    for domain in domains:
        if domain:
            numbers.setdefault(domain[:-1], set()).add(domain[-1])
    return {place for place, seen in numbers.items() if len(seen) > 1 or place[0] == 'availability_set'}


def tag_of(facts: t.Any, name: str | None) -> str | None:
    """The value of a tag, whose name has no case; None where there is none, or no name.

    :param name: such as the name of the tag that tells a VM's availability set.
    """
    if not name:
        return None
    return next((str(value) for key, value in _dict(facts, 'tags').items() if str(key).lower() == name.lower() and str(value)), None)


def _domain(facts: t.Any, key: str, availability_set: str | None) -> Place | None:
    placement, inside = _dict(facts, 'placement'), set_of(facts, availability_set)
    number = _same(placement.get(key))
    return (*inside, _same(placement.get('zone')), number) if inside and number else None


def _same(value: t.Any) -> str:
    """One text for all spellings of a name; '' for none."""
    return spelled(value).lower()


def spelled(value: t.Any) -> str:
    """A name as somebody wrote it; '' for none and for what is no name."""
    return str(value).strip() if isinstance(value, (str, int)) and not isinstance(value, bool) else ''


def _dict(facts: t.Any, key: str) -> dict[str, t.Any]:
    value = facts.get(key) if isinstance(facts, dict) else None
    return value if isinstance(value, dict) else {}
