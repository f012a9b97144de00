# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: topology_changes
short_description: Compare a topology report with an earlier one
version_added: 0.1.0
author:
  - Contributors to the imds.azure collection (@imds-azure)
description:
  - Finds the hosts that moved to another zone, domain or set, appeared or disappeared since an earlier report, and the services whose spread got worse or
    better.
  - A service got worse if the worst outage of one place now takes a larger share of its hosts and moving hosts could avoid that, or if it now takes all of
    them.
  - A host that does not answer has not moved, and does not make a service worse or better.
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
- name: Stop if a service became worse spread
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
        - C(change) is V(moved), V(appeared), V(disappeared), V(silent) for a host that has no facts now and had some, or V(answers) for the opposite.
        - C(moves) lists C(what) changed, such as V(zone), C(before) and C(after).
      type: list
      elements: dict
      sample: [{name: web_1, change: moved, text: web_1 moved from zone 1 to zone 2., moves: [{what: zone, before: "1", after: "2"}]}]
    services:
      description:
        - Each service, and each set without a service, that changed, with its C(name), C(change), C(text), C(before), C(after) and C(places).
        - C(change) is V(worse), V(better), V(appeared) or V(disappeared).
        - C(before) and C(after) are the worst outage, with its C(place), and how many hosts are C(lost) of the C(count) there are.
        - C(places) is the number of hosts in each C(place), C(before) and C(after).
      type: list
      elements: dict
    summary:
      description: The number of hosts and services, by change.
      type: dict
      sample: {hosts: {moved: 1, appeared: 0, disappeared: 0, silent: 0, answers: 0}, services: {worse: 1, better: 0, appeared: 0, disappeared: 0}}
"""

from ansible.errors import AnsibleFilterError
from ansible_collections.imds.azure.plugins.plugin_utils._inventory.untrusted import untrusted
from ansible_collections.imds.azure.plugins.plugin_utils._placement.baseline import BaselineError, read_baseline
from ansible_collections.imds.azure.plugins.plugin_utils._placement.topology_changes import changes


def topology_changes(report, baseline):
    """What changed since a baseline, see _topology_changes."""
    try:
        return untrusted(changes(read_baseline(str(baseline)), report))
    except BaselineError as error:
        raise AnsibleFilterError(str(error)) from error


class FilterModule:
    """The filter that compares reports."""

    def filters(self):
        return {'topology_changes': topology_changes}
