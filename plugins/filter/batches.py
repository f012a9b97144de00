# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: batches
short_description: Divide hosts into batches that can be down at the same time
version_added: 1.0.0
author:
  - Contributors to the imds.azure collection (@imds-azure)
description:
  - Divides hosts into batches for a rolling update. All hosts of a batch are in one failure domain, so an update takes down at most one failure domain
    at a time.
  - Each location is divided separately. If its hosts are in more than one availability zone, a batch contains hosts of one zone. Zones are compared by
    physical zone if all hosts with a zone have one, and otherwise by zone number inside each subscription.
  - If they are in one zone or have no zones, each scale set and availability set is divided separately. A batch contains hosts of one fault domain. If
    the set has only one fault domain, a batch contains hosts of one update domain.
  - If the set also has only one update domain, a batch contains up to O(at_most) hosts, or one host without O(at_most), and there is a warning. This
    includes Flexible scale sets, in which all hosts are in fault domain 0, because Azure does not show how it spreads them.
  - Hosts with an unknown place come last, each in its own batch. These are hosts without facts, hosts that are not Azure VMs, hosts without a
    zone if others in the location are in several zones, and hosts without a domain if others in the set have one.
  - Batches are sorted by place. Hosts in a batch keep the order of the input. Each host is in one batch, even if it is in the input several times.
positional: _input, hostvars
options:
  _input:
    description: Names of hosts, usually those of one service.
    type: list
    elements: str
    required: true
  hostvars:
    description: The variable C(hostvars). Gathered facts take precedence over the host variable C(azure_imds).
    type: dict
    required: true
  at_most:
    description:
      - Maximum number of hosts in a batch. A number such as V(3), or a percentage of the input such as V(25%), rounded down, but at least one host.
      - Larger failure domains are divided into batches of about the same size.
    type: raw
  availability_set_tag:
    description:
      - Tag that contains the name of the availability set, which the metadata service does not return.
      - Case does not matter in tag names.
    type: str
  details:
    description: Whether to return a dictionary with details for each batch.
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

- name: Show batches of at most a quarter of the hosts
  ansible.builtin.debug:
    msg: "{{ groups['azure_vmss_web'] | imds.azure.batches(hostvars, at_most='25%') }}"
  run_once: true

- name: Show the batches of an availability set whose name is in the tag availabilitySet
  ansible.builtin.debug:
    msg: "{{ groups['db'] | imds.azure.batches(hostvars, availability_set_tag='availabilitySet') }}"
  run_once: true

- name: Show the details of each batch
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
    - With O(details=true), each is a dictionary with the keys below.
  type: list
  elements: raw
  contains:
    number:
      description: Number of the batch, starting at 1.
      type: int
    of:
      description: Total number of batches.
      type: int
    hosts:
      description: Names of the hosts.
      type: list
      elements: str
    level:
      description:
        - How the hosts were divided, V(zone), V(fault_domain) or V(update_domain).
        - V(size) if the set does not show how its hosts are spread. V(unknown) if the place of the host is unknown.
      type: str
    place:
      description: The place in words, such as V(physical zone westeurope-az1), with names in lower case.
      type: str
"""

from ansible.errors import AnsibleFilterError
from ansible.utils.display import Display

display = Display()


def batches(hosts, hostvars, at_most=None, availability_set_tag=None, details=False):
    """The batches of hosts, see _placement.batches."""
    # Not above: with the first filter that a worker uses, Ansible imports all of them.
    from ansible_collections.imds.azure.plugins.plugin_utils._inventory.untrusted import untrusted
    from ansible_collections.imds.azure.plugins.plugin_utils._placement.batches import BatchError
    from ansible_collections.imds.azure.plugins.plugin_utils._placement.batches import batches as batches_of
    from ansible_collections.imds.azure.plugins.plugin_utils._placement.known_facts import HostsError, facts_of_hosts
    from ansible_collections.imds.azure.plugins.plugin_utils._placement.printable import printable

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
