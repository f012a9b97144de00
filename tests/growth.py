# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the work grows with the size of what a stranger sends, whatever the speed of the machine."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from typing import Any

TIMES = 8


def growth(work: Callable[[Any], Any], make: Callable[[int], Any], size: int) -> float:
    """By what factor eight times as much takes longer: some 8 where the work is linear, 64 where it is quadratic. Errors of the work are part of it."""

    def least(given: Any) -> float:
        spent = []
        for _try in range(3):
            begun = time.process_time()
            with contextlib.suppress(Exception):
                work(given)
            spent.append(time.process_time() - begun)
        return min(spent)

    return least(make(size * TIMES)) / least(make(size))
