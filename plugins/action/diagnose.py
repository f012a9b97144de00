# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A diagnosis over the task's own connection."""

from __future__ import annotations

from ansible_collections.imds.azure.plugins.module_utils._diagnosis.task import SPECIFICATION
from ansible_collections.imds.azure.plugins.plugin_utils._diagnosis.over_connection import diagnose_over
from ansible_collections.imds.azure.plugins.plugin_utils._tasks.imds_action import ImdsAction


class ActionModule(ImdsAction):
    """The diagnosis of one host."""

    specification = SPECIFICATION

    def _done(self, connection, options, warn):
        return diagnose_over(connection.execute, connection.is_powershell, options)
