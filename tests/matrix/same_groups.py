# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many hosts added to groups at once, beside the same hosts added by Ansible one by one: an inventory must not tell the difference.

A program, for it runs with each ansible-core: ``python same_groups.py``. It makes inventories up, always the same ones, and fails at the first difference.
"""

from __future__ import annotations

import random
from typing import Any

from ansible.inventory.data import InventoryData
from ansible.plugins.loader import init_plugin_loader

Plan = dict[str, Any]


def main() -> None:
    init_plugin_loader()
    # Only importable once Ansible has set its loader of collections up.
    from ansible_collections.imds.azure.plugins.plugin_utils._inventory.group_members import add_hosts

    def at_once(inventory: InventoryData, group: str, names: list[str]) -> None:
        add_hosts(inventory, [([group], names)])

    def one_by_one(inventory: InventoryData, group: str, names: list[str]) -> None:
        for name in sorted(names):
            inventory.groups[group].add_host(inventory.hosts[name])

    for seed in range(300):
        plan = made_up(random.Random(seed))
        seen = [after(plan, way) for way in (at_once, one_by_one)]
        for mine, theirs in zip(*seen, strict=True):
            assert mine == theirs, f'seed {seed}: {mine} is not {theirs}'


def made_up(chance: random.Random) -> Plan:
    """A tree of groups (a child has a higher number than its parents), hosts in some of them before, and what is to be added."""
    groups = [f'g{number}' for number in range(chance.randint(1, 8))]
    hosts = [f'h{number}' for number in range(chance.randint(1, 12))]
    return {
        'groups': groups,
        'hosts': hosts,
        'children': [(parent, child) for number, child in enumerate(groups) for parent in groups[:number] if chance.random() < 0.3],
        'before': [(chance.choice([*groups, 'ungrouped']), name) for name in hosts if chance.random() < 0.6],
        'added': [(group, chance.choices(hosts, k=chance.randint(1, 8))) for group in chance.sample(groups, chance.randint(1, len(groups)))],
        'later': [(chance.choice(groups), name) for name in hosts if chance.random() < 0.3],
        'removed': [(chance.choice(groups), name) for name in hosts if chance.random() < 0.3],
    }


def after(plan: Plan, add: Any) -> list[Any]:
    """What an inventory shows of itself at each step."""
    inventory = InventoryData()
    for group in plan['groups']:
        inventory.add_group(group)
    for parent, child in plan['children']:
        inventory.add_child(parent, child)
    for name in plan['hosts']:
        inventory.add_host(name)
    for group, name in plan['before']:
        inventory.add_child(group, name)
    shown = [shape(inventory)]
    for group, names in plan['added']:
        add(inventory, group, names)
        shown.append(shape(inventory))
    for group, name in plan['later']:
        shown.append(inventory.groups[group].add_host(inventory.hosts[name]))
    for group, name in plan['removed']:
        shown.append(inventory.groups[group].remove_host(inventory.hosts[name]))
    shown.append(shape(inventory))
    inventory.reconcile_inventory()
    return [*shown, shape(inventory)]


def shape(inventory: InventoryData) -> Any:
    """Sorted where Ansible itself has no order: it goes through groups above and below as sets."""
    groups = {
        name: ([host.name for host in group.hosts], sorted(group.host_names), sorted(host.name for host in group.get_hosts()))
        for name, group in inventory.groups.items()
    }
    return groups, {name: sorted(group.name for group in host.get_groups()) for name, host in inventory.hosts.items()}


if __name__ == '__main__':
    main()
