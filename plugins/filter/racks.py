# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: racks
short_description: Get the rack of each host in a cluster
version_added: 1.0.0
author:
  - Contributors to the imds.azure collection (@imds-azure)
description:
  - Returns a table with the rack of each host, from its facts. A rack is a set of hosts that fail together, such as those in an availability zone or fault
    domain.
  - The input must contain all hosts of the cluster, because O(level=auto) and the names of racks depend on all of them.
  - The role P(imds.azure.rack_awareness#role) writes its files from this table. Use the filter for your own templates.
  - All names except C(host) always consist of at most 63 letters, digits, dots, hyphens and underscores.
positional: _input, hostvars
options:
  _input:
    description: Names of hosts.
    type: list
    elements: str
    required: true
  hostvars:
    description: The variable C(hostvars). Gathered facts take precedence over the host variable C(azure_imds).
    type: dict
    required: true
  level:
    description:
      - What a rack is. V(auto) uses the first of these that applies.
      - V(zone) if the hosts are in more than one zone, or V(physical_zone) if they are in several subscriptions that number zones differently.
      - V(fault_domain) if each host is in an availability set, or in a scale set whose hosts have different fault domains.
      - V(zone) or V(location), with a warning that this does not separate the hosts.
      - Fault and update domains can only be compared inside one set. If the hosts are in several sets, the set is part of the rack name.
    type: str
    choices: [auto, zone, physical_zone, fault_domain, update_domain, location]
    default: auto
  default:
    description: Rack for hosts without a value at this level. Without it, such hosts are an error.
    type: str
  availability_set_tag:
    description:
      - Tag that contains the name of the availability set, which the service does not return. Case does not matter in tag names.
      - Without it, fault and update domains of hosts outside of scale sets cannot be compared.
    type: str
seealso:
  - module: imds.azure.instance_facts
"""

EXAMPLES = r"""
- name: Show the racks of the play's hosts
  ansible.builtin.debug:
    msg: "{{ item.host }} is in {{ item.rack }}"
  loop: "{{ ansible_play_hosts_all | imds.azure.racks(hostvars) }}"
  loop_control:
    label: "{{ item.host }}"
  run_once: true

- name: Show the hosts of each rack
  ansible.builtin.debug:
    msg: "{{ item.0 }}: {{ item.1 | map(attribute='host') | join(', ') }}"
  loop: "{{ ansible_play_hosts_all | imds.azure.racks(hostvars, level='fault_domain', default='none') | groupby('rack') }}"
  loop_control:
    label: "{{ item.0 }}"
  run_once: true
"""

RETURN = r"""
_value:
  description: One item for each host, in the order given.
  type: list
  elements: dict
  contains:
    host:
      description: Name of the host in the inventory.
      type: str
    rack:
      description: Its rack, such as V(westeurope-1), V(westeurope-fd0), or with several sets V(westeurope-shop-fd0).
      type: str
    level:
      description: Level of the rack.
      type: str
    path:
      description: Its place as an HDFS path, such as V(/westeurope/zone-1/fd-0). Unknown parts are V(none).
      type: str
    attributes:
      description: The rack and all known names of its place, such as V({"rack":"westeurope-1","azure_location":"westeurope","azure_zone":"1"}).
      type: dict
    addresses:
      description: Its private addresses.
      type: list
      elements: str
    location:
      description: The region. C(zone), C(physical_zone), C(fault_domain), C(update_domain), C(scale_set), C(availability_set) and C(vm_size) are keys of the
        same kind. V(null) if there is none.
      type: str
"""

from ansible.errors import AnsibleFilterError
from ansible.utils.display import Display


def racks(hosts, hostvars, level='auto', default=None, availability_set_tag=None):
    """The racks of hosts, see racks of _placement."""
    # Not above: with the first filter that a worker uses, Ansible imports all of them.
    from ansible_collections.imds.azure.plugins.plugin_utils._placement.known_facts import HostsError, facts_of_hosts
    from ansible_collections.imds.azure.plugins.plugin_utils._placement.racks import RackError
    from ansible_collections.imds.azure.plugins.plugin_utils._placement.racks import racks as racks_of

    try:
        found = racks_of(facts_of_hosts(hosts, hostvars), level, default, availability_set_tag)
    except (HostsError, RackError) as error:
        raise AnsibleFilterError(f'imds.azure.racks: {error}') from error
    for warning in found.warnings:
        Display().warning(f'imds.azure.racks: {warning}')
    return found.rows


class FilterModule:
    """Filters for placement."""

    def filters(self):
        return {'racks': racks}
