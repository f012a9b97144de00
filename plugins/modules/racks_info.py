# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This documents plugins/action/racks_info.py, which does all of it on the controller.

DOCUMENTATION = r"""
module: racks_info
short_description: Get the rack of each host in a cluster
version_added: 1.0.0
author:
  - Contributors to the imds.azure collection (@imds-azure)
description:
  - Returns a table with the rack of each host in a cluster, from the facts of its hosts. A rack is a set of hosts that fail together, such as those in an
    availability zone or fault domain.
  - Includes all hosts of the play, even with C(--limit), because the names of racks depend on all hosts of a cluster.
  - Asks no hosts. The facts must come from M(imds.azure.instance_facts) in this run, from a fact cache or from P(imds.azure.hosts#inventory). If facts of
    some hosts are missing, the task fails and lists these hosts.
  - The role P(imds.azure.rack_awareness#role) uses this module. In templates, P(imds.azure.racks#filter) returns the same table for a list of hosts.
attributes:
  action:
    description: Is an action plugin and runs on the controller only.
    support: full
  async:
    description: Supports being used with the C(async) keyword.
    support: none
  check_mode:
    description: Can run in C(check_mode) and return changed status prediction without modifying the target.
    support: full
    details: This never changes anything.
  connection:
    description: Uses the connection of the host to run code on it.
    support: none
  diff_mode:
    description: Will return details on what has changed (or possibly needs changing in C(check_mode)), when in diff mode.
    support: N/A
    details: This never changes anything.
  idempotent:
    description: When run twice in a row outside check mode, with the same arguments, the second invocation indicates no change.
    support: full
  platform:
    description: Target OS/families that can be operated against.
    support: full
    platforms: posix
options:
  hosts:
    description:
      - Hosts of the cluster. Defaults to all hosts of the play, regardless of C(--limit).
    type: list
    elements: str
  level:
    description:
      - What a rack is. See P(imds.azure.racks#filter).
    type: str
    choices: [auto, zone, physical_zone, fault_domain, update_domain, location]
    default: auto
  default:
    description: Rack for hosts without a value at this level, such as hosts that are not Azure VMs. Without it, such hosts are an error.
    type: str
  availability_set_tag:
    description: Tag that contains the name of the availability set, which the service does not return. Case does not matter in tag names.
    type: str
    default: ""
notes:
  - With the strategies V(free) and V(host_pinned), and with C(serial), the facts of some hosts may not exist yet when a host reaches this task.
    Gather the facts in an earlier play.
  - Not a member of the action group C(imds.azure.imds), because it does not use the metadata service.
seealso:
  - plugin: imds.azure.racks
    plugin_type: filter
  - module: imds.azure.instance_facts
"""

EXAMPLES = r"""
- name: Get the racks of all hosts in the play
  imds.azure.racks_info:
  register: cluster
  run_once: true

- name: Show the rack of each host
  ansible.builtin.debug:
    msg: "{{ cluster.racks | items2dict(key_name='host', value_name='rack') }}"
  run_once: true

- name: Get the racks of a database in an availability set
  imds.azure.racks_info:
    hosts: "{{ groups['db'] }}"
    level: fault_domain
    availability_set_tag: availabilitySet
  register: database
  run_once: true
"""

RETURN = r"""
racks:
  description: One item for each host. See P(imds.azure.racks#filter).
  returned: success
  type: list
  elements: dict
  sample: [{host: web_0, rack: westeurope-1, level: zone, path: /westeurope/zone-1/fd-0, location: westeurope, zone: "1"}]
"""
