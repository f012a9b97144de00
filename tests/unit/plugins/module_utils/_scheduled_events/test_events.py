# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the service says of events, as data with types; any JSON is read, and one broken event never loses the others."""

import copy
import datetime
import email.utils
import json
from typing import Any, Optional

import pytest
from ansible_collections.imds.azure.plugins.module_utils._scheduled_events.events import (
    check_lead_time,
    events_from_document,
    incarnation,
    is_leader,
    parse_date,
    seconds_for_draining,
    select_events,
)
from ansible_collections.imds.azure.plugins.module_utils._service.errors import MalformedAnswerError, OptionError
from hypothesis import given
from hypothesis import strategies as st

DUE = 1_649_716_018  # 2022-04-11T22:26:58Z
GIVEN = {
    'EventId': 'C7061BAC-AFDC-4513-B24B-AA5F13A16123',
    'EventType': 'Reboot',
    'ResourceType': 'VirtualMachine',
    'Resources': ['web_0', 'web_1'],
    'EventStatus': 'Scheduled',
    'NotBefore': 'Mon, 11 Apr 2022 22:26:58 GMT',
    'Description': 'Host server is undergoing maintenance.',
    'EventSource': 'Platform',
    'DurationInSeconds': 9,
}
READ = {
    'event_id': 'C7061BAC-AFDC-4513-B24B-AA5F13A16123',
    'event_type': 'Reboot',
    'resource_type': 'VirtualMachine',
    'resources': ['web_0', 'web_1'],
    'event_status': 'Scheduled',
    'not_before': '2022-04-11T22:26:58Z',
    'seconds_left': 900,
    'far_off': False,
    'description': 'Host server is undergoing maintenance.',
    'event_source': 'Platform',
    'duration_in_seconds': 9,
    'affects_this_host': True,
}
UNKNOWN: dict[str, Any] = {**dict.fromkeys(READ), 'resources': [], 'far_off': False, 'affects_this_host': False}


def read(*entries: Any, now: float = DUE - 900, name: Optional[str] = 'web_0') -> list[dict[str, Any]]:
    return events_from_document({'DocumentIncarnation': 1, 'Events': list(entries)}, now, name)


def test_an_event() -> None:
    assert read(GIVEN) == [READ]


def test_an_event_of_the_oldest_version() -> None:
    """What an older version does not have is null, and names with the underscore of the first preview are the same names."""
    old = {key: value for key, value in GIVEN.items() if key not in ('Description', 'EventSource', 'DurationInSeconds')}
    (event,) = read({**old, 'Resources': ['_web_0']})
    assert event == {**READ, 'resources': ['_web_0'], 'description': None, 'event_source': None, 'duration_in_seconds': None}


def test_an_event_that_has_started() -> None:
    (event,) = read({**GIVEN, 'EventStatus': 'Started', 'NotBefore': '', 'DurationInSeconds': -1})
    assert (event['not_before'], event['seconds_left'], event['duration_in_seconds']) == (None, 0, -1)
    assert read({**GIVEN, 'EventStatus': 'Started'})[0]['seconds_left'] == 0


@pytest.mark.parametrize(('now', 'left'), [(DUE - 900.9, 900), (DUE - 0.5, 0), (DUE, 0), (DUE + 1e6, 0), (0, DUE)])
def test_seconds_left(now: float, left: int) -> None:
    assert read(GIVEN, now=now)[0]['seconds_left'] == left


@pytest.mark.parametrize(
    ('changes', 'left', 'far_off'),
    [
        ({}, 1200, False),
        ({}, 1201, True),
        ({}, 7 * 86400, True),
        ({}, 0, False),
        ({}, -5, False),
        ({'EventStatus': 'Started'}, 5000, False),
        ({'NotBefore': ''}, 5000, False),
        ({'NotBefore': 'soon'}, 5000, False),
        ({'EventStatus': None}, 5000, True),
    ],
)
def test_an_event_days_ahead_is_far_off(changes: dict[str, Any], left: int, far_off: bool) -> None:
    (event,) = read({**GIVEN, **changes}, now=DUE - left)
    assert event['far_off'] is far_off


def test_how_far_is_far_off_is_an_option() -> None:
    document = {'Events': [GIVEN]}
    assert [events_from_document(document, DUE - 900, lead_time=lead_time)[0]['far_off'] for lead_time in (900, 899, 0)] == [False, True, True]


@pytest.mark.parametrize('seconds', [-1, float('inf'), float('nan')])
def test_a_lead_time_that_cannot_be_used(seconds: float) -> None:
    with pytest.raises(OptionError, match='lead_time .* is not valid. Set it to a number of seconds'):
        check_lead_time(seconds)


@pytest.mark.parametrize(
    ('dates', 'seconds'),
    [
        ([], None),
        ([DUE], 900),
        # What is late sets no limit: it may begin at any moment, and also much later.
        ([DUE - 5000], None),
        ([DUE - 5000, DUE + 60, DUE], 900),
    ],
)
def test_time_for_draining(dates: list[int], seconds: Optional[int]) -> None:
    entries = [{**GIVEN, 'NotBefore': email.utils.formatdate(date, usegmt=True)} for date in dates]
    assert seconds_for_draining(read(*entries)) == seconds
    assert seconds_for_draining(read({**GIVEN, 'NotBefore': ''}, *entries)) == seconds


@pytest.mark.parametrize(
    ('resources', 'name', 'affected'),
    [
        (['web_0'], 'web_0', True),
        (['WEB_0'], 'web_0', True),
        (['web_0'], 'Web_0', True),
        (['web_00', 'web'], 'web_0', False),
        ([], 'web_0', False),
        (['web_0'], None, None),
        (['web_0', ''], '', None),
        (['_web_0'], 'web_0', True),
        (['web_0', None, 5], 'web_0', True),
        ('web_0', 'web_0', False),
        (None, 'web_0', False),
    ],
)
def test_whom_it_affects(resources: Any, name: Optional[str], affected: Optional[bool]) -> None:
    assert read({**GIVEN, 'Resources': resources}, name=name)[0]['affects_this_host'] is affected


@pytest.mark.parametrize(
    'text',
    [
        'Mon, 11 Apr 2022 22:26:58 GMT',
        'Mon,11 Apr 2022 22:26:58 UTC',
        'mon, 11 apr 2022 22:26:58 gmt',
        '11 Apr 2022 22:26:58 Z',
        'Monday, 11-Apr-2022 22:26:58 GMT',
        'Tue, 12 Apr 2022 00:26:58 +0200',
        '2022-04-11T22:26:58Z',
        '2022-04-11T22:26:58',
        '2022-04-11 22:26:58Z',
        '2022-04-11T22:26:58.9999999Z',
        '2022-04-12T03:56:58.5+05:30',
        '2022-04-11T18:26:58-0400',
        ' 2022-04-11T22:26:58z\n',
    ],
)
def test_dates(text: str) -> None:
    assert parse_date(text) == datetime.datetime(2022, 4, 11, 22, 26, 58)


@pytest.mark.parametrize(
    'text',
    [
        '',
        'soon',
        'Mon, 11 Foo 2022 22:26:58 GMT',
        'Mon, 31 Feb 2022 22:26:58 GMT',
        'Mon, 11 Apr 2022 22:26:58 PST',
        'Mon, 11 Apr 2022 24:26:58 GMT',
        '2022-13-11T22:26:58Z',
        '2022-04-11',
        '2022-04-11T22:26Z',
        '0001-01-01T00:00:00+10:00',
        '9999-12-31T23:59:59-10:00',
        '2022-04-11T22:26:58+99:99:99',
        '٢٠٢٢-04-11T22:26:58Z',
        '1649716018',
        None,
        1649716018,
        ['2022-04-11T22:26:58Z'],
    ],
)
def test_what_is_no_date(text: Any) -> None:
    (event,) = read({**GIVEN, 'NotBefore': text})
    assert event == {**READ, 'not_before': None, 'seconds_left': None}


@given(st.datetimes(datetime.datetime(1900, 1, 1), datetime.datetime(9998, 1, 1)), st.timezones())
def test_every_time_in_both_forms(date: datetime.datetime, zone: datetime.tzinfo) -> None:
    date = date.replace(microsecond=0)
    assert parse_date(email.utils.format_datetime(date)) == date
    assert parse_date(date.isoformat()) == date
    shifted = date.replace(tzinfo=datetime.UTC).astimezone(zone)
    if shifted.utcoffset().seconds % 60 == 0:  # type: ignore[union-attr]  # it has a zone
        assert parse_date(shifted.isoformat()) == date


def test_one_broken_event_does_not_lose_the_others() -> None:
    said: list[str] = []
    broken = [{}, None, 'x', ['y'], {key: ['?'] for key in GIVEN}, dict.fromkeys(GIVEN, True)]
    document = {'Events': [GIVEN, *broken, GIVEN]}
    events = events_from_document(document, DUE - 900, 'web_0', said.append)
    assert events[0] == events[-1] == READ
    assert events[1:-1] == [UNKNOWN, {**UNKNOWN, 'resources': ['?']}, UNKNOWN]
    assert said == ['Ignoring 3 scheduled events that cannot be read.']
    events_from_document({'Events': [None, GIVEN]}, DUE - 900, 'web_0', said.append)
    assert said[1:] == ['Ignoring 1 scheduled event that cannot be read.']


@pytest.mark.parametrize('document', [1, '', [], [GIVEN], {}, {'Events': {}}, {'events': []}])
def test_what_is_no_list_of_events(document: Any) -> None:
    with pytest.raises(MalformedAnswerError, match='/scheduledevents: the answer contains no list of events'):
        events_from_document(document, 0)


@pytest.mark.parametrize('document', [None, {'Events': None}, {'DocumentIncarnation': 3, 'Events': None}])
def test_an_empty_answer_is_no_events(document: Any) -> None:
    said: list[str] = []
    assert events_from_document(document, 0, warn=said.append) == []
    assert len(said) == 1


KEYS = st.one_of(st.sampled_from(sorted(GIVEN)), st.text(max_size=4))
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=12),
    st.sampled_from(list(map(str, GIVEN.values()))),
)
JSON = st.recursive(LEAVES, lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(KEYS, inner, max_size=6)), max_leaves=20)
DOCUMENTS = st.one_of(JSON, st.fixed_dictionaries({'Events': st.lists(st.one_of(st.just(GIVEN), JSON, st.dictionaries(KEYS, JSON)), max_size=5)}))


@given(DOCUMENTS, st.floats(0, 4e9), st.one_of(st.none(), st.text(max_size=5), st.just('web_1')))
def test_any_json(document: Any, now: float, name: Optional[str]) -> None:
    before = copy.deepcopy(document)
    said: list[str] = []
    try:
        events = events_from_document(document, now, name, said.append)
    except MalformedAnswerError:
        assert document is not None
        assert not isinstance(document, dict) or not isinstance(document.get('Events', 0), (list, type(None)))
        return
    assert document == before
    if document is None or document['Events'] is None:
        assert (events, len(said)) == ([], 1)
        return
    assert len(events) == sum(isinstance(entry, dict) for entry in document['Events'])
    assert bool(said) == (len(events) < len(document['Events']))
    assert json.loads(json.dumps(events, allow_nan=False)) == events
    for event in events:
        assert list(event) == list(READ)
        assert all(isinstance(event[key], (str, type(None))) for key in READ if isinstance(READ[key], str))
        assert all(isinstance(each, str) for each in event['resources'])
        assert event['seconds_left'] is None or (isinstance(event['seconds_left'], int) and event['seconds_left'] >= 0)
        assert event['duration_in_seconds'].__class__ in (int, type(None))
        assert (event['affects_this_host'] is None) == (not name)
        is_leader(event, name or 'web_0')
    assert all(event in events for event in select_events(events, ['reboot'], ['Scheduled'], this_host=True))


@pytest.mark.parametrize(
    ('document', 'number'), [({'DocumentIncarnation': 7}, 7), ({'DocumentIncarnation': True}, None), ({'DocumentIncarnation': '7'}, None), ([], None)]
)
def test_incarnation(document: Any, number: Optional[int]) -> None:
    assert incarnation(document) == number


EVENTS = read(
    GIVEN,
    {**GIVEN, 'EventType': 'freeze', 'EventStatus': 'Started'},
    {**GIVEN, 'EventType': 'Preempt', 'Resources': ['db']},
    {**GIVEN, 'EventType': None, 'EventStatus': None},
)


@pytest.mark.parametrize(
    ('wanted', 'chosen'),
    [
        ({}, [0, 1, 2, 3]),
        ({'types': [], 'statuses': []}, [0, 1, 2, 3]),
        ({'types': ['Freeze', 'Preempt']}, [1, 2]),
        ({'statuses': ['Scheduled']}, [0, 2]),
        ({'statuses': ['Started'], 'types': ['Reboot']}, []),
        ({'this_host': True}, [0, 1, 3]),
        ({'this_host': True, 'types': ['Preempt']}, []),
    ],
)
def test_filters(wanted: dict[str, Any], chosen: list[int]) -> None:
    assert select_events(EVENTS, **wanted) == [EVENTS[index] for index in chosen]


def test_no_event_affects_a_host_without_a_name() -> None:
    assert select_events(read(GIVEN, name=None), this_host=True) == []


@pytest.mark.parametrize(
    ('resources', 'leader'),
    [(['web_1', 'WEB_0', 'web_10'], 'web_0'), (['b', 'A', 'c'], 'a'), (['web_10', 'web_2'], 'web_10'), (['_b', 'c'], 'B'), (['only'], 'only')],
)
def test_exactly_one_leads(resources: list[str], leader: str) -> None:
    """Whatever the order and the case in which the service tells each of them the names."""
    for names in (resources, resources[::-1], [name.upper() for name in resources]):
        (event,) = read({**GIVEN, 'Resources': names})
        leaders = [name for name in resources if is_leader(event, name)]
        assert [name.lower().lstrip('_') for name in leaders] == [leader.lower()]


def test_nobody_leads_without_names() -> None:
    assert not is_leader(read({**GIVEN, 'Resources': []})[0], 'web_0')
