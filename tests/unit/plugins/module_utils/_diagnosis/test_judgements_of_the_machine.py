# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the state of a machine says: chassis tag, proxy variables, the agent of the Metadata Security Protocol, the UUID."""

from typing import Any, Optional

import pytest
from ansible_collections.imds.azure.plugins.module_utils._diagnosis.host_checks import (
    judge_chassis,
    judge_proxies,
    judge_security_protocol,
    judge_vm_id,
)
from ansible_collections.imds.azure.plugins.module_utils._service.platform import AZURE_CHASSIS_TAG
from hypothesis import given
from hypothesis import strategies as st

ADDRESS = '169.254.169.254'
STATES = {'ok', 'problem', 'unknown', 'skipped'}


@pytest.mark.parametrize(
    ('tag', 'asked', 'state', 'remedied'),
    [
        (AZURE_CHASSIS_TAG, True, 'ok', False),
        ('Amazon EC2', False, 'problem', True),
        ('', False, 'problem', True),
        ('Amazon EC2', True, 'unknown', False),
        (None, True, 'unknown', False),
        (None, False, 'unknown', True),
    ],
)
def test_chassis(tag: Optional[str], asked: bool, state: str, remedied: bool) -> None:
    """A machine that was asked although its tag is another one was asked on purpose."""
    found, finding, remedy = judge_chassis(tag, asked)
    assert (found, bool(remedy)) == (state, remedied)
    assert 'Amazon' not in finding


@pytest.mark.parametrize(
    ('environment', 'state'),
    [
        ({}, 'ok'),
        ({'http_proxy': ''}, 'ok'),
        ({'no_proxy': 'other'}, 'ok'),
        ({'http_proxy': 'http://p:3128'}, 'problem'),
        ({'HTTP_PROXY': 'http://p:3128'}, 'problem'),
        ({'all_proxy': 'socks5://p'}, 'problem'),
        ({'ALL_PROXY': 'socks5://p'}, 'problem'),
        ({'http_proxy': 'http://p', 'no_proxy': ADDRESS}, 'ok'),
        ({'http_proxy': 'http://p', 'NO_PROXY': ADDRESS}, 'ok'),
        ({'http_proxy': 'http://p', 'no_proxy': '*'}, 'ok'),
        ({'http_proxy': 'http://p', 'no_proxy': f'localhost, {ADDRESS} ,168.63.129.16'}, 'ok'),
        ({'http_proxy': 'http://p', 'no_proxy': f'localhost {ADDRESS}'}, 'ok'),
        ({'http_proxy': 'http://p', 'no_proxy': f'{ADDRESS}:80'}, 'ok'),
        ({'http_proxy': 'http://p', 'no_proxy': 'localhost,127.0.0.1'}, 'problem'),
        ({'http_proxy': 'http://p', 'no_proxy': '169.254.169.25'}, 'problem'),
        ({'http_proxy': 'http://p', 'no_proxy': f'1{ADDRESS}'}, 'problem'),
        ({'http_proxy': 'http://p', 'no_proxy': ',,'}, 'problem'),
        # Both spellings are there, and programs differ in which one they read.
        ({'http_proxy': 'http://p', 'no_proxy': ADDRESS, 'NO_PROXY': 'localhost'}, 'problem'),
        # curl since 7.86, Go and requests understand networks, wget and older ones of curl do not.
        ({'http_proxy': 'http://p', 'no_proxy': '169.254.0.0/16'}, 'unknown'),
        ({'http_proxy': 'http://p', 'no_proxy': f'169.254.0.0/16,{ADDRESS}'}, 'ok'),
        ({'http_proxy': 'http://p', 'no_proxy': '10.0.0.0/8'}, 'problem'),
        ({'http_proxy': 'http://p', 'no_proxy': '169.254.0.0/160,fe80::/10,/'}, 'problem'),
    ],
)
def test_proxies(environment: dict[str, str], state: str) -> None:
    found, finding, remedy = judge_proxies(environment, (), ADDRESS)
    assert found == state, finding
    assert (remedy is None) == (state == 'ok')


def test_proxies_of_names() -> None:
    """A domain in no_proxy covers what is below it, with or without the leading dot."""
    for exceptions in ('.internal', 'internal', 'imds.internal'):
        assert judge_proxies({'http_proxy': 'http://p', 'no_proxy': exceptions}, (), 'imds.internal')[0] == 'ok'
    assert judge_proxies({'http_proxy': 'http://p', 'no_proxy': 'nternal'}, (), 'imds.internal')[0] == 'problem'
    assert judge_proxies({'http_proxy': 'http://p', 'no_proxy': '::1'}, (), '::1')[0] == 'ok'


def test_proxies_are_named_and_their_passwords_are_not() -> None:
    _state, finding, remedy = judge_proxies({'http_proxy': 'http://user:s3cret@p:3128', 'ALL_PROXY': 'http://s3cret', 'no_proxy': 's3cret'}, (), ADDRESS)
    assert 'http_proxy and ALL_PROXY are set' in finding
    assert 's3cret' not in finding + remedy
    assert 'p:3128' not in finding + remedy


@pytest.mark.parametrize(
    ('installed', 'running', 'status', 'state', 'says'),
    [
        (False, False, 200, 'ok', 'is not installed'),
        (False, False, None, 'ok', 'is not installed'),
        (True, True, 200, 'ok', 'allows the requests of this user'),
        (True, True, None, 'unknown', 'is running'),
        (True, True, 403, 'problem', 'is installed, and the request was refused'),
        (True, False, 403, 'problem', 'is installed, and the request was refused'),
        (False, True, 403, 'problem', 'is installed, and the request was refused'),
        (False, False, 403, 'problem', 'was not found'),
        (True, False, None, 'unknown', 'does not seem to be running'),
        (True, False, 200, 'ok', 'is not installed'),
    ],
)
def test_security_protocol(installed: bool, running: bool, status: Optional[int], state: str, says: str) -> None:
    found, finding, remedy = judge_security_protocol({'installed': installed, 'running': running, 'log': '/var/log/x'}, status)
    assert found == state
    assert says in finding
    if status == 403:
        assert ('/var/log/x' if installed or running else 'Docker Desktop') in remedy


def test_a_refusal_where_there_is_no_log_yet() -> None:
    assert 'None' not in judge_security_protocol({'installed': True, 'running': True, 'log': None}, 403)[2]


VM_ID = '5c08b38e-4d57-4c23-ac45-aca61037f084'
SWAPPED = '8eb3085c-574d-234c-ac45-aca61037f084'


@pytest.mark.parametrize(
    ('vm_id', 'product_uuid', 'state'),
    [
        (VM_ID, VM_ID, 'ok'),
        (VM_ID, VM_ID.upper() + '\n', 'ok'),
        (VM_ID, SWAPPED, 'ok'),
        (VM_ID, SWAPPED.upper(), 'ok'),
        (VM_ID, VM_ID.replace('f084', 'f085'), 'problem'),
        # Only a whole swap of the first three fields is one.
        (VM_ID, '8eb3085c-4d57-4c23-ac45-aca61037f084', 'problem'),
        (VM_ID, None, 'unknown'),
        (VM_ID, 'Not Settable', 'unknown'),
        ('', VM_ID, 'skipped'),
        (None, VM_ID, 'skipped'),
        (7, VM_ID, 'skipped'),
        ('{}', VM_ID, 'skipped'),
    ],
)
def test_vm_id(vm_id: Any, product_uuid: Optional[str], state: str) -> None:
    assert judge_vm_id({'compute': {'vmId': vm_id}}, product_uuid)[0] == state


@pytest.mark.parametrize('compute', [None, [], 'x', {}])
def test_a_document_without_an_id(compute: Any) -> None:
    assert judge_vm_id({'compute': compute}, VM_ID)[0] == 'skipped'
    assert judge_vm_id({}, VM_ID)[0] == 'skipped'


WORDS = st.text(alphabet='169.254/*,: abAB-[]\u0660', max_size=30)


@given(st.dictionaries(st.sampled_from(['http_proxy', 'ALL_PROXY', 'no_proxy', 'NO_PROXY']), WORDS), st.sampled_from([ADDRESS, '::1', 'localhost', 'a.b']))
def test_any_environment(environment: dict[str, str], address: str) -> None:
    state, finding, remedy = judge_proxies(environment, (), address)
    assert state in STATES
    assert finding
    assert (remedy is None) == (state == 'ok')


@given(st.one_of(st.none(), st.text(), st.integers(), st.uuids().map(str)), st.one_of(st.none(), st.text(), st.uuids().map(str)))
def test_any_id(vm_id: Any, product_uuid: Optional[str]) -> None:
    assert judge_vm_id({'compute': {'vmId': vm_id}}, product_uuid)[0] in STATES
