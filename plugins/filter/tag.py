# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: tag
short_description: Get the value of a tag of a VM
version_added: 1.0.0
author:
  - Contributors to the imds.azure collection (@imds-azure)
description:
  - As in Azure, case does not matter in the name.
  - Works with any name. With dots, C(tags.update), C(tags.items), C(tags.keys), C(tags.values), C(tags.get), C(tags.copy) and C(tags.pop) are methods of
    Python and not tags, and names such as C(cost center) are not possible.
positional: _input, name, default
options:
  _input:
    description:
      - Facts of a VM, RV(imds.azure.instance_facts#module:ansible_facts.azure_imds), or its tags.
      - A host that is not an Azure VM has no tags.
    type: dict
    required: true
  name:
    description: Name of the tag.
    type: str
    required: true
  default:
    description: Value to return if the VM has no such tag. Without it, a missing tag is an error.
    type: raw
seealso:
  - module: imds.azure.instance_facts
  - plugin: imds.azure.has_tags
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Show the update wave of the VM
  ansible.builtin.debug:
    msg: "{{ azure_imds | imds.azure.tag('update', 'none') }}"

- name: Back up VMs with this tag
  ansible.builtin.debug:
    msg: This VM is backed up.
  # Values of tags are strings, and the string "false" is not empty.
  when: azure_imds.tags | imds.azure.tag('backup', 'false') | bool
"""

RETURN = r"""
_value:
  description: The value of the tag, or the default.
  type: raw
"""

from collections.abc import Mapping

from ansible.errors import AnsibleFilterError

NO_DEFAULT = object()


def tag(given, name, default=NO_DEFAULT):
    """The value of the tag of this name, in whatever case, of facts or of tags alone."""
    if not isinstance(given, Mapping):
        raise AnsibleFilterError(f'imds.azure.tag needs the azure_imds facts or the tags of a VM as a dict, not {type(given).__name__}.')
    if not isinstance(name, str):
        raise AnsibleFilterError(f'imds.azure.tag needs the name of a tag, not {name!r}. Quote it.')
    # The value of a tag is a string, so this is no tag.
    are_facts = isinstance(given.get('query'), Mapping)
    if are_facts and 'tags' not in given and given['query'].get('present'):
        raise AnsibleFilterError('These facts were gathered without tags. Add tags to gather_subset.')
    for key, value in (given.get('tags', {}) if are_facts else given).items():
        if str(key).lower() == name.lower():
            return value
    if default is NO_DEFAULT:
        raise AnsibleFilterError(f'The VM has no tag {name}. Add a default, such as tag({name!r}, "none").')
    return default


class FilterModule:
    """The filter for one tag."""

    def filters(self):
        return {'tag': tag}
