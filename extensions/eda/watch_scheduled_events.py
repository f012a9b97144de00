# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the event source scheduled_events starts: asks for scheduled events until its standard input ends, and writes each answer as a line of JSON.

A program of its own, because an event source cannot import collections, Ansible's code has no place in the process of ansible-rulebook, and a request
that hangs must not keep that from ending. The first line of its input holds the arguments, and what an earlier one told of placements. Where the arguments
cannot be used it says why and ends.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import types
from pathlib import Path

# Not resolved: this folder may be a link to a checkout.
COLLECTION = Path(__file__).absolute().parents[2]
ENDS = (signal.SIGTERM, signal.SIGHUP)
PLACE = ('ansible_collections', 'imds', 'azure')


def main() -> int:
    """Asks until nobody wants to know any more, or the inventory is to be read again; gives the exit status."""
    # What libraries print goes to standard error, so that there is nothing but answers on standard output.
    output = os.dup(1)
    os.dup2(2, 1)
    # At the end Ansible removes its temporary folder.
    for number in ENDS:
        signal.signal(number, lambda _number, _frame: sys.exit())
    task = json.loads(sys.stdin.buffer.readline())
    arguments = task['arguments']
    of_hosts = any(arguments.get(name) is not None for name in ('hosts', 'inventory'))
    if of_hosts and COLLECTION.parts[-3:] != PLACE:
        return refuse(output, f'To ask hosts, install the collection: {COLLECTION} does not end with {"/".join(PLACE)}.')
    try:
        if of_hosts:
            import_collections()
            from ansible_collections.imds.azure.plugins.plugin_utils._events.of_hosts import watch_events
        else:
            import_this_collection()
            from ansible_collections.imds.azure.plugins.plugin_utils._events.of_this_vm import watch_events
        from ansible_collections.imds.azure.plugins.module_utils._service.errors import ImdsError
    except ImportError as error:
        return refuse(output, f'{error}. Install ansible-core 2.16 or later for {sys.executable}, which runs ansible-rulebook.')
    try:
        watch_events(arguments, task['placements'], output)
    except ImdsError as error:
        return refuse(output, str(error))
    except BrokenPipeError:
        # Nobody reads the answers any more.
        pass
    finally:
        # What Ansible tidies up at the end is not to be interrupted.
        for number in ENDS:
            signal.signal(number, signal.SIG_IGN)
    return 0


def import_this_collection() -> None:
    """Makes this folder the collection imds.azure, wherever it lies, and touches no path on which other modules are found."""
    for depth in (1, 2, 3):
        package = types.ModuleType('.'.join(PLACE[:depth]))
        package.__path__ = [str(COLLECTION)] if depth == 3 else []
        sys.modules[package.__name__] = package


def import_collections() -> None:
    """Makes all installed collections importable as in Ansible's own programs, for connection plugins and inventories may come from any of them."""
    from ansible.plugins.loader import init_plugin_loader

    init_plugin_loader([str(COLLECTION.parents[2])])


def refuse(output: int, why: str) -> int:
    os.write(output, json.dumps({'refused': why}).encode() + b'\n')
    return 2


if __name__ == '__main__':
    sys.exit(main())
