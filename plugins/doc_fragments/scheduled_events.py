# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options that the modules for scheduled events share, and where those of all modules have other defaults there."""

from __future__ import annotations


class ModuleDocFragment:
    """Use C(imds.azure.scheduled_events), and C(imds.azure.service) after it."""

    DOCUMENTATION = r"""
options:
  name:
    description:
      - Name of this VM, used to tell whether an event affects it.
      - By default it is requested from the service (C(compute.name)), once, and only if there are events.
    type: str
  api_version:
    description:
      - Version of the API for scheduled events, which has its own versions, V(2017-08-01), V(2017-11-01), V(2019-01-01),
        V(2019-04-01), V(2019-08-01) and V(2020-07-01).
      - V(auto) uses the newest version that the service supports.
      - A date is used without negotiation. Quote it, because YAML converts dates.
    type: str
    default: auto
  timeout:
    description: Timeout in seconds for one request. The first one, which turns on scheduled events, can take up to 2 minutes.
    type: float
    default: 130
  deadline:
    description:
      - Timeout in seconds for all attempts together.
      - See O(imds.azure.instance_facts#module:deadline) for what is retried.
    type: float
    default: 180
"""
