# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The batches of the fleet of places are those of its table, whatever the fleet no batch spans two places, and wrong input is told with its remedy."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.imds.azure.plugins.filter.batches import batches, display
from ansible_collections.imds.azure.plugins.plugin_utils._placement.batches import batches as batches_of
from ansible_collections.imds.azure.plugins.plugin_utils._placement.places import set_of
from ansible_collections.imds.azure.tests.places import fleet
from hypothesis import given
from hypothesis import strategies as st

HOSTVARS: dict[str, dict[str, Any]] = {row['name']: {'azure_imds': fleet.FACTS[row['name']]} if row in fleet.PRESENT else {} for row in fleet.ROWS}


@pytest.fixture(autouse=True)
def warnings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    said: list[str] = []
    monkeypatch.setattr(display, 'warning', said.append)
    return said


@pytest.mark.parametrize('row', fleet.BATCHES, ids=lambda row: ' '.join(list(row.values())[:3]))
def test_the_table(row: dict[str, str]) -> None:
    at_most, tag = (None if row[name] == '-' else row[name] for name in ('at_most', 'tag'))
    assert batches(fleet.hosts_of(row['of']), HOSTVARS, at_most, tag) == fleet.batches(row)


@pytest.mark.parametrize('names', ['web', 'cache', 'shop', 'api', 'log', 'edge', 'bastion', 'onprem,gone'])
def test_no_warning_where_domains_are_visible(names: str, warnings: list[str]) -> None:
    batches(fleet.hosts_of(names), HOSTVARS)
    assert warnings == []


def test_spreading_that_is_not_visible_is_told(warnings: list[str]) -> None:
    batches(fleet.hosts_of('batch'), HOSTVARS)
    batches(fleet.hosts_of('batch'), HOSTVARS, at_most=2)
    batches(fleet.hosts_of('db'), HOSTVARS, at_most='10%')
    said = (
        'imds.azure.batches: scale set batch of resource group prod: the spread of 4 hosts is unknown, because all report the same fault domain and the '
        'same update domain, or none. Each batch contains '
    )
    assert warnings == [
        f'{said}one host.',
        f'{said}up to 2 hosts, which may be in different domains.',
        'imds.azure.batches: northeurope, no known set: the spread of 3 hosts is unknown, because domain numbers can only be compared inside a set. '
        'Each batch contains one host. If the hosts are in availability sets, set availability_set_tag to the tag that contains the name of the set.',
    ]


def test_what_each_batch_is() -> None:
    def places(names: str, tag: str | None = None) -> list[tuple[str, str]]:
        return [(batch['level'], batch['place']) for batch in batches(fleet.hosts_of(names), HOSTVARS, None, tag, details=True)]

    assert places('web,onprem') == [
        ('zone', 'physical zone westeurope-az1'),
        ('zone', 'physical zone westeurope-az2'),
        ('zone', 'physical zone westeurope-az3'),
        ('unknown', 'placement unknown'),
    ]
    assert places('web_0,web_3') == [
        ('update_domain', 'scale set web of resource group prod, zone westeurope-az1, update domain 0'),
        ('update_domain', 'scale set web of resource group prod, zone westeurope-az1, update domain 3'),
    ]
    assert places('db', 'availabilitySet') == [
        ('fault_domain', 'availability set db of resource group prod, fault domain 0'),
        ('fault_domain', 'availability set db of resource group prod, fault domain 1'),
    ]
    assert places('tool') == [('size', 'northeurope, no known set')]


def changed(host: str, **placement: Any) -> dict[str, Any]:
    known = fleet.FACTS[host]
    return {**known, 'placement': {**known['placement'], **placement}}


def hosts_in(found: Any) -> list[list[str]]:
    return [batch.hosts for batch in found[0]]


def test_logical_zones_compare_inside_a_subscription() -> None:
    """Where one host has no physical zone, zone 2 of s1 and zone 1 of s2 may be two places."""
    facts = {host: fleet.FACTS[host] for host in fleet.hosts_of('web,cache')} | {'web_2': changed('web_2', physical_zone=None)}
    assert hosts_in(batches_of(facts)) == [['web_0', 'web_3'], ['web_1'], ['web_2'], ['cache_0', 'cache_1'], ['cache_2', 'cache_3']]


def test_a_host_without_a_number_among_others_that_have_one() -> None:
    facts = {host: fleet.FACTS[host] for host in ('shop_0', 'shop_1')} | {'shop_2': changed('shop_2', fault_domain=None)}
    assert hosts_in(batches_of(facts, 3)) == [['shop_0'], ['shop_1'], ['shop_2']]
    assert batches_of(facts)[0][-1].level == 'unknown'


def test_numbers_are_sorted_as_numbers() -> None:
    facts = {f'vm{number}': changed('shop_0', fault_domain=number) for number in (10, 9, 0, 1)}
    assert hosts_in(batches_of(facts)) == [['vm0'], ['vm1'], ['vm9'], ['vm10']]


def test_facts_that_a_play_has_gathered_count_first() -> None:
    moved = {**HOSTVARS, 'web_3': {**HOSTVARS['web_3'], 'ansible_facts': {'azure_imds': changed('web_3', physical_zone='westeurope-az2')}}}
    assert batches(fleet.hosts_of('web'), moved) == [['web_0'], ['web_1', 'web_3'], ['web_2']]


def test_no_hosts() -> None:
    assert batches([], {}) == batches([], {}, at_most='10%') == []


@pytest.mark.parametrize('at_most', [0, -1, '0', '-1', '0%', '101%', '100.5%', '-5%', 'half', '', '%', '1.5', 1.5, True, [], '1 2', '٣', '9' * 5000])
def test_a_limit_that_is_none(at_most: Any) -> None:
    for names in ('web', 'gone'):
        with pytest.raises(
            AnsibleFilterError, match=r'^imds.azure.batches: at_most is .*Set it to a number of hosts, 1 or more, or to a percentage .* such as "25%"'
        ):
            batches(fleet.hosts_of(names), HOSTVARS, at_most)


@pytest.mark.parametrize(('at_most', 'most'), [(1, 1), ('2', 2), (' 3 ', 2), (99, 4), ('25%', 1), ('49.9%', 1), ('50 %', 2), ('0.1%', 1), ('100%', 4)])
def test_a_limit(at_most: Any, most: int) -> None:
    facts = {f'vm{number}': changed('shop_0') for number in range(4)}
    assert max(len(hosts) for hosts in hosts_in(batches_of(facts, at_most))) == most


def test_hosts_that_are_none() -> None:
    with pytest.raises(AnsibleFilterError, match="imds.azure.batches: it needs a list of host names, not 'web_0'"):
        batches('web_0', HOSTVARS)
    with pytest.raises(AnsibleFilterError, match='imds.azure.batches: web_9, 7: not in the inventory. Correct the list'):
        batches(['web_9', 'web_0', 7], HOSTVARS)
    with pytest.raises(AnsibleFilterError, match='imds.azure.batches: availability_set_tag must be the name of a tag'):
        batches(['web_0'], HOSTVARS, availability_set_tag=['db'])


def test_what_a_host_says_steers_nothing(warnings: list[str]) -> None:
    hostile = {'azure_imds': {'placement': {'location': '\x1b[2J{{ 1 }}'}, 'tags': {'set': {}, 'SET': '\x1b[2J'}, 'resource': []}}
    (batch,) = batches(['a', 'b'], {'a': hostile, 'b': hostile}, at_most=2, availability_set_tag='set', details=True)
    assert (batch['hosts'], batch['place']) == (['a', 'b'], '\\u001b[2j{{ 1 }}, no known set')
    assert '\x1b' not in warnings[0]


# Any fleet

NAMES = st.sampled_from(['a', 'A', 'b', '', None])
NUMBERS: st.SearchStrategy[Any] = st.sampled_from([None, 0, 1, 2, 10, '1', 'x', True, []])
FACTS: st.SearchStrategy[Any] = st.one_of(
    st.sampled_from([None, {}, 'x', {'query': {'present': False}}, {'placement': []}]),
    st.fixed_dictionaries(
        {
            'placement': st.fixed_dictionaries(
                {
                    'location': st.sampled_from(['west', 'West', 'north', None]),
                    'zone': st.sampled_from(['1', '2', None]),
                    'physical_zone': st.sampled_from(['az1', 'az2', None]),
                    'scale_set': NAMES,
                    'fault_domain': NUMBERS,
                    'update_domain': NUMBERS,
                }
            ),
            'resource': st.fixed_dictionaries({'subscription_id': NAMES, 'resource_group': NAMES}),
        }
    ),
)
FLEETS: st.SearchStrategy[dict[str, Any]] = st.lists(FACTS, max_size=12).map(lambda known: {f'vm{number}': facts for number, facts in enumerate(known)})
LIMITS = st.one_of(st.none(), st.integers(1, 13), st.integers(1, 100).map('{}%'.format))


@given(fleet=FLEETS, at_most=LIMITS)
def test_any_fleet(fleet: dict[str, Any], at_most: Any) -> None:
    found, _warnings = batches_of(fleet, at_most)
    assert sorted(host for batch in found for host in batch.hosts) == sorted(fleet)
    assert batches_of(fleet, at_most)[0] == found
    most = len(fleet) if at_most is None else at_most if isinstance(at_most, int) else max(1, int(at_most[:-1]) * len(fleet) // 100)
    for batch in found:
        assert 1 <= len(batch.hosts) <= most
        assert batch.level not in ('size' if at_most is None else '', 'unknown') or len(batch.hosts) == 1
    # Unknown placement is last.
    levels = [batch.level == 'unknown' for batch in found]
    assert levels == sorted(levels)


def conflict(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two hosts are known to be in two places, told in other words than the code under test has."""

    def same(*path: str) -> bool:
        values = [known[path[0]][path[1]] for known in (one, other)]
        return str(values[0] or '').lower() == str(values[1] or '').lower()

    if not same('placement', 'location'):
        return True
    places = [known['placement'] for known in (one, other)]
    if all(place['zone'] and place['physical_zone'] for place in places):
        return bool(places[0]['physical_zone'] != places[1]['physical_zone'])
    if all(place['zone'] for place in places) and same('resource', 'subscription_id') and not same('placement', 'zone'):
        return True
    # Without zones, domains of one set tell, and fault domains more than update domains.
    if set_of(one) != set_of(other) or set_of(one) is None or any(place['zone'] for place in places):
        return False
    numbers = [place['fault_domain'] for place in places]
    return all(number.__class__ is int for number in numbers) and numbers[0] != numbers[1]


# Either all hosts have a physical zone with their zone, or none has one.
PLACED = FLEETS.map(
    lambda fleet: {
        host: known
        for host, known in fleet.items()
        if isinstance(known, dict)
        and known.get('resource')
        and known['placement']['location']
        and bool(known['placement']['zone']) == bool(known['placement']['physical_zone'])
    }
)


@given(fleet=PLACED, at_most=LIMITS)
def test_no_batch_spans_two_places(fleet: dict[str, Any], at_most: Any) -> None:
    for batch in batches_of(fleet, at_most)[0]:
        for one in batch.hosts:
            for other in batch.hosts:
                assert not conflict(fleet[one], fleet[other]), (batch, fleet[one], fleet[other])
