# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What rules are told: each change once."""

from __future__ import annotations

import copy
import itertools
from typing import Any

import pytest
from ansible_collections.imds.azure.plugins.plugin_utils._events.changes import News, changes
from hypothesis import given
from hypothesis import strategies as st

Event = dict[str, Any]


def event(event_id: str | None = 'A', status: str | None = 'Scheduled', not_before: str | None = '2026-01-01T00:00:00Z', **more: Any) -> Event:
    usual = {'event_id': event_id, 'event_type': 'Reboot', 'event_status': status, 'not_before': not_before, 'resources': ['web_0'], 'far_off': False}
    return {**usual, **more}


STARTED = event(status='Started', not_before=None)
FAR = event(far_off=True)


@pytest.mark.parametrize(
    ('before', 'after', 'expected'),
    [
        ([], [], []),
        ([], [event()], [('new', event())]),
        ([event()], [event()], []),
        ([event(seconds_left=9)], [event(seconds_left=8)], []),
        ([event('a')], [event('A')], []),
        ([event()], [], [('gone', event())]),
        ([event()], [STARTED], [('status', STARTED)]),
        ([event()], [event(not_before='2026-01-02T00:00:00Z')], [('not_before', event(not_before='2026-01-02T00:00:00Z'))]),
        ([event()], [event(not_before=None)], [('not_before', event(not_before=None))]),
        ([event(), event('B')], [event('B'), event('C')], [('gone', event()), ('new', event('C'))]),
        ([event(None)], [event(None)], []),
        ([event(None)], [event(None, resources=['web_1'])], [('gone', event(None)), ('new', event(None, resources=['web_1']))]),
        ([], [event(), event()], [('new', event())]),
        # What is days ahead is new when it is near, and no more when it is put off.
        ([], [FAR], [('far_off', FAR)]),
        ([FAR], [FAR], []),
        ([FAR], [event()], [('new', event())]),
        ([event()], [FAR], [('far_off', FAR)]),
        ([FAR], [STARTED], [('status', STARTED)]),
        ([FAR], [], [('gone', FAR)]),
    ],
)
def test_changes(before: list[Event], after: list[Event], expected: list[tuple[str, Event]]) -> None:
    assert changes(before, after) == expected


EVENTS = st.lists(
    st.builds(event, st.sampled_from(['A', 'a', 'B', 'C', '', None]), st.sampled_from(['Scheduled', 'Started', None]), st.sampled_from(['1', '2', None])),
    max_size=5,
)


@given(EVENTS, EVENTS)
def test_what_was_told_is_not_told_again(before: list[Event], after: list[Event]) -> None:
    assert changes(after, after) == []
    told = changes(before, after)
    assert len(told) == len({(event['event_id'] or '').lower() or (event['event_type'], *event['resources']) for _change, event in told})
    back = {'before': after, 'after': before}
    assert bool(told) == bool(changes(**back))


def answer(*events: Event, host: str | None = 'web_0') -> Event:
    return {'host': host, 'vm_name': 'vm', 'api_version': '2020-07-01', 'events': list(events)}


def outage(host: str | None = 'web_0', error: str = 'no answer') -> Event:
    return {'host': host, 'state': 'failed', 'error': error}


def test_an_event_for_rules() -> None:
    news = News(1)
    assert news.of(answer(event())) == [
        {'change': 'new', 'scheduled_event': event(), 'host': 'web_0', 'vm_name': 'vm', 'api_version': '2020-07-01', 'meta': {'hosts': 'web_0'}}
    ]
    assert news.of(answer(event())) == []


def test_this_machine_is_no_host_of_an_inventory() -> None:
    """Nothing limits the playbook to a host that the inventory of ansible-rulebook may not have."""
    (told,) = News(1).of(answer(event(), host=None))
    assert told['host'] is None
    assert 'meta' not in told


def test_each_host_has_its_own_events() -> None:
    news = News(1)
    told = [news.of(answer(event(), host=host))[0] for host in ('web_0', 'web_1', None)]
    assert [each['host'] for each in told] == ['web_0', 'web_1', None]
    assert [each['change'] for each in news.of(answer(host='web_1'))] == ['gone']
    assert news.of(answer(event())) == []


def test_an_outage_is_told_once_and_loses_nothing() -> None:
    news = News(1)
    news.of(answer(event()))
    assert news.of(outage()) == [{'change': 'outage', 'host': 'web_0', 'state': 'failed', 'error': 'no answer', 'meta': {'hosts': 'web_0'}}]
    assert news.of(outage(error='another')) == []
    assert [each['change'] for each in news.of(answer(STARTED, event('B')))] == ['recovered', 'status', 'new']
    assert [each['change'] for each in news.of(outage())] == ['outage']
    assert [each['change'] for each in news.of(answer(STARTED, event('B')))] == ['recovered']


def test_one_bad_answer_is_no_outage() -> None:
    """Nor are two, unless they come in a row."""
    news = News(2)
    news.of(answer(event()))
    for _time in range(3):
        assert news.of(outage()) == []
        assert news.of(answer(event())) == []
    assert [[each['change'] for each in news.of(outage())] for _time in range(4)] == [[], ['outage'], [], []]
    assert [each['change'] for each in news.of(answer(event()))] == ['recovered']
    assert news.of(outage()) == []
    assert news.of(answer(event())) == []


def test_an_outage_of_one_host_says_nothing_of_another() -> None:
    news = News(1)
    news.of(outage('web_0'))
    assert [each['change'] for each in news.of(answer(event(), host='web_1'))] == ['new']


def test_filters_of_a_rulebook_may_write_into_events() -> None:
    news = News(1)
    given_events = [event(), event('B')]
    told = news.of(answer(*copy.deepcopy(given_events)))
    for each in told:
        each['scheduled_event']['resources'].clear()
        each['scheduled_event']['event_status'] = 'changed'
        each['meta']['hosts'] = 'changed'
    assert [each['scheduled_event'] for each in news.of(answer())] == given_events
    for first, second in itertools.combinations(told, 2):
        assert first['meta'] is not second['meta']
