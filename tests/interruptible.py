# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""For processes that a test interrupts: tests that a script runs in the background ignore SIGINT, and so would everything that they start."""

from __future__ import annotations

import signal


def interruptible() -> None:
    """To be called in the child, as C(preexec_fn)."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
