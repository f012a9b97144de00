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
    assert [len(table['hosts']) for table in content['tables']] == [34, 33, 33]
    assert json.dumps(content).count('D4') == 3
    assert together(content) == stored(fleet(100))


def test_hosts_that_have_nothing_in_common() -> None:
    facts = {f'vm{number}': {'compute_name': f'vm{number}', 'placement': {'zone': f'z{number}'}} for number in range(10)}
    content = kept(apart(stored(facts)))
    assert len(content['tables']) == 1
    assert together(content) == stored(facts)


def test_values_that_few_hosts_share_do_not_multiply_what_all_have() -> None:
    """Each of two values alone is shared by many, and the two together by hardly any."""
    facts = {f'vm{number}': {'compute_size': 'D4', 'compute_a': number % 10, 'compute_b': number // 10 % 10} for number in range(100)}
    content = kept(apart(stored(facts)))
    assert len(content['tables']) <= 25
    assert together(content) == stored(facts)


def test_what_most_hosts_have_of_their_own_and_some_have_not() -> None:
    """The first and the last have no name, the second has no number inside of its placement, and that of the third is another kind of value."""
    facts = fleet(100)
    for name in ('vm0', 'vm99'):
        del facts[name]['compute_name']
    del facts['vm1']['placement']['instance']
    facts['vm2']['placement'] = 'unknown'
    assert together(kept(apart(stored(facts)))) == stored(facts)


def test_a_host_can_change_its_values_alone() -> None:
    """For stale facts, and what plays do with them."""
    hosts = together(kept(apart(stored(fleet(100)))))['hosts']
    hosts['vm3']['answer']['facts']['placement']['instance'] = 'other'
    assert hosts['vm6']['answer']['facts'] == fleet(100)['vm6']


@pytest.mark.parametrize(
    'written', [None, '', 'text', 5, [], {}, stored(fleet(2)), {'tables': None, 'hosts': {}}, {'tables': [], 'hosts': None}, {'tables': {}, 'hosts': {}}]
)
def test_what_was_never_taken_apart(written: Any) -> None:
    assert together(kept(written)) == written


TABLE: dict[str, Any] = {
    'common': {'compute_size': 'D4', 'placement': {'zone': '1'}},
    'hosts': ['one'],
    'at': [1],
    'own': [['compute_name', None, ['vm1']], ['placement', 'instance', [1]]],
}


WRONG: list[Any] = [None, 5, 'text', [None], [[]], [{}], ['a', 'b']]
COLUMNS: list[list[Any]] = [['a', None], ['a', None, []], ['a', None, [1, 2]], [[], None, [1]], ['compute_size', 'a', [1]], ['a', 'b', [1]]]


@pytest.mark.parametrize(
    'table',
    [
        None,
        5,
        'abc',
        [],
        {},
        *({name: value for name, value in TABLE.items() if name != left_out} for left_out in TABLE),
        *({**TABLE, name: wrong} for name in TABLE for wrong in WRONG),
        *({**TABLE, 'own': [column]} for column in COLUMNS),
    ],
)
def test_what_cannot_be_understood_costs_no_host_of_another_table(table: Any) -> None:
    good = kept(TABLE) | {'hosts': ['good']}
    hosts = together({'tables': [table, good], 'hosts': {'none': None, 'no facts': {'at': 1, 'answer': {'state': 'not_azure'}}}})['hosts']
    facts = {'compute_name': 'vm1', 'compute_size': 'D4', 'placement': {'zone': '1', 'instance': 1}}
    assert hosts['good'] == {'at': 1, 'answer': {'state': 'present', 'facts': facts}}
    assert hosts['no facts'] == {'at': 1, 'answer': {'state': 'not_azure'}}


def test_few_bytes_that_stand_for_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    content = kept(apart(stored(fleet(100))))
    # A size, a dictionary and its two values, and two of its own for each host.
    monkeypatch.setattr(common_facts, 'LIMIT', 100 * 6)
    assert together(kept(content)) == stored(fleet(100))
    monkeypatch.setattr(common_facts, 'LIMIT', 100 * 6 - 1)
    with pytest.raises(TooManyError, match='more than 599 values'):
        together(content)


@settings(max_examples=300)
@given(changed(kept(apart(stored(fleet(3)))), VALUES))
def test_whatever_was_changed_in_it(content: Any) -> None:
    together(content)
