# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which events are approved: those that are meant, that are scheduled, and that no other host is to approve."""

from typing import Any, Optional

import pytest
from ansible_collections.imds.azure.plugins.module_utils._scheduled_events.approval import check_event_ids, plan_approval
from ansible_collections.imds.azure.plugins.module_utils._scheduled_events.events import EVENT_TYPES, events_from_document
from ansible_collections.imds.azure.plugins.module_utils._service.errors import OptionError
from hypothesis import given
from hypothesis import strategies as st

IDS = [f'00000000-0000-4000-8000-{number:012X}' for number in range(0xA0, 0xA4)]
NAMES = ['web_0', 'web_1', 'web_2']


def events(*entries: dict[str, Any], name: str = 'web_0') -> list[dict[str, Any]]:
    """Events with a new id each, scheduled reboots of web_0 unless said otherwise."""
    usual = {'EventType': 'Reboot', 'EventStatus': 'Scheduled', 'Resources': ['web_0']}
    return events_from_document({'Events': [{**usual, 'EventId': IDS[index], **entry} for index, entry in enumerate(entries)]}, 0, name)


def test_by_filter() -> None:
    found = events({}, {'EventType': 'Freeze'}, {'Resources': ['web_1']}, {'EventStatus': 'Started'})
    plan, others = plan_approval(found)
    assert plan == {'approved': IDS[:2], 'started': [IDS[3]], 'gone': [], 'left_to_leader': [], 'events': found[:2]}
    assert others == []
    assert plan_approval(found, types=['Freeze'])[0]['approved'] == [IDS[1]]
    assert plan_approval(found, this_host=False)[0]['approved'] == IDS[:3]


def test_by_id() -> None:
    found = events({}, {'Resources': ['web_1']}, {'EventStatus': 'Started'})
    plan, _others = plan_approval(found, [IDS[1].lower(), IDS[2].lower(), IDS[3], IDS[3].lower()])
    assert plan == {'approved': [IDS[1]], 'started': [IDS[2]], 'gone': [IDS[3].lower()], 'left_to_leader': [], 'events': [found[1]]}


def test_no_ids_are_not_all_events() -> None:
    assert plan_approval(events({}), [])[0]['approved'] == []


@pytest.mark.parametrize('entry', [{'EventStatus': 'Completed'}, {'EventStatus': None}, {'EventId': None}, {'EventId': ''}])
def test_what_cannot_be_approved(entry: dict[str, Any]) -> None:
    found = events(entry)
    plan, others = plan_approval(found)
    assert set(map(str, plan.values())) == {'[]'}
    assert others == found


@pytest.mark.parametrize(
    'event_id', ['', 'x', 'x' * 129, f'{IDS[0]}\n', f' {IDS[0]}', f'-{IDS[0]}', f'{IDS[0]}"', f"{IDS[0]}'", '００００００００-0000-4000-8000-0000000000A0']
)
def test_what_is_no_id(event_id: str) -> None:
    with pytest.raises(OptionError, match='is not an event ID'):
        check_event_ids([IDS[0], event_id])


@pytest.mark.parametrize('event_ids', [None, [], [IDS[0]], [IDS[0].lower()], ['3799c4856bff-AFDC-4513-B24B-AA5F13A16123']])
def test_what_is_one(event_ids: Optional[list[str]]) -> None:
    check_event_ids(event_ids)


ENTRIES = st.fixed_dictionaries(
    {
        'EventType': st.sampled_from(EVENT_TYPES),
        'EventStatus': st.sampled_from(['Scheduled', 'Started']),
        'Resources': st.sets(st.sampled_from(NAMES)).map(list),
    }
)


@given(
    st.lists(ENTRIES, max_size=4), st.one_of(st.none(), st.lists(st.sampled_from(IDS))), st.lists(st.sampled_from(EVENT_TYPES)), st.booleans(), st.booleans()
)
def test_every_event_that_is_meant_stands_in_one_list(
    entries: list[dict[str, Any]], event_ids: Optional[list[str]], types: list[str], this_host: bool, leader_only: bool
) -> None:
    found = events(*entries)
    plan, others = plan_approval(found, event_ids, types, this_host, 'web_0' if leader_only else None)
    told = plan['approved'] + plan['started'] + plan['gone'] + plan['left_to_leader']
    assert len(told) == len(set(told))
    assert others == []
    assert [event['event_id'] for event in plan['events']] == plan['approved']
    if event_ids is None:
        assert set(told) == {
            event['event_id'] for event in found if (not types or event['event_type'] in types) and (event['affects_this_host'] or not this_host)
        }
    else:
        assert set(told) == set(event_ids)


@given(st.lists(ENTRIES, max_size=4))
def test_with_leaders_each_event_is_approved_once(entries: list[dict[str, Any]]) -> None:
    approved = [event_id for name in NAMES for event_id in plan_approval(events(*entries, name=name), leader_name=name)[0]['approved']]
    assert sorted(approved) == [event['event_id'] for event in events(*entries) if event['resources'] and event['event_status'] == 'Scheduled']
