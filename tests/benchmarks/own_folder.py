# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A folder for what is measured, which is gone afterwards."""

from __future__ import annotations

import contextlib
import pathlib
import signal
import sys
import tempfile
from collections.abc import Iterator


@contextlib.contextmanager
def own_folder() -> Iterator[pathlib.Path]:
    """Also where a signal ends the program. What it had started may write a little longer."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda caught, _frame: sys.exit(128 + caught))
    with tempfile.TemporaryDirectory(prefix='imds-benchmark-', ignore_cleanup_errors=True) as name:
        yield pathlib.Path(name)
