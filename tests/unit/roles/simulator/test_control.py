# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The control address: looking at VMs and changing them while they run."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.imds.azure.tests.unit.roles.simulator.running_simulator import EVENTS, Simulator, request

INSTANCE = '/metadata/instance?api-version=2025-04-07'


def test_all_vms(shared: Simulator) -> None:
    seen = shared.control('GET', '/vms').json
    assert list(seen) == list(shared.vms)
    assert {name: each['endpoint'] for name, each in seen.items()} == shared.vms
    assert seen['web_7']['document'] == shared.instance('web_7').json


def test_one_vm(shared: Simulator) -> None:
    seen = shared.control('GET', '/vms/web_7').json
    assert seen == shared.control('GET', '/vms').json['web_7']
    assert seen['settings']['fault_domain'] == '1'


@pytest.mark.parametrize(
    ('patch', 'path', 'value'),
    [
        ({'fault_domain': 3}, 'platformFaultDomain', '3'),
        ({'zone': '2'}, 'physicalZone', 'westeurope-az2'),
        ({'tags': {'New': 'x'}}, 'tags', 'Env:prod;Role:db;New:x'),
        ({'tags': {'Env': None}}, 'tags', 'Role:db'),
        ({'tags': None}, 'tags', ''),
        ({'compute': {'userData': 'Zm9v'}}, 'userData', 'Zm9v'),
        ({'compute': {'plan': {'name': 'n'}}}, 'plan', {'name': 'n', 'product': '', 'publisher': ''}),
        ({'location': None}, 'location', 'westeurope'),
    ],
)
def test_patch(start: Callable[..., Simulator], patch: dict[str, Any], path: str, value: Any) -> None:
    simulator = start({'vms': [{'name': 'a', 'location': 'northeurope' if 'location' in patch else 'westeurope', 'tags': {'Env': 'prod', 'Role': 'db'}}]})
    simulator.instance('a')
    answer = simulator.control('PATCH', '/vms/a', patch)
    assert answer.status == 200, answer.text
    assert answer.json['document']['compute'][path] == value
    assert simulator.instance('a').json['compute'][path] == value


def test_patch_what_is_no_part_of_the_document(vm: Simulator) -> None:
    load_balancer = '/metadata/loadbalancer?api-version=2021-02-01'
    assert vm.ask('a', load_balancer).status == 404
    vm.control('PATCH', '/vms/a', {'load_balancer': {'inboundRules': [{'frontendPort': 443}]}})
    assert vm.ask('a', load_balancer).json['loadbalancer']['inboundRules'] == [{'frontendPort': 443}]
    vm.control('PATCH', '/vms/a', {'load_balancer': None, 'newest_api_version': '2021-02-01'})
    assert vm.ask('a', load_balancer).status == 404
    assert vm.instance('a').json['newest-versions'][0] == '2021-02-01'
    vm.control('PATCH', '/vms/a', {'newest_api_version': None, 'rate_limit': 1})
    assert [vm.instance('a').status for number in range(2)] == [200, 429]
    vm.control('PATCH', '/vms/a', {'rate_limit': 0, 'faults': [{'kind': 'status', 'status': 418, 'times': 1}]})
    assert [vm.instance('a').status for number in range(2)] == [418, 200]
    assert vm.control('PATCH', '/vms/a', {'faults': None, 'zone': 1}).status == 200
    vm.control('PATCH', '/vms/a', {'document': {'compute': {'vmId': 'mine'}}})
    assert vm.instance('a').json == {'compute': {'vmId': 'mine'}}
    vm.control('PATCH', '/vms/a', {'first_event_delay': 0.4})
    begun = time.monotonic()
    vm.ask('a', EVENTS)
    assert time.monotonic() - begun >= 0.4


@pytest.mark.parametrize(
    ('patch', 'said'),
    [
        ({'zon': 1}, "unknown key 'zon'"),
        ({'zone': []}, "'zone'"),
        ({'name': 'b'}, "'name'"),
        ({'port': 1}, "'port'"),
        ({'events': []}, "'events'"),
        ({'rate_limit': -1}, "'rate_limit'"),
        ({'tags': {'a': {}}}, "'tags'"),
        ([], 'object'),
    ],
)
def test_wrong_patch(shared: Simulator, patch: Any, said: str) -> None:
    before = shared.control('GET', '/vms/db').json['settings']
    answer = shared.control('PATCH', '/vms/db', patch)
    assert answer.status == 400
    assert said in answer.json['error']
    assert shared.control('GET', '/vms/db').json['settings'] == before


def test_log(vm: Simulator) -> None:
    begun = time.monotonic()
    vm.ask('a', '/metadata/instance/compute%2F?api-version=x&b=&b=%20', headers=[('Metadata', 'true'), ('X-Id', '1'), ('x-id', '2')])
    vm.ask('a', EVENTS, 'POST', body=b'\xffbody')
    first, second = vm.log('a')
    assert begun <= first['time'] <= second['time'] <= time.monotonic()
    assert first['headers'].pop('host').startswith('127.0.0.1')
    assert {key: value for key, value in first.items() if key != 'time'} == {
        'method': 'GET',
        'target': '/metadata/instance/compute%2F?api-version=x&b=&b=%20',
        'path': '/metadata/instance/compute%2F',
        'query': [['api-version', 'x'], ['b', ''], ['b', ' ']],
        'headers': {'metadata': 'true', 'x-id': '1, 2'},
        'body': '',
        'status': 400,
    }
    assert (second['method'], second['body'], second['status']) == ('POST', '\ufffdbody', 400)


def test_logs_are_cleared(start: Callable[..., Simulator]) -> None:
    simulator = start({'vms': [{'name': 'a'}, {'name': 'b'}]})
    for name in 'aab':
        simulator.instance(name)
    assert {name: len(entries) for name, entries in simulator.control('GET', '/requests').json.items()} == {'a': 2, 'b': 1}
    assert simulator.control('GET', '/vms/a').json['requests'] == 2
    assert simulator.control('DELETE', '/vms/a/requests').json == {'cleared': 2}
    assert {name: len(entries) for name, entries in simulator.control('GET', '/requests').json.items()} == {'a': 0, 'b': 1}
    simulator.instance('a')
    assert simulator.control('DELETE', '/requests').json == {'cleared': 2}
    assert simulator.control('GET', '/requests').json == {'a': [], 'b': []}


@pytest.mark.parametrize(
    ('method', 'path', 'status'),
    [
        ('GET', '/', 404),
        ('GET', '/nothing', 404),
        ('GET', '/vms/nobody', 404),
        ('GET', '/vms/db/nothing', 404),
        ('PATCH', '/vms/db/events/no-such-event', 400),
        ('POST', '/vms', 405),
        ('PUT', '/vms/db', 405),
        ('POST', '/vms/db/faults', 405),
        ('GET', '/shutdown', 405),
        ('PATCH', '/vms/db', 400),
        ('PUT', '/vms/db/faults', 400),
        ('POST', '/vms/db/events', 400),
    ],
)
def test_wrong_requests(shared: Simulator, method: str, path: str, status: int) -> None:
    answer = request(shared.ready['control'], path, method, {}, b'{')
    assert answer.status == status
    assert isinstance(answer.json['error'], str)
    assert list(answer.json) == ['error']


@pytest.mark.parametrize(
    ('event', 'said'),
    [
        ({'EventType': 'Party'}, "'EventType'"),
        ({'NotBefore': 'soon'}, "'NotBefore'"),
        ({'DurationInSeconds': -2}, "'DurationInSeconds'"),
        ({'EventSource': 'Me'}, "'EventSource'"),
        ({'Resources': []}, "'Resources'"),
        ({'Odd': 1}, "'Odd'"),
    ],
)
def test_wrong_events(shared: Simulator, event: dict[str, Any], said: str) -> None:
    answer = shared.control('POST', '/vms/db/events', event)
    assert answer.status == 400
    assert said in answer.json['error']


def test_control_needs_no_header_and_vms_are_not_there(shared: Simulator) -> None:
    assert request(shared.ready['control'], INSTANCE, headers={'Metadata': 'true'}).status == 404


def test_shutdown(start: Callable[..., Simulator]) -> None:
    simulator = start({'vms': [{'name': 'a'}]})
    assert simulator.control('POST', '/shutdown').json == {'shutdown': True}
    assert simulator.process.wait(timeout=10) == 0
