# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finding one element of a document by path segments, and writing it as the service writes text."""

from __future__ import annotations

from typing import Any


class NoSuchElementError(LookupError):
    """The path leads nowhere."""


def find(document: Any, segments: list[str]) -> Any:
    """The element at ``segments``: keys (case-sensitive) and list indexes (decimal, no sign, no leading zero)."""
    for segment in segments:
        if isinstance(document, dict) and segment in document:
            document = document[segment]
        elif isinstance(document, list) and segment.isdecimal() and str(int(segment)) == segment and int(segment) < len(document):
            document = document[int(segment)]
        else:
            raise NoSuchElementError(segment)
    return document


def is_leaf(element: Any) -> bool:
    """Whether ``element`` is a value and not an object or a list."""
    return not isinstance(element, (dict, list))


def as_text(element: Any) -> str:
    """A leaf as its value; an object or list as its child names, one a line, those of containers with a slash at the end."""
    if isinstance(element, bool):
        return 'true' if element else 'false'
    if element is None:
        return ''
    if is_leaf(element):
        return str(element)
    children = element.items() if isinstance(element, dict) else enumerate(element)
    return '\n'.join(f'{name}' if is_leaf(child) else f'{name}/' for name, child in children)
