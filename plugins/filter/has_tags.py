# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: has_tags
short_description: Check whether a VM has certain tags
version_added: 1.0.0
author:
  - Contributors to the imds.azure collection (@imds-azure)
description:
  - As in Azure, case matters in values and does not matter in names.
positional: _input, wanted
options:
  _input:
    description: Tags of a VM, as in RV(imds.azure.instance_facts#module:ansible_facts.azure_imds.tags).
    type: dict
    required: true
  wanted:
    description:
      - Tags that the VM must have.
      - A string is the name of a tag with any value.
      - A dict contains names and values. A value can be a list of accepted values.
    type: raw
    required: true
seealso:
  - module: imds.azure.instance_facts
"""

EXAMPLES = r"""
- name: Install the web server on hosts with these tags
  ansible.builtin.package:
    name: nginx
  when: "ansible_facts['azure_imds']['tags'] | imds.azure.has_tags({'Role': ['web', 'proxy'], 'Env': 'prod'})"

- name: Show whether the tag owner exists
  ansible.builtin.debug:
    msg: "{{ {'Owner': 'ops', 'Env': 'prod'} | imds.azure.has_tags('owner') }}"
"""

RETURN = r"""
_value:
  description: Whether the VM has all of the tags.
  type: bool
"""

from collections.abc import Mapping

from ansible.errors import AnsibleFilterError


def has_tags(tags, wanted):
    """Whether the tags hold all that is wanted: a name, or names with a value or a list of values."""
    if not isinstance(tags, Mapping):
        raise AnsibleFilterError(f'imds.azure.has_tags needs the tags of a VM as a dict, not {type(tags).__name__}.')
    if isinstance(wanted, str):
        return wanted.lower() in {name.lower() for name in tags}
    if not isinstance(wanted, Mapping):
        raise AnsibleFilterError(f'imds.azure.has_tags needs the name of a tag, or a dict of names and values, not {wanted!r}.')
    values = {name.lower(): value for name, value in tags.items()}
    for name, value in wanted.items():
        accepted = value if isinstance(value, list) else [value]
        if any(not isinstance(item, str) for item in (name, *accepted)):
            raise AnsibleFilterError(f'Tag names and values must be strings, not {name}: {value!r}. Quote them.')
        if values.get(name.lower()) not in accepted:
            return False
    return True


class FilterModule:
    """Filters for tags."""

    def filters(self):
        return {'has_tags': has_tags}
