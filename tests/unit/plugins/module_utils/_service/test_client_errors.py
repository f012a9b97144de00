# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an error says: cause, path, status, remedy and at most 200 characters of the body, fit to be printed."""

from typing import Any, Optional

import pytest
from ansible_collections.imds.azure.plugins.module_utils._service import errors
from ansible_collections.imds.azure.plugins.module_utils._service.errors import ImdsError, MalformedAnswerError, ProxyError, excerpt
from ansible_collections.imds.azure.plugins.module_utils._service.http_transport import BrokenAnswer, NoAnswer
from ansible_collections.imds.azure.tests.unit.plugins.module_utils._service.scripted_service import NEWEST, ScriptedService, answer, unknown_version
from hypothesis import given
from hypothesis import strategies as st


def error_of(service: ScriptedService, path: str = '/instance', **options: Any) -> ImdsError:
    with pytest.raises(ImdsError) as caught:
        service.client(**{'api_version': NEWEST, **options}).get(path)
    return caught.value


@pytest.mark.parametrize(
    ('steps', 'kind', 'status', 'remedy'),
    [
        ([answer(400)], errors.BadRequestError, 400, 'case-sensitive'),
        ([unknown_version('2018-10-01')], errors.BadVersionError, 400, 'api_version'),
        ([answer(403)], errors.SecurityProtocolError, 403, 'Metadata Security Protocol'),
        ([answer(404)], errors.NoSuchElementError, 404, 'api_version'),
        ([answer(405)], errors.BadRequestError, 405, 'parameters'),
        ([answer(429, retry_after='999')], errors.ThrottledError, 429, '5 requests per second'),
        ([answer(307, location='http://127.0.0.1/')], errors.ProxyError, 307, 'proxy'),
        ([answer(200, b'{}', via='1.1 squid')], errors.ProxyError, 200, 'proxy'),
        ([answer(200, b' <html>')], errors.ProxyError, 200, 'proxy'),
        ([answer(200, b'no')], errors.MalformedAnswerError, 200, 'endpoint'),
        ([answer(418)], errors.ProxyError, 418, 'another cloud'),
        ([NoAnswer('timed out')] * 3, errors.UnreachableError, None, 'a route to 169.254.169.254/32 must exist'),
        ([NoAnswer('timed out')] * 3, errors.UnreachableError, None, 'primary network interface'),
        ([BrokenAnswer('the answer is larger than 1 MiB')], errors.MalformedAnswerError, None, 'endpoint'),
    ],
)
def test_each_error(service: ScriptedService, steps: list[Any], kind: type[ImdsError], status: Optional[int], remedy: str) -> None:
    service.will(*steps)
    error = error_of(service)
    assert error.__class__ is kind
    assert error.path == '/instance'
    assert error.status == status
    text = str(error)
    assert text.startswith(f'GET /metadata/instance: {error.cause}')
    assert remedy in error.remedy
    assert text.endswith(error.remedy)
    assert not error.cause.endswith('.')
    assert ('HTTP status' in text) is (status is not None)
    assert f'HTTP status {status}' in text or status is None


def test_errors_that_need_no_request() -> None:
    assert 'detect to never' in str(errors.NotAzureError(errors.NotAzureError.CAUSE))
    assert str(errors.OptionError('endpoint 5 is not valid', remedy='Give another.')) == 'endpoint 5 is not valid. Give another.'


@pytest.mark.parametrize(
    'kind', [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, ImdsError) and kind not in (ImdsError, errors.OptionError)]
)
def test_every_kind_has_a_remedy_of_its_own(kind: type[ImdsError]) -> None:
    assert kind.remedy.endswith('.')
    assert kind.__doc__


@pytest.mark.parametrize('status', [400, 403, 404, 500])
@pytest.mark.parametrize('character', ['x', 'ä', '€', '😀'])
def test_200_characters_of_the_body_and_never_more(service: ScriptedService, status: int, character: str) -> None:
    service.always(lambda seconds: answer(status, (character * 5000).encode()))
    text = str(error_of(service))
    assert character * 200 in text
    assert character * 201 not in text
    assert len(text) < 200 + 600, 'the rest is the words of the collection'


def test_control_characters_of_the_body_are_gone(service: ScriptedService) -> None:
    service.will(answer(403, 'a\x1b[31mb\r\nc\x00d\u202ee\u2028f\x9bg'.encode()))
    text = str(error_of(service))
    assert 'a [31mb  c d e f g' in text
    assert text.isprintable()


@pytest.mark.parametrize('body', [b'', b' ', b'\n\n', b'\x00'])
def test_a_body_of_nothing_is_not_mentioned(service: ScriptedService, body: bytes) -> None:
    service.will(answer(403, body))
    assert 'begins' not in str(error_of(service))


@given(st.one_of(st.binary(max_size=2000), st.text(max_size=900).map(lambda text: text.encode('utf-8', 'surrogatepass'))))
def test_an_excerpt_of_anything(body: bytes) -> None:
    assert len(excerpt(body)) <= 200
    assert excerpt(body).isprintable()
    excerpt(body).encode()


@pytest.mark.parametrize('value', ['1.1 \x1b[2Jproxy', '1.1 proxy\r\n more', '1.1 ' + 'x' * 5000])
def test_a_header_is_printed_with_the_same_care(service: ScriptedService, value: str) -> None:
    service.will(answer(200, b'{}', via=value))
    text = str(error_of(service))
    assert text.isprintable()
    assert len(text) < 1000


@pytest.mark.parametrize(
    'foreign',
    [
        answer(200, b'<!DOCTYPE html><html>'),
        answer(200, b'\r\n <HTML>'),
        answer(404, b'<html>'),
        answer(400, b'oops', content_type='text/html; charset=utf-8'),
        answer(403, b'<html>no'),
        answer(200, b'{"compute":{}}', via='1.1 proxy'),
        answer(404, b'{}', via='1.1 proxy'),
        answer(502, b'<html>', via='1.1 proxy'),
        answer(301),
        answer(302, location='http://127.0.0.1/login'),
        answer(304),
        answer(407, b'{}'),
        answer(511, b''),
        answer(504, b'<html><!--Zscaler/6.1--></html>'),
        answer(503, b'<html>', server='squid/5.7'),
        answer(502, b'<html>', server='nginx'),
    ],
)
def test_something_else_answered(service: ScriptedService, foreign: Any) -> None:
    service.will(foreign)
    assert error_of(service).__class__ is ProxyError


@pytest.mark.parametrize(
    ('body', 'cause'),
    [
        (b'this is not JSON', 'not JSON'),
        (b'{"compute":{"vmId":"x"', 'incomplete'),
        (b'{"compute":"x', 'incomplete'),
        (b'{} {}', 'not JSON'),
        (b"{'compute': 1}", 'not JSON'),
        (b'{"a":NaN}', 'not JSON'),
        (b'{"a":Infinity}', 'not JSON'),
        (b'[-Infinity]', 'not JSON'),
        (b'{"a":1e999}', ''),
        (b'{"a":-1e999}', ''),
        (b'\xef\xbb\xbf{}', 'not JSON'),
        ('{}'.encode('utf-16'), 'not UTF-8'),
        (b'{"compute":{"vmId":"\xff\xfe"}}', 'not UTF-8'),
        (b'{"a":"\xed\xa0\x80"}', 'not UTF-8'),
        (b'{"a":"\xc3', 'not UTF-8'),
        (b'{"a":"\\ud800"}', 'surrogate'),
        (b'{"a":"\\uDC00\\uD83D"}', 'surrogate'),
        (b'{"\\ud800":1}', 'surrogate'),
        (b'[' * 65 + b']' * 65, '64 levels'),
        (b'{"a":' * 65 + b'1' + b'}' * 65, '64 levels'),
        (b'[' * 100_000, '64 levels'),
        (b'[' * 100_000 + b']' * 100_000, '64 levels'),
        (b'{"a":' * 100_000, '64 levels'),
        (b'{"a":' + b'9' * 5000 + b'}', ''),
        (b'{"a":"\x01"}', 'not JSON'),
    ],
)
def test_malformed(service: ScriptedService, body: bytes, cause: str) -> None:
    service.will(answer(200, body))
    error = error_of(service, path='/loadbalancer')
    assert error.__class__ is MalformedAnswerError
    assert error.status == 200
    assert cause in error.cause


@pytest.mark.parametrize(
    'body',
    [
        b'[' * 64 + b']' * 64,
        b'{"a":' * 64 + b'1' + b'}' * 64,
        b'{"a":"\\ud83d\\ude00"}',
        b'{"a":"\\\\ud800"}',
        b' {"a": -1.5e3}\n',
        '{"ä":"\U0001f600"}'.encode(),
    ],
)
def test_well_formed(service: ScriptedService, body: bytes) -> None:
    service.will(answer(200, body))
    assert service.client().get('/loadbalancer')


def test_text_that_is_not_utf8(service: ScriptedService) -> None:
    service.will(answer(200, b'\xff'))
    with pytest.raises(MalformedAnswerError, match='not UTF-8'):
        service.client().get('/instance/compute/userData', format='text')


@given(st.binary(max_size=200))
def test_any_body_gives_a_value_or_a_typed_error(body: bytes) -> None:
    service = ScriptedService()
    # An answer without a body is asked for again.
    service.always(lambda seconds: answer(200, body))
    try:
        printed = repr(service.client().get('/loadbalancer'))
    except (MalformedAnswerError, ProxyError) as error:
        printed = str(error)
    assert printed.isprintable()


@pytest.mark.parametrize(
    ('foreign', 'name'),
    [
        (answer(504, b'<html><title>504 Gateway Timeout</title><!--Zscaler/6.1--></html>'), 'Zscaler'),
        (answer(503, b'<html>', server='squid/5.7'), 'Squid'),
        (answer(407, b'', proxy_agent='Blue Coat ProxySG'), 'Blue Coat'),
    ],
)
def test_a_proxy_is_named(service: ScriptedService, foreign: Any, name: str) -> None:
    service.will(foreign)
    error = error_of(service)
    assert error.__class__ is ProxyError
    assert name in error.cause


@pytest.mark.parametrize('server', ['', 'IMDS/150.870.65.1324', 'Microsoft-IIS/10.0'])
def test_a_page_of_the_service_itself(service: ScriptedService, server: str) -> None:
    """Its own pages may name any program."""
    service.always(lambda seconds: answer(503, b'<html>Apache' if server else b'<html>', **({'server': server} if server else {})))
    assert error_of(service).__class__ is errors.ServiceError


@pytest.mark.parametrize(
    ('given', 'kind', 'remedy'),
    [
        (answer(400, {'error': 'Bad request. Required metadata header not specified'}), errors.BadRequestError, 'Something on the way removed'),
        (answer(404, {'error': 'Not found. Invalid version requested'}), errors.BadVersionError, 'auto'),
        (unknown_version(NEWEST, '2018-10-01'), errors.BadVersionError, 'something on the way removed'),
    ],
)
def test_the_remedy_is_one_for_the_cause(service: ScriptedService, given: Any, kind: type[ImdsError], remedy: str) -> None:
    service.will(given)
    error = error_of(service)
    assert error.__class__ is kind
    assert remedy in error.remedy
    assert 'case-sensitive' not in error.remedy


def test_no_attested_documents(service: ScriptedService) -> None:
    service.will(answer(404, {'error': 'Not found'}))
    assert 'Azure Stack Hub' in error_of(service, '/attested/document').remedy
