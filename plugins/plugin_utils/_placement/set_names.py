# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What people call the sets of a fleet.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import collections
import typing as t

from ansible_collections.imds.azure.plugins.plugin_utils._placement.places import Place, set_of, spelled

KINDS = {'scale_set': 'scale set', 'availability_set': 'availability set'}


def set_names(fleet: t.Iterable[tuple[t.Any, str | None]]) -> dict[Place, str]:
    """The name of each set as set_of gives it: its own, with the resource group and the subscription before it where others of its kind are named so.

    Of several spellings the first in sorted order counts, so that runs agree.

    :param fleet: the value of C(azure_imds) and the name of the availability set of each host.
    """
    found: dict[Place, tuple[str, ...]] = {}
    for facts, availability_set in fleet:
        place = set_of(facts, availability_set)
        if place:
            resource = facts['resource'] if isinstance(facts.get('resource'), dict) else {}
            own = facts['placement']['scale_set'] if place[0] == 'scale_set' else availability_set
            parts = tuple(map(spelled, (resource.get('subscription_id'), resource.get('resource_group'), own)))
            found[place] = tuple(map(min, parts, found.get(place, parts)))
    endings = collections.Counter(place[:1] + place[start:] for place in found for start in (1, 2, 3))
    names = {}
    for place, parts in found.items():
        start = next((start for start in (3, 2) if endings[place[:1] + place[start:]] == 1), 1)
        names[place] = '/'.join(part for part in parts[start - 1 :] if part)
    return names


def set_title(place: Place, name: str) -> str:
    """Such as C(scale set web)."""
    return f'{KINDS[place[0]]} {name}'
