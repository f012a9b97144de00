# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts over the task's own connection, completed on the controller where C(cloud_lookup) is on."""

from __future__ import annotations

from ansible.module_utils.parsing.convert_bool import boolean
from ansible_collections.imds.azure.plugins.module_utils._facts.instance_facts import SPECIFICATION, instance_facts
from ansible_collections.imds.azure.plugins.plugin_utils._inventory.untrusted import untrusted
from ansible_collections.imds.azure.plugins.plugin_utils._tasks.imds_action import ImdsAction


class ActionModule(ImdsAction):
    """The facts of one host."""

    specification = SPECIFICATION
    task = staticmethod(instance_facts)
    module_for_windows = True

    def run(self, tmp=None, task_vars=None):
        arguments = self._task.args
        # The result of an asynchronous task is not here yet. The module says that nothing will be looked up.
        if self._task.async_val or not boolean(arguments.get('cloud_lookup') or False, strict=False):
            return super().run(tmp, task_vars)
        self._task.args = {**arguments, 'cloud_lookup': False}
        try:
            result = super().run(tmp, task_vars)
        finally:
            self._task.args = arguments
        facts = result.get('ansible_facts')
        imds = facts.get('azure_imds') if isinstance(facts, dict) else None
        return self._completed(result, imds, arguments) if isinstance(imds, dict) else result

    def _completed(self, result, imds, arguments):
        # Loaded only here, for most tasks need none of it.
        from ansible_collections.imds.azure.plugins.module_utils._service.options import DEFAULT_CLOUD_ENDPOINTS
        from ansible_collections.imds.azure.plugins.plugin_utils._clouds.endpoints import with_clouds

        hosts, warnings = with_clouds({'the host': imds}, arguments.get('cloud_endpoints') or DEFAULT_CLOUD_ENDPOINTS)
        result['ansible_facts'] = {'azure_imds': untrusted(hosts['the host'])}
        if warnings:
            result['warnings'] = [*result.get('warnings', []), *warnings]
        return result
