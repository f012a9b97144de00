# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that are whole or as they were, and locks that nobody waits for without end."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from ansible_collections.imds.azure.plugins.plugin_utils._controller.private_file import locked, replacement


def test_the_new_file_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    file = tmp_path / 'file'
    file.write_text('old')
    file.chmod(0o644)
    with replacement(str(file)) as new:
        Path(new).write_text('new')
        assert file.read_text() == 'old'
    assert (file.read_text(), stat.S_IMODE(file.stat().st_mode)) == ('new', 0o600)
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize('error', [OSError(28, 'No space left on device'), KeyboardInterrupt()])
def test_what_cannot_be_written_to_the_end_leaves_the_old_one(tmp_path: Path, error: BaseException) -> None:
    file = tmp_path / 'file'
    file.write_text('old')

    def write() -> None:
        with replacement(str(file)) as new:
            Path(new).write_text('ne')
            raise error

    with pytest.raises(type(error)):
        write()
    assert file.read_text() == 'old'
    assert list(tmp_path.iterdir()) == [file]


def test_a_disk_that_is_full_only_when_all_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As file systems of a network are."""

    def full(_descriptor: int) -> None:
        raise OSError(28, 'No space left on device')

    monkeypatch.setattr(os, 'fsync', full)

    def write() -> None:
        with replacement(str(tmp_path / 'file')) as new:
            Path(new).write_text('new')

    with pytest.raises(OSError, match='No space'):
        write()
    assert list(tmp_path.iterdir()) == []


def test_a_lock_that_another_holds_for_long(tmp_path: Path) -> None:
    path = str(tmp_path / 'lock')
    with locked(path, 0) as first, locked(path, 0.1) as second:
        assert (first, second) == (True, False)
    with locked(path, 0) as third:
        assert third


def test_where_there_can_be_no_lock(tmp_path: Path) -> None:
    (tmp_path / 'link').symlink_to(tmp_path / 'elsewhere')
    for path in (tmp_path / 'no' / 'such' / 'folder', tmp_path / 'link', tmp_path):
        with locked(str(path), 0) as held:
            assert not held
    assert not (tmp_path / 'elsewhere').exists()


def test_an_error_frees_the_lock(tmp_path: Path) -> None:
    def fail() -> None:
        with locked(str(tmp_path / 'lock'), 0):
            raise ValueError('x')

    with pytest.raises(ValueError, match='x'):
        fail()
    with locked(str(tmp_path / 'lock'), 0) as held:
        assert held
