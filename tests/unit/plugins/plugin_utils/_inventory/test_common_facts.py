# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What hosts have in common is kept once, and of each host comes back what it said."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.imds.azure.plugins.plugin_utils._inventory import common_facts
from ansible_collections.imds.azure.plugins.plugin_utils._inventory.common_facts import TooManyError, apart, together
from ansible_collections.imds.azure.tests.unit.plugins.plugin_utils._inventory.changed_json import changed
from hypothesis import given, settings
from hypothesis import strategies as st

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 2) | st.floats(allow_nan=False) | st.sampled_from(['', '1', 'westeurope']) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(['zone', 'name', '']), inner, max_size=3),
    max_leaves=5,
)
FACTS = st.dictionaries(st.sampled_from(['placement', 'tags', 'compute_name', 'compute_zone', '']), VALUES, max_size=5)


def stored(facts: dict[str, Any]) -> dict[str, Any]:
    hosts = {name: {'at': number, 'answer': {'state': 'present', 'facts': of_host}} for number, (name, of_host) in enumerate(facts.items())}
    return {'format': 2, 'hosts': {**hosts, 'elsewhere': {'at': 1, 'answer': {'state': 'not_azure'}}}}


def kept(content: Any) -> Any:
    """By way of JSON, as caches keep it."""
    return json.loads(json.dumps(content))


def fleet(number: int) -> dict[str, Any]:
    place = {'location': 'westeurope', 'zone': None}
    return {
        f'vm{index}': {'compute_name': f'vm{index}', 'compute_size': 'D4', 'placement': {**place, 'zone': str(index % 3), 'instance': index}}
        for index in range(number)
    }


@given(st.lists(FACTS, max_size=12))
def test_round_trip(facts: list[Any]) -> None:
    content = stored({f'vm{number}': of_host for number, of_host in enumerate(facts)})
    again = kept(apart(content))
    # Text tells true from 1, and 1 from 1.0.
    assert json.dumps(together(again), sort_keys=True) == json.dumps(content, sort_keys=True)


def test_what_hosts_have_in_common_is_kept_once() -> None:
    content = kept(apart(stored(fleet(100))))
    assert len(content['common']) == 3
    assert json.dumps(content).count('D4') == 3
    assert together(content) == stored(fleet(100))


def test_hosts_that_have_nothing_in_common() -> None:
    facts = {f'vm{number}': {'compute_name': f'vm{number}', 'placement': {'zone': f'z{number}'}} for number in range(10)}
    content = kept(apart(stored(facts)))
    assert len(content['common']) == 1
    assert together(content) == stored(facts)


def test_values_that_few_hosts_share_do_not_multiply_what_all_have() -> None:
    """Each of two values alone is shared by many, and the two together by hardly any."""
    facts = {f'vm{number}': {'compute_size': 'D4', 'compute_a': number % 10, 'compute_b': number // 10 % 10} for number in range(100)}
    content = kept(apart(stored(facts)))
    assert len(content['common']) <= 25
    assert together(content) == stored(facts)


@pytest.mark.parametrize(
    'written', [None, '', 'text', 5, [], {}, stored(fleet(2)), {'common': None, 'hosts': {}}, {'common': [], 'hosts': None}, {'common': {}, 'hosts': {}}]
)
def test_what_was_never_taken_apart(written: Any) -> None:
    assert together(kept(written)) == written


PART = [0, {'compute_name': 'vm1'}, {'placement': {'instance': 1}}]


@pytest.mark.parametrize(
    'part',
    [
        None,
        5,
        'abc',
        [],
        [0],
        [0, {}],
        [9, {}, {}],
        [None, {}, {}],
        ['0', {}, {}],
        [0.0, {}, {}],
        [[0], {}, {}],
        [1, {}, {}],
        [0, None, {}],
        [0, [1], {}],
        [0, {}, None],
        [0, {}, []],
        [0, {}, {'placement': None}],
        [0, {}, {'placement': 'x'}],
        [0, {}, {'compute_size': {'a': 1}}],
        [0, {}, {'missing': {'a': 1}}],
        {**dict.fromkeys('abc')},
    ],
)
def test_what_cannot_be_understood_costs_no_other_host(part: Any) -> None:
    entries = {name: {'at': 1, 'answer': {'state': 'present', 'facts': facts}} for name, facts in (('bad', part), ('good', PART))}
    common = [{'compute_size': 'D4', 'placement': {'zone': '1'}}, 'nothing']
    hosts = together({'common': common, 'hosts': {**entries, 'none': None, 'empty': {}, 'text': {'answer': 'x'}}})['hosts']
    assert hosts['bad']['answer']['facts'] is None
    assert hosts['good']['answer']['facts'] == {'compute_name': 'vm1', 'compute_size': 'D4', 'placement': {'zone': '1', 'instance': 1}}


def test_few_bytes_that_stand_for_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    content = kept(apart(stored(fleet(100))))
    # A dictionary and its two values, and one more for each host.
    monkeypatch.setattr(common_facts, 'LIMIT', 100 * 4)
    assert together(kept(content)) == stored(fleet(100))
    monkeypatch.setattr(common_facts, 'LIMIT', 100 * 4 - 1)
    with pytest.raises(TooManyError, match='more than 399 values'):
        together(content)


@settings(max_examples=300)
@given(changed(kept(apart(stored(fleet(3)))), VALUES))
def test_whatever_was_changed_in_it(content: Any) -> None:
    together(content)
