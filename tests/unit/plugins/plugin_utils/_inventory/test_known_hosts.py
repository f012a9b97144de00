# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known of hosts from earlier runs, and for how long."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.imds.azure.plugins.module_utils._facts.facts import facts_from_document
from ansible_collections.imds.azure.plugins.plugin_utils._inventory.groups import Shape, branches, standing
from ansible_collections.imds.azure.plugins.plugin_utils._inventory.known_hosts import FORGOTTEN, FORMAT, KnownHosts, are_facts
from ansible_collections.imds.azure.tests.unit.plugins.plugin_utils._inventory.changed_json import changed
from hypothesis import given, settings
from hypothesis import strategies as st

QUESTION = ['auto', 'auto', ['compute']]
WHERE = {name: f'there {name}' for name in ('a', 'b', 'c', 'there', 'gone', 'gone_too', 'new', 'old', 'both')}
PLACE = {'location': 'westeurope', 'zone': '1', 'physical_zone': None, 'fault_domain': 0, 'scale_set': None}
FACTS: dict[str, Any] = {'placement': PLACE, 'resource': {'resource_group': None}, 'query': {'present': True, 'requests': 1}, 'tags': {'ü': '{{ x }}'}}
PRESENT = {'state': 'present', 'facts': FACTS}
ABSENT = {'state': 'not_azure', 'error': 'another vendor'}
DOWN = {'state': 'unreachable', 'error': 'no route'}
BROKEN = {'state': 'failed', 'error': 'no tool'}


def stored(answers: dict[str, Any], at: float = 1000.0) -> Any:
    """What a run at that time keeps, by way of JSON."""
    return json.loads(json.dumps(KnownHosts(None, QUESTION, WHERE, 0, at).to_store(answers, answers)))


def test_round_trip() -> None:
    known = KnownHosts(stored({'a': PRESENT, 'b': ABSENT}), QUESTION, WHERE, 60, 1001)
    assert known.fresh('a') == PRESENT
    answer = known.fresh('b')
    assert answer
    assert answer['state'] == 'not_azure'
    assert known.fresh('c') is None


@pytest.mark.parametrize('now', [1000, 1000.5, 1044.9])
def test_young_enough(now: float) -> None:
    assert KnownHosts(stored({'a': PRESENT}), QUESTION, WHERE, 60, now).fresh('a') == PRESENT


@pytest.mark.parametrize('now', [1060, 1061, 1e9, 999, 0])
def test_too_old_or_from_the_future(now: float) -> None:
    """A clock that was set back tells no age."""
    assert KnownHosts(stored({'a': PRESENT}), QUESTION, WHERE, 60, now).fresh('a') is None


@pytest.mark.parametrize('now', [1000, 1e12, 0])
def test_without_a_time_out_nothing_is_too_old(now: float) -> None:
    assert KnownHosts(stored({'a': PRESENT}), QUESTION, WHERE, 0, now).fresh('a') == PRESENT


def test_answers_of_one_run_get_old_one_by_one() -> None:
    """From three quarters of the time-out on, evenly, and always in the same order."""
    names = [f'vm{number}' for number in range(1000)]
    where = {name: f'there {name}' for name in names}
    content = json.loads(json.dumps(KnownHosts(None, QUESTION, where, 0, 1000.0).to_store(dict.fromkeys(names, PRESENT), names)))

    def fresh(now: float) -> set[str]:
        known = KnownHosts(content, QUESTION, where, 100, now)
        return {name for name in names if known.fresh(name)}

    all_young, some, few, none = (fresh(now) for now in (1074.9, 1080, 1095, 1100))
    assert len(all_young) == 1000
    assert 750 < len(some) < 850
    assert 150 < len(few) < 250
    assert few < some
    assert none == set()
    assert fresh(1080) == some


def test_an_answer_that_is_not_asked_for_again_has_its_age() -> None:
    known = KnownHosts(stored({'a': PRESENT, 'b': ABSENT}), QUESTION, WHERE, 60, 5000)
    old = known.old('a')
    assert old
    assert (old['facts']['query']['stale'], old['facts']['query']['age']) == (True, 4000)
    assert known.old('b') == {'state': 'not_azure'}
    assert known.old('c') is None
    assert [known.at(name) for name in 'abc'] == [1000, 1000, None]


def test_who_is_gone_is_forgotten_in_time() -> None:
    content = stored({'there': PRESENT, 'gone': PRESENT, 'gone_too': ABSENT})
    for age, left in ((FORGOTTEN - 1, {'there', 'gone', 'gone_too'}), (FORGOTTEN, {'there'})):
        again = KnownHosts(content, QUESTION, WHERE, 60, 1000 + age).to_store({'new': PRESENT}, ['new', 'there'])
        assert again['hosts'].keys() == {WHERE[name] for name in (*left, 'new')}


@pytest.mark.parametrize('question', [[], ['2021-02-01', *QUESTION[1:]], [*QUESTION[:2], ['compute', 'tags']], QUESTION[:2], None])
def test_answers_to_another_question_are_not_known(question: Any) -> None:
    known = KnownHosts(stored({'a': PRESENT}), question, WHERE, 60, 1001)
    assert known.fresh('a') is None
    assert known.stale('a') is None
    assert known.to_store({}, ())['hosts'] == {}


def test_each_host_has_an_age_of_its_own() -> None:
    second = KnownHosts(stored({'old': PRESENT, 'both': PRESENT}), QUESTION, WHERE, 60, 1050).to_store({'new': PRESENT, 'both': PRESENT}, ())
    third = KnownHosts(json.loads(json.dumps(second)), QUESTION, WHERE, 60, 1070)
    assert third.fresh('old') is None
    assert third.fresh('new') == PRESENT
    assert third.fresh('both') == PRESENT


def test_old_facts_of_a_host_that_is_gone() -> None:
    known = KnownHosts(stored({'a': PRESENT}), QUESTION, WHERE, 60, 5000.4)
    assert known.fresh('a') is None
    answer = known.stale('a')
    assert answer
    assert answer['state'] == 'present'
    assert answer['facts'] == {**FACTS, 'query': {'present': True, 'requests': 1, 'stale': True, 'age': 4000}}


def test_the_mark_is_not_kept() -> None:
    content = stored({'a': PRESENT})
    known = KnownHosts(content, QUESTION, WHERE, 60, 5000)
    known.stale('a')
    assert known.to_store({'a': DOWN}, ())['hosts'] == content['hosts']
    assert 'stale' not in json.dumps(known.to_store({}, ()))


@pytest.mark.parametrize('name', ['b', 'c'])
def test_no_old_facts(name: str) -> None:
    assert KnownHosts(stored({'a': PRESENT, 'b': ABSENT}), QUESTION, WHERE, 60, 5000).stale(name) is None


@pytest.mark.parametrize('answer', [DOWN, BROKEN])
def test_trouble_is_not_kept_and_takes_nothing_away(answer: dict[str, Any]) -> None:
    assert stored({'a': answer})['hosts'] == {}
    again = KnownHosts(stored({'a': PRESENT}), QUESTION, WHERE, 60, 2000).to_store({'a': answer}, ())
    assert again['hosts'] == stored({'a': PRESENT})['hosts']


def test_somebody_else_with_the_same_name_is_not_known() -> None:
    content = stored({'a': PRESENT, 'b': DOWN})
    elsewhere = {name: f'elsewhere {name}' for name in WHERE}
    for where in (elsewhere, {}):
        known = KnownHosts(content, QUESTION, where, 60, 1001)
        assert [known.fresh('a'), known.stale('a'), known.unreachable('b', 60)] == [None, None, None]
    again = KnownHosts(content, QUESTION, elsewhere, 60, 1001).to_store({'a': PRESENT}, ['a'])
    assert again['hosts'].keys() == {WHERE['a'], elsewhere['a']}, 'whose answers are kept too'
    assert KnownHosts(content, QUESTION, {}, 60, 1001).to_store({'c': PRESENT}, ['c'])['hosts'].keys() == {WHERE['a']}


@pytest.mark.parametrize(('at', 'left'), [(999, PRESENT), (1000, ABSENT), (1001, ABSENT), (None, ABSENT)])
def test_the_newest_answer_is_kept_whoever_writes_last(at: float | None, left: dict[str, Any]) -> None:
    answer = ABSENT if at is None else {**ABSENT, 'at': at}
    content = KnownHosts(stored({'a': PRESENT}), QUESTION, WHERE, 60, 2000).to_store({'a': answer}, ['a'])
    assert content['hosts'][WHERE['a']]['answer']['state'] == left['state']


def test_an_answer_from_the_future_is_not_the_newest() -> None:
    """Of a controller whose clock went wrong."""
    content = KnownHosts(stored({'a': PRESENT, 'b': DOWN}, at=5000), QUESTION, WHERE, 60, 2000).to_store({'a': {**ABSENT, 'at': 1999}, 'b': PRESENT}, ['a'])
    assert content['hosts'][WHERE['a']] == {'at': 1999, 'answer': {'state': 'not_azure'}}
    assert KnownHosts(content, QUESTION, WHERE, 60, 2001).fresh('b') == PRESENT


@pytest.mark.parametrize(('now', 'remembered'), [(1000, True), (1299, True), (1300, False), (999, False)])
def test_a_host_that_could_not_be_reached(now: float, remembered: bool) -> None:
    known = KnownHosts(stored({'a': DOWN, 'b': BROKEN, 'c': PRESENT}), QUESTION, WHERE, 60, now)
    assert known.unreachable('a', 300) == (DOWN if remembered else None)
    assert known.unreachable('a', 0) is None
    assert known.unreachable('b', 300) is None
    assert known.unreachable('c', 300) is None


@pytest.mark.parametrize(
    ('later', 'remembered'),
    [
        (PRESENT, False),
        (ABSENT, False),
        (BROKEN, False),
        ({**DOWN, 'passing': True}, False),
        (DOWN, True),
        ({**PRESENT, 'at': 999}, True),
        ({**BROKEN, 'at': 999}, True),
    ],
)
def test_until_it_is_heard_of_again(later: dict[str, Any], remembered: bool) -> None:
    content = KnownHosts(stored({'a': DOWN}), QUESTION, WHERE, 60, 1100).to_store({'a': later}, ['a'])
    assert bool(KnownHosts(content, QUESTION, WHERE, 60, 1101).unreachable('a', 300)) == remembered


def test_a_run_that_was_slow_does_not_say_that_a_host_is_gone() -> None:
    content = KnownHosts(stored({'a': PRESENT}), QUESTION, WHERE, 60, 1100).to_store({'a': {**DOWN, 'at': 900}}, ['a'])
    assert content['unreachable'] == {}


@pytest.mark.parametrize('entry', [None, [], {}, {'at': 1000}, {'at': 1000, 'error': None}, {'at': 'x', 'error': 'x'}, {'at': float('nan'), 'error': 'x'}])
@pytest.mark.parametrize('whole', [True, False])
def test_a_cause_that_cannot_be_understood_is_not_known(entry: Any, whole: bool) -> None:
    content = {**stored({'b': PRESENT}), 'unreachable': {WHERE['a']: entry} if whole else entry}
    known = KnownHosts(content, QUESTION, WHERE, 60, 1001)
    assert known.unreachable('a', 300) is None
    assert known.fresh('b') == PRESENT
    assert known.to_store({}, ())['unreachable'] == {}


def test_warnings_and_causes_are_not_kept() -> None:
    content = json.dumps(stored({'a': {**PRESENT, 'warnings': ['old version']}, 'b': ABSENT}))
    assert 'old version' not in content
    assert 'another vendor' not in content


def test_a_host_that_is_no_azure_vm_any_more() -> None:
    content = KnownHosts(stored({'a': PRESENT}), QUESTION, WHERE, 60, 2000).to_store({'a': ABSENT}, ())
    assert KnownHosts(content, QUESTION, WHERE, 60, 2001).stale('a') is None


GOOD = stored({'a': PRESENT})
ENTRY = GOOD['hosts'][WHERE['a']]


def with_facts(**changed: Any) -> Any:
    """The entry of a host, with other facts in it."""
    return {**ENTRY, 'answer': {'state': 'present', 'facts': {**FACTS, **changed}}}


ENTRIES_OF_NO_USE: list[Any] = [
    None,
    'a',
    [],
    {},
    {'at': 1000},
    {**ENTRY, 'at': None},
    {**ENTRY, 'at': '1000'},
    {**ENTRY, 'at': [1000]},
    {**ENTRY, 'at': float('nan')},
    {**ENTRY, 'at': float('inf')},
    {**ENTRY, 'at': 10**400},
    {**ENTRY, 'at': -1},
    {**ENTRY, 'answer': None},
    {**ENTRY, 'answer': []},
    {**ENTRY, 'answer': {}},
    {**ENTRY, 'answer': {'state': 'present'}},
    {**ENTRY, 'answer': {'state': 'present', 'facts': []}},
    {**ENTRY, 'answer': {'state': 'present', 'facts': {'placement': {}}}},
    with_facts(query=None),
    with_facts(query=[]),
    with_facts(query='present'),
    with_facts(resource=None),
    with_facts(resource='shop'),
    with_facts(resource={}),
    with_facts(resource={'resource_group': ['shop']}),
    with_facts(resource={'resource_group': {}}),
    with_facts(placement=None),
    with_facts(placement=[PLACE]),
    with_facts(placement={}),
    *(with_facts(placement={key: value for key, value in PLACE.items() if key != missing}) for missing in PLACE),
    *(with_facts(placement={**PLACE, key: value}) for key in (*PLACE, 'update_domain', 'anything') for value in ([], ['1'], {}, {'a': 1}, 1.5)),
    {**ENTRY, 'answer': {'state': 'failed', 'error': 'x'}},
    {**ENTRY, 'answer': {'state': ['present'], 'facts': FACTS}},
]


@pytest.mark.parametrize(
    'content',
    [
        None,
        '',
        'text',
        5,
        [],
        [GOOD],
        {},
        {**GOOD, 'format': 0},
        {**GOOD, 'format': None},
        {**GOOD, 'format': 99},
        {**GOOD, 'hosts': None},
        {**GOOD, 'hosts': ['a']},
        {**GOOD, 'hosts': 5},
        {**GOOD, 'hosts': 'a'},
        {key: value for key, value in GOOD.items() if key != 'asked'},
        *({**GOOD, 'hosts': {WHERE['a']: entry}} for entry in ENTRIES_OF_NO_USE),
    ],
)
def test_what_cannot_be_understood_is_not_known(content: Any) -> None:
    known = KnownHosts(content, QUESTION, WHERE, 60, 1001)
    assert known.fresh('a') is None
    assert known.stale('a') is None
    assert known.to_store({'b': PRESENT}, ())['hosts'] == {WHERE['b']: {'at': 1001, 'answer': PRESENT}}


def test_one_bad_entry_costs_no_other_host() -> None:
    known = KnownHosts({**GOOD, 'hosts': {WHERE['a']: ENTRY, WHERE['b']: {'at': 'x'}, WHERE['c']: None}}, QUESTION, WHERE, 60, 1001)
    assert known.fresh('a') == PRESENT
    assert known.fresh('b') is None


ANY = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.sampled_from(['present', 'not_azure'])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3) | st.sampled_from(['at', 'answer', 'state', 'facts']), inner, max_size=4),
    max_leaves=12,
)


ENTRIES = st.one_of(ANY, changed(ENTRY, ANY))
HOSTS = st.one_of(ANY, st.dictionaries(st.just(WHERE['a']), ENTRIES))
CONTENTS = st.one_of(ANY, st.fixed_dictionaries({'format': st.just(FORMAT), 'asked': st.just(QUESTION), 'hosts': HOSTS, 'unreachable': HOSTS}))


def use(content: Any, timeout: int) -> None:
    """What is known can be told, grouped by and kept again."""
    known = KnownHosts(content, QUESTION, WHERE, timeout, 1001)
    for answer in (known.fresh('a'), known.stale('a'), known.unreachable('a', 300)):
        if answer and answer['state'] == 'present':
            assert all(branches(standing(answer['facts']), Shape()))
            assert hash((*answer['facts']['placement'].values(), answer['facts']['resource']['resource_group']))
    again = json.loads(json.dumps(known.to_store({'b': PRESENT}, ())))
    assert KnownHosts(again, QUESTION, WHERE, timeout, 1001).fresh('b') == PRESENT


@given(CONTENTS, st.sampled_from([0, 60]))
def test_whatever_is_stored(content: Any, timeout: int) -> None:
    use(content, timeout)


@settings(max_examples=500)
@given(changed(ENTRY, ANY))
def test_whatever_was_changed_in_it(entry: Any) -> None:
    use({**GOOD, 'hosts': {WHERE['a']: entry}}, 60)


def test_facts_are_fit_to_be_known() -> None:
    """Those of an empty document too: what makes them and what looks at them agree."""
    for document in ({}, {'compute': {'platformFaultDomain': '1', 'zone': '2', 'resourceGroupName': 'shop'}}):
        assert are_facts({**facts_from_document(document, subset=['tags']), 'query': {}})
