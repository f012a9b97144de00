# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of facts: a contract with everybody who writes them into a playbook."""

from typing import Any

import pytest
from ansible_collections.imds.azure.plugins.module_utils._facts import flat as flat_names
from ansible_collections.imds.azure.plugins.module_utils._facts.facts import facts_from_document
from ansible_collections.imds.azure.plugins.module_utils._facts.flat import flatten_into, snake_case
from ansible_collections.imds.azure.plugins.module_utils._service.errors import MalformedAnswerError
from ansible_collections.imds.azure.tests.unit.plugins.module_utils._facts import instance_documents as documents
from hypothesis import given
from hypothesis import strategies as st

DERIVED = {'tags', 'tags_ambiguous', 'placement', 'addresses', 'resource', 'cloud'}


@pytest.mark.parametrize(
    ('key', 'name'),
    [
        ('vmId', 'vm_id'),
        ('vmScaleSetName', 'vm_scale_set_name'),
        ('platformFaultDomain', 'platform_fault_domain'),
        ('diskSizeGB', 'disk_size_gb'),
        ('ipAddress', 'ip_address'),
        ('osType', 'os_type'),
        ('ipv4', 'ipv4'),
        ('isVmInStandbyPool', 'is_vm_in_standby_pool'),
        ('secretUrl', 'secret_url'),
        ('interfaceCompartmentID', 'interface_compartment_id'),
        ('isHostCompatibilityLayerVm', 'is_host_compatibility_layer_vm'),
        ('azEnvironment', 'az_environment'),
        ('bytesPerSecondThrottle', 'bytes_per_second_throttle'),
        ('IPAddress', 'ip_address'),
        ('location', 'location'),
        ('already_snake', 'already_snake'),
        ('with-dash and.dot', 'with_dash_and_dot'),
        ('über', '_ber'),
        ('', ''),
    ],
)
def test_snake_case(key: str, name: str) -> None:
    assert snake_case(key) == name


@given(st.text())
def test_any_key_is_ascii(key: str) -> None:
    assert set(snake_case(key)) <= set('abcdefghijklmnopqrstuvwxyz0123456789_')


def flat(document: Any, **options: Any) -> dict[str, Any]:
    return {name: value for name, value in facts_from_document(document, **options).items() if name not in DERIVED}


def test_oldest() -> None:
    assert flat(documents.OLDEST) == {
        'compute_location': 'westus',
        'compute_name': 'old-1',
        'compute_offer': 'UbuntuServer',
        'compute_os_type': 'Linux',
        'compute_platform_fault_domain': '0',
        'compute_platform_update_domain': '3',
        'compute_publisher': 'Canonical',
        'compute_sku': '16.04-LTS',
        'compute_version': '16.04.201708030',
        'compute_vm_id': '5c08b38e-0000-4000-8000-000000000001',
        'compute_vm_size': 'Standard_D1',
        'network_interface_0_ipv4_ip_address_0_private_ip_address': '10.1.0.4',
        'network_interface_0_ipv4_ip_address_0_public_ip_address': '203.0.113.4',
        'network_interface_0_ipv4_subnet_0_address': '10.1.0.0',
        'network_interface_0_ipv4_subnet_0_prefix': '24',
        'network_interface_0_mac_address': '000D3A3382E8',
    }


@pytest.mark.parametrize(
    ('name', 'value'),
    [
        ('compute_additional_capabilities_hibernation_enabled', 'false'),
        ('compute_is_vm_in_standby_pool', ''),
        ('compute_os_profile_computer_name', 'web000007'),
        ('compute_plan_publisher', ''),
        ('compute_platform_fault_domain', '1'),
        ('compute_platform_sub_fault_domain', ''),
        ('compute_storage_profile_os_disk_encryption_settings_enabled', 'true'),
        ('compute_storage_profile_os_disk_encryption_settings_disk_encryption_key_source_vault_id', 'vault'),
        ('compute_storage_profile_resource_disk_size', '16777216'),
        ('compute_virtual_machine_scale_set_id', f'{documents.GROUP}/Microsoft.Compute/virtualMachineScaleSets/web'),
        ('compute_vm_scale_set_name', 'web'),
        ('network_interface_0_interface_compartment_id', '0'),
        ('network_interface_0_ipv4_ip_address_1_public_ip_address', '203.0.113.12'),
        ('network_interface_0_ipv6_ip_address_0_private_ip_address', 'fd00:20:2::b'),
        ('network_interface_3_mac_address', '000D3A3382EB'),
    ],
)
def test_newest(name: str, value: str) -> None:
    assert flat(documents.UNIFORM)[name] == value


def test_lists_by_index() -> None:
    facts = flat(documents.SINGLE)
    assert facts['compute_storage_profile_data_disks_0_disk_size_gb'] == '256'
    assert facts['compute_storage_profile_data_disks_1_managed_disk_storage_account_type'] == 'Premium_LRS'


def test_tags_have_no_flat_names() -> None:
    for document in documents.ALL.values():
        assert not [name for name in flat(document) if name.startswith('compute_tag')]


def test_values_are_untouched() -> None:
    values = ['', ' x ', 'False', "{{ lookup('pipe', 'id') }}", '!unsafe', 0, 1.5, True, None, 'ü\n']
    facts = flat({'compute': {'list': values}, 'network': {}})
    assert [facts[f'compute_list_{index}'] for index in range(len(values))] == values
    assert [type(facts[f'compute_list_{index}']) for index in range(len(values))] == [type(value) for value in values]


@pytest.mark.parametrize('empty', [{}, [], [[]], [{}], {'a': {}}, {'a': []}, {'a': [{}, []]}])
def test_empty_containers_give_no_name(empty: Any) -> None:
    assert flat({'compute': {'some': empty}, 'network': empty}) == {}


@pytest.mark.parametrize(
    ('document', 'names'),
    [
        ({}, {}),
        ({'compute': None, 'network': None}, {}),
        ({'compute': 'x', 'network': 5}, {'compute': 'x', 'network': 5}),
        ({'compute': [{'a': 1}], 'network': ['b']}, {'compute_0_a': 1, 'network_0': 'b'}),
        ({'compute': {'storageProfile': 'x'}}, {'compute_storage_profile': 'x'}),
        ({'compute': {'storageProfile': None}}, {'compute_storage_profile': None}),
        ({'newSection': {'someKey': 'v'}}, {'new_section_some_key': 'v'}),
        ({'compute': {'newField': {'deepKey': ['v']}}}, {'compute_new_field_deep_key_0': 'v'}),
        ({'': 1, '2nd': 2, 'ü': 3}, {'_': 1, '_2nd': 2, '__2': 3}),
    ],
)
def test_odd_shapes(document: Any, names: dict[str, Any]) -> None:
    assert flat(document) == names


def test_keys_that_come_to_one_name_all_stay() -> None:
    facts = flat({'compute': {'vmId': 'a', 'vm_id': 'b', 'VMId': 'c', 'vm': {'id': 'd'}}})
    assert sorted(facts) == ['compute_vm_id', 'compute_vm_id_2', 'compute_vm_id_3', 'compute_vm_id_4']
    assert facts['compute_vm_id'] == 'a', 'the first keeps the name'
    assert set(facts.values()) == set('abcd')


@pytest.mark.parametrize('name', ['tags', 'tags_ambiguous', 'placement', 'addresses', 'resource', 'cloud', 'load_balancer', 'query', 'document'])
def test_a_new_section_never_takes_the_place_of_a_derived_fact(name: str) -> None:
    facts = facts_from_document({**documents.SINGLE, name: 'forged'})
    assert facts.get(name) != 'forged'
    assert facts[f'{name}_2'] == 'forged'


def test_flattening_adds() -> None:
    known: dict[str, Any] = {'a_b': 0}
    flatten_into(known, 'a', {'b': 1, 'c': 2})
    assert known == {'a_b': 0, 'a_b_2': 1, 'a_c': 2}


def test_long_keys_are_not_kept() -> None:
    """Those of a fleet of hostile hosts would fill the memory of the controller."""
    flat_names._kept.cache_clear()
    facts_from_document({'compute': {'k' * 100_000: '', 'vmId': ''}})
    kept = flat_names._kept.cache_info().currsize
    facts_from_document({'compute': {'l' * 100_000: '', 'vmId': ''}})
    assert flat_names._kept.cache_info().currsize == kept > 0


def test_long_keys_over_many_items_are_no_way_to_fill_the_memory() -> None:
    with pytest.raises(MalformedAnswerError, match='/instance: the names in the answer are too long'):
        flat({'compute': {'x' * 500_000: [0] * 2000}})
