# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documents of /instance in the shapes that api-versions and kinds of machines have; every value is made up."""

from typing import Any

SUBSCRIPTION = '00000000-0000-4000-8000-0000000000f1'
GROUP = f'/subscriptions/{SUBSCRIPTION}/resourceGroups/shop/providers'


def interface(**parts: Any) -> dict[str, Any]:
    """A network interface; a part that is None is left out."""
    whole = {
        'ipv4': {'ipAddress': [{'privateIpAddress': '10.1.0.4', 'publicIpAddress': '203.0.113.4'}], 'subnet': [{'address': '10.1.0.0', 'prefix': '24'}]},
        'ipv6': {'ipAddress': []},
        'macAddress': '000D3A3382E8',
        **parts,
    }
    return {key: value for key, value in whole.items() if value is not None}


# Fields of 2017-04-02 alone.
OLDEST: dict[str, Any] = {
    'compute': {
        'location': 'westus',
        'name': 'old-1',
        'offer': 'UbuntuServer',
        'osType': 'Linux',
        'platformFaultDomain': '0',
        'platformUpdateDomain': '3',
        'publisher': 'Canonical',
        'sku': '16.04-LTS',
        'version': '16.04.201708030',
        'vmId': '5c08b38e-0000-4000-8000-000000000001',
        'vmSize': 'Standard_D1',
    },
    'network': {'interface': [interface()]},
}

# Tags as a string, before tagsList; the cloud is not named yet.
WITH_TAGS_STRING: dict[str, Any] = {
    'compute': {
        **OLDEST['compute'],
        'name': 'pool_12',
        'placementGroupId': '3f1c6c1e-0000-4000-8000-000000000002',
        'resourceGroupName': 'shop',
        'subscriptionId': SUBSCRIPTION,
        'tags': 'Env:prod',
        'vmScaleSetName': 'pool',
        'zone': '',
    },
    'network': OLDEST['network'],
}

# 2020-06-01: resource id, storage, list of tags.
SINGLE: dict[str, Any] = {
    'compute': {
        **WITH_TAGS_STRING['compute'],
        'azEnvironment': 'AzurePublicCloud',
        'customData': '',
        'name': 'db',
        'placementGroupId': '',
        'plan': {'name': '', 'product': '', 'publisher': ''},
        'provider': 'Microsoft.Compute',
        'publicKeys': [{'keyData': 'ssh-ed25519 AAAAsecret ops', 'path': '/home/ops/.ssh/authorized_keys'}],
        'resourceId': f'{GROUP}/Microsoft.Compute/virtualMachines/db',
        'storageProfile': {
            'dataDisks': [
                {'diskSizeGB': '256', 'lun': '0', 'managedDisk': {'id': f'{GROUP}/Microsoft.Compute/disks/d0', 'storageAccountType': 'Premium_LRS'}},
                {'diskSizeGB': '512', 'lun': '1', 'managedDisk': {'id': f'{GROUP}/Microsoft.Compute/disks/d1', 'storageAccountType': 'Premium_LRS'}},
            ],
            'imageReference': {'id': '', 'offer': 'UbuntuServer', 'publisher': 'Canonical', 'sku': '20_04-lts', 'version': 'latest'},
            'osDisk': {'diskSizeGB': '30', 'encryptionSettings': {'enabled': 'false'}, 'osType': 'Linux'},
        },
        'tags': 'Env:prod;owner:a;b:c',
        'tagsList': [{'name': 'Env', 'value': 'prod'}, {'name': 'owner', 'value': 'a;b:c'}],
        'vmScaleSetName': '',
        'zone': '1',
    },
    'network': {'interface': [interface()]},
}

# The newest, an instance of a uniform scale set, with everything that facts hide.
UNIFORM: dict[str, Any] = {
    'compute': {
        **SINGLE['compute'],
        'additionalCapabilities': {'hibernationEnabled': 'false'},
        'isVmInStandbyPool': '',
        'location': 'westeurope',
        'name': 'web_7',
        'osProfile': {'adminUsername': 'ops', 'computerName': 'web000007', 'disablePasswordAuthentication': 'true'},
        'physicalZone': 'westeurope-az2',
        'placementGroupId': '3f1c6c1e-0000-4000-8000-000000000003',
        'platformFaultDomain': '1',
        'platformSubFaultDomain': '',
        'platformUpdateDomain': '4',
        'resourceId': f'{GROUP}/Microsoft.Compute/virtualMachineScaleSets/web/virtualMachines/7',
        'storageProfile': {
            'dataDisks': [],
            'osDisk': {
                'encryptionSettings': {
                    'enabled': 'true',
                    'diskEncryptionKey': {'sourceVault': {'id': 'vault'}, 'secretUrl': 'https://vault.example/secret'},
                    'keyEncryptionKey': {'sourceVault': {'id': 'vault'}, 'keyUrl': 'https://vault.example/key'},
                },
            },
            'resourceDisk': {'size': '16777216'},
        },
        'userData': 'c2VjcmV0IHVzZXIgZGF0YQ==',
        'customData': 'c2VjcmV0IGN1c3RvbSBkYXRh',
        'virtualMachineScaleSet': {'id': f'{GROUP}/Microsoft.Compute/virtualMachineScaleSets/web'},
        'vmScaleSetName': 'web',
        'zone': '2',
    },
    'network': {
        'interface': [
            interface(
                ipv4={
                    'ipAddress': [
                        {'privateIpAddress': '10.20.2.11', 'publicIpAddress': ''},
                        {'privateIpAddress': '10.20.2.12', 'publicIpAddress': '203.0.113.12'},
                    ],
                    'subnet': [{'address': '10.20.2.0', 'prefix': '24'}],
                },
                ipv6={'ipAddress': [{'privateIpAddress': 'fd00:20:2::b'}]},
                interfaceCompartmentID='0',
            ),
            # Seen on real machines: no addresses, no public address, no ipv4 at all.
            interface(ipv4={'ipAddress': [], 'subnet': [{'address': '10.20.9.0', 'prefix': '26'}]}, macAddress='000D3A3382E9'),
            interface(ipv4={'ipAddress': [{'privateIpAddress': '10.20.3.4'}], 'subnet': []}, ipv6=None, macAddress='000D3A3382EA'),
            interface(ipv4=None, ipv6=None, macAddress='000D3A3382EB'),
        ]
    },
}

FLEXIBLE: dict[str, Any] = {
    'compute': {
        **SINGLE['compute'],
        'name': 'flex_a1b2c3',
        'resourceId': f'{GROUP}/Microsoft.Compute/virtualMachines/flex_a1b2c3',
        'virtualMachineScaleSet': {'id': f'{GROUP}/Microsoft.Compute/virtualMachineScaleSets/flex'},
        'vmScaleSetName': '',
    },
    'network': SINGLE['network'],
}

# What a client sees that asked for /instance/compute and wrapped it.
COMPUTE_ALONE: dict[str, Any] = {'compute': SINGLE['compute']}

CLASSIC: dict[str, Any] = {'network': {'interface': [interface()]}}

STACK: dict[str, Any] = {
    'compute': {**SINGLE['compute'], 'azEnvironment': 'AzureStack', 'isHostCompatibilityLayerVm': '', 'location': 'lab', 'tagsList': [], 'tags': 'Env:lab'},
    'network': SINGLE['network'],
}

ARC: dict[str, Any] = {
    'compute': {
        **SINGLE['compute'],
        'provider': 'Microsoft.HybridCompute',
        'publicKeys': None,
        'resourceId': f'{GROUP}/Microsoft.HybridCompute/machines/arc-1',
        'name': 'arc-1',
        'storageProfile': {},
        'vmScaleSetName': '',
    },
    'network': {},
}

ALL: dict[str, Any] = {
    'oldest': OLDEST,
    'tags string': WITH_TAGS_STRING,
    'single': SINGLE,
    'uniform': UNIFORM,
    'flexible': FLEXIBLE,
    'compute alone': COMPUTE_ALONE,
    'classic': CLASSIC,
    'stack': STACK,
    'arc': ARC,
}

LOAD_BALANCER: dict[str, Any] = {
    'loadbalancer': {
        'publicIpAddresses': [
            {'frontendIpAddress': '203.0.113.80', 'privateIpAddress': '10.20.2.11'},
            {'frontendIpAddress': '[2001:db8::80]', 'privateIpAddress': '[fd00:20:2::b]'},
            {'frontendIpAddress': '203.0.113.12', 'privateIpAddress': '10.20.2.12'},
        ],
        'inboundRules': [{'frontendIpAddress': '203.0.113.80', 'protocol': 'Tcp', 'frontendPort': 443, 'backendPort': 8443, 'privateIpAddress': '10.20.2.11'}],
        'outboundRules': [{'frontendIpAddress': '203.0.113.81', 'privateIpAddress': '10.20.2.11'}],
    }
}
