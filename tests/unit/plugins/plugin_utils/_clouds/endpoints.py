# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A document in the form of Azure Resource Manager's list of clouds, shortened."""

from __future__ import annotations

from typing import Any

ENDPOINTS: dict[str, Any] = {
    'galleryEndpoint': 'https://gallery.azure.com/',
    'authentication': {'loginEndpoint': 'https://login.windows.net/', 'audiences': ['https://management.azure.com/'], 'tenant': 'common'},
    'cloudEndpoint': {
        'public': {'endpoint': 'management.azure.com', 'locations': ['westus', 'eastus2euap', 'westeurope', 'indiacentral', 'germanywestcentral']},
        'chinaCloud': {'endpoint': 'management.chinacloudapi.cn', 'locations': ['chinaeast', 'chinanorth2']},
        'usGovCloud': {'endpoint': 'management.usgovcloudapi.net', 'locations': ['usgovvirginia', 'usdodeast']},
        'germanCloud': {'endpoint': 'management.microsoftazure.de', 'locations': ['germanycentral', 'germanynortheast']},
    },
}
