# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scheduled events over the task's own connection."""

from __future__ import annotations

from ansible_collections.imds.azure.plugins.module_utils._scheduled_events.tasks import INFO, scheduled_events_info
from ansible_collections.imds.azure.plugins.plugin_utils._tasks.imds_action import ImdsAction


class ActionModule(ImdsAction):
    """The events of one host."""

    specification = INFO
    task = staticmethod(scheduled_events_info)
