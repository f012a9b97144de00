# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""For all tests: nothing may be sent anywhere but to loopback, neither by the tests nor by the Python processes they start."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

# A worker of pytest-xdist is a Python that the tests started, and so has the guard already. Two of them would each refuse in their own name.
if hasattr(sys.modules.get('sitecustomize'), 'LeavesLoopback'):
    sys.modules['ansible_collections.imds.azure.tests.loopback_only.sitecustomize'] = sys.modules['sitecustomize']

from ansible_collections.imds.azure.tests.loopback_only import sitecustomize as loopback_only

os.environ['PYTHONPATH'] = os.pathsep.join(filter(None, [str(Path(loopback_only.__file__).parent), os.environ.get('PYTHONPATH')]))

# As with Ctrl-C, temporary folders are removed.
for number in (signal.SIGTERM, signal.SIGHUP):
    if threading.current_thread() is threading.main_thread():
        signal.signal(number, signal.default_int_handler)

# Tests that share what is costly to make: one process runs all of a folder.
FOLDERS = ('tests/browser',)
# What takes long begins first, in this order. Of these one process runs all of a file or folder, so that not all processes wait at the same time.
FIRST = (
    'tests/unit/extensions/eda',
    'tests/browser',
    'tests/e2e/test_tokens.py',
    'tests/unit/plugins/plugin_utils/_tasks',
    'tests/e2e',
    'tests/unit/plugins/plugin_utils/_fleet',
    'tests/unit/roles/maintenance',
)


@pytest.fixture(autouse=True)
def nothing_leaves_loopback() -> Iterator[None]:
    """Fail a test in whose course something was refused, even where the code under test swallowed the exception."""
    loopback_only.refused.clear()
    yield
    assert not loopback_only.refused, f'tried to reach {loopback_only.refused}'


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Most tests that take long do so because they wait."""
    return min(3 * (os.cpu_count() or 1), 16)


class OneByOne(LoadScopeScheduling):
    """Gives each process the next test when it has done one, and one process all whose tests belong together."""

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith(FOLDERS):
            return nodeid.rpartition('/')[0]
        return nodeid.partition('::')[0] if nodeid.startswith(FIRST) else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> OneByOne:
    return OneByOne(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: [not item.nodeid.startswith(prefix) for prefix in FIRST])
