# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Approvals of scheduled events over the task's own connection."""

from __future__ import annotations

from ansible_collections.imds.azure.plugins.module_utils._scheduled_events.tasks import APPROVE, scheduled_events_approve
from ansible_collections.imds.azure.plugins.plugin_utils._tasks.imds_action import ImdsAction


class ActionModule(ImdsAction):
    """What became of the events of one host."""

    specification = APPROVE
    task = staticmethod(scheduled_events_approve)
