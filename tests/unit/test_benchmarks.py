# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ``make bench`` measures first still runs. The figures are for people."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

PROGRAM = Path(__file__).parents[1] / 'benchmarks/facts_module.py'


def test_the_modules_can_be_measured() -> None:
    done = subprocess.run([sys.executable, PROGRAM], env={**os.environ, 'BENCH_ROUNDS': '1'}, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    measured = [line.split()[0] for line in done.stdout.splitlines()[1:]]
    assert {'ansible.builtin.ping', 'imds.azure.instance_facts', 'imds.azure.scheduled_events_info', 'imds.azure.managed_identity_token'} <= set(measured)
    requests = {line.split()[0]: line.split()[-1] for line in done.stdout.splitlines()[1:]}
    assert requests['imds.azure.instance_facts'] == '1'
