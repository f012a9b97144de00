# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""/identity: tokens in the form of real ones."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.imds.azure.tests.unit.roles.simulator.running_simulator import Answer, Simulator

ONE = {'client_id': 'c1', 'object_id': 'o1', 'msi_res_id': '/m/1'}
TWO = {'client_id': 'c2', 'object_id': 'o2', 'msi_res_id': '/m/2'}
OWN = {'client_id': 'c0', 'object_id': 'o0', 'system_assigned': True}


@pytest.fixture
def fleet(start: Callable[..., Simulator]) -> Simulator:
    vms: list[dict[str, Any]] = [{'name': 'one', 'identities': [ONE]}, {'name': 'two', 'identities': [ONE, TWO]}, {'name': 'none', 'identities': []}]
    vms.append({'name': 'all', 'identities': [ONE, TWO, OWN]})
    return start({'defaults': {'identity_rate_limit': 0, 'tenant_id': 't'}, 'vms': [*vms, {'name': 'unsaid'}]})


def token(simulator: Simulator, vm: str, query: str = '&resource=https://vault.azure.net') -> Answer:
    return simulator.ask(vm, f'/metadata/identity/oauth2/token?api-version=2018-02-01{query}')


def test_token(fleet: Simulator) -> None:
    answer = token(fleet, 'one').json
    assert answer.pop('access_token').startswith('SIMULATED.not-a-credential.')
    expires, begins = int(answer.pop('expires_on')), int(answer.pop('not_before'))
    assert expires - begins == 3599
    assert abs(begins - time.time()) < 5
    assert answer == {
        'client_id': 'c1',
        'expires_in': '3599',
        'ext_expires_in': '3599',
        'refresh_token': '',
        'resource': 'https://vault.azure.net',
        'token_type': 'Bearer',
    }


def test_vm_that_says_nothing_has_one_identity(fleet: Simulator) -> None:
    assert token(fleet, 'unsaid').status == 200


def test_a_token_is_cached(fleet: Simulator) -> None:
    first = token(fleet, 'one').json['access_token']
    assert token(fleet, 'one').json['access_token'] == first
    assert token(fleet, 'one', '&resource=other').json['access_token'] != first
    second = token(fleet, 'one', '&resource=https://vault.azure.net&bypass_cache=true').json['access_token']
    assert second != first
    assert token(fleet, 'one').json['access_token'] == second


def test_the_system_assigned_identity_is_chosen_where_none_is_named(fleet: Simulator) -> None:
    assert token(fleet, 'all', '&resource=r').json['client_id'] == 'c0'
    assert token(fleet, 'all', '&resource=r&client_id=c2').json['client_id'] == 'c2'
    assert token(fleet, 'all', '&resource=r&object_id=o0').json['client_id'] == 'c0'


def test_an_authority_makes_no_difference(fleet: Simulator) -> None:
    answer = token(fleet, 'one', '&resource=r&authority=https://login.microsoftonline.com/t')
    assert answer.status == 200
    assert answer.json['access_token'] == token(fleet, 'one', '&resource=r').json['access_token']


@pytest.mark.parametrize('query', ['client_id=c2', 'object_id=o2', 'msi_res_id=/m/2', 'msi_res_id=/M/2'])
def test_identity_by_id(fleet: Simulator, query: str) -> None:
    assert token(fleet, 'two', f'&resource=r&{query}').json['client_id'] == 'c2'


@pytest.mark.parametrize(
    ('vm', 'query', 'description'),
    [
        ('one', '', 'resource'),
        ('one', '&resource=', 'resource'),
        ('two', '&resource=r', 'several identities'),
        ('two', '&resource=r&client_id=c1&object_id=o1', 'Only one'),
        ('two', '&resource=r&client_id=c3', 'Identity not found'),
        ('two', '&resource=r&client_id=o2', 'Identity not found'),
        ('none', '&resource=r', 'Identity not found'),
    ],
)
def test_errors(fleet: Simulator, vm: str, query: str, description: str) -> None:
    answer = token(fleet, vm, query)
    assert (answer.status, answer.json['error']) == (400, 'invalid_request')
    assert description in answer.json['error_description']


def test_info(fleet: Simulator) -> None:
    assert fleet.ask('one', '/metadata/identity/info?api-version=2018-02-01').json == {'tenantId': 't'}
    # Before this version there was none.
    assert fleet.ask('one', '/metadata/identity/info?api-version=2017-12-01').status == 404
