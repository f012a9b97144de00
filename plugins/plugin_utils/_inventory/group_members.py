# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many hosts into their groups at once: one by one, Ansible walks through all groups above for each host and group.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import collections
import functools
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
    # A fleet has many hosts and few places.
    places: dict[t.Hashable, list[str]] = collections.defaultdict(list)
    without: dict[str, list[str]] = collections.defaultdict(list)
    for name, answer in answers.items():
        if answer['state'] == 'present':
            place = _place(answer['facts'], of_host.get(name, ''))
            try:
                places[place].append(name)
            except TypeError:
                # Only what is no facts of this collection has lists and the like there.
                places[repr(place)].append(name)
        else:
            without[f'{shape.prefix}_{answer["state"]}'].append(name)
    standings = [standing(answers[names[0]]['facts'], of_host.get(names[0], '')) for names in places.values()]
    tree = group_tree(standings, shape, allowed)
    joined = [*zip(tree.deepest, places.values(), strict=True), *(([group], names) for group, names in without.items())]
    deepest = sorted({group for groups, _names in joined for group in groups})
    _make(inventory, [*([shape.prefix] if places else []), *tree.parents, *deepest], tree.parents)
    add_hosts(inventory, joined)
    leave(inventory.groups['ungrouped'], [inventory.hosts[name] for name in answers])
    return collisions(tree.claims, standings, shape)


def add_hosts(inventory: InventoryData, joined: t.Iterable[tuple[list[str], list[str]]]) -> None:
    """What C(group.add_host) does, for many hosts at once, which come into each group in sorted order.

    :param joined: names of groups, and those of hosts that all of these get.
    """
    hosts, groups_of = inventory.hosts, {}
    for groups, names in joined:
        joining = [inventory.groups[group] for group in groups]
        _alike([hosts[name] for name in names], functools.partial(_join, groups=joining))
        groups_of.update(dict.fromkeys(names, set(groups)))
    members: dict[str, list[str]] = collections.defaultdict(list)
    for name in sorted(groups_of):
        for group in groups_of[name]:
            members[group].append(name)
    for group, names in members.items():
        known = inventory.groups[group].host_names
        new = [name for name in names if name not in known]
        inventory.groups[group].hosts += [hosts[name] for name in new]
        known.update(new)
        inventory.groups[group].clear_hosts_cache()
    # Nothing new, but it makes the inventory forget what it knew of its groups.
    inventory.add_child('all', 'ungrouped')


def leave(group: Group, hosts: t.Iterable[Host]) -> None:
    """What C(group.remove_host) does, for many hosts at once. Ansible does it after the last source for each host that is not ungrouped any more, which takes
    as many steps as the square of their number.
    """
    gone = {host.name: host for host in hosts if group in host.groups}
    if not gone:
        return
    group.hosts = [host for host in group.hosts if host.name not in gone]
    group.host_names.difference_update(gone)
    _alike(gone.values(), lambda host: host.remove_group(group))
    group.clear_hosts_cache()


def _alike(hosts: t.Iterable[Host], change: t.Callable[[Host], t.Any]) -> None:
    """Changes the groups that hosts know of. What comes of one host comes of all that knew of the same groups, and to find it out takes long."""
    after: dict[tuple[Group, ...], list[Group]] = {}
    for host in hosts:
        before = tuple(host.groups)
        if before in after:
            host.groups = after[before].copy()
        else:
            change(host)
            after[before] = host.groups


def _join(host: Host, groups: list[Group]) -> None:
    for group in groups:
        host.add_group(group)


def _place(facts: dict[str, t.Any], availability_set: str) -> t.Hashable:
    """What the groups of a host depend on: what standing reads, before anything is made of it."""
    try:
        return _PLACEMENT(facts['placement']), _RESOURCE(facts['resource']), availability_set
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
