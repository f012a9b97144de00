# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: topology
short_description: Tell where the hosts of a fleet stand and what is wrong with that
version_added: 0.1.0
author:
  - Contributors to the imds.azure collection (@imds-azure)
description:
  - From what the Instance Metadata Service says of each host, tells which hosts stand in which location, zone, fault domain and update domain, by scale
    set, by availability set, by service and by any tag, and what would happen if one of these places failed.
  - Zones compare by their physical zone where all hosts of a location that have a zone tell it, else by their number inside one subscription. Numbers of
    fault and update domains compare only inside one scale set or availability set, and in a set with zones only inside one zone.
  - Where all hosts of a scale set say one fault domain, which is so for Flexible and zonal sets unless somebody chose otherwise, the number does not tell
    how Azure spreads them. The report says so, and does not count the set as one place.
  - It is what the role P(imds.azure.topology_report#role) writes its pages from, for reports of your own.
  - Values in it are as the hosts gave them. Escape them as the format asks.
positional: _input, hostvars, groups
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
  groups:
    description: The variable C(groups), for the groups of P(imds.azure.hosts#inventory) that tell why a host has no facts.
    type: dict
    required: true
  prefix:
    description: What the names of these groups begin with.
    type: str
    default: azure
  service_tag:
    description: The tag whose value names the service that a host is part of.
    type: str
    default: Role
  tags:
    description: Further tags to show with each host, and whose values to report on as on services.
    type: list
    elements: str
    default: []
  availability_set_tag:
    description:
      - The tag whose value names the availability set that a host is in, for the service does not tell. Names of tags have no case.
      - Without it, hosts outside of scale sets have no fault domain that compares with others.
    type: str
    default: ""
  made_at:
    description: When the report is made, as text. The time now, in UTC, unless given.
    type: str
  asked:
    description: The host variable with the result of M(imds.azure.instance_facts), which tells why a host has no facts.
    type: str
    default: topology_report_answer
  events:
    description: The host variable with scheduled events, as M(imds.azure.scheduled_events_info) returns them in C(events).
    type: str
    default: topology_report_events
  printable:
    description: Whether characters that are not printable are written as escapes such as V(\\u001b), for terminals and pages.
    type: bool
    default: false
seealso:
  - module: imds.azure.instance_facts
"""

EXAMPLES = r"""
- name: Show what is wrong with where the fleet stands
  ansible.builtin.debug:
    msg: "{{ (groups['all'] | imds.azure.topology(hostvars, groups)).findings | map(attribute='text') }}"
  run_once: true
"""

RETURN = r"""
_value:
  description: The report.
  type: dict
  contains:
    summary:
      description: How many hosts there are, by state, and how many findings, by severity.
      type: dict
      sample: {hosts: 12, present: 12, not_azure: 0, unreachable: 0, failed: 0, unknown: 0, stale: 0, critical: 1, warning: 2, note: 3}
    findings:
      description:
        - What is wrong, worst first, each with C(severity) (V(critical), V(warning) or V(note)), C(kind), C(subject), C(text), which says what would happen,
          C(remedy), what to do about it, and C(hosts).
        - V(critical) is only what is certain.
      type: list
      elements: dict
    made_at:
      description: When the report was made, in UTC.
      type: str
      sample: "2026-01-01T00:00:00Z"
    oldest_facts:
      description: C(host), C(age) (in seconds) and C(text) (such as V(2 hours)) of the oldest facts, as far as ages are
        known; null where none is, as for facts of this run.
      type: dict
      sample: {host: web_1, age: 3600, text: 1 hour}
    missing:
      description: The hosts without facts, by state (V(not_azure), V(unreachable), V(failed), V(unknown) for those that were not asked).
      type: dict
      sample: {not_azure: [], unreachable: [web_7], failed: [], unknown: []}
    locations:
      description: Locations with their zones, in these the sets, in these the fault domains, and in these the hosts.
      type: list
      elements: dict
    scale_sets:
      description:
        - Scale sets, with how many of their hosts stand in each place. Places that hold none and could are there too.
        - C(known) is false for a place inside of which it is not known where the hosts stand.
        - C(skew) is the most hosts in a place minus the least in one that it compares with.
      type: list
      elements: dict
    availability_sets:
      description: Availability sets in the same way, with O(availability_set_tag).
      type: list
      elements: dict
    services:
      description: Services in the same way.
      type: list
      elements: dict
    service_tag:
      description: The tag whose values they are.
      type: str
    tags:
      description: For each of the further tags C(name) and C(values), which are like services.
      type: list
      elements: dict
    hosts:
      description: All hosts with what is known of each.
      type: list
      elements: dict
"""

import datetime

from ansible.errors import AnsibleFilterError
from ansible_collections.imds.azure.plugins.plugin_utils._inventory.untrusted import untrusted
from ansible_collections.imds.azure.plugins.plugin_utils._placement.known_facts import known_facts
from ansible_collections.imds.azure.plugins.plugin_utils._placement.printable import printable as printable_of
from ansible_collections.imds.azure.plugins.plugin_utils._placement.topology import topology as topology_of


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
    printable=False,
):
    """The report on hosts, see _topology."""
    if isinstance(hosts, str):
        raise AnsibleFilterError(f'imds.azure.topology takes a list of host names and was given {hosts!r}.')
    strangers = [name for name in hosts if name not in hostvars]
    if strangers:
        raise AnsibleFilterError(f'imds.azure.topology knows no host {strangers[0]!r}: it is not in the inventory.')
    states = {name: state for state in ('unreachable', 'failed', 'not_azure') for name in groups.get(f'{prefix}_{state}', ())}
    fleet = {name: _known(hostvars[name], states.get(name, 'unknown'), asked, events) for name in hosts}
    report = topology_of(fleet, service_tag, tags, availability_set_tag, made_at or _now())
    return untrusted(printable_of(report) if printable else report)


def _now():
    return datetime.datetime.now(datetime.timezone.utc).strftime('%Y-%m-%dT%H:%M:%SZ')


def _known(variables, state, asked, events):
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
