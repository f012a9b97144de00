# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""For all tests: nothing may be sent anywhere but to loopback, neither by the tests nor by the Python processes they start."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

# A worker of pytest-xdist is a Python that the tests started, and so has the guard already. Two of them would each refuse in their own name.
if hasattr(sys.modules.get('sitecustomize'), 'LeavesLoopback'):
    sys.modules['ansible_collections.imds.azure.tests.loopback_only.sitecustomize'] = sys.modules['sitecustomize']

from ansible_collections.imds.azure.tests.loopback_only import sitecustomize as loopback_only

os.environ['PYTHONPATH'] = os.pathsep.join(filter(None, [str(Path(loopback_only.__file__).parent), os.environ.get('PYTHONPATH')]))

HERE = Path(__file__).parent
# Tests that share what is costly to make: one process runs all of a folder.
TOGETHER = ('browser', 'e2e')


@pytest.fixture(autouse=True)
def nothing_leaves_loopback() -> Iterator[None]:
    """Fail a test in whose course something was refused, even where the code under test swallowed the exception."""
    loopback_only.refused.clear()
    yield
    assert not loopback_only.refused, f'tried to reach {loopback_only.refused}'


def pytest_xdist_auto_num_workers() -> int:
    """Most tests that take long do so because they wait."""
    return min(3 * (os.cpu_count() or 1), 16)


# Before pytest-xdist looks.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        folder = item.path.relative_to(HERE).parts[0]
        if folder in TOGETHER:
            item.add_marker(pytest.mark.xdist_group(folder))
