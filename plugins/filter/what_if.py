# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: what_if
short_description: Find out how many hosts each service keeps if a place fails
version_added: 1.0.0
author:
  - Contributors to the imds.azure collection (@imds-azure)
description:
  - Uses a report of P(imds.azure.topology#filter) to find the services that lose hosts if a region, zone, fault domain or update domain fails, or during a
    scheduled event, and how many hosts they keep.
  - Hosts without facts are not counted.
  - Fails if a place is ambiguous. Fault domain 0 alone, for example, is ambiguous if several sets have a fault domain 0.
positional: _input, lost
options:
  _input:
    description: The report.
    type: dict
    required: true
  lost:
    description:
      - The place that fails, or a list of places that fail independently. Contains the hosts that match all keys.
      - The keys are C(location), C(zone), C(physical_zone), C(fault_domain), C(update_domain), C(scale_set) and C(availability_set). For a scheduled event,
        the only key is C(event), with the ID of the event.
    type: raw
    required: true
seealso:
  - plugin: imds.azure.topology
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Show which services a failure of zone 1 leaves without hosts
  ansible.builtin.debug:
    msg: "{{ outage.services | selectattr('left', 'equalto', 0) | map(attribute='name') }}"
  vars:
    report: "{{ groups['all'] | imds.azure.topology(hostvars, groups) }}"
    outage: "{{ report | imds.azure.what_if({'location': 'westeurope', 'zone': '1'}) }}"
  run_once: true
"""

RETURN = r"""
_value:
  description: The outage; a list of these if O(lost) is a list.
  type: dict
  contains:
    lost:
      description: The place in words.
      type: str
      sample: westeurope zone 1
    hosts:
      description: Names of the hosts in it.
      type: list
      elements: str
    services:
      description:
        - The services that lose hosts, the worst first, each with C(name), C(count), C(lost), C(left), C(hosts) and C(text).
        - C(hosts) are the hosts that it loses.
      type: list
      elements: dict
      sample: [{name: db, count: 3, lost: 2, left: 1, hosts: [db_0, db_1], text: "If westeurope zone 1 fails, db keeps 1 of 3 hosts."}]
    untouched:
      description: Names of the services that lose no hosts.
      type: list
      elements: str
"""

from ansible.errors import AnsibleFilterError


def what_if(report, lost):
    """What an outage leaves, see _what_if."""
    # Not above: with the first filter that a worker uses, Ansible imports all of them.
    from ansible_collections.imds.azure.plugins.plugin_utils._inventory.untrusted import untrusted
    from ansible_collections.imds.azure.plugins.plugin_utils._placement.what_if import WhatIfError
    from ansible_collections.imds.azure.plugins.plugin_utils._placement.what_if import what_if as what_if_of

    try:
        if isinstance(lost, list):
            return untrusted([what_if_of(report, each) for each in lost])
        return untrusted(what_if_of(report, lost))
    except WhatIfError as error:
        raise AnsibleFilterError(f'imds.azure.what_if: {error}') from error


class FilterModule:
    """The filter for outages."""

    def filters(self):
        return {'what_if': what_if}
