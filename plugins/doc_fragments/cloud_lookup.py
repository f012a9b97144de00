# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options by which the cloud of a VM is looked up where its metadata service does not name it."""

from __future__ import annotations


class ModuleDocFragment:
    """Use C(imds.azure.cloud_lookup) where facts are given."""

    DOCUMENTATION = r"""
options:
  cloud_lookup:
    description:
      - Whether to look up the cloud by the location where the metadata service does not name the cloud, as before version 2018-10-01 of its API.
      - The controller then asks O(cloud_endpoints), once in a run, and only where the cloud of some host is missing. It uses the proxies and the
        certificate authorities that its environment names, and needs the Python library requests.
      - When that fails, or no cloud has the location, there is a warning, and the cloud stays unknown.
    type: bool
    default: false
  cloud_endpoints:
    description:
      - Where the list of clouds and their locations is found, an address with V(https) or V(http). The default is the public one of Azure Resource Manager.
      - In a network of its own give a copy. It is a JSON document in which C(cloudEndpoint) holds an object for each cloud, with C(endpoint) (the host
        of its Azure Resource Manager) and C(locations), a list of names.
    type: str
    default: https://management.azure.com/metadata/endpoints?api-version=2017-12-01
"""
