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
      - Name of this VM, by which it is known whether an event affects it.
      - By default it is asked from the service (C(compute.name)), once, and only where there are events.
    type: str
  api_version:
    description:
      - Version of the service's API for scheduled events, which has a list of versions of its own, V(2017-08-01), V(2017-11-01), V(2019-01-01),
        V(2019-04-01), V(2019-08-01) and V(2020-07-01).
      - V(auto) asks for the newest one and then for older ones until the service knows one.
      - A version given as a date is used as it is. Quote it, for YAML makes something else of a date.
    type: str
    default: auto
  timeout:
    description: Seconds for one request. The first one ever, which switches the feature on, can take up to 2 minutes.
    type: float
    default: 130
  deadline:
    description:
      - Seconds for all tries together.
      - See O(imds.azure.instance_facts#module:deadline) for what is asked again.
    type: float
    default: 180
"""
