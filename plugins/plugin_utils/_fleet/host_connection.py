# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections to hosts as a play would make them, and one command over each.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import contextlib
import os
import re
import typing as t

from ansible import constants as C
from ansible import context
from ansible.errors import AnsibleError
from ansible.module_utils.common.text.converters import to_bytes
from ansible.playbook.play_context import PlayContext
from ansible.plugins.loader import connection_loader
from ansible.template import Templar
from ansible_collections.imds.azure.plugins.module_utils._service.errors import ImdsError, excerpt
from ansible_collections.imds.azure.plugins.plugin_utils._fleet.host_variables import rendered
from ansible_collections.imds.azure.plugins.plugin_utils._transports.clixml import without_clixml
from ansible_collections.imds.azure.plugins.plugin_utils._transports.host_command import HostCommand, HostOutput
from ansible_collections.imds.azure.plugins.plugin_utils._transports.powershell_command import is_constrained


class HostUnreachableError(ImdsError):
    """The host itself cannot be reached, so that the service was not asked."""

    remedy = 'To try this connection, run: ansible HOST -m ansible.builtin.raw -a true'


def connection_password() -> str:
    """What a play gets by C(--connection-password-file) or its setting. A password that was typed (C(-k)) is not to be had in an inventory."""
    file = context.CLIARGS.get('connection_password_file', C.CONNECTION_PASSWORD_FILE)
    if not file or file == '-':
        return ''
    # It looks at the terminal and ends the process where it does not like what it sees, so it is for programs of Ansible only.
    from ansible.cli import CLI

    return CLI.get_password_from_file(file)


class HostConnection:
    """One host's own connection plugin, set up from its variables and the command line.

    :param templar: as for C(rendered).
    :param password: the one for hosts that have none among their variables.
    :raises AnsibleError: a variable cannot be rendered, or there is no such plugin.
    """

    def __init__(self, variables: dict[str, t.Any], templar: Templar | None, password: str = '') -> None:
        play = PlayContext(passwords={'conn_pass': password})
        name = rendered(variables, templar, ['ansible_connection']).get('ansible_connection', context.CLIARGS.get('connection', C.DEFAULT_TRANSPORT))
        # "smart" was the default once and means ssh today.
        play.connection = 'ssh' if name == 'smart' else name
        play.remote_addr = variables.get('inventory_hostname')
        for attribute in ('remote_addr', 'remote_user', 'port', 'password', 'timeout', 'shell', 'executable'):
            alias = next((alias for alias in C.MAGIC_VARIABLE_MAPPING[attribute] if alias in variables), None)
            for value in rendered(variables, templar, [alias]).values():
                setattr(play, attribute, value)
        self._names = {str(word) for word in (variables.get('inventory_hostname'), play.remote_addr) if word}
        self._connection = connection_loader.get(play.connection, play, os.devnull)
        if self._connection is None:
            raise AnsibleError(f'cannot find the connection plugin {play.connection!r}')
        keywords = {
            'password': play.password or None,
            'remote_user': context.CLIARGS.get('remote_user'),
            'timeout': int(play.timeout or C.DEFAULT_TIMEOUT),
        }
        for kind, plugin in (('connection', self._connection), ('shell', self._connection._shell)):
            names = C.config.get_plugin_vars(kind, plugin._load_name)
            options = rendered(variables, templar, names)
            if plugin.allow_extras:
                # winrm and psrp hand on what they know no option for.
                prefix = f'ansible_{plugin.extras_prefix}_'
                options['_extras'] = rendered(variables, templar, [name for name in variables if name.startswith(prefix) and name not in names])
            plugin.set_options(task_keys={key: value for key, value in keywords.items() if value is not None}, var_options=options)
        # Not every connection has this option.
        own = self._connection.get_option('timeout') if self._connection.has_option('timeout') else None
        self.connect_seconds = float(own or keywords['timeout'])
        # From cmd, PowerShell is started as any other program is.
        self.is_powershell = getattr(self._connection._shell, 'SHELL_FAMILY', '') in ('powershell', 'cmd')

    def execute(self, command: HostCommand) -> HostOutput:
        """What the command writes on the host.

        :raises HostUnreachableError:
        """
        try:
            code, stdout, stderr = self._connection.exec_command(command.line, in_data=command.stdin, sudoable=False)
        except AnsibleError as error:
            raise self._unreachable(str(error)) from error
        written = HostOutput(to_bytes(stdout or b''), without_clixml(to_bytes(stderr or b'')))
        if not written.stdout and code and not written.is_endless and not (self.is_powershell and is_constrained(written.stderr)):
            # Some connections report so that they were not made.
            raise self._unreachable(f'the command failed with exit code {code}: {excerpt(written.stderr)}')
        return written

    def _unreachable(self, cause: str) -> HostUnreachableError:
        """Without names in its cause: all hosts with the same trouble are shown together."""
        for name in self._names:
            cause = re.sub(rf'(?<![\w.-]){re.escape(name)}(?![\w-]|\.\w)', 'HOST', cause)
        return HostUnreachableError(' '.join(cause.split()).rstrip('.: '))

    def leave(self) -> None:
        """For a host that is given up and whose ssh was killed, which its plugin may not notice for a while."""
        # Until then the password for ssh_askpass would lie there.
        memory = getattr(self._connection, 'shm', None)
        if memory:
            with contextlib.suppress(FileNotFoundError):
                memory.unlink()
        # What hangs may be a connection that ssh keeps open. No later run or play is to go through it.
        self._connection.reset()

    def close(self) -> None:
        # What the host said is known by now.
        with contextlib.suppress(Exception):
            self._connection.close()
