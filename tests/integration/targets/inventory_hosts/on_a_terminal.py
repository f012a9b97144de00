# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a command whose standard error is a terminal, print what it shows there, and end as it does."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

ours, theirs = pty.openpty()
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=theirs)
os.close(theirs)
while True:
    try:
        shown = os.read(ours, 65536)
    except OSError:
        # Linux ends the reading so when nobody writes any more.
        break
    if not shown:
        break
    sys.stdout.buffer.write(shown)
sys.exit(process.wait())
