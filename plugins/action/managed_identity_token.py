# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A token over the task's own connection, which goes into the registered variable and nowhere else. A module cannot ask for that itself."""

from __future__ import annotations

import typing as t

from ansible_collections.imds.azure.plugins.module_utils._identity import SPECIFICATION, managed_identity_token
from ansible_collections.imds.azure.plugins.plugin_utils._tasks.imds_action import ImdsAction
from ansible_collections.imds.azure.plugins.plugin_utils._tasks.task_connection import nothing_shown


class ActionModule(ImdsAction):
    """The result is censored wherever it would be shown, unless it is a failure, which holds no token."""

    # What a job in the background answers is kept in a file on the host.
    _supports_async = False

    specification = SPECIFICATION
    task = staticmethod(managed_identity_token)

    def run(self, tmp: t.Any = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        result = super().run(tmp, task_vars)
        if result.get('failed'):
            return without_token(result)
        if self._task.loop is not None:
            # The result of all items together knows nothing of those of the items in ansible-core 2.16.
            self._task.no_log = True
        return {**result, '_ansible_no_log': True}

    def _by_module(self, variables: dict[str, t.Any]) -> dict[str, t.Any]:
        # Connects before anything is hidden: a host that cannot be reached shall say why.
        self._low_level_execute_command('true', sudoable=False)
        with nothing_shown(self):
            return super()._by_module(variables)


def without_token(result: dict[str, t.Any]) -> dict[str, t.Any]:
    """A failure, without what the module has printed where an answer with a token was cut off or garbled on its way."""
    censored = {name for name in ('module_stdout', 'module_stderr', 'exception') if isinstance(result.get(name), str) and 'access_token' in result[name]}
    return {**result, **dict.fromkeys(censored, 'censored because it may contain a token')}
