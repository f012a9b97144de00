# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many hosts into their groups at once: one by one, Ansible walks through all groups above for each host and group.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import collections
import operator
import typing as t

from ansible.errors import AnsibleError, AnsibleParserError
from ansible.inventory.data import InventoryData
from ansible.inventory.group import Group
from ansible.inventory.host import Host
from ansible_collections.imds.azure.plugins.plugin_utils._inventory.group_collisions import collisions
from ansible_collections.imds.azure.plugins.plugin_utils._inventory.group_tree import group_tree
from ansible_collections.imds.azure.plugins.plugin_utils._inventory.groups import Shape, group_name, standing

_PLACEMENT = operator.itemgetter('location', 'zone', 'physical_zone', 'fault_domain', 'update_domain', 'placement_group', 'scale_set')
_RESOURCE = operator.itemgetter('resource_group', 'subscription_id')


def join_groups(
    inventory: InventoryData,
    answers: dict[str, dict[str, t.Any]],
    shape: Shape,
    availability_sets: t.Mapping[str, str] | None = None,
    allowed: t.Container[str] | None = None,
) -> list[str]:
    """Makes the groups that the answers call for, and their hosts members of them, in sorted order.

    :param answers: by the name of a host that the inventory knows.
    :param availability_sets: the names of those of hosts outside scale sets, by the name of a host.
    :param allowed: the names that the groups below that of all hosts may have, where not all may be had.
    :returns: what people should know of places that come to one name.
    """
    shape = shape._replace(prefix=group_name(shape.prefix))
    of_host = availability_sets or {}
    members: dict[str, list[str]] = collections.defaultdict(list)
    # A fleet has many hosts and few places.
    places: dict[str, list[str]] = collections.defaultdict(list)
    for name, answer in answers.items():
        if answer['state'] == 'present':
            places[_place(answer['facts'], of_host.get(name, ''))].append(name)
        else:
            members[f'{shape.prefix}_{answer["state"]}'].append(name)
    standings = [standing(answers[names[0]]['facts'], of_host.get(names[0], '')) for names in places.values()]
    tree = group_tree(standings, shape, allowed)
    for names, deepest in zip(places.values(), tree.deepest, strict=True):
        for group in deepest:
            members[group] += names
    _make(inventory, [*([shape.prefix] if places else []), *tree.parents, *sorted(members)], tree.parents)
    for group, names in sorted(members.items()):
        hosts = [inventory.hosts[name] for name in sorted(names)]
        add_hosts(inventory.groups[group], hosts[:-1])
        # By the inventory's own method, for it makes the inventory forget what it knew of its groups. add_child would take a group of that name.
        inventory.add_host(hosts[-1].name, group)
    leave(inventory.groups['ungrouped'], [inventory.hosts[name] for name in answers])
    return collisions(tree.claims, standings, shape)


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


def leave(group: Group, hosts: t.Iterable[Host]) -> None:
    """What C(group.remove_host) does, for many hosts at once. Ansible does it after the last source for each host that is not ungrouped any more, which takes
    as many steps as the square of their number.
    """
    gone = {host.name: host for host in hosts if group in host.groups}
    if not gone:
        return
    group.hosts = [host for host in group.hosts if host.name not in gone]
    # It is made again of the hosts.
    group._hosts = None
    for host in gone.values():
        host.remove_group(group)
    group.clear_hosts_cache()


def _place(facts: dict[str, t.Any], availability_set: str) -> str:
    """What the groups of a host depend on: what standing reads, before anything is made of it."""
    try:
        return repr((_PLACEMENT(facts['placement']), _RESOURCE(facts['resource']), availability_set))
    except KeyError:
        # Facts that are not of this version.
        return repr((facts['placement'], facts['resource'], availability_set))


def _make(inventory: InventoryData, groups: t.Iterable[str], parents: dict[str, str]) -> None:
    for group in groups:
        inventory.add_group(group)
    for group, parent in parents.items():
        try:
            inventory.add_child(parent, group)
        except AnsibleError as error:
            cause = f'An earlier source has the group {parent} below {group}, and this one needs it the other way round: {error}'
            raise AnsibleParserError(f'{cause} Set prefix to a word that no other group name starts with.') from error
