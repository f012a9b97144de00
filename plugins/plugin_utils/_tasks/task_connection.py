# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The connection of a task, and one command over it as the task would run it, with become and all.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import contextlib
import typing as t

from ansible.errors import AnsibleAuthenticationFailure, AnsibleConnectionFailure
from ansible.utils.display import Display
from ansible_collections.imds.azure.plugins.plugin_utils._transports.host_command import HostCommand, HostOutput

WINDOWS_SHELLS = ('powershell', 'cmd')


class TaskConnection:
    """Runs commands as the action would.

    :param action: an action that is being run.
    """

    def __init__(self, action: t.Any) -> None:
        self._action = action
        self.is_powershell = is_windows(action)
        plugin = action._connection.become
        # The method by which the command is run as another user, or None.
        self.become = None if plugin is None else str(plugin.name)

    @staticmethod
    def why_not(action: t.Any) -> str | None:
        """Why no command can be run over the connection of an action, as the end of a sentence; None where one can."""
        connection = action._connection
        if getattr(connection, '_persistent', False) or connection.transport in ('network_cli', 'netconf', 'httpapi'):
            return f'the connection {connection.transport} does not run shell commands'
        if is_windows(action) and connection.become:
            return 'on Windows, Ansible supports become (runas) for modules only'
        return None

    def execute(self, command: HostCommand, seconds: float) -> HostOutput:
        """Runs a command. What it writes is shown nowhere: an answer of the metadata service may hold user data or a token.

        :raises AnsibleConnectionFailure: the host cannot be reached.
        """
        run = self._action._low_level_execute_command
        try:
            with nothing_shown(self._action):
                done = run(command.line, sudoable=self.become is not None, in_data=command.stdin, encoding_errors='surrogateescape')
        except AnsibleAuthenticationFailure:
            raise  # one more wrong password could lock the account
        except AnsibleConnectionFailure as error:
            if 'censored' in str(error):
                # It hides why the host cannot be reached too. This connects once more, hides nothing, and fails with the reason.
                run('true', sudoable=False)
            raise
        return HostOutput(*(done[name].encode('utf-8', 'surrogateescape') for name in ('stdout', 'stderr')))


def is_windows(action: t.Any) -> bool:
    """Whether an action is for a host with Windows."""
    return getattr(action._connection._shell, 'SHELL_FAMILY', '') in WINDOWS_SHELLS


@contextlib.contextmanager
def nothing_shown(action: t.Any) -> t.Iterator[None]:
    """Connections show what a command answers with -vvv, unless told not to, and the debug log of ansible-core shows it in any case.

    Those for Windows do not listen, and show it with -vvvvv.
    """
    context, display = action._connection._play_context, Display()
    no_log, debug, verbosity = context.no_log, display.debug, display.verbosity
    context.no_log = True
    display.debug = lambda *args, **kwargs: None
    if is_windows(action):
        display.verbosity = min(verbosity, 4)
    try:
        yield
    finally:
        context.no_log, display.debug, display.verbosity = no_log, debug, verbosity
