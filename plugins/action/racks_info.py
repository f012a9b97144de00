# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tells the racks of a cluster on the controller, from facts that are known. No host is asked."""

from __future__ import annotations

from ansible.plugins.action import ActionBase
from ansible.plugins.loader import lookup_loader
from ansible_collections.imds.azure.plugins.module_utils._service.counted import counted
from ansible_collections.imds.azure.plugins.plugin_utils._placement.known_facts import HostsError, facts_of_hosts
from ansible_collections.imds.azure.plugins.plugin_utils._placement.racks import LEVELS, RackError, racks

OPTIONS = dict(
    hosts=dict(type='list', elements='str'),
    level=dict(type='str', choices=['auto', *LEVELS], default='auto'),
    default=dict(type='str'),
    availability_set_tag=dict(type='str', default=''),
)


class ActionModule(ActionBase):
    """Knows which hosts the play is for, which a filter cannot know when a run is limited to some of them."""

    TRANSFERS_FILES = False
    _requires_connection = False

    def run(self, tmp=None, task_vars=None):
        result = super().run(tmp, task_vars)
        _validation, options = self.validate_argument_spec(OPTIONS)
        hosts = self._hosts_of_play(task_vars) if options['hosts'] is None else options['hosts']
        try:
            facts = facts_of_hosts(hosts, task_vars['hostvars'])
            missing = [host for host, known in facts.items() if known is None]
            if missing:
                raise RackError(
                    f'{len(missing)} of {counted(len(facts), "host")} of the cluster {"has" if len(missing) == 1 else "have"} no Azure facts: '
                    f'{", ".join(missing)}. Racks need the facts of all hosts. Gather them in an earlier play, or use the inventory plugin imds.azure.hosts or '
                    'a fact cache. Otherwise, do not use --limit, serial or a strategy other than linear. If hosts are unreachable, remove them from the hosts '
                    'of the cluster (rack_awareness_hosts of the role).'
                )
            found = racks(facts, options['level'], options['default'], options['availability_set_tag'])
        except (HostsError, RackError) as error:
            return dict(result, failed=True, msg=f'imds.azure.racks: {error}')
        return dict(result, changed=False, racks=found.rows, warnings=found.warnings)

    def _hosts_of_play(self, task_vars):
        """All hosts of the play, also those that --limit leaves out."""
        pattern = self._task.get_play().hosts
        lookup = lookup_loader.get('ansible.builtin.inventory_hostnames', loader=self._loader, templar=self._templar)
        return lookup.run([pattern] if isinstance(pattern, str) else pattern, variables=task_vars)
