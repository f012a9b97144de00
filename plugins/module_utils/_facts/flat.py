# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names for everything in a document: nested keys in snake_case joined with C(_), list items by index.

This is a private part of the collection: its names may change in any release.
"""

from functools import lru_cache

from ansible_collections.imds.azure.plugins.module_utils._service.errors import MalformedAnswerError

# Characters that all names begin with, together: a long key over many items would otherwise need a thousand times the memory of the document.
NAMES_LIMIT = 8 * 1024 * 1024
# Every host runs this once: compiling patterns of re would cost more than the loop does.
_LOWER = frozenset('abcdefghijklmnopqrstuvwxyz')
_UPPER = frozenset('ABCDEFGHIJKLMNOPQRSTUVWXYZ')
_DIGITS = frozenset('0123456789')
# What is kept of the keys of hostile documents must not fill the memory.
LONGEST_KEPT = 64


def snake_case(key):
    """C(diskSizeGB) as C(disk_size_gb); what cannot stand in a variable name becomes C(_)."""
    return _kept(key) if len(key) <= LONGEST_KEPT else _snake_case(key)


def _snake_case(key):
    name, before = '', '_'
    for c, after in zip(key, key[1:] + '_'):
        if c in _UPPER:
            # A word begins after a small letter or a digit, and before a small letter: vm|Id, IP|Address.
            name += ('_' if before in _LOWER or before in _DIGITS or (before != '_' and after in _LOWER) else '') + c.lower()
        else:
            name += c if c in _LOWER or c in _DIGITS else '_'
        before = c
    return name


# Interfaces, and hosts, have the same keys.
_kept = lru_cache(maxsize=256)(_snake_case)


def flatten_into(flat, section, value, reserved=()):
    """Adds all leaves below a section to C(flat) as C({name: value}), values untouched; empty lists and dicts give no name.

    Two keys that come to the same name both stay: the later one gets C(_2), C(_3) and so on.

    :param section: key of the value in its document; the names begin with it.
    :param reserved: names that are never used.
    :raises MalformedAnswerError: what the names begin with comes to more than 8 MiB.
    """
    times: dict = {}
    size = 0
    start = snake_case(section)
    pending = [(start if start[:1] not in _DIGITS and start else '_' + start, value)]
    while pending:
        name, value = pending.pop()
        if isinstance(value, (dict, list, tuple)):
            # What the names of its children begin with; all that follows it is about as long as the document.
            size += (len(name) + 1) * len(value)
            if size > NAMES_LIMIT:
                raise MalformedAnswerError('the names in the answer are too long', '/instance')
            keys, children = (map(snake_case, value), value.values()) if isinstance(value, dict) else (range(len(value)), value)
            # From the last to the first, because the next one is taken from the end.
            pending += reversed([('%s_%s' % (name, key), child) for key, child in zip(keys, children)])
        else:
            free = name
            while free in flat or free in reserved:
                times[name] = times.get(name, 1) + 1
                free = '%s_%d' % (name, times[name])
            flat[free] = value
