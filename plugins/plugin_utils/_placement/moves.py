# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a host has moved between two looks at it.

The number of a zone compares inside one subscription, and that of a domain inside one set and zone, also over time; see places.py.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import typing as t

Spot = t.Mapping[str, t.Any]


def moves(before: Spot, after: Spot) -> list[dict[str, t.Any]]:
    """What changed of a host's place: C(what), such as C(zone), and C(before) and C(after), as text or None. Empty where it has not moved for certain.

    :param before: C(location), C(zone), C(physical_zone), C(fault_domain), C(update_domain), C(scale_set), C(availability_set), C(subscription_id) and
        C(resource_group), as texts or None.
    """
    found = [_change(key, before, after) for key in ('location', _set_key(before, after)) if _same(before, key) != _same(after, key)]
    if not found or found[0]['what'] != 'location':
        zone = _zone_change(before, after)
        if zone:
            found.insert(0, zone)
    # Numbers of domains of two sets, or of two zones, are not of one kind.
    if not found and _set(after):
        found += [_change(key, before, after) for key in ('fault_domain', 'update_domain') if _differ(before, after, key)]
    return found


def where(spot: Spot) -> str:
    """A place in a sentence, as far as it is known."""
    zone = f'zone {spot["zone"]}' if spot.get('zone') else f'physical zone {spot["physical_zone"]}' if spot.get('physical_zone') else ''
    place = ' '.join(part for part in (spot.get('location') or 'unknown location', zone) if part)
    kind = _set(spot)
    domain = f'fault domain {spot["fault_domain"]}' if kind and spot.get('fault_domain') else ''
    return ', '.join(part for part in (place, f'{kind.replace("_", " ")} {spot[kind]}' if kind else '', domain) if part)


def _zone_change(before: Spot, after: Spot) -> dict[str, t.Any] | None:
    numbers_differ = _same(before, 'subscription_id') == _same(after, 'subscription_id') and _same(before, 'zone') != _same(after, 'zone')
    physical = bool(before.get('physical_zone') and after.get('physical_zone'))
    if not (_differ(before, after, 'physical_zone') if physical else numbers_differ):
        return None
    # People know zones by their numbers.
    return _change('zone' if numbers_differ else 'physical_zone', before, after)


def _set(spot: Spot) -> str | None:
    return next((kind for kind in ('scale_set', 'availability_set') if spot.get(kind)), None)


def _set_key(before: Spot, after: Spot) -> str:
    return _set(after) or _set(before) or 'scale_set'


def _change(key: str, before: Spot, after: Spot) -> dict[str, t.Any]:
    return {'what': key, 'before': before.get(key), 'after': after.get(key)}


def _differ(before: Spot, after: Spot, key: str) -> bool:
    """Only where both tell it: a host that no longer does has not moved for that."""
    return bool(before.get(key) and after.get(key)) and _same(before, key) != _same(after, key)


def _same(spot: Spot, key: str) -> str:
    """One text for all spellings of a name. A report puts groups before the name of a set only where others are named so."""
    text = str(spot.get(key) or '').strip().lower()
    return text.rsplit('/', 1)[-1] if key in ('scale_set', 'availability_set') else text
