# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is sent for a token, and what each error means: told by the code of the error and by what was asked, never by its description."""

from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.imds.azure.plugins.module_utils._identity import ask_for_token, identity_version, token_query
from ansible_collections.imds.azure.plugins.module_utils._service import errors
from ansible_collections.imds.azure.tests.unit.plugins.module_utils._service.scripted_service import ScriptedService, answer, not_found

NOTHING = {'resource': 'r', 'client_id': None, 'object_id': None, 'msi_res_id': None, 'bypass_cache': False}
TOKEN = {'access_token': 'a.b.c', 'expires_in': '5', 'expires_on': '5', 'not_before': '0', 'resource': 'r', 'token_type': 'Bearer'}


@pytest.fixture
def service() -> Iterator[ScriptedService]:
    scripted = ScriptedService()
    yield scripted
    assert not scripted.steps, 'not everything was asked for'


def ask(service: ScriptedService, tenant: bool = False, **options: Any) -> dict[str, Any]:
    return ask_for_token(service.client(api_version=identity_version('auto')), token_query({**NOTHING, **options}), tenant)


def error_of(service: ScriptedService, **options: Any) -> errors.ImdsError:
    with pytest.raises(errors.ImdsError) as caught:
        ask(service, **options)
    return caught.value


def refusal(code: Any, description: str = 'Nobody reads this', status: int = 400) -> Any:
    return answer(status, {'error': code, 'error_description': description})


@pytest.mark.parametrize(
    ('options', 'sent'),
    [
        ({}, {}),
        ({'client_id': 'c'}, {'client_id': 'c'}),
        ({'object_id': 'o'}, {'object_id': 'o'}),
        ({'msi_res_id': '/subscriptions/s/x y&z=1'}, {'msi_res_id': '/subscriptions/s/x y&z=1'}),
        ({'bypass_cache': True}, {'bypass_cache': 'true'}),
        ({'resource': 'https://vault.azure.net/?a=b&c#d'}, {'resource': 'https://vault.azure.net/?a=b&c#d'}),
    ],
)
def test_what_is_sent(service: ScriptedService, options: dict[str, Any], sent: dict[str, str]) -> None:
    service.will(answer(body=TOKEN))
    assert ask(service, **options)['access_token'] == 'a.b.c'
    assert service.paths == ['/metadata/identity/oauth2/token']
    assert dict(service.asked[0].query) == {'api-version': '2018-02-01', 'resource': 'r', **sent}
    assert len(service.asked[0].query) == len(sent) + (2 if 'resource' not in sent else 1)


def test_the_tenant_is_a_request_of_its_own(service: ScriptedService) -> None:
    service.will(answer(body=TOKEN), answer(body={'tenantId': 't'}))
    assert ask(service, tenant=True)['tenant_id'] == 't'
    assert service.asked[1].query == [('api-version', '2018-02-01')]
    service.will(answer(body=TOKEN))
    assert 'tenant_id' not in ask(service)


def test_a_version_of_the_user_is_used_as_it_is() -> None:
    assert identity_version('2025-04-07') == '2025-04-07'


@pytest.mark.parametrize(
    ('options', 'cause'),
    [
        ({'resource': ''}, 'resource is empty'),
        ({'resource': ' '}, 'resource is empty'),
        ({'client_id': ''}, 'client_id is empty'),
        ({'msi_res_id': '\n'}, 'msi_res_id is empty'),
        ({'client_id': 'c', 'object_id': 'o'}, 'client_id and object_id cannot be used together'),
        ({'client_id': 'c', 'object_id': 'o', 'msi_res_id': 'm'}, 'client_id and object_id and msi_res_id cannot be used together'),
    ],
)
def test_options_that_cannot_be_used(service: ScriptedService, options: dict[str, Any], cause: str) -> None:
    error = error_of(service, **options)
    assert isinstance(error, errors.OptionError)
    assert error.cause == cause
    assert service.asked == []


@pytest.mark.parametrize(
    ('options', 'step', 'remedy'),
    [
        ({}, refusal('invalid_request'), 'name one with client_id, object_id or msi_res_id'),
        ({}, refusal('invalid_request'), 'If it has no identity'),
        ({'client_id': 'c'}, refusal('invalid_request'), 'No identity of this VM has this client_id'),
        ({'msi_res_id': 'm'}, refusal('invalid_request'), 'No identity of this VM has this msi_res_id'),
        ({}, refusal('invalid_resource'), 'The tenant of the VM has no such resource'),
        ({'client_id': 'c'}, refusal('invalid_resource'), 'The tenant of the VM has no such resource'),
        ({}, refusal('unauthorized_client', status=401), 'assign it to the VM again'),
        ({}, refusal('unknown_source', status=401), 'Check that the VM has a managed identity'),
        ({}, refusal('bad_request_102'), 'Check that the VM has a managed identity'),
        ({}, refusal(5), 'Check that the VM has a managed identity'),
        ({}, refusal(['invalid_request']), 'Check that the VM has a managed identity'),
        ({}, answer(400, b'oops'), 'Check that the VM has a managed identity'),
        ({}, answer(400, []), 'Check that the VM has a managed identity'),
    ],
)
def test_remedies(service: ScriptedService, options: dict[str, Any], step: Any, remedy: str) -> None:
    service.will(step)
    error = error_of(service, **options)
    assert isinstance(error, errors.IdentityError)
    assert remedy in str(error)
    assert str(error).startswith('GET /metadata/identity/oauth2/token: the service did not issue a token (HTTP status 40')


@pytest.mark.parametrize('description', ['Identity not found', 'Multiple user assigned identities exist', 'AADSTS50001: no resource', '', None, 7])
def test_the_description_decides_nothing(service: ScriptedService, description: Any) -> None:
    service.will(refusal('invalid_request', description), refusal('invalid_request', 'Something else'))
    assert error_of(service).remedy == error_of(service).remedy


@pytest.mark.parametrize('options', [{}, {'client_id': 'one'}])
def test_an_identity_that_was_assigned_just_now(service: ScriptedService, options: dict[str, Any]) -> None:
    """Whether or not one is named."""
    service.will(refusal('invalid_request', 'Identity not found'))
    assert error_of(service, **options).remedy.endswith('A new assignment can take a few minutes: try again then.')


def test_401_of_a_stranger(service: ScriptedService) -> None:
    """Proxies ask for proof with this status; the service itself always says which error it is."""
    service.will(answer(401, b'', www_authenticate='Negotiate'))
    assert isinstance(error_of(service), errors.ProxyError)


def test_401_of_azure_arc(service: ScriptedService) -> None:
    service.will(answer(401, b'', www_authenticate='Basic realm=/var/opt/azcmagent/tokens/x.key'))
    error = error_of(service)
    assert isinstance(error, errors.IdentityError)
    assert 'Azure Arc' in error.remedy


def test_403_names_pod_identity(service: ScriptedService) -> None:
    service.will(answer(403, b''))
    error = error_of(service)
    assert isinstance(error, errors.SecurityProtocolError)
    assert 'pod identity' in error.remedy
    assert 'Metadata Security Protocol' in error.remedy


def test_401_elsewhere_is_nothing_of_the_service(service: ScriptedService) -> None:
    service.will(refusal('unauthorized_client', status=401))
    with pytest.raises(errors.ProxyError):
        service.client().get('/instance')


def test_403_is_of_the_security_protocol(service: ScriptedService) -> None:
    service.will(answer(403))
    error = error_of(service)
    assert isinstance(error, errors.SecurityProtocolError)
    assert 'ProxyAgent.Connection.log' in str(error)


def test_404_for_good_tells_of_update_and_version(service: ScriptedService) -> None:
    service.always(lambda seconds: not_found())
    error = error_of(service)
    assert isinstance(error, errors.NoSuchElementError)
    assert 'the service is being updated' in str(error)
    assert 'set api_version to auto' in str(error)
    assert service.clock.elapsed == 70


def test_404_for_a_while(service: ScriptedService) -> None:
    service.always(lambda seconds: not_found() if seconds < 20 else answer(body=TOKEN))
    assert ask(service)['access_token'] == 'a.b.c'


def test_429_tells_of_the_limits_for_tokens(service: ScriptedService) -> None:
    service.always(lambda seconds: answer(429, {'error': 'too_many_requests'}))
    error = error_of(service)
    assert isinstance(error, errors.ThrottledError)
    assert 'for tokens 20 per second' in str(error)


def test_an_unknown_version_is_not_negotiated(service: ScriptedService) -> None:
    service.will(answer(400, {'error': 'invalid_request', 'error_description': '', 'newest-versions': ['2017-12-01']}))
    assert isinstance(error_of(service), errors.BadVersionError)


@pytest.mark.parametrize(
    'body',
    [{'access_token': ['SECRET']}, {'token': 'SECRET'}, ['SECRET'], b'{"access_token": "SECRET', b'SECRET'],
)
def test_no_error_quotes_what_may_be_a_token(service: ScriptedService, body: Any) -> None:
    service.will(answer(200, body))
    error = error_of(service)
    assert isinstance(error, errors.MalformedAnswerError)
    assert 'SECRET' not in str(error) + repr(error) + repr(vars(error)) + repr(error.__cause__)
