# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run that ends before its hosts do leaves nothing behind but what Ansible would leave."""

from __future__ import annotations

import json
import os
import shutil
import signal

import pytest
from ansible_collections.imds.azure.tests.e2e.accounts import PASSWORD
from ansible_collections.imds.azure.tests.e2e.controller import UNSHARED, Controller
from ansible_collections.imds.azure.tests.e2e.private_world import SEARCHED, PrivateWorld, eventually

HANGING = 'hanging ansible_host=10.99.0.10 ansible_user=hanging'


def interrupt(controller: Controller, world: PrivateWorld, number: signal.Signals, *arguments: str) -> int:
    """Send a signal while the only host hangs, and give the exit code."""
    asleep = list(world.inhabitants().values()).count(['sleep', '3600'])
    holder, process = controller.start('ansible-inventory', '--list', *arguments)
    eventually(lambda: list(world.inhabitants().values()).count(['sleep', '3600']) > asleep, 'the command does not hang')
    os.kill(process, number)
    return holder.wait(timeout=30)


@pytest.mark.parametrize(
    ('mechanism', 'number'),
    [
        ('key', signal.SIGINT),
        ('sshpass', signal.SIGINT),
        # Here ssh has a session of its own.
        ('ssh_askpass', signal.SIGINT),
        ('ssh_askpass', signal.SIGTERM),
        ('ssh_askpass', signal.SIGKILL),
    ],
)
def test_no_process_stays(mechanism: str, number: signal.Signals, controller: Controller, world: PrivateWorld) -> None:
    if mechanism == 'sshpass' and not shutil.which('sshpass', path=SEARCHED):
        pytest.skip('sshpass is not installed')
    controller.hosts([f'{HANGING} {UNSHARED}'])
    password = {} if mechanism == 'key' else {'ansible_password': PASSWORD, 'ansible_ssh_password_mechanism': mechanism}
    before = set(world.on_controller())
    # The code is the one by which Ansible says that its user interrupted it.
    assert interrupt(controller, world, number, '-e', json.dumps(password)) == (99 if number == signal.SIGINT else -number)
    eventually(lambda: set(world.on_controller()) <= before, 'processes stay')
    # Among them the one in which Ansible keeps the password.
    eventually(lambda: world.run('ls', '-A', '/dev/shm').stdout == '', 'shared memory stays')


def test_connections_of_interrupted_runs_stay(controller: Controller, world: PrivateWorld) -> None:
    """As Ansible would leave them: it is not their fault."""
    controller.hosts([HANGING])
    interrupt(controller, world, signal.SIGINT)
    assert len(controller.masters()) == 1
