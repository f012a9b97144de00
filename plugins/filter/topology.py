# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: topology
short_description: Report which region, zone and fault domain each host is in, and what an outage would cost
version_added: 1.0.0
author:
  - Contributors to the imds.azure collection (@imds-azure)
description:
  - Uses the facts from the Instance Metadata Service to report which location, zone, fault domain and update domain each host is in, by scale set,
    availability set, service and tag, and which hosts a service would lose if one of these places failed.
  - Zones are compared by physical zone if all hosts with a zone in a location report it, and otherwise by number inside each subscription. Fault and update
    domains can only be compared inside one scale set or availability set, and in a set with zones only inside one zone.
  - If all hosts of a scale set report the same fault domain, as in most Flexible and zonal sets, the number does not show how Azure spreads them. The
    report says so, and does not count the set as one place.
  - The role P(imds.azure.topology_report#role) writes its files from this report. Use the filter for reports of your own.
  - Values are returned as the hosts reported them. Escape them as your format requires. See P(imds.azure.printable#filter).
positional: _input, hostvars, groups
options:
  _input:
    description: Names of hosts.
    type: list
    elements: str
    required: true
  hostvars:
    description: The variable C(hostvars). Facts gathered by a play are used, otherwise the host variable C(azure_imds).
    type: dict
    required: true
  groups:
    description: The variable C(groups). Its groups from P(imds.azure.hosts#inventory) show why a host has no facts.
    type: dict
    required: true
  prefix:
    description: The prefix of the names of these groups.
    type: str
    default: azure
  service_tag:
    description: The tag whose value is the name of the host's service.
    type: str
    default: Role
  tags:
    description: More tags to show for each host, and to report on like services.
    type: list
    elements: str
    default: []
  availability_set_tag:
    description:
      - The tag whose value is the name of the host's availability set, which the metadata service does not report. Case does not matter in tag names.
      - Without it, fault domains of hosts outside of scale sets cannot be compared.
    type: str
    default: ""
  made_at:
    description: When the report was created, as text. Defaults to the current time in UTC.
    type: str
  asked:
    description: The host variable with the result of M(imds.azure.instance_facts), which shows why a host has no facts.
    type: str
    default: topology_report_answer
  events:
    description: The host variable with scheduled events, as M(imds.azure.scheduled_events_info) returns them in C(events).
    type: str
    default: topology_report_events
seealso:
  - module: imds.azure.instance_facts
  - plugin: imds.azure.printable
    plugin_type: filter
  - plugin: imds.azure.topology_changes
    plugin_type: filter
  - plugin: imds.azure.what_if
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Show what an outage would cost
  ansible.builtin.debug:
    msg: "{{ (groups['all'] | imds.azure.topology(hostvars, groups)).findings | map(attribute='text') }}"
  run_once: true
"""

RETURN = r"""
_value:
  description: The report.
  type: dict
  contains:
    format:
      description: The version of the format of the report.
      type: int
      sample: 1
    summary:
      description: How many hosts there are, by state, and how many findings, by severity.
      type: dict
      sample: {hosts: 12, present: 12, not_azure: 0, unreachable: 0, failed: 0, unknown: 0, stale: 0, critical: 1, warning: 2, note: 3}
    findings:
      description:
        - The findings, worst first, each with C(severity) (V(critical), V(warning) or V(note)), C(kind), C(subject), C(text) (what would happen),
          C(remedy) (what to do about it) and C(hosts).
        - A finding is only V(critical) if it is certain.
      type: list
      elements: dict
    made_at:
      description: When the report was created, in UTC.
      type: str
      sample: "2026-01-01T00:00:00Z"
    oldest_facts:
      description: C(host), C(age) (in seconds) and C(text) (such as V(2 hours)) of the oldest cached facts; V(null) if
        there are none.
      type: dict
      sample: {host: web_1, age: 3600, text: 1 hour}
    missing:
      description: The hosts without facts, by state (V(not_azure), V(unreachable), V(failed), V(unknown) for hosts that were not asked).
      type: dict
      sample: {not_azure: [], unreachable: [web_7], failed: [], unknown: []}
    locations:
      description: Locations, which contain zones, which contain sets, which contain fault domains, which contain hosts.
      type: list
      elements: dict
    scale_sets:
      description:
        - Scale sets, and how many of their hosts are in each place, including places that could have hosts but have none.
        - C(known) is V(false) for a place where the placement of the hosts within it is unknown.
        - C(skew) is the imbalance. This is the number of hosts in the fullest place minus the number in the emptiest place that can be compared with it.
      type: list
      elements: dict
    availability_sets:
      description: Availability sets, in the same form. Needs O(availability_set_tag).
      type: list
      elements: dict
    services:
      description: Services, in the same form.
      type: list
      elements: dict
    service_tag:
      description: The tag whose values are the services.
      type: str
    tags:
      description: For each tag of O(tags), its C(name) and its C(values), in the same form as services.
      type: list
      elements: dict
    hosts:
      description: All hosts, and what is known about each.
      type: list
      elements: dict
"""

import datetime

from ansible.errors import AnsibleFilterError


def topology(
    hosts,
    hostvars,
    groups,
    prefix='azure',
    service_tag='Role',
    tags=(),
    availability_set_tag='',
    made_at=None,
    asked='topology_report_answer',
    events='topology_report_events',
):
    """The report on hosts, see _topology."""
    # Not above: with the first filter that a worker uses, Ansible imports all of them.
    from ansible_collections.imds.azure.plugins.plugin_utils._inventory.untrusted import untrusted
    from ansible_collections.imds.azure.plugins.plugin_utils._placement.topology import topology as topology_of

    if isinstance(hosts, str):
        raise AnsibleFilterError(f'imds.azure.topology needs a list of host names, not {hosts!r}.')
    strangers = [name for name in hosts if name not in hostvars]
    if strangers:
        raise AnsibleFilterError(f'imds.azure.topology: {strangers[0]} is not in the inventory. Correct the list of hosts, or add it to the inventory.')
    states = {name: state for state in ('unreachable', 'failed', 'not_azure') for name in groups.get(f'{prefix}_{state}', ())}
    fleet = {name: _known(hostvars[name], states.get(name, 'unknown'), asked, events) for name in hosts}
    return untrusted(topology_of(fleet, service_tag, tags, availability_set_tag, made_at or _now()))


def _now():
    return datetime.datetime.now(datetime.timezone.utc).strftime('%Y-%m-%dT%H:%M:%SZ')


def _known(variables, state, asked, events):
    from ansible_collections.imds.azure.plugins.plugin_utils._placement.known_facts import known_facts

    facts = known_facts(variables)
    query = facts.get('query') if isinstance(facts, dict) else None
    reason = None
    if isinstance(query, dict):
        state = 'present' if query.get('present') else 'not_azure'
    else:
        state, reason = _silence(variables.get(asked), state)
    return {'state': state, 'facts': facts, 'reason': reason, 'events': _events(variables.get(events))}


def _silence(answer, state):
    """The state of a host without facts, and the reason, from the result of a task that asked it and was skipped where that was not needed."""
    if not isinstance(answer, dict) or answer.get('skipped'):
        return state, None
    return 'unreachable' if answer.get('unreachable') else 'failed', answer.get('msg')


def _events(found):
    """A list of events, None where nobody asked for them, False where a task asked in vain."""
    if not isinstance(found, dict) or 'events' in found:
        return found.get('events') if isinstance(found, dict) else found
    return None if found.get('skipped') else False


class FilterModule:
    """Filters for placement."""

    def filters(self):
        return {'topology': topology}
