# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: misspelt
short_description: Find misspelled role variables
version_added: 1.0.0
author:
  - Contributors to the imds.azure collection (@imds-azure)
description:
  - Ansible does not report variables that a role does not know. The roles of this collection use this filter to find them.
  - Variables that do not resemble an option are ignored, because they may be your own.
positional: _input, specification, prefix, own
options:
  _input:
    description: Names of variables.
    type: list
    elements: str
    required: true
  specification:
    description: Argument specification of the role, the content of C(meta/argument_specs.yml).
    type: dict
    required: true
  prefix:
    description: Prefix of all options of the role.
    type: str
    required: true
  own:
    description: Similar names that the role sets itself.
    type: list
    elements: str
    default: []
seealso:
  - plugin: ansible.builtin.varnames
    plugin_type: lookup
"""

EXAMPLES = r"""
- name: Refuse misspelled options
  ansible.builtin.assert:
    that: wrong == []
    fail_msg: "{{ wrong | join(' ') }}"
    quiet: true
  vars:
    specification: "{{ lookup('ansible.builtin.file', role_path ~ '/meta/argument_specs.yml') | from_yaml }}"
    wrong: "{{ query('ansible.builtin.varnames', '^web_') | imds.azure.misspelt(specification, 'web_') }}"
"""

RETURN = r"""
_value:
  description: A sentence for each such variable, with the option that was probably meant.
  type: list
  elements: str
"""


def misspelt(names, specification, prefix, own=()):
    """Sentences about names that look like options of a role, or like variables of the collection, and are none."""
    # Not above: with the first filter that a worker uses, Ansible imports all of them.
    from ansible_collections.imds.azure.plugins.plugin_utils._option_names import VARIABLE_PREFIX, VARIABLES
    from ansible_collections.imds.azure.plugins.plugin_utils._option_names import misspelt as misspelt_names

    points = specification['argument_specs'].values()
    options = [name for point in points for name in point.get('options', {}) if name.startswith(prefix)]
    found = {**misspelt_names(names, options, prefix), **misspelt_names(names, VARIABLES, VARIABLE_PREFIX)}
    return [f'There is no variable {name}. Did you mean {meant}?' for name, meant in sorted(found.items()) if name not in own]


class FilterModule:
    """The filter for names of variables."""

    def filters(self):
        return {'misspelt': misspelt}
