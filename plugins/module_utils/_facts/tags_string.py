# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tags of a VM from the C(tags) string, which older api-versions give alone.

This is a private part of the collection: its names may change in any release.
"""


def tags_from_string(text: str) -> tuple:
    """Gives (tags, ambiguous): reads C(name:value;name:value) in the most likely way: every C(;) that can start a new tag does.

    Names and values may hold both separators themselves. A name is never empty and no two names differ only in case
    (Azure's rules for tags), so a part that cannot be a tag belongs to the value before it, or at the start to the first name.
    Two colons after the first character are enough for a second reading: either may be the one that ends the first name.
    """
    colon = text.find(':', 1)
    if colon < 0:
        return {text: ''}, False
    name, begins = text[:colon], colon + 1
    tags, seen, part = {}, {name.lower()}, text.find(';', begins) + 1
    # Every character is looked at a few times and no more, however many separators there are: a host may say anything.
    while part:
        end = text.find(';', part)
        colon = text.find(':', part + 1, len(text) if end < 0 else end)
        if colon > 0 and text[part:colon].lower() not in seen:
            tags[name] = text[begins : part - 1]
            name, begins = text[part:colon], colon + 1
            seen.add(name.lower())
        part = end + 1
    tags[name] = text[begins:]
    return tags, text.count(':', 1) > 1
