# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ``compute`` part of the /instance document, in the newest api-version, from the settings of one VM.

Every primitive is a string, as in the service; what does not apply is "".
"""

from __future__ import annotations

import uuid
from typing import Any

# Made up once for this simulator: the same VM gets the same ids in every run.
_NAMESPACE = uuid.UUID('6f2c9a52-6d35-4c1b-9a0e-5a1c0ffee001')
_BASE36 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ'
_IMAGES = {
    'linux': {'publisher': 'Canonical', 'offer': '0001-com-ubuntu-server-jammy', 'sku': '22_04-lts-gen2', 'version': '22.04.202510010'},
    'windows': {'publisher': 'MicrosoftWindowsServer', 'offer': 'WindowsServer', 'sku': '2022-datacenter-g2', 'version': '20348.4052.250705'},
}


def stable_id(*parts: str) -> str:
    """A UUID that depends on nothing but ``parts``."""
    return str(uuid.uuid5(_NAMESPACE, '/'.join(parts)))


def resource_name(settings: dict[str, Any]) -> str:
    """The VM's name in Azure: ``<set>_<n>`` in a Uniform scale set, else the name in the fleet."""
    if settings['scale_set'] and not settings['flexible']:
        return f'{settings["scale_set"]}_{settings["instance_id"]}'
    return str(settings['name'])


def _group_id(settings: dict[str, Any], upper: bool = False) -> str:
    # Azure writes the resource group in capitals inside disk ids.
    group = settings['resource_group'].upper() if upper else settings['resource_group']
    return f'/subscriptions/{settings["subscription_id"]}/resourceGroups/{group}/providers/Microsoft.Compute'


def _resource_id(settings: dict[str, Any]) -> str:
    if settings['scale_set'] and not settings['flexible']:
        return f'{_group_id(settings)}/virtualMachineScaleSets/{settings["scale_set"]}/virtualMachines/{settings["instance_id"]}'
    return f'{_group_id(settings)}/virtualMachines/{settings["name"]}'


def _computer_name(settings: dict[str, Any]) -> str:
    """Host name: ``<set>`` and six base-36 digits in a Uniform set, else the name with what a host name cannot hold replaced."""
    if settings['scale_set'] and not settings['flexible'] and settings['instance_id'].isdigit():
        number, digits = int(settings['instance_id']), ''
        for position in range(6):
            digits = _BASE36[number // 36**position % 36] + digits
        return f'{settings["scale_set"]}{digits}'.lower()
    return str(settings['name']).replace('_', '-').lower()


def _managed_disk(settings: dict[str, Any], suffix: str, kind: str) -> dict[str, Any]:
    return {'id': f'{_group_id(settings, upper=True)}/disks/{resource_name(settings)}_{suffix}', 'storageAccountType': kind}


def _storage_profile(settings: dict[str, Any], image: dict[str, str]) -> dict[str, Any]:
    name = resource_name(settings)
    os_disk = {
        'caching': 'ReadWrite',
        'createOption': 'FromImage',
        'diffDiskSettings': {'option': ''},
        'diskSizeGB': '30',
        'encryptionSettings': {
            'enabled': 'false',
            'diskEncryptionKey': {'sourceVault': {'id': ''}, 'secretUrl': ''},
            'keyEncryptionKey': {'sourceVault': {'id': ''}, 'keyUrl': ''},
        },
        'image': {'uri': ''},
        'managedDisk': _managed_disk(settings, 'os', 'Premium_LRS'),
        'name': f'{name}_os',
        'osType': settings['os_type'],
        'vhd': {'uri': ''},
        'writeAcceleratorEnabled': 'false',
    }
    data_disk = {
        'bytesPerSecondThrottle': '979202048',
        'caching': 'None',
        'createOption': 'Empty',
        'diskCapacityBytes': '274877906944',
        'diskSizeGB': '256',
        'image': {'uri': ''},
        'isSharedDisk': 'false',
        'isUltraDisk': 'false',
        'lun': '0',
        'managedDisk': _managed_disk(settings, 'data0', 'Premium_LRS'),
        'name': f'{name}_data0',
        'opsPerSecondThrottle': '65280',
        'vhd': {'uri': ''},
        'writeAcceleratorEnabled': 'false',
    }
    reference = {'communityGalleryImageId': '', 'exactVersion': image['version'], 'id': '', 'sharedGalleryImageId': ''}
    return {
        'dataDisks': [data_disk],
        'imageReference': {**reference, 'offer': image['offer'], 'publisher': image['publisher'], 'sku': image['sku'], 'version': 'latest'},
        'osDisk': os_disk,
        'resourceDisk': {'size': '16777216'},
    }


def compute_document(settings: dict[str, Any]) -> dict[str, Any]:
    """All fields of the newest api-version. ``settings`` is complete (see vm_settings.complete); the key ``compute`` is not merged here."""
    linux = settings['os_type'].lower() != 'windows'
    image = _IMAGES['linux' if linux else 'windows']
    in_set, flexible = bool(settings['scale_set']), settings['flexible']
    zone = settings['zone']
    physical_zone = settings['physical_zone']
    if physical_zone is None:
        physical_zone = f'{settings["location"]}-az{zone}' if zone else ''
    placement_group = stable_id('placement', settings['subscription_id'], settings['resource_group'], settings['scale_set'])
    keys = [{'keyData': 'ssh-ed25519 AAAAexamplekey ops@example\r\n', 'path': '/home/ops/.ssh/authorized_keys'}] if linux else []
    return {
        'additionalCapabilities': {'hibernationEnabled': 'false'},
        'azEnvironment': settings['cloud'],
        'customData': '',
        'evictionPolicy': '',
        'extendedLocation': {'type': '', 'name': ''},
        'host': {'id': ''},
        'hostGroup': {'id': ''},
        'isHostCompatibilityLayerVm': 'false',
        'isVmInStandbyPool': '',
        'licenseType': '',
        'location': settings['location'],
        'name': resource_name(settings),
        'offer': image['offer'],
        'osProfile': {'adminUsername': 'ops', 'computerName': _computer_name(settings), 'disablePasswordAuthentication': 'true' if linux else 'false'},
        'osType': settings['os_type'],
        'physicalZone': physical_zone,
        'placementGroupId': placement_group if in_set and not flexible else '',
        'plan': {'name': '', 'product': '', 'publisher': ''},
        'platformFaultDomain': settings['fault_domain'],
        'platformSubFaultDomain': '',
        'platformUpdateDomain': settings['update_domain'],
        'priority': '',
        'provider': 'Microsoft.Compute',
        'publicKeys': keys,
        'publisher': image['publisher'],
        'resourceGroupName': settings['resource_group'],
        'resourceId': _resource_id(settings),
        'securityProfile': {'encryptionAtHost': 'false', 'secureBootEnabled': 'true', 'securityType': 'TrustedLaunch', 'virtualTpmEnabled': 'true'},
        'sku': image['sku'],
        'storageProfile': _storage_profile(settings, image),
        'subscriptionId': settings['subscription_id'],
        'tags': ';'.join(f'{name}:{value}' for name, value in settings['tags'].items()),
        'tagsList': [{'name': name, 'value': value} for name, value in settings['tags'].items()],
        'userData': '',
        'version': image['version'],
        'virtualMachineScaleSet': {'id': f'{_group_id(settings)}/virtualMachineScaleSets/{settings["scale_set"]}' if in_set and flexible else ''},
        'vmId': stable_id('vm', settings['subscription_id'], settings['resource_group'], settings['name']),
        'vmScaleSetName': settings['scale_set'] if in_set and not flexible else '',
        'vmSize': settings['vm_size'],
        'zone': zone,
    }
