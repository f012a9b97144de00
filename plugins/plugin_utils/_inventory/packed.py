# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many values as one text, for a place that looks at each value: Ansible's caches decode each dictionary in Python, and copy what they keep.

They also make objects of their own of what has a key C(__ansible_type) or C(__ansible_vault), trusted templates among them, and a host could say that too.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import base64
import json
import typing as t
import zlib

# Of the text before it is packed, some 100,000 hosts. A few kilobytes can become gigabytes.
LIMIT = 1 << 28


class TooLargeError(Exception):
    """Nothing that was kept so could be read again."""

    def __init__(self) -> None:
        super().__init__(f'it is larger than {LIMIT >> 20} MiB')


def pack(content: t.Any) -> dict[str, str]:
    """A JSON value as what a cache takes.

    :raises TooLargeError:
    """
    text = json.dumps(content).encode()
    if len(text) > LIMIT:
        raise TooLargeError
    return {'zlib': base64.b64encode(zlib.compress(text, 1)).decode()}


def unpack(stored: t.Any) -> t.Any:
    """What was packed; None for anything else.

    :raises Exception: it was cut off, is none of ours, or is too large.
    """
    text = stored.get('zlib') if isinstance(stored, dict) else None
    if not isinstance(text, str):
        return None
    unpacking = zlib.decompressobj()
    content = unpacking.decompress(base64.b64decode(text), LIMIT)
    if unpacking.unconsumed_tail:
        raise TooLargeError
    if not unpacking.eof:
        raise ValueError('it is incomplete')
    return json.loads(content.decode())
