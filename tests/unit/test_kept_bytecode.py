# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Python compiles of the zip files of modules is kept between two runs, and is of no other source."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from ansible_collections.imds.azure.tests.loopback_only import sitecustomize as loopback_only


def imported(folder: Path, source: str, name: str = 'module.zip') -> list[str]:
    """What a module of a zip file prints while it is imported by a Python of its own."""
    path = folder.parent / name
    with zipfile.ZipFile(path, 'w') as archive:
        archive.writestr('of_a_zip.py', source)
    environment = {**os.environ, 'IMDS_TEST_BYTECODE': str(folder), 'PYTHONPATH': os.pathsep.join([str(Path(loopback_only.__file__).parent), str(path)])}
    done = subprocess.run([sys.executable, '-c', 'import of_a_zip'], env=environment, stdout=subprocess.PIPE, text=True, check=True, timeout=60)
    return done.stdout.split()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / 'bytecode'
    made.mkdir()
    return made


SOURCE = 'def where(): return where.__code__.co_filename\nprint(1, where())\n'


def test_what_was_compiled_once_is_used_again_under_the_name_of_the_new_file(folder: Path) -> None:
    assert imported(folder, SOURCE) == ['1', str(folder.parent / 'module.zip/of_a_zip.py')]
    (kept,) = folder.iterdir()
    assert imported(folder, SOURCE, 'other.zip') == ['1', str(folder.parent / 'other.zip/of_a_zip.py')]
    kept.write_bytes(b'no bytecode')
    with pytest.raises(subprocess.CalledProcessError):
        imported(folder, SOURCE)


def test_another_source_is_compiled(folder: Path) -> None:
    assert imported(folder, 'print(1)') == ['1']
    assert imported(folder, 'print(2)') == ['2']
    assert len(list(folder.iterdir())) == 2


def test_a_folder_that_is_not_there_costs_only_time(folder: Path) -> None:
    folder.rmdir()
    assert imported(folder, 'print(1)') == ['1']
    assert not folder.exists()
