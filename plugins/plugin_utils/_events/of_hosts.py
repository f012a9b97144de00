# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The scheduled events of the hosts of an inventory, asked again and again over their own connections.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import collections
import contextlib
import os
import select
import signal
import time
import typing as t

from ansible import constants as C
from ansible.cli import CLI
from ansible.errors import AnsibleError
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible_collections.imds.azure.plugins.module_utils._service.errors import OptionError
from ansible_collections.imds.azure.plugins.plugin_utils._events.arguments import validated
from ansible_collections.imds.azure.plugins.plugin_utils._events.output import write_answer
from ansible_collections.imds.azure.plugins.plugin_utils._events.placements import Known, Placements
from ansible_collections.imds.azure.plugins.plugin_utils._events.question import Answer, ask_events, pause
from ansible_collections.imds.azure.plugins.plugin_utils._fleet.host_question import HostQuestion
from ansible_collections.imds.azure.plugins.plugin_utils._fleet.host_variables import HostVariables
from ansible_collections.imds.azure.plugins.plugin_utils._fleet.turns import Turns


def watch_events(arguments: dict[str, t.Any], placements: Known, output: int) -> None:
    """Writes each answer as a line until standard input ends or the inventory is to be read again. Takes the process for itself.

    The first line is C(hosts), the names of all hosts, where somebody wants to know which of them come and go: with C(placement_interval).

    :param arguments: as the user gave them.
    :param placements: what an earlier process told of them, see Placements.
    :raises ImdsError: they cannot be used.
    """
    options = validated(arguments)
    names, variables = _hosts(options)
    ends = time.monotonic() + options['refresh']
    last: dict[str, Answer] = {}
    failures: collections.Counter[str] = collections.Counter()
    places = Placements(options, placements)
    if options['placement_interval'] is not None:
        write_answer(output, {'hosts': names})
    # Nothing that a connection runs is to read it.
    watched = os.dup(0)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)

    def ask(name: str, transport: t.Any, of_host: dict[str, t.Any], clock: t.Any) -> Answer:
        return places.add(name, ask_events(transport, clock, of_host, last.get(name)), transport, clock)

    def report(answer: Answer) -> None:
        name = answer['name']
        if 'error' in answer:
            failures[name] += 1
        else:
            failures[name], last[name] = 0, answer
        # Where nobody reads the answers any more, standard input has ended too.
        with contextlib.suppress(BrokenPipeError):
            write_answer(output, {**answer, 'host': name})

    def wanted() -> bool:
        return time.monotonic() < ends and not select.select([watched], [], [], 0)[0]

    turns = Turns(HostQuestion(variables, options, ask).ask, report)
    try:
        turns.take(names, options['forks'], wanted, lambda answer: pause(options['interval'], failures[answer['name']]))
    finally:
        turns.end()
        # What a command has started itself may still be there, where this process leads the session.
        if os.getpgrp() == os.getpid():
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            os.killpg(0, signal.SIGTERM)


def _hosts(options: dict[str, t.Any]) -> tuple[list[str], HostVariables]:
    """The names of the hosts, and their variables as a play would have them."""
    try:
        loader = DataLoader()
        loader.set_vault_secrets(CLI.setup_vault_secrets(loader, vault_ids=C.DEFAULT_VAULT_IDENTITY_LIST, auto_prompt=False))
        manager = InventoryManager(loader=loader, sources=options['inventory'])
        names = [host.name for host in manager.get_hosts(options['hosts'])]
    except AnsibleError as error:
        raise OptionError(f'cannot read the inventory: {error}'.rstrip('.'), remedy='Try: ansible-inventory -i INVENTORY --list') from error
    if not names:
        raise OptionError(f'hosts {":".join(options["hosts"])!r} matches no host in the inventory', remedy='Try: ansible-inventory -i INVENTORY --graph')
    return names, HostVariables(manager._inventory, loader)
