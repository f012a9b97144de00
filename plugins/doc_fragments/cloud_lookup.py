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
      - Whether to look up the cloud by the location if the metadata service does not return it, as before API version 2018-10-01.
      - The controller requests O(cloud_endpoints) once in a run, and only if the cloud of a host is missing. It uses the proxies and the
        certificate authorities of its environment, and needs the Python library requests.
      - If that fails, or no cloud has the location, there is a warning and the cloud remains unknown.
    type: bool
    default: false
  cloud_endpoints:
    description:
      - URL of the list of clouds and their locations. The default is the public list of Azure Resource Manager.
      - Set it to a copy in an isolated network. It is a JSON document in which C(cloudEndpoint) contains an object for each cloud, with C(endpoint) (the host
        of its Azure Resource Manager) and C(locations), a list of names.
    type: str
    default: https://management.azure.com/metadata/endpoints?api-version=2017-12-01
"""
