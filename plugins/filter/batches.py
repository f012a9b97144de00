# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: batches
short_description: Divide hosts into batches that can be down at the same time
version_added: 0.1.0
author:
  - Contributors to the imds.azure collection (@imds-azure)
description:
  - Divides hosts into batches for a rolling update. No batch spans two failure domains, so that what is down during the update is never more than what the
    failure of one domain would take down.
  - Hosts in different locations are never in one batch, and each location is treated by itself.
  - Where the hosts of a location are in more than one availability zone, a batch has hosts of one zone. Physical zones count where all hosts that have a
    zone have a physical one. Otherwise zones compare only inside one subscription.
  - Where they are not, each scale set and each availability set is treated by itself. A batch has hosts of one fault domain if the set shows more than one,
    else of one update domain if the set shows more than one.
  - If the set shows neither, O(at_most) alone decides how many hosts are in a batch, and there is a warning. Without O(at_most), there is one host in a
    batch. In Flexible scale sets, for example, all hosts are in fault domain 0. That means that their spreading is not visible. It does not mean that they
    are in one place.
  - Hosts of which the place is not known come last, each in a batch of its own. These are hosts without facts, hosts that are not Azure VMs, hosts without a
    zone where others of the same location are in several, and hosts without a number where others of the same set have one.
  - Batches are sorted by place, numbers as numbers. Hosts in a batch keep the order in which they were given. Each host is in one batch only, even if it was
    given several times.
positional: _input, hostvars
options:
  _input:
    description: Names of hosts, usually those of one service.
    type: list
    elements: str
    required: true
  hostvars:
    description: The variable C(hostvars). Facts that a play has gathered are used first, else the host variable C(azure_imds).
    type: dict
    required: true
  at_most:
    description:
      - How many hosts a batch can have. A number such as V(3), or a percentage of all hosts given such as V(25%), rounded down, but at least one host.
      - A failure domain with more hosts is divided into batches of about the same size.
    type: raw
  availability_set_tag:
    description:
      - The name of the tag that holds the name of the availability set of a VM. The metadata service does not tell it.
      - Names of tags are compared without regard to case.
    type: str
  details:
    description: Whether to return a dictionary for each batch, which tells what the batch is.
    type: bool
    default: false
seealso:
  - plugin: imds.azure.racks
    plugin_type: filter
  - module: imds.azure.instance_facts
  - plugin: imds.azure.hosts
    plugin_type: inventory
"""

EXAMPLES = r"""
- name: Show the batches of a scale set
  ansible.builtin.debug:
    msg: "{{ groups['azure_vmss_web'] | imds.azure.batches(hostvars) }}"
  run_once: true

# At most a quarter of the service at a time, even if it has only three zones.
- name: Show smaller batches
  ansible.builtin.debug:
    msg: "{{ groups['azure_vmss_web'] | imds.azure.batches(hostvars, at_most='25%') }}"
  run_once: true

- name: Show the batches of an availability set, of which the tag availabilitySet holds the name
  ansible.builtin.debug:
    msg: "{{ groups['db'] | imds.azure.batches(hostvars, availability_set_tag='availabilitySet') }}"
  run_once: true

- name: Show what each batch is
  ansible.builtin.debug:
    msg: "{{ item.number }} of {{ item.of }}, {{ item.place }}: {{ item.hosts | join(', ') }}"
  loop: "{{ groups['azure_vmss_web'] | imds.azure.batches(hostvars, details=true) }}"
  loop_control:
    label: "{{ item.level }}"
  run_once: true
"""

RETURN = r"""
_value:
  description:
    - The batches in order, each a list of host names.
    - With O(details=true), each is a dictionary with what follows.
  type: list
  elements: raw
  contains:
    number:
      description: The number of the batch, from 1 on.
      type: int
    of:
      description: How many batches there are.
      type: int
    hosts:
      description: Names of the hosts.
      type: list
      elements: str
    level:
      description:
        - What keeps the hosts apart from those of other batches, V(zone), V(fault_domain) or V(update_domain).
        - V(size) if the spreading of the set is not visible, V(unknown) if the place of the host is not known.
      type: str
    place:
      description: The place in words, such as V(physical zone westeurope-az1). Names in it are in lower case.
      type: str
"""

from ansible.errors import AnsibleFilterError
from ansible.utils.display import Display
from ansible_collections.imds.azure.plugins.plugin_utils._inventory.untrusted import untrusted
from ansible_collections.imds.azure.plugins.plugin_utils._placement.batches import BatchError
from ansible_collections.imds.azure.plugins.plugin_utils._placement.batches import batches as batches_of
from ansible_collections.imds.azure.plugins.plugin_utils._placement.known_facts import HostsError, facts_of_hosts
from ansible_collections.imds.azure.plugins.plugin_utils._placement.printable import printable

display = Display()


def batches(hosts, hostvars, at_most=None, availability_set_tag=None, details=False):
    """The batches of hosts, see _placement.batches."""
    if availability_set_tag is not None and (not isinstance(availability_set_tag, str) or not availability_set_tag):
        raise AnsibleFilterError(f'imds.azure.batches: availability_set_tag must be the name of a tag, not {availability_set_tag!r}.')
    try:
        facts = facts_of_hosts(hosts, hostvars)
        found, warnings = batches_of(facts, at_most, {host: _tag(known, availability_set_tag) for host, known in facts.items()})
    except (HostsError, BatchError) as error:
        raise AnsibleFilterError(f'imds.azure.batches: {error}') from error
    for warning in warnings:
        # Ansible shows the same warning only once.
        display.warning(f'imds.azure.batches: {printable(warning)}')
    if not details:
        return [batch.hosts for batch in found]
    return [
        {'number': number, 'of': len(found), 'hosts': batch.hosts, 'level': batch.level, 'place': untrusted(printable(batch.place))}
        for number, batch in enumerate(found, 1)
    ]


def _tag(facts, name):
    tags = facts.get('tags') if isinstance(facts, dict) and name else None
    found = [value for tag, value in tags.items() if isinstance(tag, str) and tag.lower() == name.lower()] if isinstance(tags, dict) else []
    return found[0] if found and isinstance(found[0], str) else None


class FilterModule:
    """Filters for placement."""

    def filters(self):
        return {'batches': batches}
