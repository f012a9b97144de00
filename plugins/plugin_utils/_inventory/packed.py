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


def pack(content: t.Any) -> dict[str, str]:
    """A JSON value as what a cache takes."""
    return {'zlib': base64.b64encode(zlib.compress(json.dumps(content).encode(), 1)).decode()}


def unpack(stored: t.Any) -> t.Any:
    """What was packed; None for anything else.

    :raises Exception: it was cut off, or is none of ours.
    """
    text = stored.get('zlib') if isinstance(stored, dict) else None
    return json.loads(zlib.decompress(base64.b64decode(text)).decode()) if isinstance(text, str) else None
