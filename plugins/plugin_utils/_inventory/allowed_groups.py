# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which groups hosts may be put into by what they say of themselves.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import fnmatch
import typing as t

from ansible.inventory.data import InventoryData
from ansible_collections.imds.azure.plugins.plugin_utils._placement.printable import printable


class AllowedGroups:
    """The names that match one of the patterns, without case. What else was asked about is left out.

    :param patterns: as the option; None allows every name.
    :param always: a name that is allowed in any case.
    """

    def __init__(self, patterns: t.Iterable[str] | None, always: str) -> None:
        self._patterns = None if patterns is None else [always.lower(), *(pattern.lower() for pattern in patterns)]
        self.left_out: set[str] = set()

    def __contains__(self, name: str) -> bool:
        if self._patterns is None or any(fnmatch.fnmatchcase(name.lower(), pattern) for pattern in self._patterns):
            return True
        self.left_out.add(name)
        return False

    def warning(self) -> str | None:
        """What people should know of the groups that are left out."""
        if not self.left_out:
            return None
        names = [printable(name) for name in sorted(self.left_out)]
        some = ', '.join(names[:5]) + (f' and {len(names) - 5} more' if len(names) > 5 else '')
        return f'these groups are left out, because allow does not list them: {some}. To use one of them, add it to allow.'


class GuardedInventory:
    """An inventory that is given allowed groups only."""

    def __init__(self, inventory: InventoryData, allowed: AllowedGroups) -> None:
        self._inventory = inventory
        self._allowed = allowed

    def __getattr__(self, name: str) -> t.Any:
        return getattr(self._inventory, name)

    def add_group(self, group: str) -> str:
        return self._inventory.add_group(group) if group in self._allowed else group

    def add_host(self, host: str, group: str) -> None:
        if group in self._allowed:
            self._inventory.add_host(host, group)

    def add_child(self, group: str, child: str) -> None:
        """The child is a host, or else a group."""
        if group in self._allowed and (child in self._inventory.hosts or child in self._allowed):
            self._inventory.add_child(group, child)
