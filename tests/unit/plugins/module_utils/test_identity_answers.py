# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an answer with a token means, whatever JSON it is, and that no error quotes it."""

from typing import Any

import pytest
from ansible_collections.imds.azure.plugins.module_utils._identity import tenant_id, token_result
from ansible_collections.imds.azure.plugins.module_utils._service.errors import MalformedAnswerError
from hypothesis import given
from hypothesis import strategies as st

ANSWER = {
    'access_token': 'eyJ0eXAi.e30.c2ln-_~+/==',
    'client_id': 'c1',
    'expires_in': '3599',
    'expires_on': '1506484173',
    'ext_expires_in': '3599',
    'not_before': '1506480273',
    'refresh_token': '',
    'resource': 'https://vault.azure.net',
    'token_type': 'Bearer',
}
NAMES = ['access_token', 'expires_on', 'not_before', 'expires_in', 'resource', 'token_type', 'client_id']
TIMES = ['expires_on', 'not_before', 'expires_in']


def test_strings_become_what_they_mean() -> None:
    assert token_result(ANSWER) == {
        'access_token': 'eyJ0eXAi.e30.c2ln-_~+/==',
        'expires_on': '2017-09-27T03:49:33Z',
        'not_before': '2017-09-27T02:44:33Z',
        'expires_in': 3599,
        'resource': 'https://vault.azure.net',
        'token_type': 'Bearer',
        'client_id': 'c1',
    }


def test_numbers_are_taken_too() -> None:
    assert token_result({**ANSWER, 'expires_in': 3599, 'expires_on': 1506484173, 'not_before': 1506480273}) == token_result(ANSWER)


@pytest.mark.parametrize('nothing', [None, ''])
@pytest.mark.parametrize('name', TIMES)
def test_times_that_the_service_does_not_tell(name: str, nothing: Any) -> None:
    assert token_result({**ANSWER, name: nothing})[name] is None


def test_a_token_alone() -> None:
    assert token_result({'access_token': 'a'}) == {**dict.fromkeys(NAMES), 'access_token': 'a'}


@pytest.mark.parametrize('seconds', ['0', '86399', '253402300799'])
def test_the_ends_of_time(seconds: str) -> None:
    assert token_result({**ANSWER, 'expires_on': seconds, 'expires_in': seconds})['expires_in'] == int(seconds)


@pytest.mark.parametrize('answer', [None, 5, 'SECRET', ['SECRET'], [], {}, {'token': 'SECRET'}, {'Access_Token': 'SECRET'}])
def test_no_such_object(answer: Any) -> None:
    with pytest.raises(MalformedAnswerError, match='contains no token') as caught:
        token_result(answer)
    assert 'SECRET' not in str(caught.value)


@pytest.mark.parametrize(
    'token', [None, '', 5, True, ['SECRET'], {'SECRET': 'SECRET'}, 'SECRET TOKEN', 'SECRET\r\nX-Header: 1', 'SECRET\x00', 'SECRETä', '{{ SECRET }}', '"SECRET"']
)
def test_what_cannot_stand_in_a_header_is_no_token(token: Any) -> None:
    with pytest.raises(MalformedAnswerError, match='contains no token') as caught:
        token_result({**ANSWER, 'access_token': token})
    assert 'SECRET' not in str(caught.value)


@pytest.mark.parametrize('name', TIMES)
@pytest.mark.parametrize(
    'value',
    [
        'soon',
        '-1',
        -1,
        '1.5',
        1.5,
        True,
        False,
        [],
        {},
        ['SECRET'],
        '٣',
        '²',
        '1' * 13,
        '11/05/2031 15:18:31 +00:00',
        '2031-11-05T15:18:31Z',
        '253402300800',
        10**30,
        ' 1',
        'SECRET',
    ],
)
def test_times_that_are_none(name: str, value: Any) -> None:
    """The token is good all the same."""
    assert token_result({**ANSWER, name: value}) == {**token_result(ANSWER), name: None}


@pytest.mark.parametrize('name', ['resource', 'token_type', 'client_id'])
@pytest.mark.parametrize('value', [5, True, ['SECRET'], {'SECRET': 'SECRET'}])
def test_texts_that_are_none(name: str, value: Any) -> None:
    assert token_result({**ANSWER, name: value}) == {**token_result(ANSWER), name: None}


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*NAMES, 'tenantId']) | st.text(), inner, max_size=8),
    max_leaves=12,
)


@given(ANY_JSON)
def test_any_json_gives_a_result_or_a_typed_error(answer: Any) -> None:
    try:
        result = token_result(answer)
    except MalformedAnswerError:
        return
    assert list(result) == NAMES


@given(st.dictionaries(st.sampled_from(NAMES), ANY_JSON).map(lambda fields: {'access_token': 'a', **fields}))
def test_any_value_in_a_field_gives_a_result_or_a_typed_error(answer: dict[str, Any]) -> None:
    try:
        result = token_result(answer)
    except MalformedAnswerError:
        return
    assert isinstance(result['access_token'], str)
    assert isinstance(result['expires_in'], (int, type(None)))


def test_tenant() -> None:
    assert tenant_id({'tenantId': 't'}) == 't'


@pytest.mark.parametrize('answer', [None, 5, 't', [], {}, {'tenantid': 't'}, {'tenantId': ''}, {'tenantId': 5}, {'tenantId': ['t']}])
def test_no_tenant(answer: Any) -> None:
    with pytest.raises(MalformedAnswerError, match='contains no tenantId'):
        tenant_id(answer)
