# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What people are told of places that come to one name: which they are, what became of the groups, and what tells them apart.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import typing as t

from ansible_collections.imds.azure.plugins.plugin_utils._inventory.group_tree import Claim, Claims
from ansible_collections.imds.azure.plugins.plugin_utils._inventory.groups import Shape, Standing, Wanted, group_name
from ansible_collections.imds.azure.plugins.plugin_utils._placement.places import Place
from ansible_collections.imds.azure.plugins.plugin_utils._placement.printable import printable

_PARTS = ('zone_of_set', 'domain_of_set')
_BY_OPTION = 'To tell them apart, set scale_set_scope: resource_group.'
_LEFT_OUT = 'Groups of their zones and fault domains would be wrong and are left out.'


def collisions(claims: Claims, standings: t.Iterable[Standing], shape: Shape) -> list[str]:
    """One warning for each cause, in the same order for the same fleet.

    :param standings: those of the whole fleet.
    """
    return [*_sets_of_one_name(claims, shape), *_parts_of_sets(claims, shape), *_places_of_one_name(claims), *_crossed_zones(claims, standings, shape)]


def _sets_of_one_name(claims: Claims, shape: Shape) -> list[str]:
    """Sets that share a group. Those that an option tells apart are one warning, for dev and prod may have all of their sets in common."""
    warnings, by_option = [], []
    share_a_group = _sharing(claims)
    for claimed in sorted(claims.by_name):
        sets = claims.sets(claimed)
        same_name = [claim for claim in claims.of(claimed) if claim.wanted.kind == 'same_name']
        # Unless the sets share a group below it too, of which people are told.
        names = {claim.at.set[-1] for claim in same_name if claim.at.set}
        if len(same_name) > 1 and not any(names <= {place[-1] for place in together} for together in share_a_group):
            warnings.append(f'{_name(same_name)} contains {_listed(_described(same_name))}. The groups below it tell them apart.')
        if len(sets) < 2:
            continue
        if len({claim.above for claim in sets}) > 1:
            warnings.append(f'{_name(sets)} could mean {_listed(_described(sets))}, so it is left out. {_LEFT_OUT} {_remedy(sets, shape)}')
        elif _told_apart_by_resource_group(sets, shape):
            by_option.append(f'{_name(sets)} contains {_listed(_described(sets))}')
        else:
            warnings.append(f'{_name(sets)} contains {_listed(_described(sets))}. {_LEFT_OUT} {_remedy(sets, shape)}')
    if by_option:
        warnings.insert(0, f'{"; ".join(by_option)}. {_LEFT_OUT} {_BY_OPTION}')
    return warnings


def _parts_of_sets(claims: Claims, shape: Shape) -> list[str]:
    """Zones and domains of sets whose groups would have the name of another one. What is due to sets that share a group is told there."""
    share_a_group = _sharing(claims)
    found: dict[tuple[Place, ...], tuple[list[Claim], set[str]]] = {}
    for claimed in claims.by_name:
        claimants = claims.of(claimed)
        kinds, sets = {claim.wanted.kind for claim in claimants}, {claim.at.set for claim in claimants}
        if len(claimants) < 2 or not (kinds & {*_PARTS} or kinds == {'same_name', 'set'}):
            continue
        if kinds <= {*_PARTS} and any(sets <= together for together in share_a_group):
            continue
        key = tuple(sorted(claim.wanted.place for claim in claimants))
        name = _name(claimants)
        found.setdefault(key, (claimants, set()))[1].add(f'{name}_...' if 'domain_of_set' in kinds else name)
    warnings = []
    for claimants, names in (found[key] for key in sorted(found)):
        could = f'{_listed(sorted(names))} could mean {_listed(_described(claimants))}'
        warnings.append(f'{could}. Only a group of a whole set keeps such a name, other groups are left out. {_remedy(claimants, shape)}')
    return warnings


def _sharing(claims: Claims) -> list[set[Place]]:
    """The sets that share a group with others, together."""
    found = [{claim.at.set for claim in claims.sets(claimed) if claim.at.set} for claimed in claims.by_name]
    return [sets for sets in found if len(sets) > 1]


def _places_of_one_name(claims: Claims) -> list[str]:
    warnings = []
    for claimed in sorted(claims.by_name):
        claimants = claims.of(claimed)
        kind = claimants[0].wanted.kind
        if len(claimants) > 1 and kind in ('location', 'zone', 'physical_zone', 'placement_group'):
            could = f'{_name(claimants)} could mean {_listed(_described(claimants))}, so it is left out'
            # A zone by its location, unless they have that in common.
            key = 'location' if kind == 'zone' and len({claim.wanted.place[0] for claim in claimants}) > 1 else kind
            warnings.append(f'{could}. {_by_condition(key, claimants[0].at._asdict()[key])}')
    return warnings


def _crossed_zones(claims: Claims, standings: t.Iterable[Standing], shape: Shape) -> list[str]:
    """Zones of one number that are known to be different ones."""
    physical: dict[Place, dict[str, str]] = {}
    for at in sorted(standings):
        if at.physical_zone:
            numbers = physical.setdefault((at.location.lower(), at.zone.lower()), {})
            numbers.setdefault(at.physical_zone.lower(), f'{at.physical_zone} in subscription {at.subscription or "unknown"}')
    crossed = []
    for claimed in sorted(claims.by_name):
        claimants = claims.of(claimed)
        wanted = claimants[0].wanted
        if wanted.kind == 'zone' and len(claimants) == 1 and len(physical.get(wanted.place, ())) > 1:
            zones = physical[wanted.place]
            crossed.append(f'{_name(claimants)} ({_listed([printable(zones[zone]) for zone in sorted(zones)])})')
    if not crossed:
        return []
    told = f'Subscriptions number their zones differently, so these groups contain more than one zone: {"; ".join(crossed)}'
    add = '' if 'physical_zone' in shape.levels else 'Add physical_zone to levels: '
    return [f'{told}. {add}The groups {shape.prefix}_physical_zone_... tell them apart.']


def _told_apart_by_resource_group(claimants: list[Claim], shape: Shape) -> bool:
    """Whether names with the resource group in them would differ."""
    if shape.scale_set_scope != 'name':
        return False
    names = {group_name('', claim.at.set_name, claim.at.resource_group, *_zone(claim)).lower() for claim in claimants}
    return len(names) == len(claimants)


def _zone(claim: Claim) -> tuple[str, ...]:
    """What is at the end of the name of a part of a set, where that has zones."""
    return ('zone', claim.at.zone) if claim.wanted.kind in _PARTS and claim.at.zone else ()


def _remedy(claimants: list[Claim], shape: Shape) -> str:
    if _told_apart_by_resource_group(claimants, shape):
        return _BY_OPTION
    if any(claim.at.set and claim.at.set[0] == 'availability_set' for claim in claimants):
        return 'To tell them apart, change the expression in availability_set so that the names differ.'
    if len({claim.at.subscription for claim in claimants}) > 1:
        return 'To tell them apart, add a keyed_groups entry with the key azure_imds.resource.subscription_id.'
    return _by_condition('scale_set', claimants[0].at.set_name)


def _by_condition(key: str, value: str) -> str:
    return f'To tell them apart, use the groups option with a condition such as azure_imds.placement.{key} == {printable(value)!r}'


def _name(claimants: list[Claim]) -> str:
    """The name that they claim, as it is shown."""
    return min(claim.wanted.name[: len(claim.wanted.claimed)] for claim in claimants)


def _described(claimants: list[Claim]) -> list[str]:
    """Each place in words, with as much of its identity as tells it from the others."""
    for most in range(3):
        texts = sorted(_in_words(claim.wanted, claim.at, most) for claim in claimants)
        if len(set(texts)) == len(texts):
            break
    return texts


def _in_words(wanted: Wanted, at: Standing, most: int) -> str:
    if wanted.kind in ('location', 'physical_zone', 'placement_group'):
        return printable(f'{wanted.kind.replace("_", " ")} {at._asdict()[wanted.kind]}')
    if wanted.kind == 'zone':
        return printable(f'zone {at.zone} of {at.location}')
    if wanted.kind == 'same_name':
        return printable(f'the scale sets named {at.set_name}')
    part = f'zone {at.zone} of ' if wanted.kind in _PARTS and at.zone else ''
    words = f'{part}{"scale set" if at.set and at.set[0] == "scale_set" else "availability set"} {at.set_name}'
    words += f' in resource group {at.resource_group}' if most > 0 else ''
    return printable(words + (f' of subscription {at.subscription or "unknown"}' if most > 1 else ''))


def _listed(texts: list[str]) -> str:
    return ' and '.join([', '.join(texts[:-1]), texts[-1]] if len(texts) > 1 else texts)
