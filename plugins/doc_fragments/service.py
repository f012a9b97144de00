# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options that every entry point of the collection shares, with the same names and defaults."""

from __future__ import annotations


class ModuleDocFragment:
    """Use C(imds.azure.service) in a module, and C(imds.azure.service.plugin) besides in a plugin of the controller."""

    DOCUMENTATION = r"""
options:
  endpoint:
    description:
      - Address of the metadata service, as scheme, host and port.
      - Do not set it for Azure VMs. Azure Arc machines use V(http://localhost:40342), and simulators the address where you started them.
      - Proxies and redirects are never used, even if the environment sets a proxy.
    type: str
    default: http://169.254.169.254
  api_version:
    description:
      - Version of the service's API.
      - V(auto) uses the newest version that this collection was tested with (V(2025-04-07)), or the newest older one that the service supports.
        Elements that a version does not have are missing from the answer.
      - A version such as V("2021-02-01") is used without negotiation. Quote it, because YAML converts dates.
    type: str
    default: auto
  timeout:
    description: Timeout in seconds for one request, including the whole answer.
    type: float
    default: 5
  deadline:
    description:
      - Timeout in seconds for all attempts together.
      - Until then, HTTP status 410 (the service is being updated) is retried for 70 seconds, 429 (throttled) and 5xx without other limit,
        an incomplete answer for 30 seconds, and no answer at all up to three times.
    type: float
    default: 90
  detect:
    description:
      - Whether to check the SMBIOS chassis asset tag first, so that no request is sent on machines that are not Azure VMs.
      - V(auto) checks the tag only if O(endpoint) is the default, and sends the request if the tag cannot be read.
      - V(always) sends the request only if the tag is the one of Azure.
      - V(never) sends the request without a check.
    type: str
    choices: [auto, always, never]
    default: auto
"""

    PLUGIN = r"""
options:
  endpoint:
    env:
      - name: AZURE_IMDS_ENDPOINT
    ini:
      - section: azure_imds
        key: endpoint
  api_version:
    env:
      - name: AZURE_IMDS_API_VERSION
    ini:
      - section: azure_imds
        key: api_version
    vars:
      - name: azure_imds_api_version
  timeout:
    env:
      - name: AZURE_IMDS_TIMEOUT
    ini:
      - section: azure_imds
        key: timeout
    vars:
      - name: azure_imds_timeout
  deadline:
    env:
      - name: AZURE_IMDS_DEADLINE
    ini:
      - section: azure_imds
        key: deadline
    vars:
      - name: azure_imds_deadline
  detect:
    env:
      - name: AZURE_IMDS_DETECT
    ini:
      - section: azure_imds
        key: detect
    vars:
      - name: azure_imds_detect
"""
