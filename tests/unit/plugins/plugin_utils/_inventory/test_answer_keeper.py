# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the inventory plugin finds where it keeps answers."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.imds.azure.plugins.plugin_utils._inventory import answer_keeper
from ansible_collections.imds.azure.tests.unit.plugins.inventory.three_hosts import ThreeHosts


@pytest.mark.parametrize('kept', [{'zlib': 'eA=='}, {'zlib': '='}, {'zlib': ''}, {'zlib': 'eJwDAAAAAAE='}])
def test_a_broken_text(fleet: ThreeHosts, monkeypatch: pytest.MonkeyPatch, kept: Any) -> None:
    """A warning and a fresh query, after which all is well."""
    with monkeypatch.context() as patch:
        patch.setattr(answer_keeper, 'pack', lambda _content: kept)
        fleet.run()
    assert fleet.run() == ['a', 'b', 'c']
    assert any('the cache cannot be read, so all hosts are asked' in warning for warning in fleet.warnings)
    assert fleet.run() == []
    assert fleet.warnings == []


@pytest.mark.parametrize('kept', [{}, {'json': '[]'}, {'zlib': None}, {'format': 1, 'asked': [], 'hosts': {}}])
def test_what_another_version_kept(fleet: ThreeHosts, monkeypatch: pytest.MonkeyPatch, kept: Any) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(answer_keeper, 'pack', lambda _content: kept)
        fleet.run()
    assert fleet.run() == ['a', 'b', 'c']
    assert fleet.warnings == []
