# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The two ways in which input can be wrong: before the start (a fleet, an option) and while running (a control request)."""

from __future__ import annotations


class FleetError(Exception):
    """The fleet or an option cannot be used. The text is one line and names file, VM and key."""


class SettingError(ValueError):
    """A value has the wrong type or range. The text says what was expected; the caller adds where."""


class ControlError(Exception):
    """A control request cannot be done. It becomes the JSON answer ``{"error": text}`` with this status."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text
