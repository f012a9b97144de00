# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked again, after which pauses, and when the client gives up."""

from email.utils import formatdate
from typing import Any

import pytest
from ansible_collections.imds.azure.plugins.module_utils._service.errors import (
    BadRequestError,
    ImdsError,
    MalformedAnswerError,
    NoSuchElementError,
    ProxyError,
    SecurityProtocolError,
    ServiceError,
    ThrottledError,
    UnreachableError,
)
from ansible_collections.imds.azure.plugins.module_utils._service.http_transport import BrokenAnswer, CutOffAnswer, NoAnswer, TimedOut, timed_out
from ansible_collections.imds.azure.plugins.module_utils._service.persistence import delay, retry_after_seconds
from ansible_collections.imds.azure.plugins.module_utils._service.retry import RetryPolicy
from ansible_collections.imds.azure.tests.unit.plugins.module_utils._service.scripted_service import COMPLETE, NEWEST, ScriptedService, Taking, answer, complete
from hypothesis import given
from hypothesis import strategies as st

SILENT = NoAnswer('127.0.0.1:1: refused')


def ask(service: ScriptedService, **options: Any) -> Any:
    return service.client(api_version=NEWEST, **options).get('/instance')


def raises(service: ScriptedService, kind: type[ImdsError], **options: Any) -> Any:
    with pytest.raises(kind) as caught:
        ask(service, **options)
    return caught.value


# 410: the service has been updating for up to 70 seconds


@pytest.mark.parametrize('gone_for', [0.5, 1, 42, 69, 69.99])
def test_410_that_ends_within_70_seconds(service: ScriptedService, gone_for: float) -> None:
    service.always(lambda seconds: answer(410) if seconds < gone_for else complete())
    assert ask(service) == COMPLETE
    assert service.clock.elapsed <= 70


def test_410_for_70_seconds(service: ScriptedService) -> None:
    service.always(lambda seconds: answer(410, {'error': 'gone'}))
    client = service.client(api_version=NEWEST)
    with pytest.raises(ServiceError, match='70 seconds') as caught:
        client.get('/instance')
    assert service.pauses == [1, 2, 4, 8, 10, 10, 10, 10, 10, 5]
    assert (client.requests, client.retries) == (11, 10)
    assert caught.value.status == 410


def test_410_in_two_windows_with_other_trouble_between(service: ScriptedService) -> None:
    service.will(answer(410), answer(500), *[answer(410)] * 8)
    service.always(lambda seconds: answer(410))
    raises(service, ServiceError)
    assert service.clock.elapsed == 70, 'from the first 410'


def test_410_with_little_time(service: ScriptedService) -> None:
    service.always(lambda seconds: answer(410))
    raises(service, ServiceError, policy={'deadline': 10})
    assert service.pauses == [1, 2, 4]


# 429: throttled


def test_numbers_in_messages_agree_with_their_nouns(service: ScriptedService) -> None:
    service.will(answer(429, retry_after='1'))
    assert 'asks for a pause of 1 second, after 1 request (' in str(raises(service, ThrottledError, policy={'deadline': 0.5}))
    service.will(timed_out('127.0.0.1:1', 1.0), timed_out('127.0.0.1:1', 1.0))
    assert '127.0.0.1:1 did not answer within 1 second, after 2 requests' in str(raises(service, UnreachableError, policy={'deadline': 1.9}))


@pytest.mark.parametrize(
    ('header', 'pause'),
    [
        ({}, 1),
        ({'retry_after': '0'}, 1),
        ({'retry_after': '1'}, 1),
        ({'retry_after': '7'}, 7),
        ({'retry_after': ' 33 '}, 33),
        ({'retry_after': '-5'}, 1),
        ({'retry_after': '2.5'}, 1),
        ({'retry_after': 'soon'}, 1),
        ({'retry_after': ''}, 1),
        ({'retry_after': '²'}, 1),
        ({'retry_after': formatdate(1_700_000_012, usegmt=True)}, 12),
        ({'retry_after': formatdate(1_700_000_000, usegmt=True)}, 1),
        ({'retry_after': formatdate(1_600_000_000, usegmt=True)}, 1),
    ],
)
def test_429(service: ScriptedService, header: dict[str, str], pause: float) -> None:
    service.will(answer(429, {'error': 'Too many requests'}, **header), complete())
    client = service.client()
    assert client.get('/instance') == COMPLETE
    assert service.pauses == [pause]
    assert (client.requests, client.retries) == (2, 1)


def test_429_again_and_again(service: ScriptedService) -> None:
    service.will(*[answer(429)] * 4, answer(429, retry_after='3'), answer(429, retry_after='20'), complete())
    assert ask(service) == COMPLETE
    assert service.pauses == [1, 2, 4, 8, 10, 20]


@pytest.mark.parametrize('retry_after', ['90', '3600', '9' * 400, '9' * 5000, formatdate(1_800_000_000, usegmt=True)])
def test_429_that_wants_more_than_there_is(service: ScriptedService, retry_after: str) -> None:
    service.will(answer(429, retry_after=retry_after))
    error = raises(service, ThrottledError)
    assert service.pauses == [], 'to wait would be in vain'
    assert 'raise deadline' in error.remedy


def test_429_until_the_deadline(service: ScriptedService) -> None:
    service.always(lambda seconds: answer(429, retry_after='25'))
    raises(service, ThrottledError)
    assert service.pauses == [25, 25, 25]


@given(
    st.one_of(
        st.none(), st.text(), st.floats(0, 1e11).map(formatdate), st.from_regex(r'[A-Z][a-z]{2}, \d+ [A-Z][a-z]{2} \d+ \d+:\d+:\d+ [A-Z+-]+\d*', fullmatch=True)
    ),
    st.floats(0, 1e11),
)
def test_any_retry_after_gives_seconds(value: Any, now: float) -> None:
    assert retry_after_seconds(value, now) >= 0.0


# 5xx


@pytest.mark.parametrize('status', [500, 502, 503, 504, 599])
def test_5xx(service: ScriptedService, status: int) -> None:
    service.will(*[answer(status, b'<html>trouble', content_type='text/html')] * 6, complete())
    client = service.client()
    assert client.get('/instance') == COMPLETE
    assert service.pauses == [1, 2, 4, 8, 10, 10]
    assert (client.requests, client.retries) == (7, 6)


def test_5xx_until_the_deadline(service: ScriptedService) -> None:
    service.always(lambda seconds: answer(503))
    error = raises(service, ServiceError)
    assert service.pauses == [1, 2, 4, 8] + [10] * 7
    assert error.status == 503


def test_jitter_makes_a_pause_longer_by_a_quarter_at_most(service: ScriptedService) -> None:
    service.will(*[answer(503)] * 5, complete())
    ask(service, chance=0.8)
    assert service.pauses == pytest.approx([1.2, 2.4, 4.8, 9.6, 12])


@given(st.integers(1, 10**6), st.floats(0, 1, exclude_max=True))
def test_bounds_of_a_pause(failures: int, chance: float) -> None:
    longest = min(2 ** min(failures - 1, 10), 10)
    assert longest <= delay(RetryPolicy(), failures, chance) <= longest * 1.25


def test_the_knobs(service: ScriptedService) -> None:
    service.will(*[answer(500)] * 4, complete())
    ask(service, chance=0.5, policy={'first_delay': 2.0, 'factor': 3.0, 'longest_delay': 20.0, 'jitter': 0.0})
    assert service.pauses == [2, 6, 18, 20]


# No answer


def test_silence_three_times(service: ScriptedService) -> None:
    service.will(SILENT, SILENT, SILENT)
    client = service.client()
    with pytest.raises(UnreachableError, match=r'127\.0\.0\.1:1: refused') as caught:
        client.get('/instance')
    assert service.pauses == [1, 2]
    assert (client.requests, client.retries) == (3, 2)
    assert caught.value.status is None


def test_silence_twice(service: ScriptedService) -> None:
    service.will(Taking(99, complete()), SILENT, complete())
    assert ask(service) == COMPLETE
    assert service.clock.elapsed == 5 + 1 + 2


def test_silence_on_time_out_until_the_deadline(service: ScriptedService) -> None:
    service.always(lambda seconds: Taking(99, complete()))
    raises(service, UnreachableError, policy={'connection_tries': 1000})
    assert service.clock.elapsed <= 90


@pytest.mark.parametrize('tries', [1, 2, 5])
def test_how_often_silence_is_borne(service: ScriptedService, tries: int) -> None:
    service.will(*[SILENT] * tries)
    raises(service, UnreachableError, policy={'connection_tries': tries})


# Mixed, and what is not asked again


def test_mixed_trouble(service: ScriptedService) -> None:
    service.will(SILENT, SILENT, answer(500), SILENT, SILENT, answer(429, retry_after='9'), answer(410), complete())
    client = service.client()
    assert client.get('/instance') == COMPLETE
    assert service.pauses == [1, 2, 4, 8, 10, 10, 10]
    assert (client.requests, client.retries) == (8, 7)


def test_mixed_trouble_that_ends_in_an_error(service: ScriptedService) -> None:
    service.will(answer(500), SILENT, answer(404))
    error = raises(service, NoSuchElementError)
    assert service.pauses == [1, 2]
    assert error.status == 404


@pytest.mark.parametrize(
    ('step', 'kind'),
    [
        (answer(400), BadRequestError),
        (answer(403), SecurityProtocolError),
        (answer(404), NoSuchElementError),
        (answer(405), BadRequestError),
        (answer(401), ProxyError),
        (answer(418), ProxyError),
        (answer(204), ProxyError),
        (answer(302), ProxyError),
        (answer(200, b'<!DOCTYPE html>'), ProxyError),
        (answer(503, via='1.1 proxy'), ProxyError),
        (answer(200, b'no JSON'), MalformedAnswerError),
        (BrokenAnswer('the answer is incomplete'), MalformedAnswerError),
    ],
)
def test_nothing_else_is_asked_again(service: ScriptedService, step: Any, kind: type[ImdsError]) -> None:
    service.will(step)
    raises(service, kind)
    assert service.pauses == []


def test_each_request_has_the_same_header_and_target(service: ScriptedService) -> None:
    service.will(SILENT, answer(500), answer(410), answer(429), complete())
    ask(service)
    assert {request.target for request in service.asked} == {f'/metadata/instance?api-version={NEWEST}&format=json'}
    assert [request.headers for request in service.asked] == [{'Metadata': 'true'}] * 5


def test_a_date_that_breaks_the_parser_of_older_pythons() -> None:
    assert retry_after_seconds('+ Feb , 14:22:51', 0.0) >= 0.0


@pytest.mark.parametrize(
    'broken', [answer(408, {'error': 'Request timeout.'}), CutOffAnswer('the answer is incomplete'), answer(200, b''), answer(200, b' \r\n')]
)
def test_asked_again_until_it_is_whole(service: ScriptedService, broken: Any) -> None:
    service.will(broken, broken, complete())
    assert service.client().get('/instance') == COMPLETE


@pytest.mark.parametrize(
    ('broken', 'kind', 'cause'),
    [
        (answer(408, b''), ServiceError, 'answered with an error'),
        (CutOffAnswer('the answer is incomplete'), MalformedAnswerError, 'incomplete, after'),
        (answer(200, b''), MalformedAnswerError, 'the answer is empty, after'),
    ],
)
def test_never_whole_within_the_deadline(service: ScriptedService, broken: Any, kind: type[ImdsError], cause: str) -> None:
    def give(seconds: float) -> Any:
        if isinstance(broken, Exception):
            raise broken
        return broken

    service.always(give)
    with pytest.raises(kind, match=cause):
        service.client().get('/instance')
    assert len(service.asked) > 5


def test_nothing_to_tell_is_an_answer_of_scheduled_events(service: ScriptedService) -> None:
    service.will(answer(200, b''))
    assert service.client(api_version='2020-07-01').get('/scheduledevents') is None


def test_on_azure_a_silent_service_is_asked_until_the_deadline(service: ScriptedService) -> None:
    service.on_azure = True
    service.will(*[NoAnswer('refused')] * 6, complete())
    assert service.client().get('/instance') == COMPLETE


def test_a_slow_service_has_a_remedy_of_its_own(service: ScriptedService) -> None:
    service.will(*[TimedOut('no answer')] * 3)
    with pytest.raises(UnreachableError) as caught:
        service.client().get('/instance')
    assert 'raise timeout' in caught.value.remedy
