# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all actions that ask a host's metadata service share: the question goes over the task's own connection as a shell command, or as a module.

The command needs no Python on the host and one round trip, where a module needs several and a Python; so it is taken wherever it can serve.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.imds.azure.plugins.module_utils._service.errors import ImdsError, OptionError
from ansible_collections.imds.azure.plugins.plugin_utils._fleet.host_variables import rendered
from ansible_collections.imds.azure.plugins.plugin_utils._inventory.untrusted import untrusted
from ansible_collections.imds.azure.plugins.plugin_utils._option_names import HOST_VARIABLES, VARIABLE_PREFIX, host_options, refuse_misspelt_variables
from ansible_collections.imds.azure.plugins.plugin_utils._tasks.task_connection import TaskConnection, is_windows
from ansible_collections.imds.azure.plugins.plugin_utils._transports.posix_command import NoToolError
from ansible_collections.imds.azure.plugins.plugin_utils._transports.shell import OtherCommandError, ShellTransport

Result = dict[str, t.Any]
_WAY_OUT = 'Remove become, async and environment from the task for this host, and set transport to auto or shell.'


class ImdsAction(ActionBase):
    """Does C(task) with the options that C(specification) describes. A subclass names both, and may change what goes in and what comes out."""

    TRANSFERS_FILES = False
    _supports_async = True

    specification: t.ClassVar[dict[str, t.Any]]
    # See C(answer) in module_utils/_service/options.py.
    task: t.ClassVar[t.Callable[..., Result]]
    # Whether meta/runtime.yml leads to a module that runs on Windows.
    module_for_windows: t.ClassVar[bool] = False

    def run(self, tmp: t.Any = None, task_vars: dict[str, t.Any] | None = None) -> Result:
        result = super().run(tmp, task_vars)
        variables, arguments = task_vars or {}, self._task.args
        self._task.args = {**self._host_options(variables, arguments), **arguments}
        try:
            return {**result, **self._asked(variables)}
        finally:
            self._task.args = arguments

    def _host_options(self, variables: dict[str, t.Any], given: t.Container[str]) -> dict[str, t.Any]:
        """What variables of the host that is asked say about options that the task does not give.

        :raises AnsibleActionFail: one is misspelt or cannot be used, and the service would be asked in another way than was meant.
        """
        if self._task.delegate_to:
            variables = variables.get('ansible_delegated_vars', {}).get(self._task.delegate_to, {})
        try:
            refuse_misspelt_variables(variables)
            return host_options(rendered(variables, self._templar, [name for name in HOST_VARIABLES if name.removeprefix(VARIABLE_PREFIX) not in given]))
        except OptionError as error:
            raise AnsibleActionFail(str(error)) from error

    def _asked(self, variables: dict[str, t.Any]) -> Result:
        """The result, by the way that the task wants or that can serve.

        :raises AnsibleActionFail: the one that it wants cannot.
        """
        wanted = self._task.args.get('transport') or 'auto'
        reason = self._why_not_shell()
        if wanted == 'shell' and reason:
            raise AnsibleActionFail(f'transport is shell, but {reason}. Set transport to auto or module.')
        if wanted != 'module' and not reason:
            try:
                return self._by_shell()
            except NoToolError as error:
                # There may be a Python where no shell finds it.
                if wanted == 'shell':
                    return {'failed': True, 'msg': str(error)}
        if is_windows(self) and not self.module_for_windows:
            raise AnsibleActionFail(f'This task has no module for Windows, and {reason or "transport is module"}. {_WAY_OUT}')
        return self._by_module(variables)

    def _why_not_shell(self) -> str | None:
        """Why only the module can serve, as the end of a sentence; None where the shell can."""
        if self._task.async_val:
            return 'the task is asynchronous'
        if any(self._task.environment or ()):
            return 'the task has an environment, which shell commands do not get'
        return TaskConnection.why_not(self)

    def _by_module(self, variables: dict[str, t.Any]) -> Result:
        wrap = bool(self._task.async_val) and not self._connection.has_native_async
        result = self._execute_module(task_vars=variables, wrap_async=wrap)
        if not wrap:
            self._remove_tmp_path(self._connection._shell.tmpdir)
        return result

    def _done(self, connection: TaskConnection, options: dict[str, t.Any], warn: t.Callable[[str], None]) -> Result:
        """The result of C(task) over a connection.

        :raises ImdsError:
        """
        transport = ShellTransport(connection.execute, options['endpoint'], options['detect'], connection.is_powershell)
        return type(self).task(options, transport, warn, self._task.check_mode)

    def _by_shell(self) -> Result:
        """The result of the task, failed or not.

        :raises NoToolError: the host has no program for HTTP.
        """
        _validation, options = self.validate_argument_spec(**self.specification)
        warnings: list[str] = []
        connection = TaskConnection(self)
        try:
            result = self._done(connection, options, warnings.append)
        except NoToolError:
            raise
        except ImdsError as error:
            if connection.become and isinstance(error, OtherCommandError):
                cause = f'Become with {connection.become} may not work there (ansible_become_method).'
                error.remedy = f'{cause} Try: ansible HOST -b -m ansible.builtin.raw -a true'
            result = {'failed': True, 'msg': str(error)}
        return untrusted({'changed': False, **result, **({'warnings': warnings} if warnings else {})})
