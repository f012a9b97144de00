# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads fleet.yml: the hosts of its table as facts, as answers of an inventory and as VMs of the simulator, and what is expected of them.

As a program it writes the fleet file of the simulator, as JSON.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from ansible_collections.imds.azure.plugins.module_utils._facts.facts import facts_from_document

FLEET: dict[str, Any] = yaml.safe_load(Path(__file__).with_name('fleet.yml').read_text())
SUBSCRIPTIONS = {'s1': '11111111-1111-4111-8111-111111111111', 's2': '22222222-2222-4222-8222-222222222222'}
STATES = ('not_azure', 'unreachable')


def _table(name: str) -> list[dict[str, str]]:
    """The rows by their heads. The last column may have spaces, and goes on in the next line where that begins with one."""
    heads, *lines = re.sub('\n +', ' ', FLEET[name]).splitlines()
    columns = heads.split()
    cells = [line.split(maxsplit=len(columns) - 1) for line in lines]
    return [dict(zip(columns, row, strict=len(row) > 2)) for row in cells]


ROWS = _table('hosts')
BATCHES = _table('batches')
PRESENT = [row for row in ROWS if row['location'] not in STATES]


def _is(text: str) -> str:
    return '' if text == '-' else text


def tags(row: dict[str, str]) -> dict[str, str]:
    return dict(tag.split('=') for tag in _is(row['tags']).split(',') if tag)


def vm(row: dict[str, str]) -> dict[str, Any]:
    """The row as a VM in a fleet file of the simulator."""
    settings: dict[str, Any] = {
        'name': row['name'],
        'location': row['location'],
        'subscription_id': SUBSCRIPTIONS[row['subscription']],
        'resource_group': row['group'],
        'zone': _is(row['zone']),
        'physical_zone': _is(row['physical']),
        'fault_domain': int(row['fault']),
        'update_domain': int(row['update']),
        'tags': tags(row),
    }
    if _is(row['set']):
        settings.update(scale_set=row['set'].rstrip('*'), flexible=row['set'].endswith('*'))
    return settings


def facts(row: dict[str, str]) -> dict[str, Any]:
    """The value of C(azure_imds) of the row's VM."""
    scale_set, subscription, group = _is(row['set']).rstrip('*'), SUBSCRIPTIONS[row['subscription']], row['group']
    compute: dict[str, Any] = {
        'name': row['name'],
        'vmId': row['name'],
        'location': row['location'],
        'subscriptionId': subscription,
        'resourceGroupName': group,
        'vmScaleSetName': '' if row['set'].endswith('*') else scale_set,
        'zone': _is(row['zone']),
        'physicalZone': _is(row['physical']),
        'platformFaultDomain': row['fault'],
        'platformUpdateDomain': row['update'],
        'tagsList': [{'name': name, 'value': value} for name, value in tags(row).items()],
    }
    if row['set'].endswith('*'):
        compute['virtualMachineScaleSet'] = {
            'id': f'/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Compute/virtualMachineScaleSets/{scale_set}'
        }
    return {**facts_from_document({'compute': compute, 'network': {'interface': []}}), 'query': {'present': True, 'endpoint': 'http://127.0.0.1:9'}}


FACTS = {row['name']: facts(row) for row in PRESENT}
# As the inventory gets them from its hosts.
ANSWERS = {row['name']: {'state': row['location']} if row['location'] in STATES else {'state': 'present', 'facts': FACTS[row['name']]} for row in ROWS}


def hosts_of(names: str) -> list[str]:
    """The hosts of these services, or of these names, in that order; C(everything) is all."""
    if names == 'everything':
        return [row['name'] for row in ROWS]
    found = [[row['name'] for row in PRESENT if tags(row).get('Role') == name] or [name] for name in names.split(',')]
    return [host for hosts in found for host in hosts]


def batches(row: dict[str, str]) -> list[list[str]]:
    """The column C(batches)."""
    return [batch.split() for batch in row['batches'].split('|')]


class Group(NamedTuple):
    """A group as it is expected: what is directly in it, sorted."""

    children: list[str]
    hosts: list[str]


def groups(scale_set_scope: str) -> dict[str, Group]:
    """The group azure and all below it, from the lines of fleet.yml: what is farther to the right belongs to what is above."""
    found = {'azure': Group([], [])}
    above = [(-1, 'azure')]
    for line in (FLEET['groups']['always'] + FLEET['groups'][scale_set_scope]).splitlines():
        words, depth = line.split(), len(line) - len(line.lstrip())
        if not words[0].startswith('azure_'):
            # Hosts that did not fit into the line above.
            found[above[-1][1]].hosts.extend(words)
            continue
        above = [(left, name) for left, name in above if left < depth]
        found[above[-1][1]].children.append(words[0])
        found[words[0]] = Group([], words[1:])
        above.append((depth, words[0]))
    return {name: Group(sorted(group.children), sorted(group.hosts)) for name, group in found.items()}


def drawn(of_fleet: dict[str, Group], name: str = 'azure', left: str = '') -> list[str]:
    """The lines of a group as ansible-inventory --graph prints them."""
    below = f'{left}|  ' if left else '  '
    lines = [f'{left}|--@{name}:' if left else f'@{name}:']
    for child in of_fleet[name].children:
        lines += drawn(of_fleet, child, below)
    return [*lines, *(f'{below}|--{host}' for host in of_fleet[name].hosts)]


if __name__ == '__main__':
    print(json.dumps({'vms': [vm(row) for row in PRESENT]}))
