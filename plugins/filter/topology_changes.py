# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: topology_changes
short_description: Compare a topology report with an earlier one
version_added: 1.0.0
author:
  - Contributors to the imds.azure collection (@imds-azure)
description:
  - Finds the hosts that have moved to another zone, domain or set, appeared or disappeared since an earlier report, and the services whose spread is now
    worse or better.
  - The spread of a service is worse if it can now lose all hosts when one place fails, or a larger share of them than before that moving hosts could
    avoid.
  - Hosts that do not answer do not count as moved, and do not change services.
positional: _input, baseline
options:
  _input:
    description: The report of P(imds.azure.topology#filter).
    type: dict
    required: true
  baseline:
    description: Path of the earlier report on the controller, the C(topology.json) or a file of the history that P(imds.azure.topology_report#role) wrote.
    type: path
    required: true
seealso:
  - plugin: imds.azure.topology
    plugin_type: filter
  - plugin: imds.azure.what_if
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Stop if the spread of a service is worse
  ansible.builtin.assert:
    that: worse == []
    fail_msg: "{{ worse | map(attribute='text') | join(' ') }}"
  vars:
    report: "{{ groups['all'] | imds.azure.topology(hostvars, groups) }}"
    worse: "{{ (report | imds.azure.topology_changes('baseline.json')).services | selectattr('change', 'equalto', 'worse') }}"
  run_once: true
"""

RETURN = r"""
_value:
  description: What changed.
  type: dict
  contains:
    since:
      description: When the earlier report was created.
      type: str
      sample: "2026-01-01T00:00:00Z"
    hosts:
      description:
        - Each host that changed, with its C(name), C(change), C(text) and C(moves).
        - C(change) is V(moved), V(appeared), V(disappeared), V(silent) if the host no longer has facts, or V(answers) if it has facts again.
        - C(moves) is a list. Each item has C(what) (such as V(zone)), C(before) and C(after).
      type: list
      elements: dict
      sample: [{name: web_1, change: moved, text: web_1 moved from zone 1 to zone 2., moves: [{what: zone, before: "1", after: "2"}]}]
    services:
      description:
        - Each service, and each set without a service, that changed, with its C(name), C(change), C(text), C(before), C(after) and C(places).
        - C(change) is V(worse), V(better), V(appeared) or V(disappeared).
        - C(before) and C(after) describe the worst outage, with its C(place), the number of hosts C(lost) and the C(count) of all hosts.
        - C(places) lists the number of hosts in each C(place), C(before) and C(after).
      type: list
      elements: dict
    summary:
      description: The number of hosts and services, by change.
      type: dict
      sample: {hosts: {moved: 1, appeared: 0, disappeared: 0, silent: 0, answers: 0}, services: {worse: 1, better: 0, appeared: 0, disappeared: 0}}
"""

from ansible.errors import AnsibleFilterError


def topology_changes(report, baseline):
    """What changed since a baseline, see _topology_changes."""
    # Not above: with the first filter that a worker uses, Ansible imports all of them.
    from ansible_collections.imds.azure.plugins.plugin_utils._inventory.untrusted import untrusted
    from ansible_collections.imds.azure.plugins.plugin_utils._placement.baseline import BaselineError, read_baseline
    from ansible_collections.imds.azure.plugins.plugin_utils._placement.topology_changes import changes

    try:
        return untrusted(changes(read_baseline(str(baseline)), report))
    except BaselineError as error:
        raise AnsibleFilterError(str(error)) from error


class FilterModule:
    """The filter that compares reports."""

    def filters(self):
        return {'topology_changes': topology_changes}
