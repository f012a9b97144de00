# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: topology_history
short_description: Read the history of topology reports in a folder
version_added: 1.0.0
author:
  - Contributors to the imds.azure collection (@imds-azure)
description:
  - Returns how the spread of a fleet has changed over time, from the baselines that the role P(imds.azure.topology_report#role) keeps in a folder.
  - Writes nothing. The role writes the file in RV(_value.add) and deletes the files in RV(_value.remove).
positional: _input, folder, keep
options:
  _input:
    description: The report of P(imds.azure.topology#filter).
    type: dict
    required: true
  folder:
    description: Path of the folder on the controller. It does not have to exist.
    type: path
    required: true
  keep:
    description: How many baselines to keep.
    type: int
    default: 30
seealso:
  - plugin: imds.azure.topology_changes
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Show how many critical findings there were over time
  ansible.builtin.debug:
    msg: "{{ (report | imds.azure.topology_history('history')).points | map(attribute='critical') }}"
  vars:
    report: "{{ groups['all'] | imds.azure.topology(hostvars, groups) }}"
  run_once: true
"""

RETURN = r"""
_value:
  description: The history.
  type: dict
  contains:
    points:
      description:
        - The kept baselines, oldest first, each with C(made_at) and the numbers of C(hosts), C(critical) findings and C(warning) findings.
        - The last one is this report, or the last baseline if nothing has changed since.
      type: list
      elements: dict
    services:
      description:
        - Services, the worst spread first, each with its C(name) and C(costs).
        - C(costs) describes the worst outage at each point, with the number of hosts C(lost) and the C(count) of all hosts, or V(null) if it is unknown.
      type: list
      elements: dict
      sample: [{name: db, costs: [{lost: 1, count: 3}, {lost: 2, count: 3}]}]
    add:
      description: The C(name) and C(content) of the baseline to write, or V(null) if the fleet has not changed since the last one.
      type: dict
    remove:
      description: Paths of the baselines beyond O(keep).
      type: list
      elements: str
"""

from ansible.errors import AnsibleFilterError


def topology_history(report, folder, keep=30):
    """The history in a folder, see _topology_history."""
    # Not above: with the first filter that a worker uses, Ansible imports all of them.
    from ansible_collections.imds.azure.plugins.plugin_utils._inventory.untrusted import untrusted
    from ansible_collections.imds.azure.plugins.plugin_utils._placement.baseline import BaselineError
    from ansible_collections.imds.azure.plugins.plugin_utils._placement.topology_history import history

    if not isinstance(keep, int) or isinstance(keep, bool) or keep < 1:
        raise AnsibleFilterError(f'keep is {keep!r}. Set it to the number of baselines to keep, 1 or more.')
    try:
        return untrusted(history(report, str(folder), keep))
    except BaselineError as error:
        raise AnsibleFilterError(str(error)) from error


class FilterModule:
    """The filter for the history of reports."""

    def filters(self):
        return {'topology_history': topology_history}
