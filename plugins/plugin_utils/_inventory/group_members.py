# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many hosts into their groups at once: one by one, Ansible walks through all groups above for each host and group.


This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import collections
import typing as t

from ansible.inventory.data import InventoryData
from ansible.inventory.group import Group, to_safe_group_name
from ansible.inventory.host import Host
from ansible_collections.imds.azure.plugins.plugin_utils._inventory.groups import LEVELS, placement_groups


def join_groups(inventory: InventoryData, answers: dict[str, dict[str, t.Any]], prefix: str, levels: t.Collection[str]) -> None:
    """Makes the groups that the answers call for, and their hosts members of them.

    :param answers: by the name of a host that the inventory knows.
    """
    prefix = to_safe_group_name(prefix, force=True, silent=True)
    members: dict[str, list[Host]] = collections.defaultdict(list)
    # A fleet has many hosts and few places.
    known: dict[str, list[str]] = {}
    for name, answer in answers.items():
        host = inventory.hosts[name]
        if answer['state'] == 'present':
            place = _place(answer['facts'])
            if place not in known:
                known[place] = _made(inventory, placement_groups(answer['facts'], prefix, levels), prefix)
            groups = known[place]
        else:
            groups = [inventory.add_group(f'{prefix}_{answer["state"]}')]
        for group in groups:
            members[group].append(host)
    for group, hosts in members.items():
        add_hosts(inventory.groups[group], hosts[:-1])
        # By the inventory's own method, for it makes the inventory forget what it knew of its groups. add_child would take a group of that name.
        inventory.add_host(hosts[-1].name, group)


def add_hosts(group: Group, hosts: t.Iterable[Host]) -> None:
    """What C(group.add_host) does, for many hosts at once."""
    names = group.host_names
    new = {host.name: host for host in hosts if host.name not in names}
    group.hosts.extend(new.values())
    names.update(new)
    joined = [*group.get_ancestors(), group]
    for host in new.values():
        host.populate_ancestors(joined)
    group.clear_hosts_cache()


def _place(facts: dict[str, t.Any]) -> str:
    """What the groups of a host depend on."""
    return repr([*map(facts['placement'].get, LEVELS), facts['resource'].get('resource_group')])


def _made(inventory: InventoryData, groups: list[tuple[str, str]], prefix: str) -> list[str]:
    inventory.add_group(prefix)
    for group, parent in groups:
        inventory.add_group(group)
        inventory.add_child(parent, group)
    return [prefix, *(group for group, _parent in groups)]
