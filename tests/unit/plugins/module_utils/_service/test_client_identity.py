# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules that only /identity has: a 404 is asked again, a 400 has remedies of its own, and what may be a token is never told."""

from typing import Any

import pytest
from ansible_collections.imds.azure.plugins.module_utils._service.errors import IdentityError, ImdsError, NoSuchElementError, ThrottledError
from ansible_collections.imds.azure.tests.unit.plugins.module_utils._service.scripted_service import ScriptedService, answer, not_found

PATH = '/identity/oauth2/token'
TOKEN = {'access_token': 'eyJ0eXAi.secret'}
VERSION = '2018-02-01'


def error_of(service: ScriptedService, path: str = PATH) -> ImdsError:
    with pytest.raises(ImdsError) as caught:
        service.client(api_version=VERSION).get(path)
    return caught.value


def test_404_is_asked_again_for_as_long_as_an_update_takes(service: ScriptedService) -> None:
    service.always(lambda seconds: not_found() if seconds < 69 else answer(body=TOKEN))
    assert service.client(api_version=VERSION).get(PATH, resource='r') == TOKEN


def test_404_for_good(service: ScriptedService) -> None:
    service.always(lambda seconds: not_found())
    assert isinstance(error_of(service), NoSuchElementError)
    assert service.clock.elapsed == 70


@pytest.mark.parametrize('path', ['/instance', '/loadbalancer', '/attested/document'])
def test_404_elsewhere_is_final(service: ScriptedService, path: str) -> None:
    service.will(not_found())
    assert isinstance(error_of(service, path), NoSuchElementError)


def test_400_names_the_remedies(service: ScriptedService) -> None:
    service.will(answer(400, {'error': 'invalid_request', 'error_description': 'Identity not found'}))
    error = error_of(service)
    assert isinstance(error, IdentityError)
    assert 'Identity not found' in str(error)
    assert 'client_id' in error.remedy


def test_throttled(service: ScriptedService) -> None:
    service.always(lambda seconds: answer(429, {'error': 'too_many_requests', 'error_description': 'Too many requests'}))
    assert isinstance(error_of(service), ThrottledError)


@pytest.mark.parametrize(
    'step',
    [
        answer(200, b'{"access_token": "SECRET'),
        answer(200, b'{"access_token": "SECRET"}', via='1.1 squid'),
        answer(206, b'{"access_token": "SECRET"}'),
        answer(302, b'{"access_token": "SECRET"}'),
        answer(200, b'SECRET\xff'),
        answer(200, b'{"access_token": "SECRET", "a": ' + b'[' * 100 + b']' * 100 + b'}'),
    ],
)
@pytest.mark.parametrize('path', [PATH, '/identity/info', '/instance', '/instance/compute', '/instance/compute/userData', '/instance/compute/customData'])
def test_what_may_be_secret_is_in_no_error(service: ScriptedService, step: Any, path: str) -> None:
    service.will(step)
    error = error_of(service, path)
    assert 'SECRET' not in str(error) + repr(error) + repr(vars(error)) + repr(error.__cause__)


@pytest.mark.parametrize('path', [PATH, '/identity/info', '/instance/compute/userData', '/instance/compute/customData'])
def test_what_looks_like_a_page_may_be_secret(service: ScriptedService, path: str) -> None:
    service.will(answer(200, b'<html>SECRET'))
    assert 'SECRET' not in str(error_of(service, path))


@pytest.mark.parametrize('status', [400, 401, 403, 404, 405, 407, 408, 410, 418, 429, 500, 503])
@pytest.mark.parametrize(
    'body',
    [b'SECRET', b'<html>SECRET', b'{"access_token":"SECRET"}', b'["SECRET"]', b'{"error":{"a":"SECRET"}}', b'{"error":"a","b":"SECRET"', b'[' * 9000],
)
def test_of_identity_nothing_is_quoted_but_the_error(service: ScriptedService, status: int, body: bytes) -> None:
    service.always(lambda seconds: answer(status, body))
    error = error_of(service)
    assert 'SECRET' not in str(error) + repr(vars(error)) + repr(error.__cause__)


def test_what_identity_says_of_an_error_is_quoted(service: ScriptedService) -> None:
    service.will(answer(400, {'error': 'invalid_request', 'error_description': 'Identity\nnot found', 'trace': 'SECRET', 'access_token': 'SECRET'}))
    error = error_of(service)
    assert 'the answer starts with: invalid_request Identity not found' in str(error)
    assert 'SECRET' not in str(error)


@pytest.mark.parametrize('body', [b'<html>the page of a portal', b' <!DOCTYPE html>the page of a portal'])
def test_the_page_of_a_proxy_is_quoted(service: ScriptedService, body: bytes) -> None:
    service.will(answer(200, body))
    assert 'the page of a portal' in str(error_of(service, '/instance'))


def test_other_answers_are_quoted(service: ScriptedService) -> None:
    service.will(answer(200, b'not JSON at all'), answer(400, b'what is this'))
    assert 'not JSON at all' in str(error_of(service, '/loadbalancer'))
    assert 'what is this' in str(error_of(service, '/instance'))
