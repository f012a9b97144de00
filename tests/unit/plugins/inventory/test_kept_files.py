# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of the cache: private, whole or as they were, and never larger than can be read. And a cache that keeps none."""

from __future__ import annotations

import base64
import json
import os
import resource
import stat
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.imds.azure.plugins.plugin_utils._inventory import packed
from ansible_collections.imds.azure.tests.unit.plugins.inventory.three_hosts import NAMES, ThreeHosts

ALL = sorted(NAMES)
# Enough for what the tests write themselves.
LEAST = 600


def entry_file(fleet: ThreeHosts) -> Path:
    (file,) = fleet.known.glob('[!.]*')
    return file


@contextmanager
def full_disk() -> Iterator[None]:
    """No file can grow beyond some bytes, which is an error of the system like that of a disk without space."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (LEAST, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_leaves_the_old_file_whole(fleet: ThreeHosts) -> None:
    fleet.groups(hosts='a:b')
    before = entry_file(fleet).read_bytes()
    assert len(before) > LEAST
    with full_disk():
        assert fleet.run() == ['c']
    assert any('cannot write the cache: ' in warning for warning in fleet.warnings)
    assert entry_file(fleet).read_bytes() == before
    assert list(fleet.known.glob('.azure_imds_*')) == [], 'what was written of the new one is gone'
    assert fleet.run() == ['c']
    assert fleet.run() == []


def test_a_full_disk_leaves_no_empty_file(fleet: ThreeHosts) -> None:
    with full_disk():
        assert fleet.run() == ALL
    assert list(fleet.known.glob('[!.]*')) == []
    assert fleet.run() == ALL
    assert fleet.warnings == []


def test_files_are_private(fleet: ThreeHosts) -> None:
    mask = os.umask(0)
    try:
        fleet.run()
        assert {stat.S_IMODE(file.stat().st_mode) for file in fleet.known.iterdir()} == {0o600}
        entry_file(fleet).chmod(0o644)
        fleet.run(api_version='2021-02-01')
        assert stat.S_IMODE(entry_file(fleet).stat().st_mode) == 0o600
    finally:
        os.umask(mask)


def test_what_the_hosts_said_is_kept_even_if_the_run_fails_later(fleet: ThreeHosts, capsys: pytest.CaptureFixture[str]) -> None:
    fleet.groups(compose={'wrong': '1 // 0'}, strict=True)
    assert 'Could not set wrong for host' in fleet.said(capsys)
    assert fleet.run() == []


def bomb(fleet: ThreeHosts, monkeypatch: pytest.MonkeyPatch, limit: int) -> None:
    """From now on the file is small, and what is packed in it is larger than the limit."""
    monkeypatch.setattr(packed, 'LIMIT', limit)
    text = base64.b64encode(zlib.compress(b' ' * (limit + 1))).decode()
    whole = json.loads(entry_file(fleet).read_text())
    # Newer releases of ansible-core have an envelope.
    wrapped = {'__payload__': json.dumps({'zlib': text})} if '__payload__' in whole else {'zlib': text}
    entry_file(fleet).write_text(json.dumps(wrapped))


def test_a_small_file_that_unpacks_to_a_giant(fleet: ThreeHosts, monkeypatch: pytest.MonkeyPatch) -> None:
    fleet.run()
    bomb(fleet, monkeypatch, 10 << 20)
    assert entry_file(fleet).stat().st_size < 100_000
    assert fleet.run() == ALL
    assert any('the cache cannot be read, so all hosts are asked: it is larger than 10 MiB' in warning for warning in fleet.warnings)
    assert fleet.run() == []


def test_what_could_not_be_read_again_is_not_written(fleet: ThreeHosts, monkeypatch: pytest.MonkeyPatch) -> None:
    fleet.groups(hosts='a')
    before = entry_file(fleet).read_bytes()
    size = len(json.dumps(packed.unpack(json.loads(json.loads(before).get('__payload__', before)))))
    monkeypatch.setattr(packed, 'LIMIT', size + 10)
    assert fleet.run() == ['b', 'c']
    assert any('cannot write the cache: it is larger than' in warning for warning in fleet.warnings)
    assert entry_file(fleet).read_bytes() == before


@pytest.mark.parametrize('name', ['memory', 'ansible.builtin.memory'])
def test_a_cache_in_memory_says_once_that_nothing_is_kept(fleet: ThreeHosts, name: str) -> None:
    """It is the default of Ansible."""
    for _number in range(2):
        assert fleet.run(cache_plugin=name) == ALL
        assert [warning for warning in fleet.warnings if 'nothing is kept' in warning] == fleet.warnings
        assert len(fleet.warnings) == 1
        for word in ('cache_plugin', 'ansible.builtin.jsonfile', 'cache_connection'):
            assert word in fleet.warnings[0]


@pytest.mark.parametrize('options', [{'cache': False}, {'gather_subset': ['compute', 'network', 'tags', 'user_data']}])
def test_who_keeps_nothing_on_purpose_hears_nothing(fleet: ThreeHosts, options: dict[str, Any]) -> None:
    assert fleet.run(cache_plugin='memory', **options) == ALL
    assert fleet.warnings == []
