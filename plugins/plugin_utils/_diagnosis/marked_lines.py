# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines that a command on a host printed, each with a mark, the name of what it tells, and a value.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

from ansible_collections.imds.azure.plugins.plugin_utils._transports.host_command import CutOff

# More than a host has to say, each shorter than any list of exceptions for proxies. What a host writes has no limit of its own.
_LINES = 20000
_LENGTH = 1 << 17


class MarkedLines:
    """Values by name.

    :param output: what the command printed, whose last line with the mark says C(done) or C(skipped).
    :raises CutOff: it does not.
    """

    def __init__(self, output: bytes, mark: str) -> None:
        self._values: dict[str, list[str]] = {}
        begin = f'{mark} '
        told = [line for line in output.decode('utf-8', 'replace').split('\n') if line.startswith(begin)]
        for line in told[:_LINES]:
            name, _space, value = line[len(begin) : _LENGTH].rstrip('\r').partition(' ')
            self._values.setdefault(name, []).append(value.strip())
        if not (self.has('done') or self.has('skipped')):
            raise CutOff('the output of the command on the host is incomplete')

    def has(self, name: str) -> bool:
        """Whether there is a line with this name."""
        return name in self._values

    def all(self, name: str) -> list[str]:
        """The values of all lines with this name."""
        return self._values.get(name, [])

    def first(self, name: str) -> str:
        """The first of them, or an empty string."""
        return next(iter(self.all(name)), '')
