# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A question to one host's own metadata service, over the host's own connection: the answer, or why there is none.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import contextlib
import itertools
import threading
import time
import typing as t

from ansible_collections.imds.azure.plugins.module_utils._service.errors import ABSENCE, ImdsError, NotAzureError
from ansible_collections.imds.azure.plugins.plugin_utils._fleet.crowding import HERE, THERE, ClosedEarlyError, closed_early, shortage
from ansible_collections.imds.azure.plugins.plugin_utils._fleet.host_connection import HostConnection, HostUnreachableError, connection_password
from ansible_collections.imds.azure.plugins.plugin_utils._fleet.host_variables import HostVariables, rendered
from ansible_collections.imds.azure.plugins.plugin_utils._fleet.turns import Allow
from ansible_collections.imds.azure.plugins.plugin_utils._option_names import HOST_VARIABLES, host_options, refuse_misspelt_variables
from ansible_collections.imds.azure.plugins.plugin_utils._transports.host_command import HostCommand, HostOutput
from ansible_collections.imds.azure.plugins.plugin_utils._transports.shell import ShellTransport

# Beyond what the request may take: to connect, and for the command to begin and to end.
GRACE = 5.0
# Lookups in the variables of a host may have to ask others, such as vaults.
PREPARATION = 60.0
CAUSE_CHARACTERS = 1000
# How many hosts are prepared in a row, and for how many seconds another is begun.
AHEAD = 20
QUICK = 0.5


# Given the name of the host, the transport, the options with what variables of the host say of them, and the clock for the client; gives the answer, or
# raises whatever it likes.
Question = t.Callable[[str, ShellTransport, dict[str, t.Any], t.Any], dict[str, t.Any]]


class HostVariablesError(ImdsError):
    """The variables of the host are such that no connection can be made."""

    remedy = 'To see its variables, run: ansible-inventory --host HOST'


class _Prepared(t.NamedTuple):
    """A connection that was not made yet, and what is asked over it."""

    connection: HostConnection
    options: dict[str, t.Any]


class HostQuestion:
    """Asks hosts one by one, from several threads.

    :param options: C(endpoint), C(detect) and what the question needs. Variables of a host (HOST_VARIABLES) say otherwise for this host.
    :param names: in the order in which they are asked, where that is done once.
    """

    def __init__(self, variables: HostVariables, options: dict[str, t.Any], question: Question, names: t.Iterable[str] = ()) -> None:
        self._variables = variables
        self._options = options
        self._question = question
        self._password = connection_password()
        # Ansible's loaders and caches were never made for threads; only waiting for hosts is worth sharing.
        self._one_at_a_time = threading.Lock()
        self._to_come = dict.fromkeys(names)
        self._prepared: dict[str, _Prepared] = {}

    def ask(self, name: str, allow: Allow) -> dict[str, t.Any]:
        """The answer with C("state": "present"), or C({"state": .., "error": ..}), where the state is not_azure, unreachable or failed.

        With C("crowded": ..), see Turns, where that may be for asking many at once.
        """
        try:
            return self._ask(name, allow)
        except Exception as error:
            return _failure(error)

    def _ask(self, name: str, allow: Allow) -> dict[str, t.Any]:
        prepared = self._prepared.pop(name, None)
        if prepared is None:
            with self._one_at_a_time:
                allow(PREPARATION)
                # Others may have done it while this one waited.
                prepared = self._prepared.pop(name, None)
                if prepared is None:
                    prepared = self._prepare_in_a_row(name)
        connection, options = prepared
        patience = connection.connect_seconds + GRACE

        def wait(seconds: float) -> None:
            allow(seconds + patience, connection.leave)

        def execute(command: HostCommand, seconds: float) -> HostOutput:
            wait(seconds)
            return connection.execute(command)

        transport = ShellTransport(execute, options['endpoint'], options['detect'], connection.is_powershell)
        try:
            answer = self._question(name, transport, options, _PatientClock(wait))
        except ABSENCE as error:
            if not transport.unsure:
                raise
            return {'state': 'not_azure', 'error': _one_line(error)}
        finally:
            connection.close()
        return dict(answer, state='present')

    def _prepare_in_a_row(self, name: str) -> _Prepared:
        """One host, and those after it: that takes half of the CPU, for the processor's caches hold what the work needs."""
        began = time.monotonic()
        self._to_come.pop(name, None)
        own = self._prepare(name)
        for other in list(itertools.islice(self._to_come, AHEAD)):
            # A vars plugin may ask others, and then each host waits for its own variables only.
            if time.monotonic() - began > QUICK:
                break
            del self._to_come[other]
            # What is wrong with it is told in its own turn, and in that it may also take its time.
            with contextlib.suppress(Exception):
                self._prepared[other] = self._prepare(other, may_take_long=False)
        return own

    def _prepare(self, name: str, may_take_long: bool = True) -> _Prepared:
        try:
            variables, templar = self._variables.of(name)
            render_with = templar if may_take_long else None
            own = rendered(variables, render_with, HOST_VARIABLES)
            connection = HostConnection(variables, render_with, self._password)
        except Exception as error:
            raise HostVariablesError(_one_line(error).rstrip('.')) from error
        refuse_misspelt_variables(variables)
        return _Prepared(connection, {**self._options, **host_options(own)})


def _failure(error: Exception) -> dict[str, t.Any]:
    """The answer of a host that gave none."""
    short = shortage(error)
    if short:
        return {'state': 'failed', 'error': _one_line(short), 'crowded': HERE}
    if isinstance(error, HostUnreachableError):
        if closed_early(error.cause):
            return {'state': 'unreachable', 'error': _one_line(ClosedEarlyError(error.cause)), 'crowded': THERE}
        return {'state': 'unreachable', 'error': _one_line(error)}
    return {'state': 'not_azure' if isinstance(error, NotAzureError) else 'failed', 'error': _one_line(error)}


def _one_line(error: Exception) -> str:
    """What an error says, fit to be printed: connection plugins hand on what hosts write."""
    words = ' '.join(''.join(c if c.isprintable() else ' ' for c in str(error)).split())
    # With -vvvv ssh tells a long story, and how it ends is what counts.
    half = (CAUSE_CHARACTERS - len(' ... ')) // 2
    return (words if len(words) <= CAUSE_CHARACTERS else f'{words[:half]} ... {words[-half:]}') or error.__class__.__name__


class _PatientClock:
    """The real clock, whose pauses count as time in which a host is not given up."""

    monotonic = staticmethod(time.monotonic)
    time = staticmethod(time.time)

    def __init__(self, allow: t.Callable[[float], None]) -> None:
        self._allow = allow

    def sleep(self, seconds: float) -> None:
        self._allow(seconds)
        time.sleep(seconds)
