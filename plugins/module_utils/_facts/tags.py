# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tags of a VM, from C(tagsList) or, where that is missing, from the ambiguous C(tags) string.

This is a private part of the collection: its names may change in any release.
"""


def tags_from_compute(compute):
    """Gives (tags, ambiguous): exact names and values, and whether they could have been meant otherwise."""
    tags = _from_list(compute.get('tagsList'))
    if tags:
        return tags, False
    text = compute.get('tags')
    if not text or not isinstance(text, str):
        return _from_list(text), False
    from ansible_collections.imds.azure.plugins.module_utils._facts.tags_string import tags_from_string

    return tags_from_string(text)


def _from_list(items):
    """C([{"name": .., "value": ..}]) as a dict; an item without a name that can be one is no tag."""
    return {
        str(item['name']): item.get('value', '')
        for item in (items if isinstance(items, list) else [])
        if isinstance(item, dict) and isinstance(item.get('name'), (str, int, float))
    }
