# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Negotiation of the api-version: once, by what the service offers, and never in a loop."""

from typing import Any

import pytest
from ansible_collections.imds.azure.plugins.module_utils._service.api_versions import choose_version
from ansible_collections.imds.azure.plugins.module_utils._service.errors import (
    BadRequestError,
    BadVersionError,
    ImdsError,
    NoSuchElementError,
    SecurityProtocolError,
)
from ansible_collections.imds.azure.tests.unit.plugins.module_utils._service.scripted_service import (
    COMPLETE,
    NEWEST,
    ScriptedService,
    answer,
    complete,
    not_found,
    unknown_version,
    versions,
)
from hypothesis import given
from hypothesis import strategies as st

INSTANCE, VERSIONS = '/metadata/instance', '/metadata/versions'


def test_400_that_names_the_newest_versions(service: ScriptedService) -> None:
    service.will(unknown_version('2024-07-17', '2024-03-15', '2023-11-15'), complete(), complete())
    client = service.client()
    assert client.get('/instance') == COMPLETE
    assert client.api_version == '2024-07-17'
    client.get('/instance')
    assert service.versions_asked == [NEWEST, '2024-07-17', '2024-07-17']
    assert (client.requests, client.retries, service.pauses) == (3, 0, [])


def test_404_of_an_older_fleet(service: ScriptedService) -> None:
    service.will(not_found(), versions('2017-03-01', '2017-12-01', '2018-10-01'), complete(), complete())
    client = service.client()
    assert client.get('/instance') == COMPLETE
    client.get('/instance')
    assert service.paths == [INSTANCE, VERSIONS, INSTANCE, INSTANCE]
    assert service.versions_asked == [NEWEST, None, '2018-10-01', '2018-10-01']
    assert client.api_version == '2018-10-01'


def test_400_without_newest_versions(service: ScriptedService) -> None:
    service.will(answer(400, {'error': 'Bad request'}), versions('2019-03-11'), complete())
    client = service.client()
    assert client.get('/instance') == COMPLETE
    assert client.api_version == '2019-03-11'


def test_an_element_that_is_missing_at_the_first_request(service: ScriptedService) -> None:
    service.will(not_found(), versions('2017-03-01', NEWEST))
    client = service.client()
    with pytest.raises(NoSuchElementError, match='/metadata/instance/compute/nothing'):
        client.get('/instance/compute/nothing')
    service.will(not_found())
    with pytest.raises(NoSuchElementError):
        client.get('/instance/compute/nothing')
    assert service.paths.count(VERSIONS) == 1, 'asked once'
    assert client.api_version == NEWEST


def test_an_element_that_is_missing_later(service: ScriptedService) -> None:
    service.will(complete(), not_found())
    client = service.client()
    client.get('/instance')
    with pytest.raises(NoSuchElementError):
        client.get('/loadbalancer')
    assert VERSIONS not in service.paths


@pytest.mark.parametrize('versions_answer', [not_found(), answer(403), answer(body=b'no'), answer(body=[]), answer(body={'apiVersions': 5})])
def test_versions_do_not_help(service: ScriptedService, versions_answer: Any) -> None:
    service.will(not_found(), versions_answer)
    with pytest.raises(NoSuchElementError, match='GET /metadata/instance: '):
        service.client().get('/instance')


def test_no_loop_where_the_offered_version_is_refused_too(service: ScriptedService) -> None:
    service.will(unknown_version('2024-07-17'), unknown_version('2023-11-15'))
    with pytest.raises(BadVersionError, match='2024-07-17'):
        service.client().get('/instance')


def test_no_loop_over_404(service: ScriptedService) -> None:
    service.will(not_found(), versions('2018-10-01'), not_found())
    with pytest.raises(NoSuchElementError):
        service.client().get('/instance')


def test_no_loop_where_nothing_usable_is_offered(service: ScriptedService) -> None:
    service.will(unknown_version(NEWEST))
    with pytest.raises(BadVersionError):
        service.client().get('/instance')
    service.will(unknown_version(None, 5, 'x', ['2024-07-17'], {}))
    with pytest.raises(BadVersionError):
        service.client().get('/instance')


def test_an_explicit_version_is_not_negotiated(service: ScriptedService) -> None:
    service.will(unknown_version('2024-07-17', '2024-03-15'))
    client = service.client(api_version='2099-01-01')
    with pytest.raises(BadVersionError) as caught:
        client.get('/instance')
    assert client.api_version == '2099-01-01'
    assert '2099-01-01' in caught.value.cause
    assert '2024-07-17' in str(caught.value), 'what the service offers is worth knowing'
    assert 'auto' in caught.value.remedy


@pytest.mark.parametrize(('status', 'error'), [(400, BadRequestError), (404, NoSuchElementError)])
def test_versions_are_not_asked_for_an_explicit_version(service: ScriptedService, status: int, error: type[ImdsError]) -> None:
    service.will(answer(status, {'error': 'no'}))
    with pytest.raises(error):
        service.client(api_version='2018-10-01').get('/instance')


def test_other_refusals_are_not_about_the_version(service: ScriptedService) -> None:
    service.will(answer(403))
    with pytest.raises(SecurityProtocolError):
        service.client().get('/instance')


def test_a_leaf_asked_for_as_json_comes_as_text(service: ScriptedService) -> None:
    service.will(answer(400, {'error': 'Bad request'}), answer(body=b'westeurope'), answer(body={}))
    client = service.client()
    assert client.get('/instance/compute/location') == 'westeurope'
    assert [dict(request.query)['format'] for request in service.asked] == ['json', 'text']
    client.get('/loadbalancer')
    assert client.api_version == NEWEST


def test_a_leaf_with_an_unknown_version(service: ScriptedService) -> None:
    service.will(unknown_version('2024-07-17'), answer(400, b''), answer(body=b'vm-1'))
    assert service.client().get('/instance/compute/vmId') == 'vm-1'
    assert service.versions_asked == [NEWEST, '2024-07-17', '2024-07-17']


def test_a_400_that_stays(service: ScriptedService) -> None:
    service.will(answer(400, b''), answer(400, b''))
    with pytest.raises(BadRequestError):
        service.client(api_version=NEWEST).get('/instance/compute/odd')


def test_versions_themselves_are_never_negotiated(service: ScriptedService) -> None:
    service.will(not_found())
    with pytest.raises(NoSuchElementError):
        service.client().get('/versions')


def test_asking_for_versions_settles_nothing(service: ScriptedService) -> None:
    service.will(versions('2018-10-01'), not_found(), versions('2018-10-01'), complete())
    client = service.client()
    client.get('/versions')
    assert client.get('/instance') == COMPLETE


@pytest.mark.parametrize(
    ('offered', 'wanted', 'chosen'),
    [
        (['2017-03-01', '2018-10-01'], '2025-04-07', '2018-10-01'),
        (['2018-10-01', '2017-03-01'], '2025-04-07', '2018-10-01'),
        (['2026-01-01', '2025-04-07', '2024-07-17'], '2025-04-07', '2025-04-07'),
        (['2027-01-01', '2026-01-01'], '2025-04-07', '2026-01-01'),
        ([], '2025-04-07', '2025-04-07'),
        ([None, 7, 'x', {}, []], '2025-04-07', '2025-04-07'),
    ],
)
def test_choice(offered: list[Any], wanted: str, chosen: str) -> None:
    assert choose_version(offered, wanted) == chosen


@given(st.lists(st.one_of(st.dates().map(str), st.text(), st.none(), st.integers())), st.dates().map(str))
def test_the_choice_was_offered_or_wanted(offered: list[Any], wanted: str) -> None:
    assert choose_version(offered, wanted) in [*offered, wanted]
