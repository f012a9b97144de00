# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names for everything in a document: nested keys in snake_case joined with C(_), list items by index.

This is a private part of the collection: its names may change in any release.
"""

import re

_WORD = re.compile(r'([^_])([A-Z][a-z]+)')
_CASE = re.compile(r'([a-z0-9])([A-Z])')
_OTHER = re.compile(r'[^a-z0-9_]')


def snake_case(key: str) -> str:
    """C(diskSizeGB) as C(disk_size_gb); what cannot stand in a variable name becomes C(_)."""
    return _OTHER.sub('_', _CASE.sub(r'\1_\2', _WORD.sub(r'\1_\2', key)).lower())


def flatten_into(flat: dict, section: str, value, reserved=()) -> None:
    """Adds all leaves below a section to C(flat) as C({name: value}), values untouched; empty lists and dicts give no name.

    Two keys that come to the same name both stay: the later one gets C(_2), C(_3) and so on.

    :param section: key of the value in its document; the names begin with it.
    :param reserved: names that are never used.
    """
    times = {}
    start = snake_case(section)
    pending = [(start if re.match('[a-z_]', start) else '_' + start, value)]
    while pending:
        name, value = pending.pop()
        if isinstance(value, dict):
            children = [(snake_case(key), child) for key, child in value.items()]
        elif isinstance(value, (list, tuple)):
            children = [(str(index), child) for index, child in enumerate(value)]
        else:
            free = name
            while free in flat or free in reserved:
                times[name] = times.get(name, 1) + 1
                free = '%s_%d' % (name, times[name])
            flat[free] = value
            continue
        # From the last to the first, because the next one is taken from the end.
        pending.extend(('%s_%s' % (name, key), child) for key, child in reversed(children))
