# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This documents plugins/action/racks_info.py, which does all of it on the controller.

DOCUMENTATION = r"""
module: racks_info
short_description: Find the rack of each host of a cluster
version_added: 0.1.0
author:
  - Contributors to the imds.azure collection (@imds-azure)
description:
  - From what the Instance Metadata Service says of each host of a cluster, makes a table of racks. A rack is what fails as a whole, an availability zone or
    a fault domain.
  - It tells of all hosts of the play, also where a run is limited to some of them, since what racks are called depends on all hosts of a cluster, and files
    about a cluster must not lose hosts.
  - No host is asked. The facts must be known, from M(imds.azure.instance_facts) in this run, from a fact cache or from P(imds.azure.hosts#inventory). Where
    those of some hosts are not, the task fails and names them.
  - It is what the role P(imds.azure.rack_awareness#role) uses. P(imds.azure.racks#filter) gives the same table of a list of hosts in templates.
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
    details: Nothing is ever changed, so check mode makes no difference.
  connection:
    description: Uses the connection of the host to run code on it.
    support: none
  diff_mode:
    description: Will return details on what has changed (or possibly needs changing in C(check_mode)), when in diff mode.
    support: N/A
    details: Nothing is ever changed.
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
      - The hosts of the cluster. All hosts that the play is for, whatever C(--limit) says, unless given.
    type: list
    elements: str
  level:
    description:
      - What a rack is, as P(imds.azure.racks#filter) describes it.
    type: str
    choices: [auto, zone, physical_zone, fault_domain, update_domain, location]
    default: auto
  default:
    description: The rack of hosts that have nothing at this level, such as hosts that are not Azure VMs. Without it they are an error that lists them.
    type: str
  availability_set_tag:
    description: The tag whose value names the availability set that a host is in, for the service does not tell. Names of tags have no case.
    type: str
    default: ""
notes:
  - With the strategies V(free) and V(host_pinned), and with C(serial), other hosts of the play may not have been asked yet when a host comes to this task.
    Gather the facts in a play before.
  - This is no member of the action group C(imds.azure.imds), because it asks no metadata service.
seealso:
  - plugin: imds.azure.racks
    plugin_type: filter
  - module: imds.azure.instance_facts
"""

EXAMPLES = r"""
- name: Find the racks of all hosts of the play
  imds.azure.racks_info:
  register: cluster
  run_once: true

- name: Show the rack of each host
  ansible.builtin.debug:
    msg: "{{ cluster.racks | items2dict(key_name='host', value_name='rack') }}"
  run_once: true

- name: Find the racks of a database in an availability set
  imds.azure.racks_info:
    hosts: "{{ groups['db'] }}"
    level: fault_domain
    availability_set_tag: availabilitySet
  register: database
  run_once: true
"""

RETURN = r"""
racks:
  description: One item for each host, as P(imds.azure.racks#filter) gives them.
  returned: success
  type: list
  elements: dict
  sample: [{host: web_0, rack: westeurope-1, level: zone, path: /westeurope/zone-1/fd-0, location: westeurope, zone: "1"}]
"""
