# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: topology_files
short_description: Make the files of a topology report
version_added: 1.0.0
author:
  - Contributors to the imds.azure collection (@imds-azure)
description:
  - Returns the files that the role P(imds.azure.topology_report#role) writes, as text. It does not write files.
positional: _input, templates, title
options:
  _input:
    description: The report of P(imds.azure.topology#filter), with C(changes), C(what_if) and C(history) if it should show them.
    type: dict
    required: true
  templates:
    description: The folder with the templates, such as V(topology.html.j2).
    type: path
    required: true
  title:
    description: The title of the report.
    type: str
    required: true
seealso:
  - plugin: imds.azure.topology
    plugin_type: filter
  - plugin: imds.azure.topology_changes
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Show the report in the terminal
  ansible.builtin.debug:
    msg: "{{ (report | imds.azure.topology_files('roles/report/templates', 'Fleet'))['topology.txt'] }}"
  vars:
    report: "{{ groups['all'] | imds.azure.topology(hostvars, groups) }}"
  run_once: true
"""

RETURN = r"""
_value:
  description: The text of each file, by its name. V(topology.md) is only included if the report has C(changes).
  type: dict
  contains:
    topology.html:
      description: A page.
      type: str
    topology.txt:
      description: A text for terminals.
      type: str
    topology.csv:
      description: A table.
      type: str
    topology.md:
      description: What changed, for pull requests.
      type: str
    topology.json:
      description: The report as data.
      type: str
"""

from ansible.errors import AnsibleFilterError


def topology_files(report, templates, title):
    """The files of a report, see _placement/topology_files.py."""
    # Not above: with the first filter that a worker uses, Ansible imports all of them.
    from ansible_collections.imds.azure.plugins.plugin_utils._inventory.untrusted import untrusted
    from ansible_collections.imds.azure.plugins.plugin_utils._placement.topology_files import files
    from jinja2 import TemplateError

    try:
        return untrusted(files(report, str(templates), str(title)))
    except TemplateError as error:
        raise AnsibleFilterError(f'imds.azure.topology_files cannot use the templates in {templates}: {type(error).__name__}: {error}') from error


class FilterModule:
    """The filter that makes files of reports."""

    def filters(self):
        return {'topology_files': topology_files}
