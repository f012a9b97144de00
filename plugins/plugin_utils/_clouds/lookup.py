# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The cloud of a VM by its location, out of the endpoints document of Azure Resource Manager. No I/O, and total: any JSON gives an answer.

Before api-version 2018-10-01 the metadata service does not name the cloud; this is how its documentation of that time told people to find it
(C(/metadata/endpoints?api-version=2017-12-01) of Azure Resource Manager, C(cloudEndpoint.<cloud>.locations)).

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.imds.azure.plugins.module_utils._facts.derived import cloud_named

# Names of that document, in lower case, and those of azEnvironment.
_NAMES = {
    'public': 'AzurePublicCloud',
    'usgovcloud': 'AzureUSGovernmentCloud',
    'chinacloud': 'AzureChinaCloud',
    'germancloud': 'AzureGermanCloud',
}
# The document has names of its own for the older regions of India.
_OTHER_SPELLINGS = {'centralindia': 'indiacentral', 'southindia': 'indiasouth', 'westindia': 'indiawest'}
_HOST = re.compile(r'[a-z0-9-]+(\.[a-z0-9-]+)+\Z')


def unnamed_location(facts: dict[str, t.Any]) -> str | None:
    """The location of a host whose cloud is not known, else None.

    :param facts: the value of azure_imds.
    """
    cloud, place = facts.get('cloud'), facts.get('placement')
    if not isinstance(cloud, dict) or not isinstance(place, dict) or cloud.get('name'):
        return None
    location = place.get('location')
    return location if isinstance(location, str) else None


def cloud_of_location(endpoints: t.Any, location: str) -> dict[str, str | None] | None:
    """What facts say of a cloud, for the one that has the location, or None.

    :param endpoints: the JSON value of the document.
    :param location: as in facts, in lower case and without spaces.
    """
    clouds = endpoints.get('cloudEndpoint') if isinstance(endpoints, dict) else None
    wanted = {location, _OTHER_SPELLINGS.get(location, location)}
    for name, cloud in clouds.items() if isinstance(clouds, dict) else ():
        locations = cloud.get('locations') if isinstance(cloud, dict) else None
        if isinstance(locations, list) and not wanted.isdisjoint(''.join(item.split()).lower() for item in locations if isinstance(item, str)):
            return _cloud(name, cloud.get('endpoint'))
    return None


def _cloud(name: str, endpoint: t.Any) -> dict[str, str | None]:
    known = cloud_named(_NAMES.get(name.lower(), name))
    if not known['resource_manager'] and isinstance(endpoint, str) and _HOST.match(endpoint.lower()):
        known['resource_manager'] = f'https://{endpoint.lower()}'
    return known
