# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes into a cache as one text, and comes out."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.imds.azure.plugins.plugin_utils._inventory import packed
from ansible_collections.imds.azure.plugins.plugin_utils._inventory.packed import TooLargeError, pack, unpack
from hypothesis import given
from hypothesis import strategies as st

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_round_trip(content: Any) -> None:
    """By way of JSON, as caches keep it."""
    assert unpack(json.loads(json.dumps(pack(content)))) == content


def test_hosts_have_much_in_common() -> None:
    content = {f'host{number}': {'compute_location': 'westeurope', 'compute_zone': str(number % 3)} for number in range(1000)}
    assert len(json.dumps(pack(content))) < len(json.dumps(content)) / 5


@pytest.mark.parametrize('stored', [None, '', 'text', 5, [], {}, {'zlib': None}, {'zlib': 5}, {'format': 1, 'asked': [], 'hosts': {}}])
def test_what_was_never_packed(stored: Any) -> None:
    assert unpack(stored) is None


@pytest.mark.parametrize('text', ['', 'x', '====', 'eA==', 'ü', pack([1, 2])['zlib'][:-6], pack([1, 2])['zlib'][4:]])
def test_what_is_broken(text: str) -> None:
    with pytest.raises(Exception, match='.'):
        unpack({'zlib': text})


@pytest.mark.parametrize('size', [0, 1, 100, 1000])
def test_nothing_larger_than_the_limit_goes_in_or_out(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    content = 'x' * size
    stored = pack(content)
    monkeypatch.setattr(packed, 'LIMIT', size + 2)
    assert unpack(pack(content)) == content
    monkeypatch.setattr(packed, 'LIMIT', size + 1)
    with pytest.raises(TooLargeError, match='larger than'):
        pack(content)
    with pytest.raises(TooLargeError, match='larger than'):
        unpack(stored)
