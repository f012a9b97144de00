# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the client sends, and that it sends no more than it needs."""

from typing import Any

import pytest
from ansible_collections.imds.azure.plugins.module_utils._service.api_versions import NEWEST_TESTED_VERSION
from ansible_collections.imds.azure.plugins.module_utils._service.errors import OptionError
from ansible_collections.imds.azure.tests.unit.plugins.module_utils._service.scripted_service import (
    COMPLETE,
    NEWEST,
    ScriptedService,
    Taking,
    answer,
    complete,
    versions,
)


def test_one_request_for_a_document(service: ScriptedService) -> None:
    service.will(complete())
    client = service.client()
    assert client.get('/instance') == COMPLETE
    (request,) = service.asked
    assert request.path == '/metadata/instance'
    assert request.query == [('api-version', NEWEST), ('format', 'json')]
    assert request.headers == {'Metadata': 'true'}
    assert (client.requests, client.retries, client.warnings, client.api_version) == (1, 0, [], NEWEST)
    assert service.pauses == []


def test_the_newest_version_of_the_documentation_is_the_tested_one() -> None:
    assert NEWEST_TESTED_VERSION == NEWEST


def test_an_explicit_version_is_sent_as_it_is(service: ScriptedService) -> None:
    service.will(complete())
    client = service.client(api_version='2019-06-04')
    client.get('/instance')
    assert service.asked[0].query == [('api-version', '2019-06-04'), ('format', 'json')]
    assert client.api_version == '2019-06-04'


@pytest.mark.parametrize(
    'version',
    [
        '',
        'AUTO',
        'latest',
        '2025',
        '2025-4-7',
        '2025-04-07 ',
        '2025-04-07\n',
        ' 2025-04-07',
        '2025-04-07-preview',
        '２０２５-04-07',
        '2025-04-0７',
        None,
        20250407,
    ],
)
def test_a_version_that_is_none_is_refused_before_anything_is_sent(service: ScriptedService, version: Any) -> None:
    with pytest.raises(OptionError, match='api_version') as caught:
        service.client(api_version=version)
    assert 'auto' in caught.value.remedy


@pytest.mark.parametrize('seconds', [0, 0.0, -1, float('inf'), float('nan')])
def test_seconds_that_cannot_be(service: ScriptedService, seconds: float) -> None:
    with pytest.raises(OptionError, match='timeout'):
        service.client(timeout=seconds)
    with pytest.raises(OptionError, match='deadline'):
        service.client(policy={'deadline': seconds})


def test_text_and_further_parameters(service: ScriptedService) -> None:
    service.will(answer(body=b'vm-1'), answer(body={'encoding': 'pkcs7'}))
    client = service.client()
    assert client.get('/instance/compute/vmId', format='text') == 'vm-1'
    assert client.get('/attested/document', nonce='12 3&4') == {'encoding': 'pkcs7'}
    assert service.paths == ['/metadata/instance/compute/vmId', '/metadata/attested/document']
    assert [request.query for request in service.asked] == [
        [('api-version', NEWEST), ('format', 'text')],
        [('api-version', NEWEST), ('nonce', '12 3&4')],
    ]


def test_versions_need_no_version(service: ScriptedService) -> None:
    service.will(versions('2017-03-01'))
    assert service.client().get('/versions') == {'apiVersions': ['2017-03-01']}
    assert service.asked[0].query == []


@pytest.mark.parametrize('path', ['/instance/compute/a b', '/instance/compute/a?b=c&d', '/instance/compute/a#b', '/instance/compute/ä', '/instance/a\r\nX: y'])
def test_a_path_is_quoted(service: ScriptedService, path: str) -> None:
    service.will(answer(body={}))
    service.client().get(path)
    assert service.asked[0].path == '/metadata' + path
    assert service.asked[0].target.isascii()
    assert not set(service.asked[0].target) & set(' \r\n#')
    assert service.asked[0].query == [('api-version', NEWEST), ('format', 'json')]


@pytest.mark.parametrize('body', [[], [1], 'text', 0, False, None, {'a': None}])
def test_any_json_below_the_document(service: ScriptedService, body: Any) -> None:
    service.will(answer(body=body))
    assert service.client().get('/instance/network/interface') == body


def test_a_leaf_is_text_as_it_stands(service: ScriptedService) -> None:
    service.will(answer(body=' ä"\n{{ x }} '.encode()), answer(body=b''), answer(body=b'<b>'))
    client = service.client()
    assert [client.get('/instance/compute/userData', format='text') for number in range(3)] == [' ä"\n{{ x }} ', '', '<b>']


def test_one_request_gets_no_more_time_than_is_left(service: ScriptedService) -> None:
    service.will(Taking(8, answer(500)), Taking(2, answer(500)), complete())
    service.client(timeout=8.0, policy={'deadline': 15}).get('/instance')
    # 8 seconds, a pause of 1, 2 seconds, a pause of 2.
    assert [request.timeout for request in service.asked] == [8.0, 6.0, 2.0]


def test_seconds_are_counted_from_the_first_request(service: ScriptedService) -> None:
    client = service.client()
    assert client.seconds() == 0.0
    service.clock.now += 1000
    service.will(Taking(0.25, answer(503)), Taking(0.5, complete()))
    client.get('/instance')
    assert client.seconds() == 1.75
    assert (client.requests, client.retries) == (2, 1)


def test_the_deadline_is_for_everything_one_client_asks(service: ScriptedService) -> None:
    client = service.client(policy={'deadline': 20})
    service.will(complete(), Taking(4, complete()))
    client.get('/instance')
    service.clock.now += 14
    client.get('/instance')
    assert [request.timeout for request in service.asked] == [5.0, 5.0]
    service.will(complete())
    client.get('/instance')
    assert service.asked[2].timeout == 2.0
