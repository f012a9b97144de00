# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The groups that a host calls for by its facts: plain Python, for a template for each host costs twenty times as much.

Which of them there are is settled for the whole fleet in group_tree: a name may stand for one place only.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import typing as t

from ansible.inventory.group import to_safe_group_name
from ansible_collections.imds.azure.plugins.plugin_utils._placement.places import Place, set_of, spelled

LEVELS = ('location', 'zone', 'physical_zone', 'fault_domain', 'update_domain', 'scale_set', 'placement_group')


class Shape(t.NamedTuple):
    """How the tree is to look: options of the plugin."""

    prefix: str = 'azure'
    levels: t.Collection[str] = LEVELS
    scale_set_scope: str = 'name'


class Standing(t.NamedTuple):
    """What the groups of a host depend on, as it is spelt; '' for what is not known or does not apply."""

    location: str
    zone: str
    physical_zone: str
    fault_domain: str
    update_domain: str
    placement_group: str
    subscription: str
    resource_group: str
    set_name: str
    # As places.set_of tells it, which knows no spelling.
    set: Place | None


class Wanted(t.NamedTuple):
    """A group that a host calls for."""

    # A level, or of what has to do with sets: same_name (all sets of a name, where each has a group of its own below), set, zone_of_set, domain_of_set.
    kind: str
    name: str
    # Two hosts that claim one name for different places cannot both have it. Domains of one set and zone claim together, whatever their numbers.
    claimed: str
    place: Place


Branch = list[Wanted]


def standing(facts: dict[str, t.Any], availability_set: str = '') -> Standing:
    """What the groups of a host depend on.

    :param facts: the value of C(azure_imds) of a host that answered.
    :param availability_set: its name, which counts for a host outside scale sets only.
    """
    place, resource = facts['placement'], facts['resource']
    of_host = spelled(availability_set)
    return Standing(
        location=spelled(place.get('location')),
        zone=spelled(place.get('zone')),
        physical_zone=spelled(place.get('physical_zone')),
        fault_domain=_number(place.get('fault_domain')),
        update_domain=_number(place.get('update_domain')),
        placement_group=spelled(place.get('placement_group')),
        subscription=spelled(resource.get('subscription_id')),
        resource_group=spelled(resource.get('resource_group')),
        set_name=spelled(place.get('scale_set')) or of_host,
        set=set_of(facts, of_host),
    )


def branches(at: Standing, shape: Shape) -> list[Branch]:
    """The groups of one host: branches that begin below the group of all hosts, each from the top to the deepest group."""
    place = (at.location.lower(), at.zone.lower())
    region: Branch = []
    if at.location and 'location' in shape.levels:
        region.append(_wanted(shape, 'location', ('location', at.location), place[:1]))
    if at.location and at.zone and 'zone' in shape.levels:
        region.append(_wanted(shape, 'zone', ('zone', at.location, at.zone), place))
    levels = [
        [_wanted(shape, level, (level, value), (value.lower(),))]
        for level in ('physical_zone', 'fault_domain', 'update_domain', 'placement_group')
        if level in shape.levels and (value := getattr(at, level))
    ]
    return [branch for branch in (region, *levels, _of_set(at, shape)) if branch]


def _of_set(at: Standing, shape: Shape) -> Branch:
    """The groups of a scale set, else of an availability set."""
    if at.set is None or (at.set[0] == 'scale_set' and 'scale_set' not in shape.levels):
        return []
    of_group = shape.scale_set_scope == 'resource_group'
    name = (at.set_name, at.resource_group) if of_group else (at.set_name,)
    zoned = (*name, 'zone', at.zone) if at.zone else name
    kind, whole, zone = ('vmss' if at.set[0] == 'scale_set' else 'availability_set'), (*at.set, ''), (*at.set, at.zone.lower())
    found = []
    if of_group and kind == 'vmss':
        found.append(_wanted(shape, 'same_name', (kind, at.set_name), (at.set[-1],)))
    if of_group and not at.resource_group:
        return found
    found.append(_wanted(shape, 'set', (kind, *name), whole))
    if at.zone and kind == 'vmss' and 'zone' in shape.levels:
        found.append(_wanted(shape, 'zone_of_set', (kind, *zoned), zone))
    if at.fault_domain and 'fault_domain' in shape.levels:
        found.append(_wanted(shape, 'domain_of_set', ('fault_domain', *zoned), zone, at.fault_domain))
    return found


def _wanted(shape: Shape, kind: str, parts: tuple[str, ...], place: Place, number: str = '') -> Wanted:
    claimed = group_name(shape.prefix, *parts)
    return Wanted(kind, f'{claimed}_{number}' if number else claimed, claimed.lower(), place)


def group_name(*parts: str) -> str:
    """Parts of a name as Ansible takes it."""
    return to_safe_group_name('_'.join(parts), force=True, silent=True)


def _number(value: t.Any) -> str:
    """The number of a domain. With anything else in it, two names could be read in two ways."""
    text = spelled(value)
    return text if text.isdecimal() and text.isascii() else ''
