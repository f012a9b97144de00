# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible imports all filters of a collection with the first one, anew in each worker, so none may bring more than itself."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

COLLECTION = Path(__file__).parents[4]
IMPORT_ALL = """
import importlib, sys
for name in sys.argv[1:]:
    importlib.import_module('ansible_collections.imds.azure.plugins.filter.' + name)
print(*sorted(name for name in sys.modules if '.azure.plugins.' in name and '.plugins.filter' not in name))
"""


def test_filters_import_nothing_of_the_collection() -> None:
    names = [path.stem for path in (COLLECTION / 'plugins/filter').glob('*.py')]
    assert 'topology' in names
    path = os.pathsep.join([str(COLLECTION.parents[2]), os.environ.get('PYTHONPATH', '')])
    done = subprocess.run([sys.executable, '-c', IMPORT_ALL, *names], env={**os.environ, 'PYTHONPATH': path}, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
