# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scheduled events are asked for by their own list of versions: from the newest to the oldest, once, and never by one of /instance."""

from typing import Any

import pytest
from ansible_collections.imds.azure.plugins.module_utils._scheduled_events.events import EVENT_VERSIONS, scheduled_events
from ansible_collections.imds.azure.plugins.module_utils._service.errors import (
    BadRequestError,
    BadVersionError,
    NoSuchElementError,
    OptionError,
    SecurityProtocolError,
    UnreachableError,
)
from ansible_collections.imds.azure.plugins.module_utils._service.http_transport import NoAnswer
from ansible_collections.imds.azure.tests.unit.plugins.module_utils._service.scripted_service import ScriptedService, answer, not_found, unknown_version

NEWEST_FIRST = list(reversed(EVENT_VERSIONS))
DOCUMENT = {'DocumentIncarnation': 3, 'Events': []}


def test_the_newest_version(service: ScriptedService) -> None:
    service.will(answer(body=DOCUMENT))
    client = service.client()
    assert scheduled_events(client) == DOCUMENT
    assert service.paths == ['/metadata/scheduledevents']
    assert service.asked[0].query == [('api-version', '2020-07-01')]
    assert client.api_version == '2020-07-01'


@pytest.mark.parametrize('refusal', [not_found, lambda: unknown_version('2019-08-01', '2019-04-01', '2019-01-01')])
def test_older_ones_until_the_service_knows_one(service: ScriptedService, refusal: Any) -> None:
    service.will(refusal(), refusal(), refusal(), answer(body=DOCUMENT))
    client = service.client()
    assert scheduled_events(client) == DOCUMENT
    assert service.versions_asked == ['2020-07-01', '2019-08-01', '2019-04-01', '2019-01-01']
    assert client.api_version == '2019-01-01'


def test_the_version_is_remembered(service: ScriptedService) -> None:
    service.will(not_found(), answer(body=DOCUMENT), answer(body=DOCUMENT), not_found())
    client = service.client()
    scheduled_events(client)
    scheduled_events(client)
    with pytest.raises(NoSuchElementError):
        scheduled_events(client)
    assert service.versions_asked == ['2020-07-01', '2019-08-01', '2019-08-01', '2019-08-01']


def test_trouble_is_no_answer_about_versions(service: ScriptedService) -> None:
    service.will(not_found(), answer(500), NoAnswer('reset'), answer(429), answer(410), answer(body=DOCUMENT))
    client = service.client()
    scheduled_events(client)
    assert service.versions_asked == ['2020-07-01', *['2019-08-01'] * 5]
    assert client.retries == 4


@pytest.mark.parametrize(
    ('step', 'error'), [(answer(403), SecurityProtocolError), (answer(400, {'error': 'Bad request'}), BadRequestError), (NoAnswer('refused'), UnreachableError)]
)
def test_what_no_other_version_would_change(service: ScriptedService, step: Any, error: type[Exception]) -> None:
    """The error is the service's, and the client can still go through the versions when it is asked again."""
    service.always(lambda seconds: step)
    client = service.client()
    with pytest.raises(error):
        scheduled_events(client)
    assert set(service.versions_asked) == {'2020-07-01'}
    service.will(not_found(), answer(body=DOCUMENT))
    assert scheduled_events(client) == DOCUMENT


def test_a_cloud_without_scheduled_events(service: ScriptedService) -> None:
    service.always(lambda seconds: not_found())
    with pytest.raises(NoSuchElementError, match=r'/scheduledevents: this cloud has no scheduled events.*2017-08-01 to 2020-07-01.*Azure Stack Hub'):
        scheduled_events(service.client())
    assert service.versions_asked == NEWEST_FIRST
    assert service.paths == ['/metadata/scheduledevents'] * 6


def test_a_service_that_refuses_every_version(service: ScriptedService) -> None:
    service.always(lambda seconds: unknown_version('2030-01-01'))
    with pytest.raises(BadVersionError):
        scheduled_events(service.client())
    assert service.versions_asked == NEWEST_FIRST


@pytest.mark.parametrize('version', EVENT_VERSIONS)
def test_a_given_version_is_used_as_it_is(service: ScriptedService, version: str) -> None:
    service.will(answer(body=DOCUMENT), not_found(), unknown_version('2020-07-01'))
    client = service.client(api_version=version)
    scheduled_events(client)
    with pytest.raises(NoSuchElementError, match=f'api-version {version} has no scheduled events.*Set api_version to auto'):
        scheduled_events(client)
    with pytest.raises(BadVersionError, match='api.version'):
        scheduled_events(client)
    assert service.versions_asked == [version] * 3


@pytest.mark.parametrize('version', ['2025-04-07', '2020-07-02', '2017-03-01'])
def test_a_version_that_is_not_of_the_list(service: ScriptedService, version: str) -> None:
    with pytest.raises(OptionError, match='2017-08-01, 2017-11-01, 2019-01-01, 2019-04-01, 2019-08-01, 2020-07-01'):
        scheduled_events(service.client(api_version=version))
    assert service.asked == []
