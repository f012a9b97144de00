# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said of a fleet that changed between two reports, and what is not."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.imds.azure.plugins.plugin_utils._placement.baseline import baseline_of
from ansible_collections.imds.azure.plugins.plugin_utils._placement.moves import moves, where
from ansible_collections.imds.azure.plugins.plugin_utils._placement.topology import topology
from ansible_collections.imds.azure.plugins.plugin_utils._placement.topology_changes import HOST_CHANGES, SERVICE_CHANGES, changes
from ansible_collections.imds.azure.tests.places.fleet import ANSWERS
from ansible_collections.imds.azure.tests.unit.plugins.plugin_utils._placement.fleet import vm

Fleet = dict[str, Any]


def changed(before: Fleet, after: Fleet) -> dict[str, Any]:
    return changes(baseline_of(topology(before, made_at='then')), topology(after, made_at='now'))


def services(before: Fleet, after: Fleet) -> list[str]:
    return [f'{service["change"]}: {service["text"]}' for service in changed(before, after)['services']]


def in_zones(role: str, *numbers: int) -> Fleet:
    """So many hosts in each zone, and one host of another service in each, so that there are these zones."""
    hosts = {f'{role}-{zone}{number}': vm(str(zone), role=role) for zone, count in enumerate(numbers, 1) for number in range(count)}
    return {**hosts, **{f'other-{zone}': vm(str(zone), role='other') for zone in range(1, len(numbers) + 1)}}


# A fleet that shows every kind of change once.
BEFORE = {
    'db-1': vm('1', role='db'), 'db-2': vm('2', role='db'), 'queue-1': vm('1', role='queue'), 'queue-2': vm('1', role='queue'),
    'old-1': vm('3', role='old'), 'quiet-1': vm('2', role='other'), 'talks-1': {'state': 'unreachable'},
}  # fmt: skip
AFTER = {
    'db-1': vm('1', role='db'), 'db-2': vm('1', role='db'), 'queue-1': vm('1', role='queue'), 'queue-2': vm('1', role='queue'),
    'queue-3': vm('2', role='queue'), 'new-1': vm('3', role='new'), 'quiet-1': {'state': 'failed'}, 'talks-1': vm('1'), 'other-1': vm('2', role='other'),
}  # fmt: skip
AFTER['queue-2'] = vm('2', role='queue')
del AFTER['queue-3'], AFTER['other-1']


def test_every_kind_of_change_once() -> None:
    found = changed(BEFORE, AFTER)
    assert found['since'] == 'then'
    assert [(host['change'], host['text']) for host in found['hosts']] == [
        ('moved', 'db-2 moved from zone 2 to zone 1.'),
        ('moved', 'queue-2 moved from zone 1 to zone 2.'),
        ('appeared', 'new-1 is new, in westeurope zone 3.'),
        ('disappeared', 'old-1 is gone. It was in westeurope zone 3.'),
        ('silent', 'quiet-1 returned no facts. It was in westeurope zone 2.'),
        ('answers', 'talks-1 answers again, in westeurope zone 1.'),
    ]
    assert [(service['change'], service['text']) for service in found['services']] == [
        ('worse', 'If westeurope zone 1 fails, db now loses 2 of 2 hosts; before, no outage cost it more than 1 of 2.'),
        ('better', 'No outage now costs queue more than 1 of 2 hosts; before, it could lose 2 of 2.'),
        ('appeared', 'new is new, with 1 host.'),
        ('disappeared', 'old is gone. It had 1 host.'),
    ]
    assert found['summary']['hosts'] == dict(zip(HOST_CHANGES, (2, 1, 1, 1, 1), strict=True))
    assert found['summary']['services'] == dict(zip(SERVICE_CHANGES, (1, 1, 1, 1), strict=True))
    worse = found['services'][0]
    assert worse['before'] == {'place': 'westeurope zone 1', 'lost': 1, 'count': 2}
    assert worse['after'] == {'place': 'westeurope zone 1', 'lost': 2, 'count': 2}
    assert worse['places'][:2] == [{'place': 'westeurope zone 1', 'before': 1, 'after': 2}, {'place': 'westeurope zone 2', 'before': 1, 'after': 0}]


def test_a_fleet_that_is_as_it_was() -> None:
    for fleet in (ANSWERS, BEFORE, AFTER, {}):
        found = changed(fleet, fleet)
        assert found['hosts'] == found['services'] == []


@pytest.mark.parametrize(
    ('before', 'after', 'expected'),
    [
        ((3, 3, 3), (4, 3, 3), []),
        ((1, 1), (2, 1), []),
        ((3, 3, 3), (2, 2, 1), []),
        ((2, 2, 2), (3, 3, 0), ['worse: If westeurope zone 1 fails, db now loses 3 of 6 hosts; before, no outage cost it more than 2 of 6.']),
        ((1, 1, 1), (4, 2, 1), ['worse: If westeurope zone 1 fails, db now loses 4 of 7 hosts; before, no outage cost it more than 1 of 3.']),
        ((1, 1), (1, 0), ['worse: If westeurope zone 1 fails, db now loses its only host; before, no outage cost it more than 1 of 2.']),
        ((3, 3, 0), (2, 2, 2), ['better: No outage now costs db more than 2 of 6 hosts; before, it could lose 3 of 6.']),
        ((2, 0), (3, 0), []),
    ],
)
def test_worse_is_what_moving_hosts_could_mend(before: tuple[int, ...], after: tuple[int, ...], expected: list[str]) -> None:
    assert services(in_zones('db', *before), in_zones('db', *after)) == expected


def test_a_zone_that_the_whole_fleet_left_still_counts() -> None:
    before = {f'db-{number}': vm(str(number % 3 + 1), role='db') for number in range(6)}
    after = {f'db-{number}': vm(str(number % 2 + 1), role='db') for number in range(6)}
    assert services(before, after) == ['worse: If westeurope zone 1 fails, db now loses 3 of 6 hosts; before, no outage cost it more than 2 of 6.']


def test_a_host_that_does_not_answer_makes_no_service_worse() -> None:
    before = in_zones('db', 1, 1)
    assert services(before, {**before, 'db-21': {'state': 'unreachable'}, 'db-20': {'state': 'unreachable'}}) == []
    assert services({**before, 'db-20': {'state': 'failed'}}, before) == []


def test_a_service_whose_hosts_do_not_answer_is_neither_gone_nor_new() -> None:
    """Nor one of whose hosts some are gone and others do not say what they are, nor one that was not asked, as with C(--limit)."""
    before = {**in_zones('db', 1, 1), 'web-1': vm('1', role='web')}
    for state in ('unreachable', 'failed', 'not_azure', 'unknown'):
        quiet = {**before, 'db-10': {'state': state}, 'db-20': {'state': state}}
        assert services(before, quiet) == services(quiet, before) == []
    half = {name: host for name, host in before.items() if name != 'db-10'} | {'db-20': {'state': 'unreachable'}}
    assert services(before, half) == services(half, before) == []
    assert services(before, {name: host for name, host in before.items() if name != 'web-1'}) == ['disappeared: web is gone. It had 1 host.']


def spot(**more: Any) -> dict[str, Any]:
    keys = ('physical_zone', 'fault_domain', 'update_domain', 'scale_set', 'availability_set')
    return {'location': 'westeurope', 'zone': '1', 'subscription_id': 's1', 'resource_group': 'g', **dict.fromkeys(keys), **more}


@pytest.mark.parametrize(
    ('before', 'after', 'expected'),
    [
        ({}, {}, []),
        ({}, {'zone': '2'}, [('zone', '1', '2')]),
        ({}, {'zone': None}, [('zone', '1', None)]),
        ({}, {'location': 'northeurope', 'zone': '2'}, [('location', 'westeurope', 'northeurope')]),
        # A number of another subscription may be the same zone; a physical zone is always the same.
        ({}, {'zone': '2', 'subscription_id': 's2'}, []),
        ({'physical_zone': 'az1'}, {'zone': '2', 'subscription_id': 's2', 'physical_zone': 'az1'}, []),
        ({'physical_zone': 'az1'}, {'physical_zone': 'az2'}, [('physical_zone', 'az1', 'az2')]),
        ({'physical_zone': 'az1'}, {'zone': '2', 'physical_zone': 'az2'}, [('zone', '1', '2')]),
        ({'physical_zone': 'az1'}, {'zone': '2', 'physical_zone': 'az1'}, []),
        ({}, {'physical_zone': 'az2'}, []),
        # A domain compares only inside one set and zone, and only if both look at it tell it.
        ({'fault_domain': '0'}, {'fault_domain': '1'}, []),
        ({'scale_set': 'web', 'fault_domain': '0'}, {'scale_set': 'WEB', 'fault_domain': '1'}, [('fault_domain', '0', '1')]),
        ({'scale_set': 'web', 'fault_domain': '0'}, {'scale_set': 'g/web', 'fault_domain': None}, []),
        ({'scale_set': 'web', 'fault_domain': '0'}, {'scale_set': 'db', 'fault_domain': '1'}, [('scale_set', 'web', 'db')]),
        ({'availability_set': 'a', 'update_domain': '0'}, {'availability_set': 'a', 'update_domain': '4'}, [('update_domain', '0', '4')]),
        ({'scale_set': 'web'}, {}, [('scale_set', 'web', None)]),
    ],
)
def test_what_a_move_is(before: dict[str, Any], after: dict[str, Any], expected: list[tuple[Any, ...]]) -> None:
    assert [tuple(move.values()) for move in moves(spot(**before), spot(**after))] == expected


def test_places_in_words() -> None:
    assert where(spot(scale_set='web', fault_domain='2')) == 'westeurope zone 1, scale set web, fault domain 2'
    assert where(spot(zone=None, fault_domain='2')) == 'westeurope'
    assert where(spot(zone=None, physical_zone='az2', location=None)) == 'unknown location physical zone az2'
