# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory plugin over caches that are no good: nobody is lost, who is not known is asked, and nothing is raised."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.imds.azure.tests.unit.plugins.inventory.three_hosts import NAMES, ThreeHosts
from ansible_collections.imds.azure.tests.unit.plugins.plugin_utils._inventory.changed_json import changed
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

AS_ROOT = pytest.mark.skipif(os.getuid() == 0, reason='root may read and write everything')


def test_what_is_known_is_not_asked(fleet: ThreeHosts) -> None:
    assert [fleet.run(), fleet.run(), fleet.run()] == [['a', 'b', 'c'], [], []]
    assert fleet.warnings == []


@pytest.mark.parametrize('option', [{'detect': 'never'}, {'api_version': '2021-02-01'}, {'gather_subset': ['compute']}, {'endpoint': 'http://127.0.0.1:10'}])
def test_what_was_asked_otherwise_is_not_known(fleet: ThreeHosts, option: dict[str, Any]) -> None:
    assert [fleet.run(), fleet.run(**option), fleet.run(**option)] == [['a', 'b', 'c'], ['a', 'b', 'c'], []]


@pytest.mark.parametrize('option', [{'levels': ['zone']}, {'prefix': 'cloud'}, {'timeout': 4}, {'deadline': 80}, {'hosts': 'a'}, {'forks': 1}])
def test_what_does_not_change_the_answers_asks_nobody(fleet: ThreeHosts, option: dict[str, Any]) -> None:
    fleet.run()
    fleet.groups(**option)
    assert fleet.asked() == []


def key_of(stored: Any, name: str) -> str:
    (key,) = (key for key in stored['hosts'] if key.endswith(f' {name}'))
    return key


def entries_of(stored: Any) -> dict[str, Any]:
    """What is kept of each host, by its name."""
    return {name: stored['hosts'][key_of(stored, name)] for name in NAMES}


def facts_of(stored: Any, name: str) -> Any:
    return entries_of(stored)[name]['answer']['facts']


MUTANTS: list[Callable[[Any], Any]] = [
    lambda stored: facts_of(stored, 'b')['placement'].update(location=['westeurope']),
    lambda stored: facts_of(stored, 'b')['placement'].update(zone={'1': '1'}),
    lambda stored: facts_of(stored, 'b')['placement'].update(dict.fromkeys(facts_of(stored, 'b')['placement'], [])),
    lambda stored: facts_of(stored, 'b')['placement'].pop('physical_zone'),
    lambda stored: facts_of(stored, 'b')['resource'].update(resource_group=[]),
    lambda stored: facts_of(stored, 'b').update(placement=None),
    lambda stored: facts_of(stored, 'b').update(placement='westeurope'),
    lambda stored: facts_of(stored, 'b').update(query=[]),
    lambda stored: facts_of(stored, 'b').clear(),
    lambda stored: entries_of(stored)['b']['answer'].update(facts=None),
    lambda stored: entries_of(stored)['b'].update(at=float('nan')),
    lambda stored: entries_of(stored)['b'].update(at='yesterday'),
    lambda stored: stored['hosts'].update({key_of(stored, 'b'): None}),
    lambda stored: stored['hosts'].pop(key_of(stored, 'b')),
]


@pytest.mark.parametrize('number', range(len(MUTANTS)))
def test_who_is_known_badly_is_asked_alone(fleet: ThreeHosts, number: int) -> None:
    fleet.run()

    def change(stored: Any) -> Any:
        MUTANTS[number](stored)
        return stored

    fleet.kept_differently(change)
    assert fleet.run() == ['b']
    assert fleet.warnings == []


@pytest.mark.parametrize(
    'change',
    [
        lambda facts: facts['placement'].update(fault_domain='0'),
        lambda facts: facts['placement'].update(zone=1),
        lambda facts: facts.pop('tags'),
        lambda facts: facts.update(tags=['Role']),
        lambda facts: facts.update(tags={'Role': ['db', {'x': None}]}),
        lambda facts: facts.update(addresses='none'),
        lambda facts: facts.update(compute_name=None, compute_tags={}),
        lambda facts: facts['query'].clear(),
    ],
)
def test_what_the_groups_do_not_depend_on_costs_nothing(fleet: ThreeHosts, change: Callable[[Any], Any]) -> None:
    fleet.run()

    def change_all(stored: Any) -> Any:
        for name in NAMES:
            change(facts_of(stored, name))
        return stored

    fleet.kept_differently(change_all)
    assert fleet.run() == []
    assert fleet.warnings == []


@pytest.mark.parametrize(
    'stored', [None, '', 'text', 5, [], {}, {'format': 0, 'hosts': {}}, {'format': 1, 'asked': None, 'hosts': {'a': {}}}, {'hosts': {'a': {}}}]
)
def test_what_another_version_kept(fleet: ThreeHosts, stored: Any) -> None:
    fleet.run()
    fleet.kept_differently(lambda _stored: stored)
    assert fleet.run() == ['a', 'b', 'c']
    assert fleet.warnings == []


ANYTHING = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.sampled_from(['present', 'not_azure', '{{ x }}', '__ansible_type'])
    ),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3) | st.sampled_from(['__ansible_type', '__ansible_vault']), inner, max_size=3)
    ),
    max_leaves=8,
)


def test_whatever_is_kept_of_a_host(fleet: ThreeHosts) -> None:
    """It is in one of the plugin's groups, and its neighbours are where they were."""
    fleet.run()
    entry: dict[str, Any] = {}

    def look(stored: Any) -> Any:
        entry.update(entries_of(stored)['b'])
        return stored

    fleet.kept_differently(look)
    fleet.run()

    @settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(changed(entry, ANYTHING))
    def check(other: Any) -> None:
        fleet.kept_differently(lambda stored: {**stored, 'hosts': {**stored['hosts'], key_of(stored, 'b'): other}})
        groups = fleet.groups()
        assert {'a', 'c'} <= groups['azure'] & groups['azure_zone_westeurope_1'] & groups['role_db'], fleet.warnings
        assert 'b' in groups['azure'] | groups.get('azure_not_azure', set())

    check()


def entry_file(fleet: ThreeHosts) -> Path:
    (file,) = fleet.known.glob('[!.]*')
    return file


@pytest.mark.parametrize(
    'content', [b'', b'\0' * 100, b'\xff\xfe', b'[', b'[]', b'null', b'5', b'"text"', b'{}', b'{"__payload__": 5}', b'{"__payload__": "["}', b'[' * 100_000]
)
def test_a_file_that_holds_something_else(fleet: ThreeHosts, content: bytes) -> None:
    fleet.run()
    entry_file(fleet).write_bytes(content)
    assert fleet.run() == ['a', 'b', 'c']
    assert fleet.run() == []


@pytest.mark.parametrize('share', [0.1, 0.5, 0.99])
def test_a_file_that_is_cut_off(fleet: ThreeHosts, share: float) -> None:
    fleet.run()
    whole = entry_file(fleet).read_bytes()
    entry_file(fleet).write_bytes(whole[: int(share * len(whole))])
    assert fleet.run() == ['a', 'b', 'c']
    assert fleet.run() == []


def test_a_folder_where_the_file_should_be(fleet: ThreeHosts) -> None:
    """It stands in the way for ever, and each run warns and asks."""
    fleet.run()
    file = entry_file(fleet)
    file.unlink()
    (file / 'x').mkdir(parents=True)
    for _number in range(2):
        assert fleet.run() == ['a', 'b', 'c']
        assert fleet.warnings


@AS_ROOT
@pytest.mark.parametrize('mode', [0o000, 0o400])
def test_a_file_that_may_not_be_read_or_written(fleet: ThreeHosts, mode: int) -> None:
    """What may be read is used; the folder decides whether it is replaced."""
    fleet.run()
    entry_file(fleet).chmod(mode)
    assert fleet.run() == ([] if mode else ['a', 'b', 'c'])
    assert fleet.run() == []


@AS_ROOT
@pytest.mark.parametrize('mode', [0o000, 0o500])
def test_a_folder_that_may_not_be_read_or_written(fleet: ThreeHosts, mode: int) -> None:
    fleet.run()
    fleet.known.chmod(mode)
    try:
        for _number in range(2):
            assert fleet.run() == ['a', 'b', 'c']
            assert any('the cache cannot be used, so all hosts are asked' in warning for warning in fleet.warnings)
    finally:
        fleet.known.chmod(0o700)


@pytest.mark.parametrize(
    'options',
    [
        {'cache_connection': '/dev/null/known'},
        {'cache_connection': '/proc/known'},
        {'cache_plugin': 'nowhere'},
        {'cache_plugin': 'nobody.nothing.nowhere'},
    ],
)
def test_a_cache_that_cannot_be(fleet: ThreeHosts, options: dict[str, Any]) -> None:
    for _number in range(2):
        assert fleet.run(**options) == ['a', 'b', 'c']
        assert any('azure_imds: ' in warning for warning in fleet.warnings), fleet.warnings
