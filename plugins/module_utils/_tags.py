# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tags of a VM, from C(tagsList) or, where that is missing, from the ambiguous C(tags) string.

This is a private part of the collection: its names may change in any release.
"""


def tags_from_compute(compute: dict) -> tuple:
    """Gives (tags, ambiguous): exact names and values, and whether they could have been meant otherwise."""
    tags = _from_list(compute.get('tagsList'))
    if tags:
        return tags, False
    text = compute.get('tags')
    return _from_string(text) if isinstance(text, str) else (_from_list(text), False)


def _from_list(items) -> dict:
    """C([{"name": .., "value": ..}]) as a dict; an item without a name that can be one is no tag."""
    return dict(
        (str(item['name']), item.get('value', ''))
        for item in (items if isinstance(items, list) else [])
        if isinstance(item, dict) and isinstance(item.get('name'), (str, int, float))
    )


def _from_string(text: str) -> tuple:
    """Reads C(name:value;name:value) in the most likely way: every C(;) that can start a new tag does.

    Names and values may hold both separators themselves. A name is never empty and no two names differ only in case
    (Azure's rules for tags), so a part that cannot be a tag belongs to the value before it, or at the start to the first name.
    Two colons after the first character are enough for a second reading: either may be the one that ends the first name.
    """
    tags, seen, name, start = {}, set(), None, ''
    for part in text.split(';') if text else ():
        key, colon, value = (start + part).partition(':')
        if colon and key and key.lower() not in seen:
            name, start = key, ''
            seen.add(key.lower())
            tags[name] = value
        elif name is None:
            start += part + ';'
        else:
            tags[name] += ';' + part
    return (tags if tags or not text else {text: ''}), text.count(':', 1) > 1
