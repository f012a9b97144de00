# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts that cannot be talked to: each costs its own time, and nobody is asked anything."""

from __future__ import annotations

import sys
import time

from ansible_collections.imds.azure.tests.e2e.controller import Controller
from ansible_collections.imds.azure.tests.e2e.fleet import KNOWN, STRANGER
from ansible_collections.imds.azure.tests.e2e.private_world import eventually
from ansible_collections.imds.azure.tests.e2e.virtual_machine import VirtualMachine

SILENT_PORT = 2299
# The kernel accepts the connections, and nobody ever speaks on them.
SAY_NOTHING = f'import socket, time; listener = socket.create_server(("0.0.0.0", {SILENT_PORT}), backlog=64); time.sleep(3600)'
IN_AZURE = {'web_0', 'web_1', 'web_2', 'web_3', 'db'}


def test_sshd_that_says_nothing(controller: Controller, machines: dict[str, VirtualMachine]) -> None:
    silent = machines['db'].start(sys.executable, '-I', '-c', SAY_NOTHING)
    try:
        eventually(lambda: f':{SILENT_PORT:04X} ' in machines['db'].run('cat', '/proc/net/tcp'), 'nothing listens')
        mute = [f'mute_{number} ansible_host=10.99.0.14 ansible_port={SILENT_PORT} ansible_ssh_timeout=3' for number in range(5)]
        controller.hosts([*mute, *KNOWN])
        started = time.monotonic()
        inventory = controller.inventory()
        seconds = time.monotonic() - started
    finally:
        silent.terminate()
        silent.wait(timeout=30)
    assert inventory.members('azure_unreachable') == {f'mute_{number}' for number in range(5)}
    assert inventory.members('azure') == IN_AZURE
    assert inventory.members('azure_not_azure') == {'onprem'}
    # Not for ever: a deadline of a request would be 90 seconds.
    assert seconds < 60


def test_unknown_host_key(controller: Controller) -> None:
    """ssh would ask whether to go on, on the terminal or on a desktop by a window; here it must not, and nobody answers."""
    controller.hosts([f'stranger ansible_host={STRANGER}', *KNOWN])
    window, asked = controller.folder / 'window', controller.folder / 'asked'
    window.write_text(f'#!/bin/sh\ntouch {asked}\necho yes\n')
    window.chmod(0o755)
    inventory, shown = controller.inventory_on_terminal('-v', DISPLAY=':0', SSH_ASKPASS=str(window))
    assert inventory.members('azure_unreachable') == {'stranger'}
    assert inventory.members('azure') == IN_AZURE
    assert 'Host key verification failed' in ' '.join(shown.split())
    assert 'continue connecting' not in shown
    assert not asked.exists()
    assert '7/7 hosts, 1 unreachable, 1 not azure' in shown


def test_many_with_one_trouble(controller: Controller) -> None:
    """They are told of in one line, whatever their addresses are."""
    controller.hosts([f'gone_{number} ansible_host=127.0.0.{number}' for number in range(1, 8)])
    inventory, shown = controller.inventory_on_terminal('-v')
    assert len(inventory.members('azure_unreachable')) == 7
    told = shown[shown.index('azure_imds: ') :]
    assert ' and 2 more: Failed to connect to the host via ssh: ssh: connect to host HOST port 22: Connection refused' in ' '.join(told.split())
    assert told.count('azure_imds: ') == 2, 'the sum, and the cause'
