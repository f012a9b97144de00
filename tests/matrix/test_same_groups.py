# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Group membership made at once is what Ansible makes one by one, in every ansible-core."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from ansible_collections.imds.azure.tests.matrix.cores import EACH_CORE, programs_of


@pytest.mark.parametrize('core', EACH_CORE)
def test_same_groups(core: str) -> None:
    program = Path(__file__).with_name('same_groups.py')
    process = subprocess.run([f'{programs_of(core)}/python', str(program)], capture_output=True, text=True, check=False, timeout=120)
    assert process.returncode == 0, process.stdout + process.stderr
