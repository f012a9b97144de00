# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: racks
short_description: Find the rack of each host of a fleet
version_added: 0.1.0
author:
  - Contributors to the imds.azure collection (@imds-azure)
description:
  - From what the Instance Metadata Service says of each host, makes a table of racks. A rack is what fails as a whole, an availability zone or a fault domain.
  - Give it all hosts of a cluster. Which level V(auto) takes, and what racks are called, depends on all of them.
  - It is what the role P(imds.azure.rack_awareness#role) writes its files from, for templates of your own.
  - Names in it consist of letters, digits, dots, hyphens and underscores only, and are at most 63 characters long, whatever a host says. C(host) is as the
    inventory has it.
positional: _input, hostvars
options:
  _input:
    description: Names of hosts.
    type: list
    elements: str
    required: true
  hostvars:
    description: The variable C(hostvars). Facts that a play has gathered count, else the host variable C(azure_imds).
    type: dict
    required: true
  level:
    description:
      - What a rack is.
      - V(auto) takes the zone where the hosts have more than one, as V(zone), or as V(physical_zone) where the hosts are in several subscriptions that number
        zones differently. Else it takes the fault domain where that is visible, which means that each host is in a scale set whose hosts say different
        numbers, or in an availability set. Else it takes the zone, or where there is none the location, and warns that hosts in there are not told apart.
      - Numbers of fault and update domains compare inside one set only. Where the hosts are in several sets, the set is part of the rack's name.
    type: str
    choices: [auto, zone, physical_zone, fault_domain, update_domain, location]
    default: auto
  default:
    description: The rack of hosts that have nothing at this level. Without it they are an error that lists them.
    type: str
  availability_set_tag:
    description:
      - The tag whose value names the availability set that a host is in, for the service does not tell. Names of tags have no case.
      - Without it, hosts outside of scale sets have no fault domain and no update domain that compares with others.
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

- name: Count the hosts of each rack
  ansible.builtin.debug:
    msg: "{{ item.0 }} holds {{ item.1 | length }}"
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
      description: What the rack is named after.
      type: str
    path:
      description: Its place as a path of HDFS, such as V(/westeurope/zone-1/fd-0). What is not known, or tells nothing, is V(none) there.
      type: str
    attributes:
      description: The rack and all names below that there are, such as V({"rack":"westeurope-1","azure_location":"westeurope","azure_zone":"1"}).
      type: dict
    addresses:
      description: Its private addresses.
      type: list
      elements: str
    location:
      description: The region, and in the same way C(zone), C(physical_zone), C(fault_domain), C(update_domain), C(scale_set),
        C(availability_set) and C(vm_size); null for none.
      type: str
"""

from ansible.errors import AnsibleFilterError
from ansible.utils.display import Display
from ansible_collections.imds.azure.plugins.plugin_utils._placement.known_facts import HostsError, facts_of_hosts
from ansible_collections.imds.azure.plugins.plugin_utils._placement.racks import RackError
from ansible_collections.imds.azure.plugins.plugin_utils._placement.racks import racks as racks_of


def racks(hosts, hostvars, level='auto', default=None, availability_set_tag=None):
    """The racks of hosts, see racks of _placement."""
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
