# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: printable
short_description: Replace characters that are not printable
version_added: 1.0.0
author:
  - Contributors to the imds.azure collection (@imds-azure)
description:
  - Replaces each character that is not printable, such as those that control a terminal or change the direction of text, with an escape such as
    V(\\u001b). Use it before you show what hosts report on a terminal or a web page.
  - Text in lists and dictionaries is replaced too, keys included.
positional: _input
options:
  _input:
    description: Any value.
    type: raw
    required: true
seealso:
  - plugin: imds.azure.topology
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Show what an outage would cost
  ansible.builtin.debug:
    msg: "{{ (groups['all'] | imds.azure.topology(hostvars, groups)).findings | map(attribute='text') | imds.azure.printable }}"
  run_once: true
"""

RETURN = r"""
_value:
  description: The same value, with escapes.
  type: raw
"""

from collections.abc import Iterator


def printable(value):
    """The value with escapes, see _printable."""
    # Not above: with the first filter that a worker uses, Ansible imports all of them.
    from ansible_collections.imds.azure.plugins.plugin_utils._inventory.untrusted import untrusted
    from ansible_collections.imds.azure.plugins.plugin_utils._placement.printable import printable as printable_of

    # What map and others give is no list yet.
    return untrusted(printable_of(list(value) if isinstance(value, Iterator) else value))


class FilterModule:
    """The filter for text of hosts."""

    def filters(self):
        return {'printable': printable}
