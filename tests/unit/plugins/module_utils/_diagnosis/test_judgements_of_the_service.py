# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the answers of a service say of it."""

from email.utils import formatdate
from typing import Any, Optional

import pytest
from ansible_collections.imds.azure.plugins.module_utils._diagnosis.service_checks import (
    judge_clock,
    judge_freshness,
    judge_header_rules,
    judge_reachability,
    judge_service,
    judge_versions,
)
from ansible_collections.imds.azure.plugins.module_utils._service.errors import (
    BadVersionError,
    ImdsError,
    MalformedAnswerError,
    ProxyError,
    SecurityProtocolError,
    ServiceError,
    ThrottledError,
    UnreachableError,
)
from ansible_collections.imds.azure.tests.unit.plugins.module_utils._facts import instance_documents as documents
from ansible_collections.imds.azure.tests.unit.plugins.module_utils._service.scripted_service import NEWEST
from hypothesis import given
from hypothesis import strategies as st

ROUTE = 'a route to 169.254.169.254/32 must exist'
STATES = {'ok', 'problem', 'unknown', 'skipped'}


def seen(**parts: Any) -> dict[str, Any]:
    whole = {'address': '169.254.169.254', 'connect_seconds': 0.001, 'connect_error': None, 'status': 200, 'seconds': 0.0123, 'no_answer': None, 'error': None}
    return {**whole, **parts}


def test_reachable() -> None:
    assert judge_reachability(seen()) == ('ok', 'The connection took 0.001 seconds, the answer 0.012.', None)
    # Who says what, even that something is wrong, can be reached.
    assert judge_reachability(seen(status=500))[0] == 'ok'


@pytest.mark.parametrize(('address', 'documented'), [('169.254.169.254', True), ('127.0.0.1', False)])
def test_no_connection(address: str, documented: bool) -> None:
    state, finding, remedy = judge_reachability(seen(address=address, connect_seconds=None, connect_error='Connection refused', status=None))
    assert state == 'problem'
    assert finding == f'Cannot connect to {address}: Connection refused.'
    assert (ROUTE in remedy) == documented


def test_a_connection_and_no_answer() -> None:
    state, finding, remedy = judge_reachability(seen(status=None, no_answer='no answer within 5 seconds', error=UnreachableError('x')))
    assert state == 'problem'
    assert finding == '169.254.169.254 accepts connections, but: no answer within 5 seconds.'
    assert ROUTE in remedy
    broken = judge_reachability(seen(status=None, no_answer='the answer is not HTTP', error=MalformedAnswerError('x')))
    assert broken[2] == MalformedAnswerError.remedy


@pytest.mark.parametrize(
    ('error', 'says'),
    [
        (
            SecurityProtocolError('the request is refused', '/instance', 403, b'by rule'),
            'the request is refused (HTTP status 403, the answer starts with: by rule)',
        ),
        (ProxyError('the answer is an HTML page', '/instance', 200, b'<html>'), 'the answer is an HTML page (HTTP status 200, the answer starts with: <html>)'),
        (ThrottledError('wants inf seconds, after 1 times', '/instance', 429), 'the service throttles requests: it answers 5 per second'),
        (ServiceError('updating for 0 seconds', '/instance', 410), 'the service is being updated (HTTP status 410)'),
        (ServiceError('asked 1 times', '/instance', 503), 'the service has an internal error (HTTP status 503)'),
        (MalformedAnswerError('the answer is not UTF-8'), 'the answer is not UTF-8.'),
    ],
)
def test_no_document(error: ImdsError, says: str) -> None:
    state, finding, remedy = judge_service(error, NEWEST)
    assert state == 'problem'
    assert says in finding
    # Nothing is asked twice, so nothing may be said of tries.
    assert 'asked 1' not in finding
    assert ' inf ' not in finding
    assert remedy == type(error).remedy


def test_a_document() -> None:
    assert judge_service(None, '2021-02-01') == ('ok', 'The service returned the document of the VM with api-version 2021-02-01.', None)


@pytest.mark.parametrize(
    ('without_header', 'forwarded', 'state', 'says'),
    [
        (400, 400, 'ok', 'are refused'),
        (400, 403, 'unknown', 'do not show'),
        (400, 404, 'ok', 'are refused'),
        (200, 400, 'problem', 'without the header Metadata (HTTP status 200).'),
        (400, 200, 'problem', 'with the header X-Forwarded-For (HTTP status 200).'),
        (200, 200, 'problem', 'without the header Metadata (HTTP status 200) and a request with the header X-Forwarded-For (HTTP status 200)'),
        (200, None, 'problem', 'without the header Metadata (HTTP status 200).'),
        (302, 400, 'problem', 'HTTP status 302'),
        (401, 400, 'problem', 'HTTP status 401'),
        (404, 404, 'problem', 'without the header Metadata (HTTP status 404).'),
        (403, 403, 'unknown', 'do not show'),
        (429, 400, 'unknown', 'do not show'),
        (400, 410, 'unknown', 'do not show'),
        (500, 503, 'unknown', 'do not show'),
        (None, None, 'unknown', 'do not show'),
    ],
)
def test_header_rules(without_header: Optional[int], forwarded: Optional[int], state: str, says: str) -> None:
    found, finding, remedy = judge_header_rules(without_header, forwarded)
    assert found == state
    assert says in finding
    assert (remedy is not None) == (state == 'problem')


@given(st.one_of(st.none(), st.integers()), st.one_of(st.none(), st.integers()))
def test_any_status(without_header: Optional[int], forwarded: Optional[int]) -> None:
    assert judge_header_rules(without_header, forwarded)[0] in STATES


@pytest.mark.parametrize(
    ('offered', 'state', 'says'),
    [
        ({'apiVersions': ['2017-04-02', NEWEST]}, 'ok', f'up to {NEWEST}, and this collection'),
        ({'apiVersions': [NEWEST, '2017-04-02']}, 'ok', f'up to {NEWEST}, and this collection'),
        ({'apiVersions': [NEWEST, '2031-01-01']}, 'ok', 'up to 2031-01-01'),
        ({'apiVersions': ['2017-04-02', '2021-02-01']}, 'ok', 'The answers lack newer elements'),
        ({'apiVersions': ['2021-02-01', 'latest', None, 7]}, 'ok', 'up to 2021-02-01'),
        ({'apiVersions': []}, 'unknown', 'did not list'),
        ({'apiVersions': 'all'}, 'unknown', 'did not list'),
        ({}, 'unknown', 'did not list'),
        ([], 'unknown', 'did not list'),
        (None, 'unknown', 'did not list'),
    ],
)
def test_versions(offered: Any, state: str, says: str) -> None:
    found, finding, _remedy = judge_versions(offered, NEWEST, None)
    assert (found, says in finding) == (state, True), finding


@pytest.mark.parametrize(('offered', 'says'), [({'apiVersions': ['2021-02-01']}, '2031-01-01, only versions up to 2021-02-01.'), (None, '2031-01-01.')])
def test_a_version_that_the_service_does_not_know(offered: Any, says: str) -> None:
    state, finding, remedy = judge_versions(offered, '2031-01-01', BadVersionError('x'))
    assert state == 'problem'
    assert says in finding
    assert remedy == BadVersionError.remedy


NOW = 1_700_000_000.0


@pytest.mark.parametrize(
    ('ahead', 'seconds', 'state', 'says'),
    [
        (0, 0.01, 'ok', 'agrees'),
        (59, 0.01, 'ok', 'agrees'),
        (-59, 0.01, 'ok', 'agrees'),
        (62, 0.01, 'problem', '62 seconds ahead of'),
        (-62, 0.01, 'problem', '62 seconds behind'),
        (3600, 0.01, 'problem', '3600 seconds ahead of'),
        (-1e9, 0.01, 'problem', 'behind'),
        # In an answer that took long the date may be old already.
        (80, 50, 'ok', 'agrees'),
    ],
)
def test_clock(ahead: float, seconds: float, state: str, says: str) -> None:
    found, finding, remedy = judge_clock(formatdate(NOW - ahead, usegmt=True), NOW + 0.5 + seconds / 2, seconds)
    assert found == state, finding
    assert says in finding
    assert (remedy is not None) == (state == 'problem')


@pytest.mark.parametrize('date', [None, '', 'now', 'Tue, 99 Foo 2023 99:99:99 GMT', '\x00', 'Tue, 14 Nov 99999999999999 22:13:20 GMT'])
def test_no_date(date: Optional[str]) -> None:
    assert judge_clock(date, NOW, 0.01)[0] == 'unknown'


@given(st.one_of(st.none(), st.text(alphabet='Tue, 14Nov 2023:GMT+-', max_size=40), st.text(max_size=40)))
def test_any_date(date: Optional[str]) -> None:
    assert judge_clock(date, NOW, 0.01)[0] in STATES


def changed(**parts: Any) -> dict[str, Any]:
    """A complete document with other parts in its compute; None leaves one out."""
    compute = {**documents.SINGLE['compute'], **parts}
    return {**documents.SINGLE, 'compute': {key: value for key, value in compute.items() if value is not None}}


@pytest.mark.parametrize(
    ('document', 'state', 'says'),
    [
        (documents.SINGLE, 'ok', 'complete'),
        (documents.CLASSIC, 'problem', 'no compute'),
        ({**documents.SINGLE, 'compute': {}}, 'problem', 'no compute'),
        ({**documents.SINGLE, 'compute': []}, 'problem', 'no compute'),
        (changed(vmId=''), 'problem', 'no vmId'),
        (changed(vmId=None), 'problem', 'no vmId'),
        ({'compute': documents.SINGLE['compute']}, 'problem', 'no network'),
        (changed(tagsList=[]), 'problem', 'no list of tags (tagsList)'),
        (changed(tagsList=None), 'problem', 'no list of tags (tagsList)'),
        (changed(tagsList=[], tags=''), 'ok', 'complete'),
        (documents.UNIFORM, 'unknown', 'instance of the scale set web'),
    ],
)
def test_freshness(document: dict[str, Any], state: str, says: str) -> None:
    found, finding, remedy = judge_freshness(document, NEWEST)
    assert found == state, finding
    assert says in finding
    assert (remedy is None) == (state == 'ok')


def test_versions_without_a_list_of_tags_lack_none() -> None:
    assert judge_freshness(changed(tagsList=None), '2019-06-01')[0] == 'ok'
    assert judge_freshness(changed(tagsList=None), '2019-06-04')[0] == 'problem'


def test_what_the_service_says_can_be_printed() -> None:
    finding = judge_freshness(changed(vmScaleSetName='x\x1b[31m\n' * 500), NEWEST)[1]
    assert finding.isprintable()
    assert len(finding) < 400


JSON = st.recursive(st.one_of(st.none(), st.integers(), st.text(max_size=5)), lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(), inner)))
COMPUTE = st.dictionaries(st.sampled_from(['vmId', 'tags', 'tagsList', 'vmScaleSetName', 'virtualMachineScaleSet', 'resourceId', 'name']), JSON)


@given(st.one_of(COMPUTE, JSON), JSON)
def test_any_document(compute: Any, network: Any) -> None:
    assert judge_freshness({'compute': compute, 'network': network}, NEWEST)[0] in STATES


@given(JSON)
def test_any_versions(offered: Any) -> None:
    assert judge_versions(offered, NEWEST, None)[0] in STATES
