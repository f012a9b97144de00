# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Placement, resource, cloud and addresses: typed, and null where they do not apply."""

from typing import Any, Optional

import pytest
from ansible_collections.imds.azure.plugins.module_utils._facts.facts import facts_from_document
from ansible_collections.imds.azure.tests.unit.plugins.module_utils._facts import instance_documents as documents

WRONG: list[Any] = [None, '', ' ', [], {}, [1], {'a': 1}, True, 1.5]
EMPTY_ADDRESSES: dict[str, list[str]] = {'private_ipv4': [], 'public_ipv4': [], 'ipv6': [], 'mac': [], 'subnets': []}


def placement(**compute: Any) -> Any:
    return facts_from_document({'compute': compute})['placement']


def resource(**compute: Any) -> Any:
    return facts_from_document({'compute': compute})['resource']


def addresses(*interfaces: Any, load_balancer: Any = None) -> Any:
    return facts_from_document({'network': {'interface': list(interfaces)}}, load_balancer=load_balancer)['addresses']


def ipv4(*pairs: tuple[Any, Any]) -> dict[str, Any]:
    return {'ipv4': {'ipAddress': [{'privateIpAddress': private, 'publicIpAddress': public} for private, public in pairs]}}


# Placement


def test_placement_in_a_uniform_scale_set() -> None:
    assert facts_from_document(documents.UNIFORM)['placement'] == {
        'location': 'westeurope',
        'zone': '2',
        'physical_zone': 'westeurope-az2',
        'fault_domain': 1,
        'update_domain': 4,
        'scale_set': 'web',
        'scale_set_instance': '7',
        'placement_group': '3f1c6c1e-0000-4000-8000-000000000003',
    }


@pytest.mark.parametrize(
    ('document', 'scale_set', 'instance'),
    [('oldest', None, None), ('tags string', 'pool', '12'), ('single', None, None), ('flexible', 'flex', None), ('classic', None, None), ('arc', None, None)],
)
def test_scale_set(document: str, scale_set: Optional[str], instance: Optional[str]) -> None:
    found = facts_from_document(documents.ALL[document])['placement']
    assert (found['scale_set'], found['scale_set_instance']) == (scale_set, instance)


def test_a_uniform_scale_set_by_the_resource_id_alone() -> None:
    id_of_instance = documents.UNIFORM['compute']['resourceId']
    found = placement(resourceId=id_of_instance, vmScaleSetName='', name='renamed')
    assert (found['scale_set'], found['scale_set_instance']) == ('web', '7')


@pytest.mark.parametrize('name', ['web', 'web_', 'web_x', 'web_1_2', 'other_7', 'web7', 'web_-1', 'web_²', '_7'])
def test_a_name_that_is_not_of_the_scale_set_has_no_instance(name: str) -> None:
    assert placement(vmScaleSetName='web', name=name)['scale_set_instance'] is None


def test_a_scale_set_with_underscores() -> None:
    assert placement(vmScaleSetName='a_b', name='A_B_07')['scale_set_instance'] == '07'


def test_nothing_known() -> None:
    assert placement() == dict.fromkeys(
        ['location', 'zone', 'physical_zone', 'fault_domain', 'update_domain', 'scale_set', 'scale_set_instance', 'placement_group']
    )


@pytest.mark.parametrize('wrong', WRONG)
def test_wrong_types_are_null(wrong: Any) -> None:
    keys = ['location', 'zone', 'physicalZone', 'platformFaultDomain', 'platformUpdateDomain', 'vmScaleSetName', 'name', 'placementGroupId', 'resourceId']
    compute = {**dict.fromkeys(keys, wrong), 'virtualMachineScaleSet': wrong}
    assert placement(**compute) == placement()
    assert placement(virtualMachineScaleSet={'id': wrong}) == placement()


@pytest.mark.parametrize('location', ['westus2', 'WestUS2', 'West US 2', ' WESTUS2 '])
def test_a_location_has_one_spelling(location: str) -> None:
    assert placement(location=location)['location'] == 'westus2'


@pytest.mark.parametrize(
    ('value', 'number'),
    [
        ('0', 0),
        ('12', 12),
        (3, 3),
        (0, 0),
        ('-1', None),
        ('1.0', None),
        ('x', None),
        ('²', None),
        ('٣', None),
        ('9' * 5000, None),
        (False, None),
        ('1_0', None),
    ],
)
def test_fault_and_update_domain_are_numbers(value: Any, number: Optional[int]) -> None:
    found = placement(platformFaultDomain=value, platformUpdateDomain=value)
    assert found['fault_domain'] == found['update_domain'] == number
    assert type(found['fault_domain']) is type(number)


def test_a_zone_is_text() -> None:
    assert placement(zone='2')['zone'] == '2'
    assert placement(zone=2)['zone'] == '2'


# Resource


def test_resource() -> None:
    assert facts_from_document(documents.UNIFORM)['resource'] == {
        'subscription_id': documents.SUBSCRIPTION,
        'resource_group': 'shop',
        'provider': 'Microsoft.Compute',
        'type': 'virtualMachineScaleSets/virtualMachines',
        'name': 'web_7',
        'id': f'{documents.GROUP}/Microsoft.Compute/virtualMachineScaleSets/web/virtualMachines/7',
    }
    assert facts_from_document(documents.SINGLE)['resource']['type'] == 'virtualMachines'
    assert facts_from_document(documents.ARC)['resource']['type'] == 'machines'
    assert facts_from_document(documents.ARC)['resource']['provider'] == 'Microsoft.HybridCompute'


def test_resource_by_its_id_alone() -> None:
    resource_id = f'{documents.GROUP}/Microsoft.Compute/virtualMachines/db'
    assert resource(resourceId=resource_id) == {
        'subscription_id': documents.SUBSCRIPTION,
        'resource_group': 'shop',
        'provider': 'Microsoft.Compute',
        'type': 'virtualMachines',
        'name': 'db',
        'id': resource_id,
    }


@pytest.mark.parametrize('resource_id', ['', '/', 'x', '/subscriptions', '/subscriptions/s/resourceGroups/g', '/a/b/c/d/e/f/g/h', '/' * 30, None, 5, []])
def test_an_id_that_is_none(resource_id: Any) -> None:
    found = resource(resourceId=resource_id, name='db', subscriptionId='s', resourceGroupName='g')
    assert (found['name'], found['subscription_id'], found['resource_group'], found['type']) == ('db', 's', 'g', None)


def test_no_resource() -> None:
    assert facts_from_document(documents.CLASSIC)['resource'] == dict.fromkeys(['subscription_id', 'resource_group', 'provider', 'type', 'name', 'id'])


# Cloud


@pytest.mark.parametrize(
    ('name', 'resource_manager', 'active_directory', 'key_vault', 'storage', 'certificate'),
    [
        (
            'AzurePublicCloud',
            'https://management.azure.com',
            'https://login.microsoftonline.com',
            'vault.azure.net',
            'core.windows.net',
            'metadata.azure.com',
        ),
        (
            'AzureUSGovernmentCloud',
            'https://management.usgovcloudapi.net',
            'https://login.microsoftonline.us',
            'vault.usgovcloudapi.net',
            'core.usgovcloudapi.net',
            'metadata.azure.us',
        ),
        (
            'AzureChinaCloud',
            'https://management.chinacloudapi.cn',
            'https://login.chinacloudapi.cn',
            'vault.azure.cn',
            'core.chinacloudapi.cn',
            'metadata.azure.cn',
        ),
        (
            'AzureGermanCloud',
            'https://management.microsoftazure.de',
            'https://login.microsoftonline.de',
            'vault.microsoftazure.de',
            'core.cloudapi.de',
            'metadata.microsoftazure.de',
        ),
        ('AzureStack', None, None, None, None, None),
    ],
)
@pytest.mark.parametrize('spelling', [str, str.upper, str.lower])
def test_cloud(spelling: Any, name: str, resource_manager: str, active_directory: str, key_vault: str, storage: str, certificate: str) -> None:
    assert facts_from_document({'compute': {'azEnvironment': spelling(name)}})['cloud'] == {
        'name': name,
        'resource_manager': resource_manager,
        'active_directory': active_directory,
        'key_vault_dns_suffix': key_vault,
        'storage_dns_suffix': storage,
        'metadata_certificate_domain': certificate,
    }


@pytest.mark.parametrize(
    'document', [documents.OLDEST, documents.WITH_TAGS_STRING, documents.CLASSIC, {}, *({'compute': {'azEnvironment': each}} for each in WRONG)]
)
def test_a_cloud_that_is_not_named(document: Any) -> None:
    assert set(facts_from_document(document)['cloud'].values()) == {None}


def test_a_new_cloud() -> None:
    cloud = facts_from_document({'compute': {'azEnvironment': 'AzureMoonCloud'}})['cloud']
    assert cloud.pop('name') == 'AzureMoonCloud'
    assert set(cloud.values()) == {None}


# Addresses


def test_addresses_of_several_interfaces() -> None:
    assert facts_from_document(documents.UNIFORM)['addresses'] == {
        'private_ipv4': ['10.20.2.11', '10.20.2.12', '10.20.3.4'],
        'public_ipv4': ['203.0.113.12'],
        'ipv6': ['fd00:20:2::b'],
        'mac': ['00:0d:3a:33:82:e8', '00:0d:3a:33:82:e9', '00:0d:3a:33:82:ea', '00:0d:3a:33:82:eb'],
        'subnets': ['10.20.2.0/24', '10.20.9.0/26'],
    }


def test_public_addresses_of_the_load_balancer_are_merged() -> None:
    found = facts_from_document(documents.UNIFORM, load_balancer=documents.LOAD_BALANCER)
    assert found['addresses']['public_ipv4'] == ['203.0.113.12', '203.0.113.80']
    assert found['addresses']['ipv6'] == ['fd00:20:2::b', '2001:db8::80']
    assert found['load_balancer'] == documents.LOAD_BALANCER['loadbalancer']


def test_no_load_balancer() -> None:
    assert facts_from_document(documents.SINGLE, load_balancer={})['load_balancer'] == {}
    assert facts_from_document(documents.SINGLE, load_balancer={})['addresses']['public_ipv4'] == ['203.0.113.4']
    assert 'load_balancer' not in facts_from_document(documents.SINGLE)


@pytest.mark.parametrize(
    'wrong', [None, [], 'x', 5, {'publicIpAddresses': None}, {'publicIpAddresses': 'x'}, {'publicIpAddresses': [None, 5, {}, {'frontendIpAddress': 5}]}]
)
def test_a_wrong_load_balancer(wrong: Any) -> None:
    assert addresses(load_balancer={'loadbalancer': wrong}) == EMPTY_ADDRESSES


@pytest.mark.parametrize('network', [None, {}, [], 'x', {'interface': None}, {'interface': {}}, {'interface': [None, 5, 'x', [], {}]}])
def test_a_wrong_network(network: Any) -> None:
    assert facts_from_document({'network': network})['addresses'] == EMPTY_ADDRESSES


@pytest.mark.parametrize(
    'part', [None, [], 'x', {}, {'ipAddress': None, 'subnet': None}, {'ipAddress': {}, 'subnet': 'x'}, {'ipAddress': [None, []], 'subnet': [5, {}]}]
)
def test_wrong_parts_of_an_interface(part: Any) -> None:
    assert addresses({'ipv4': part, 'ipv6': part, 'macAddress': part}) == EMPTY_ADDRESSES


def test_the_names_of_the_first_api_version() -> None:
    """2017-03-01 has others than all that followed."""
    family = {'ipaddress': [{'ipaddress': '10.0.0.4', 'publicip': '203.0.113.4'}], 'subnet': [{'address': '10.0.0.0', 'dnsservers': [], 'prefix': '24'}]}
    assert addresses({'ipv4': family, 'ipv6': {'ipaddress': []}, 'mac': '000D3A00FA89'}) == {
        'private_ipv4': ['10.0.0.4'],
        'public_ipv4': ['203.0.113.4'],
        'ipv6': [],
        'mac': ['00:0d:3a:00:fa:89'],
        'subnets': ['10.0.0.0/24'],
    }


def test_no_address_twice() -> None:
    assert addresses(ipv4(('10.0.0.4', '203.0.113.1')), ipv4(('10.0.0.4', '203.0.113.1')))['private_ipv4'] == ['10.0.0.4']


@pytest.mark.parametrize('address', ['X.X.X.X', '10.0.0', '10.0.0.256', '10.0.0.4/24', 'x', '', '10.0.0.4\x00', 167772164, None])
def test_what_is_no_address_is_left_out(address: Any) -> None:
    assert addresses(ipv4((address, address)))['private_ipv4'] == []


@pytest.mark.parametrize(
    ('mac', 'usual'),
    [
        ('000D3A3382E8', '00:0d:3a:33:82:e8'),
        ('00-0D-3A-33-82-E8', '00:0d:3a:33:82:e8'),
        ('00:0d:3a:33:82:e8', '00:0d:3a:33:82:e8'),
        ('000D3A3382E', None),
        ('000D3A3382EG', None),
        ('', None),
        (5, None),
    ],
)
def test_mac(mac: Any, usual: Optional[str]) -> None:
    assert addresses({'macAddress': mac})['mac'] == ([usual] if usual else [])


@pytest.mark.parametrize(
    ('family', 'address', 'prefix', 'subnet'),
    [
        ('ipv4', '10.0.0.0', '24', '10.0.0.0/24'),
        ('ipv4', '10.0.0.0', 24, '10.0.0.0/24'),
        ('ipv4', '0.0.0.0', '0', '0.0.0.0/0'),
        ('ipv6', 'fd00::', '64', 'fd00::/64'),
        ('ipv4', '10.0.0.0', '33', None),
        ('ipv4', '10.0.0.0', '', None),
        ('ipv4', '10.0.0.0', None, None),
        ('ipv4', '', '24', None),
        ('ipv6', 'fd00::', '129', None),
    ],
)
def test_subnets(family: str, address: str, prefix: Any, subnet: Optional[str]) -> None:
    assert addresses({family: {'subnet': [{'address': address, 'prefix': prefix}]}})['subnets'] == ([subnet] if subnet else [])


def test_digits_in_the_name_of_a_flexible_instance_are_no_instance_id() -> None:
    flexible = documents.FLEXIBLE['compute']
    compute = {**flexible, 'name': 'flex_12345678', 'resourceId': flexible['resourceId'].replace('a1b2c3', '12345678')}
    place = facts_from_document({'compute': compute})['placement']
    assert (place['scale_set'], place['scale_set_instance']) == ('flex', None)
