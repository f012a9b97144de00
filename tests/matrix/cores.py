# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The releases of ansible-core that a test runs with: the one beside the tests, the newest that is to be had, and those that it is repeated with.

The environment tells the folder of each other ansible-core's programs; `make test-all` installs them where it finds a fitting interpreter.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

OWN = 'own'
# The oldest that is supported, and the first that knows what is trusted.
OTHERS = ('oldest', 'middle')
OWN_PROGRAMS = Path(sys.executable).parent
# For the parameters of a test or a fixture.
EACH_CORE = [OWN, *(pytest.param(core, marks=pytest.mark.repeated) for core in OTHERS)]


def programs_of(core: str) -> Path:
    """The folder of its programs; skips where that ansible-core is not installed."""
    if core == OWN:
        return OWN_PROGRAMS
    folder = os.environ.get(f'IMDS_TEST_{core.upper()}_CORE')
    if not folder:
        pytest.skip(f'the {core} supported ansible-core is not installed: no Python here can run it')
    return Path(folder)
