# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A document of which a part is missing is asked for again for a while, and then taken as it is, with a warning."""

from typing import Any

import pytest
from ansible_collections.imds.azure.plugins.module_utils._service.errors import MalformedAnswerError
from ansible_collections.imds.azure.plugins.module_utils._service.http_transport import BrokenAnswer, NoAnswer
from ansible_collections.imds.azure.tests.unit.plugins.module_utils._service.scripted_service import COMPLETE, INTERFACE, ScriptedService, answer, complete

NO_COMPUTE: dict[str, Any] = {'network': COMPLETE['network']}
INCOMPLETE = [
    (NO_COMPUTE, 'compute.vmId'),
    ({'compute': {'vmId': ''}, 'network': {}}, 'compute.vmId'),
    ({'compute': {'vmId': None}, 'network': {}}, 'compute.vmId'),
    ({'compute': {'name': 'a'}, 'network': {}}, 'compute.vmId'),
    ({'compute': None, 'network': {}}, 'compute.vmId'),
    ({'compute': [], 'network': {}}, 'compute.vmId'),
    ({'compute': {'vmId': 'vm-1'}}, 'network'),
    ({}, 'compute.vmId and network'),
]


@pytest.mark.parametrize(('document', 'missing'), INCOMPLETE)
def test_complete_at_the_second_try(service: ScriptedService, document: Any, missing: str) -> None:
    service.will(answer(body=document), complete())
    client = service.client()
    assert client.get('/instance') == COMPLETE
    assert client.warnings == []
    assert (client.requests, client.retries, service.pauses) == (2, 1, [1])


@pytest.mark.parametrize(('document', 'missing'), INCOMPLETE)
def test_incomplete_for_30_seconds(service: ScriptedService, document: Any, missing: str) -> None:
    service.always(lambda seconds: answer(body=document))
    client = service.client()
    assert client.get('/instance') == document
    assert service.pauses == [1, 2, 4, 8, 10, 5]
    (warning,) = client.warnings
    assert f'/instance without {missing} after 7 requests' in warning
    assert 'add a tag' in warning, 'the remedy'


IPV6 = {'ipv6': {'ipAddress': [{'privateIpAddress': 'fd00::4'}]}}
PREVIEW = {'ipv4': {'ipaddress': [{'ipaddress': '10.0.0.4', 'publicip': ''}]}, 'mac': '000D3A00FA89'}
VM: dict[str, Any] = {'vmId': 'vm-1', 'zone': '2'}
ON_AZURE = {'provider': 'Microsoft.Compute', 'resourceId': '/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/a'}
BARE = [
    {},
    {'macAddress': '000D3A000002', 'ipv4': None},
    {'ipv4': {'ipAddress': []}},
    {'ipv4': {'ipAddress': [{'privateIpAddress': ''}]}, 'ipv6': 5},
    None,
    'x',
]


@pytest.mark.parametrize('network', [{}, *({'interface': [interface]} for interface in (INTERFACE, IPV6, PREVIEW))])
def test_complete_at_once(service: ScriptedService, network: Any) -> None:
    """On machines that are no VM, the network may be empty for good."""
    document = {'compute': {'vmId': 'x'}, 'network': network}
    service.will(answer(body=document))
    client = service.client()
    assert client.get('/instance') == document
    assert client.warnings == []


@pytest.mark.parametrize('network', [{}, None, [], '', 5, {'interface': None}, {'interface': []}, *({'interface': [interface]} for interface in BARE)])
@pytest.mark.parametrize('known_by', ['chassis', *ON_AZURE])
def test_a_vm_may_have_no_address_while_it_starts(service: ScriptedService, network: Any, known_by: str) -> None:
    service.on_azure = known_by == 'chassis'
    says: dict[str, Any] = {} if known_by == 'chassis' else {known_by: ON_AZURE[known_by]}
    service.will(answer(body={'compute': {**VM, **says}, 'network': network}), complete())
    client = service.client()
    assert client.get('/instance') == COMPLETE
    assert client.warnings == []


@pytest.mark.parametrize(
    ('network', 'missing'),
    [(None, 'network.interface'), ([], 'network.interface'), ('', 'network.interface'), ({'interface': None}, 'network.interface')]
    + [({'interface': [interface]}, 'an address in network.interface.0') for interface in BARE],
)
def test_what_may_be_no_vm_is_not_asked_again_for_an_address(service: ScriptedService, network: Any, missing: str) -> None:
    document = {**COMPLETE, 'network': network}
    service.will(answer(body=document))
    client = service.client()
    assert client.get('/instance') == document
    (warning,) = client.warnings
    assert f'/instance without {missing} after 1 request' in warning


@pytest.mark.parametrize('on_azure', [True, False])
def test_one_interface_beside_others_may_have_no_address_for_good(service: ScriptedService, on_azure: bool) -> None:
    service.on_azure = on_azure
    document = {**COMPLETE, 'network': {'interface': [INTERFACE, {'ipv4': {'ipAddress': []}}]}}
    service.will(answer(body=document))
    client = service.client()
    assert client.get('/instance') == document
    (warning,) = client.warnings
    assert '/instance without an address in network.interface.1 after 1 request' in warning


def test_the_deadline_is_shorter(service: ScriptedService) -> None:
    service.always(lambda seconds: answer(body=NO_COMPUTE))
    client = service.client(policy={'deadline': 5})
    assert client.get('/instance') == NO_COMPUTE
    assert service.pauses == [1, 2]
    assert len(client.warnings) == 1


@pytest.mark.parametrize(
    'later',
    [[answer(403)], [answer(404)], [answer(400)], [answer(200, b'{')], [answer(200, b'<html>')], [NoAnswer('reset')] * 3, [BrokenAnswer('incomplete')]],
)
def test_later_tries_fail(service: ScriptedService, later: list[Any]) -> None:
    service.will(answer(body=NO_COMPUTE), *later)
    client = service.client()
    assert client.get('/instance') == NO_COMPUTE, 'half a document is worth more than none'
    assert len(client.warnings) == 1


@pytest.mark.parametrize('later', [[], None, 'x', 5])
def test_a_later_answer_is_no_object(service: ScriptedService, later: Any) -> None:
    service.will(answer(body=NO_COMPUTE), answer(body=later))
    service.always(lambda seconds: answer(body=later))
    client = service.client()
    assert client.get('/instance') == NO_COMPUTE, 'half a document is worth more than none'
    assert len(client.warnings) == 1


@pytest.mark.parametrize('body', [[], [COMPLETE], None, 'text', 5, True])
@pytest.mark.parametrize('path', ['/instance', '/instance/compute'])
def test_no_object_at_all(service: ScriptedService, path: str, body: Any) -> None:
    service.will(answer(body=body))
    with pytest.raises(MalformedAnswerError, match='not a JSON object'):
        service.client().get(path)


def test_compute_alone(service: ScriptedService) -> None:
    service.will(answer(body={'name': 'a'}), answer(body={'vmId': 'vm-1'}))
    assert service.client().get('/instance/compute') == {'vmId': 'vm-1'}


@pytest.mark.parametrize('path', ['/instance/network', '/instance/compute/tagsList', '/loadbalancer'])
def test_other_paths_are_complete_as_they_are(service: ScriptedService, path: str) -> None:
    service.will(answer(body={}))
    assert service.client().get(path) == {}


def test_trouble_between_incomplete_answers(service: ScriptedService) -> None:
    service.will(answer(body=NO_COMPUTE), answer(503), answer(429, retry_after='6'), answer(body={}), complete())
    client = service.client()
    assert client.get('/instance') == COMPLETE
    assert client.warnings == []
    assert client.retries == 4
