# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which field of the /instance document came with which api-version, and the cut that follows from it.

Only what came after 2017-04-02 is in the table. Paths are keys joined with dots, ``[]`` stands for every item of a list.
A field that is not in the table (a fleet file may add any) is never cut.
"""

from __future__ import annotations

from typing import Any

_DATA_DISK = 'compute.storageProfile.dataDisks[]'

INTRODUCED = {
    'compute.placementGroupId': '2017-08-01',
    'compute.resourceGroupName': '2017-08-01',
    'compute.subscriptionId': '2017-08-01',
    'compute.tags': '2017-08-01',
    'compute.vmScaleSetName': '2017-12-01',
    'compute.zone': '2017-12-01',
    'compute.plan': '2018-04-02',
    'compute.publicKeys': '2018-04-02',
    'compute.azEnvironment': '2018-10-01',
    'compute.provider': '2018-10-01',
    'compute.customData': '2019-02-01',
    'compute.resourceId': '2019-03-11',
    'compute.storageProfile': '2019-06-01',
    'compute.tagsList': '2019-06-04',
    'compute.isHostCompatibilityLayerVm': '2020-06-01',
    'compute.securityProfile': '2020-06-01',
    'compute.osProfile': '2020-07-15',
    'compute.licenseType': '2020-09-01',
    'compute.osProfile.disablePasswordAuthentication': '2020-10-01',
    'compute.evictionPolicy': '2020-12-01',
    'compute.priority': '2020-12-01',
    'compute.userData': '2021-01-01',
    'compute.storageProfile.resourceDisk': '2021-02-01',
    'compute.extendedLocation': '2021-03-01',
    'compute.virtualMachineScaleSet': '2021-03-01',
    f'{_DATA_DISK}.bytesPerSecondThrottle': '2021-05-01',
    f'{_DATA_DISK}.diskCapacityBytes': '2021-05-01',
    f'{_DATA_DISK}.isSharedDisk': '2021-05-01',
    f'{_DATA_DISK}.isUltraDisk': '2021-05-01',
    f'{_DATA_DISK}.opsPerSecondThrottle': '2021-05-01',
    'compute.platformSubFaultDomain': '2021-10-01',
    'compute.additionalCapabilities': '2021-11-01',
    'compute.securityProfile.encryptionAtHost': '2021-11-01',
    'compute.storageProfile.osDisk.encryptionSettings.diskEncryptionKey': '2021-11-01',
    'compute.storageProfile.osDisk.encryptionSettings.keyEncryptionKey': '2021-11-01',
    'compute.host': '2021-11-15',
    'compute.hostGroup': '2021-11-15',
    'compute.securityProfile.securityType': '2021-12-13',
    'compute.storageProfile.imageReference.communityGalleryImageId': '2023-07-01',
    'compute.storageProfile.imageReference.exactVersion': '2023-07-01',
    'compute.storageProfile.imageReference.sharedGalleryImageId': '2023-07-01',
    'compute.physicalZone': '2023-11-15',
    # Seen in documents of the newest version, documented nowhere.
    'compute.isVmInStandbyPool': '2025-04-07',
}


def cut(value: Any, version: str, path: str = '') -> Any:
    """A copy of ``value`` (the part of the /instance document at ``path``) with only the fields that ``version`` knows."""
    if isinstance(value, dict):
        kept = {}
        for key, child in value.items():
            child_path = f'{path}.{key}' if path else key
            if INTRODUCED.get(child_path, '') <= version:
                kept[key] = cut(child, version, child_path)
        return kept
    if isinstance(value, list):
        return [cut(item, version, f'{path}[]') for item in value]
    return value
