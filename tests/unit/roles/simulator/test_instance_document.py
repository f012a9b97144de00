# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""/instance: its content, its paths and its two forms."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.imds.azure.tests.unit.roles.simulator.running_simulator import Simulator


def leaves(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [leaf for child in value.values() for leaf in leaves(child)]
    if isinstance(value, list):
        return [leaf for child in value for leaf in leaves(child)]
    return [value]


def test_every_primitive_is_a_string(shared: Simulator) -> None:
    document = shared.instance('web_7').json
    assert list(document) == ['compute', 'network']
    assert all(isinstance(leaf, str) for leaf in leaves(document))


def test_settings_arrive(shared: Simulator) -> None:
    compute = shared.instance('web_7').json['compute']
    assert compute['zone'] == '2'
    assert compute['platformFaultDomain'] == '1'
    assert compute['physicalZone'] == 'westeurope-az2'
    assert compute['resourceGroupName'] == 'shop'
    assert compute['userData'] == 'I2Nsb3VkLWNvbmZpZwo='


def test_tags_in_both_forms(shared: Simulator) -> None:
    compute = shared.instance('web_7').json['compute']
    assert compute['tags'] == 'Env:prod;owner:a;b:c'
    assert compute['tagsList'] == [{'name': 'Env', 'value': 'prod'}, {'name': 'owner', 'value': 'a;b:c'}]


def test_uniform_scale_set(shared: Simulator) -> None:
    compute = shared.instance('web_7').json['compute']
    assert compute['name'] == 'web_7'
    assert compute['vmScaleSetName'] == 'web'
    assert compute['virtualMachineScaleSet'] == {'id': ''}
    assert compute['resourceId'].endswith('/resourceGroups/shop/providers/Microsoft.Compute/virtualMachineScaleSets/web/virtualMachines/7')
    assert compute['osProfile']['computerName'] == 'web000007'
    assert compute['placementGroupId'] == shared.instance('web_8').json['compute']['placementGroupId'] != ''


def test_flexible_scale_set(shared: Simulator) -> None:
    compute = shared.instance('flex-a').json['compute']
    assert compute['name'] == 'flex-a'
    assert compute['vmScaleSetName'] == ''
    assert compute['virtualMachineScaleSet']['id'].endswith('/virtualMachineScaleSets/flex')
    assert compute['resourceId'].endswith('/virtualMachines/flex-a')


def test_single_vm(shared: Simulator) -> None:
    document = shared.instance('db').json
    assert document['compute']['vmScaleSetName'] == document['compute']['zone'] == document['compute']['physicalZone'] == ''
    assert document['compute']['osType'] == 'Windows'
    assert document['network']['interface'][0]['ipv4']['ipAddress'][0]['publicIpAddress'] == '203.0.113.9'


def test_machines_differ(shared: Simulator) -> None:
    documents = [shared.instance(name).json for name in ('web_7', 'web_8', 'flex-a', 'db')]
    assert len({each['compute']['vmId'] for each in documents}) == 4
    assert len({each['network']['interface'][0]['macAddress'] for each in documents}) == 4
    assert len({each['network']['interface'][0]['ipv4']['ipAddress'][0]['privateIpAddress'] for each in documents}) == 4


def test_classic_vm_has_network_only(shared: Simulator) -> None:
    assert list(shared.instance('classic').json) == ['network']
    assert shared.instance('classic', '/compute').status == 404
    assert shared.instance('classic', '/network').status == 200


@pytest.mark.parametrize(
    'path', ['/compute', '/compute/', '/compute/tagsList', '/compute/tagsList/0', '/network/interface', '/network/interface/0/ipv4/subnet/0']
)
def test_containers_as_json(shared: Simulator, path: str) -> None:
    expected = shared.instance('web_7').json
    for key in path.strip('/').split('/'):
        expected = expected[int(key)] if isinstance(expected, list) else expected[key]
    answer = shared.instance('web_7', path)
    assert (answer.status, answer.json) == (200, expected)


@pytest.mark.parametrize('form', ['', '&format=json'])
def test_leaf_as_json_is_refused(shared: Simulator, form: str) -> None:
    answer = shared.ask('web_7', f'/metadata/instance/compute/name?api-version=2025-04-07{form}')
    assert answer.status == 400
    assert 'format=text' in answer.json['error']


@pytest.mark.parametrize(
    ('path', 'text'),
    [
        ('/compute/name', 'web_7'),
        ('/compute/name/', 'web_7'),
        ('/compute/tagsList/1/value', 'a;b:c'),
        ('/compute/licenseType', ''),
        ('/network/interface/0/macAddress', '000D3A000000'),
        ('/compute/%6eame', 'web_7'),
    ],
)
def test_leaf_as_text(shared: Simulator, path: str, text: str) -> None:
    answer = shared.instance('web_7', path, text=True)
    assert (answer.status, answer.text) == (200, text)
    assert answer.headers['content-type'] == 'text/plain; charset=utf-8'


@pytest.mark.parametrize(
    ('path', 'text'),
    [
        ('', 'compute/\nnetwork/'),
        ('/network', 'interface/'),
        ('/network/interface', '0/'),
        ('/network/interface/0', 'ipv4/\nipv6/\nmacAddress'),
        ('/network/interface/0/ipv6/ipAddress', ''),
        ('/compute/tagsList', '0/\n1/'),
        ('/compute/plan', 'name\nproduct\npublisher'),
    ],
)
def test_directory_as_text(shared: Simulator, path: str, text: str) -> None:
    assert shared.instance('web_7', path, text=True).text == text


@pytest.mark.parametrize(('key', 'text'), [('n', '1'), ('b', 'true'), ('nothing', '')])
def test_other_primitives_as_text(shared: Simulator, key: str, text: str) -> None:
    assert shared.instance('whole', f'/compute/{key}', text=True).text == text


@pytest.mark.parametrize(
    'path',
    ['/Compute', '/compute/Name', '/compute/name/x', '/compute/tagsList/2', '/compute/tagsList/-1', '/compute/tagsList/00', '/compute//name', '/nothing'],
)
@pytest.mark.parametrize('text', [True, False])
def test_no_such_element(shared: Simulator, path: str, text: bool) -> None:
    answer = shared.instance('web_7', path, text=text)
    assert (answer.status, answer.json) == (404, {'error': 'Not found'})


def test_unknown_format(shared: Simulator) -> None:
    assert shared.ask('db', '/metadata/instance?api-version=2025-04-07&format=xml').status == 400


def test_load_balancer(shared: Simulator) -> None:
    answer = shared.ask('db', '/metadata/loadbalancer?api-version=2021-02-01')
    lists = {'publicIpAddresses': [{'frontendIpAddress': '203.0.113.80'}], 'inboundRules': [], 'outboundRules': []}
    assert answer.json == {'loadbalancer': lists}


def test_no_load_balancer(shared: Simulator) -> None:
    answer = shared.ask('web_7', '/metadata/loadbalancer?api-version=2021-02-01')
    assert answer.status == 404
    assert answer.json['error'].startswith('No load balancer metadata is found. Please check if your VM')
