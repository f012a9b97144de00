# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which hosts of the fleet of places are in one place."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.imds.azure.plugins.plugin_utils._placement.places import (
    fault_domain_of,
    have_physical_zones,
    location_of,
    set_of,
    tag_of,
    update_domain_of,
    visible_domains,
    zone_of,
)
from ansible_collections.imds.azure.tests.places.fleet import FACTS


def test_a_set_is_one_whatever_the_spelling() -> None:
    assert set_of(FACTS['web_0']) == set_of(FACTS['web_1'])


@pytest.mark.parametrize(('one', 'other'), [('api_0', 'api_dev_0'), ('log_0', 'log_1'), ('web_0', 'cache_0'), ('edge_0', 'web_0')])
def test_sets_that_are_two(one: str, other: str) -> None:
    assert set_of(FACTS[one]) != set_of(FACTS[other])


def test_an_availability_set_is_known_only_from_the_user() -> None:
    assert set_of(FACTS['db_0']) is None
    assert set_of(FACTS['db_0'], 'db') == set_of(FACTS['db_2'], 'DB')
    # A VM of a scale set cannot be in an availability set.
    assert set_of(FACTS['web_0'], 'db') == set_of(FACTS['web_0'])


def test_crossed_zones() -> None:
    """Zone 1 of s1 and zone 1 of s2 are two places, and zone 2 of s1 is zone 1 of s2."""
    assert zone_of(FACTS['web_0'], physical=True) == zone_of(FACTS['cache_2'], physical=True) == ('westeurope-az1',)
    assert zone_of(FACTS['web_0'], physical=False) != zone_of(FACTS['cache_0'], physical=False)
    assert have_physical_zones(FACTS.values())


def test_a_host_without_its_physical_zone_makes_all_zones_logical() -> None:
    older = {**FACTS['web_1'], 'placement': {**FACTS['web_1']['placement'], 'physical_zone': None}}
    assert not have_physical_zones([*FACTS.values(), older])
    assert zone_of(older, physical=True) is None
    assert zone_of(older, physical=False) == zone_of(FACTS['web_1'], physical=False)


def test_fault_domains_compare_inside_one_set_and_zone() -> None:
    assert fault_domain_of(FACTS['shop_0']) == fault_domain_of(FACTS['shop_5']) != fault_domain_of(FACTS['shop_1'])
    assert fault_domain_of(FACTS['cache_0']) != fault_domain_of(FACTS['cache_2'])
    assert fault_domain_of(FACTS['api_0']) != fault_domain_of(FACTS['api_dev_0'])
    assert update_domain_of(FACTS['shop_0']) == update_domain_of(FACTS['shop_5'])


def test_fault_domains_outside_of_sets_do_not_compare() -> None:
    assert fault_domain_of(FACTS['tool']) is None
    assert update_domain_of(FACTS['db_0']) is None
    assert fault_domain_of(FACTS['db_0'], 'db') == fault_domain_of(FACTS['db_2'], 'DB') != fault_domain_of(FACTS['db_1'], 'db')


def test_numbers_that_tell_which_hosts_stand_together() -> None:
    domains = {host: fault_domain_of(known, 'db' if host.startswith('db') else None) for host, known in FACTS.items()}
    visible = visible_domains(domains.values())
    telling = {host.rstrip('0123456789').rstrip('_') for host, domain in domains.items() if domain and domain[:-1] in visible}
    assert telling == {'cache', 'shop', 'api_dev', 'api', 'db'}


def test_names_of_tags_have_no_case() -> None:
    assert tag_of(FACTS['db_0'], 'AVAILABILITYSET') == 'db'
    assert [tag_of(FACTS['db_0'], name) for name in ('', None, 'availability')] == [tag_of(None, 'x'), tag_of({'tags': ['x']}, 'x'), None] == [None] * 3


@pytest.mark.parametrize('facts', [None, 'x', [], {}, {'placement': None}, {'placement': [], 'resource': 3}, {'placement': {'zone': True, 'location': {}}}])
def test_whatever_a_host_says(facts: Any) -> None:
    assert [set_of(facts), location_of(facts), zone_of(facts, True), zone_of(facts, False), fault_domain_of(facts), update_domain_of(facts)] == [None] * 6
