# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tree of groups that a host stands in by its facts: plain Python, for a template for each host costs twenty times as much.

Numbers of zones compare only inside a location, numbers of fault domains only inside a scale set or an availability set (IMDS documentation).

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import typing as t

from ansible.inventory.group import to_safe_group_name

LEVELS = ('location', 'zone', 'physical_zone', 'fault_domain', 'scale_set')


def placement_groups(facts: dict[str, t.Any], prefix: str = 'azure', levels: t.Collection[str] = LEVELS) -> list[tuple[str, str]]:
    """Gives (group, parent) for all groups of one host, parents first; it is a member of each, and of the group that the prefix names.

    :param facts: the value of C(azure_imds) of a host that answered.
    :param levels: which of LEVELS are wanted. A host without a value for a level is left out of it.
    """
    place = facts['placement']
    groups: list[tuple[str, str]] = []

    def add(parent: str, *parts: t.Any) -> str:
        name = to_safe_group_name('_'.join(str(part) for part in (prefix, *parts)), force=True, silent=True)
        groups.append((name, parent))
        return name

    location, zone, domain, scale_set = (place.get(level) for level in ('location', 'zone', 'fault_domain', 'scale_set'))
    above = add(prefix, 'location', location) if location and 'location' in levels else prefix
    if location and zone and 'zone' in levels:
        add(above, 'zone', location, zone)
    if place.get('physical_zone') and 'physical_zone' in levels:
        add(prefix, 'physical_zone', place['physical_zone'])
    if domain is not None and 'fault_domain' in levels:
        plain = add(prefix, 'fault_domain', domain)
        scope = scale_set or facts['resource'].get('resource_group')
        if scope:
            add(plain, 'fault_domain', scope, domain)
    if scale_set and 'scale_set' in levels:
        whole = add(prefix, 'vmss', scale_set)
        if zone and 'zone' in levels:
            add(whole, 'vmss', scale_set, 'zone', zone)
    return groups
