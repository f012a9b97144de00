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
      - Where the metadata service answers, as scheme, host and port.
      - Leave it alone on an Azure VM. Azure Arc machines answer on V(http://localhost:40342); a simulator answers where you started it.
      - Proxies are never used and redirects are never followed, whatever the environment says.
    type: str
    default: http://169.254.169.254
  api_version:
    description:
      - Version of the service's API.
      - V(auto) asks for the newest version this collection was tested with (V(2025-04-07)) and takes the newest older one that the service offers
        where it does not know that. Elements which a version does not have are missing from the answer.
      - A version given as a date is used as it is. Quote it, V("2021-02-01"), for YAML makes something else of a date.
    type: str
    default: auto
  timeout:
    description: Seconds for one request, from the first packet to the last byte of the answer.
    type: float
    default: 5
  deadline:
    description:
      - Seconds for all tries together.
      - While there is time, HTTP status 410 (the service is being updated) is asked again for 70 seconds, 429 (throttled) and 5xx as long as needed,
        an answer with a part missing for 30 seconds, and a service that does not answer at all three times.
    type: float
    default: 90
  detect:
    description:
      - Whether to look at the SMBIOS chassis asset tag before a packet is sent, so that a machine which is not an Azure VM is never asked.
      - V(auto) looks only where O(endpoint) is the default one, and asks where the tag cannot be read.
      - V(always) looks whatever O(endpoint) is, and asks only where the tag is that of Azure.
      - V(never) asks without looking.
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
