# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""At most so many requests in any one second."""

from __future__ import annotations

from collections import deque

WINDOW_SECONDS = 1.0


class SlidingWindow:
    """Counts the requests let through during the last second of a monotonic clock. Refused requests do not count."""

    def __init__(self) -> None:
        self._times: deque[float] = deque()

    def allow(self, now: float, limit: int) -> bool:
        """Whether one more request may pass at ``now`` (monotonic seconds). ``limit`` 0 means no limit."""
        if not limit:
            return True
        while self._times and self._times[0] <= now - WINDOW_SECONDS:
            self._times.popleft()
        if len(self._times) >= limit:
            return False
        self._times.append(now)
        return True
