# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds elements in an /instance document by the paths of the metadata service.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import json
import typing as t

from ansible_collections.imds.azure.plugins.module_utils._facts.facts import is_hidden
from ansible_collections.imds.azure.plugins.module_utils._service.errors import NoSuchElementError, OptionError


def element_path(term: t.Any) -> tuple[str, ...]:
    """The keys and indexes of a path such as ``compute/vmId``; a leading ``/``, ``metadata/`` or ``instance/`` may stand before it.

    :raises OptionError: this cannot be a path.
    """
    keys = term.strip('/').split('/') if isinstance(term, str) and term.isprintable() else ['']
    if not {'', '.', '..'}.isdisjoint(keys) or '?' in term:
        raise OptionError(f'{term!r} is not a path', remedy='Separate keys and indexes with slashes, such as network/interface/0/macAddress.')
    for prefix in ('metadata', 'instance'):
        keys = keys[1:] if keys[:1] == [prefix] else keys
    return tuple(keys)


def hidden(path: t.Sequence[str]) -> bool:
    """Whether a path leads to something that is only shown to those who ask for it by its own path."""
    return any(is_hidden(key) for key in path)


def element(document: t.Any, path: t.Sequence[str]) -> t.Any:
    """A container as it is, a leaf as text.

    :raises NoSuchElementError: there is none at this path.
    """
    value = document
    for key in path:
        if isinstance(value, dict) and key in value:
            value = value[key]
        elif isinstance(value, list) and key.isdecimal() and key.isascii() and len(key) < 10 and int(key) < len(value):
            value = value[int(key)]
        else:
            raise NoSuchElementError('no such element', '/'.join(('/instance', *path)))
    return value if isinstance(value, (dict, list, str)) else json.dumps(value)
