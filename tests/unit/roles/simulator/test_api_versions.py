# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which api-versions are taken, and what is shown under each."""

from __future__ import annotations

import pytest
from ansible_collections.imds.azure.tests.unit.roles.simulator.running_simulator import NEWEST, Simulator, needs

VERSIONS = [
    '2017-03-01', '2017-04-02', '2017-08-01', '2017-10-01', '2017-12-01', '2018-02-01', '2018-04-02', '2018-10-01', '2019-02-01',
    '2019-03-11', '2019-04-30', '2019-06-01', '2019-06-04', '2019-08-01', '2019-08-15', '2019-11-01', '2020-06-01', '2020-07-15',
    '2020-09-01', '2020-10-01', '2020-12-01', '2021-01-01', '2021-02-01', '2021-03-01', '2021-05-01', '2021-08-01', '2021-10-01',
    '2021-11-01', '2021-11-15', '2021-12-13', '2023-07-01', '2023-11-15', '2024-03-15', '2024-07-17', '2025-04-07',
]  # fmt: skip
TEXT = 'Bad request. api-version is invalid or was not specified in the request. For more information refer to aka.ms/azureimds'

# The fields of the newest version beside those of 2017-04-02, by the version that brought them.
INTRODUCED = {
    '2017-08-01': 'placementGroupId resourceGroupName subscriptionId tags',
    '2017-12-01': 'vmScaleSetName zone',
    '2018-04-02': 'plan plan.name plan.product plan.publisher publicKeys publicKeys.0.keyData publicKeys.0.path',
    '2018-10-01': 'azEnvironment provider',
    '2019-02-01': 'customData',
    '2019-03-11': 'resourceId',
    '2019-06-01': (
        'storageProfile storageProfile.imageReference.id storageProfile.imageReference.offer storageProfile.imageReference.publisher '
        'storageProfile.imageReference.sku storageProfile.imageReference.version storageProfile.osDisk.caching storageProfile.osDisk.createOption '
        'storageProfile.osDisk.diffDiskSettings.option storageProfile.osDisk.diskSizeGB storageProfile.osDisk.encryptionSettings.enabled '
        'storageProfile.osDisk.image.uri storageProfile.osDisk.managedDisk.id storageProfile.osDisk.managedDisk.storageAccountType '
        'storageProfile.osDisk.name storageProfile.osDisk.osType storageProfile.osDisk.vhd.uri storageProfile.osDisk.writeAcceleratorEnabled '
        'storageProfile.dataDisks.0.lun storageProfile.dataDisks.0.managedDisk.id storageProfile.dataDisks.0.writeAcceleratorEnabled'
    ),
    '2019-06-04': 'tagsList tagsList.0.name',
    '2020-06-01': 'isHostCompatibilityLayerVm securityProfile.secureBootEnabled securityProfile.virtualTpmEnabled',
    '2020-07-15': 'osProfile.adminUsername osProfile.computerName',
    '2020-09-01': 'licenseType',
    '2020-10-01': 'osProfile.disablePasswordAuthentication',
    '2020-12-01': 'evictionPolicy priority',
    '2021-01-01': 'userData',
    '2021-02-01': 'storageProfile.resourceDisk.size',
    '2021-03-01': 'extendedLocation.type extendedLocation.name virtualMachineScaleSet.id',
    '2021-05-01': (
        'storageProfile.dataDisks.0.bytesPerSecondThrottle storageProfile.dataDisks.0.diskCapacityBytes storageProfile.dataDisks.0.isSharedDisk '
        'storageProfile.dataDisks.0.isUltraDisk storageProfile.dataDisks.0.opsPerSecondThrottle'
    ),
    '2021-10-01': 'platformSubFaultDomain',
    '2021-11-01': (
        'additionalCapabilities.hibernationEnabled securityProfile.encryptionAtHost storageProfile.osDisk.encryptionSettings.diskEncryptionKey '
        'storageProfile.osDisk.encryptionSettings.keyEncryptionKey'
    ),
    '2021-11-15': 'host.id hostGroup.id',
    '2021-12-13': 'securityProfile.securityType',
    '2023-07-01': (
        'storageProfile.imageReference.communityGalleryImageId storageProfile.imageReference.sharedGalleryImageId storageProfile.imageReference.exactVersion'
    ),
    '2023-11-15': 'physicalZone',
}
ALWAYS = 'location name offer osType platformFaultDomain platformUpdateDomain publisher sku version vmId vmSize'


def has(document: object, path: str) -> bool:
    for key in path.split('.'):
        if isinstance(document, list) and int(key) < len(document):
            document = document[int(key)]
        elif isinstance(document, dict) and key in document:
            document = document[key]
        else:
            return False
    return True


def test_versions_oldest_first(shared: Simulator) -> None:
    answer = shared.ask('db', '/metadata/versions')
    assert answer.json == {'apiVersions': VERSIONS}


def test_versions_of_an_older_fleet(shared: Simulator) -> None:
    assert shared.ask('older', '/metadata/versions').json['apiVersions'] == VERSIONS[: VERSIONS.index('2021-02-01') + 1]


@pytest.mark.parametrize('query', ['', '?api-version=', '?api-version=2030-01-01', '?api-version=latest', '?API-VERSION=2025-04-07'])
@pytest.mark.parametrize('path', ['instance', 'instance/compute', 'attested/document', 'loadbalancer'])
def test_wrong_version(shared: Simulator, path: str, query: str) -> None:
    answer = shared.ask('db', f'/metadata/{path}{query}')
    assert (answer.status, answer.json) == (400, {'error': TEXT, 'newest-versions': ['2025-04-07', '2024-07-17', '2024-03-15']})


@pytest.mark.parametrize('path', ['identity/oauth2/token', 'identity/info'])
def test_wrong_version_for_identity(shared: Simulator, path: str) -> None:
    answer = shared.ask('db', f'/metadata/{path}?api-version=2030-01-01')
    assert answer.status == 400
    assert answer.json['error'] == 'invalid_request'
    assert answer.json['newest-versions'] == ['2025-04-07', '2024-07-17', '2024-03-15']


def test_newest_versions_of_an_older_fleet(shared: Simulator) -> None:
    answer = shared.instance('older')
    assert (answer.status, answer.json['newest-versions']) == (400, ['2021-02-01', '2021-01-01', '2020-12-01'])
    assert shared.instance('older', version='2021-02-01').status == 200


def test_older_fleet_that_answers_404(shared: Simulator) -> None:
    answer = shared.instance('old')
    assert (answer.status, answer.json) == (404, {'error': 'Not found. Invalid version requested'})
    assert shared.ask('old', '/metadata/instance').status == 400
    assert shared.instance('old', version='2018-10-01').status == 200


@pytest.mark.parametrize(
    ('path', 'since', 'before'),
    [
        ('instance', '2017-04-02', '2017-03-01'),
        pytest.param('attested/document', '2018-10-01', '2018-04-02', marks=needs('cryptography')),
        ('loadbalancer', '2020-10-01', '2020-09-01'),
        ('identity/oauth2/token', '2018-02-01', '2017-12-01'),
        ('identity/info', '2018-02-01', '2017-12-01'),
    ],
)
def test_endpoint_begins_with_a_version(shared: Simulator, path: str, since: str, before: str) -> None:
    assert shared.ask('db', f'/metadata/{path}?resource=r&api-version={since}').status == 200
    answer = shared.ask('db', f'/metadata/{path}?resource=r&api-version={before}')
    assert (answer.status, answer.json) == (404, {'error': 'Not found'})


@pytest.mark.parametrize('version', VERSIONS[1:])
def test_fields_by_version(shared: Simulator, version: str) -> None:
    compute = shared.instance('web_7', '/compute', version).json
    assert all(has(compute, path) for path in ALWAYS.split())
    wrong = [path for since, paths in INTRODUCED.items() for path in paths.split() if has(compute, path) != (version >= since)]
    assert not wrong
    assert compute['extra'] == {'new': 'field'}, 'a field that no version is known for is never cut'


def test_a_cut_field_is_not_found_by_its_path(shared: Simulator) -> None:
    assert shared.instance('web_7', '/compute/zone', '2017-08-01', text=True).status == 404
    assert shared.instance('web_7', '/compute/zone', '2017-12-01', text=True).text == '2'


def test_a_whole_document_is_not_cut(shared: Simulator, fleet: dict[str, list[dict[str, object]]]) -> None:
    given = next(each for each in fleet['vms'] if each['name'] == 'whole')['document']
    assert shared.instance('whole', version='2017-04-02').json == given
    assert shared.instance('whole', version=NEWEST).json == given
