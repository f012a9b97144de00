# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Text of hosts for terminals and pages, where no character may do anything but be seen.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import typing as t


def printable(value: t.Any) -> t.Any:
    """The JSON value with each character that is not printable, among them those that steer a terminal or turn the direction of text, as an escape."""
    if isinstance(value, str):
        return value if value.isprintable() else ''.join(character if character.isprintable() else _escaped(character) for character in value)
    if isinstance(value, list):
        return [printable(child) for child in value]
    if isinstance(value, dict):
        return {printable(key): printable(child) for key, child in value.items()}
    return value


def _escaped(character: str) -> str:
    """As JSON and Python write it."""
    number = ord(character)
    return f'\\u{number:04x}' if number < 0x10000 else f'\\U{number:08x}'
