# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Group membership made at once is what Ansible makes one by one, in every ansible-core."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize('core', ['this', 'oldest', 'newest'])
def test_same_groups(core: str) -> None:
    folder = str(Path(sys.executable).parent) if core == 'this' else os.environ.get(f'IMDS_TEST_{core.upper()}_CORE')
    if not folder:
        pytest.skip(f'the {core} supported ansible-core is not installed: no Python here can run it')
    program = Path(__file__).with_name('same_groups.py')
    process = subprocess.run([f'{folder}/python', str(program)], capture_output=True, text=True, check=False, timeout=120)
    assert process.returncode == 0, process.stdout + process.stderr
