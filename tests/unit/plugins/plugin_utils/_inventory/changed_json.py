# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""JSON in which something is not what it should be."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st


def paths(value: Any) -> list[tuple[str, ...]]:
    """Where something stands below objects."""
    return [(key, *path) for key, child in value.items() for path in [(), *paths(child)]] if isinstance(value, dict) else []


@st.composite
def changed(draw: st.DrawFn, value: Any, anything: st.SearchStrategy[Any]) -> Any:
    """A copy of an object in which one thing was replaced or left out, or two."""
    result = json.loads(json.dumps(value))
    for *parents, key in draw(st.lists(st.sampled_from(paths(value)), min_size=1, max_size=2)):
        container = result
        for parent in parents:
            container = container.get(parent, {}) if isinstance(container, dict) else {}
        if isinstance(container, dict):
            container.pop(key, None)
            if draw(st.booleans()):
                container[key] = draw(anything)
    return result
