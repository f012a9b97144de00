# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""More hosts at once than an sshd lets in, or than the controller has files for: all are heard in the end."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from ansible_collections.imds.azure.tests.e2e.controller import UNSHARED, Controller, Inventory
from ansible_collections.imds.azure.tests.e2e.private_world import PrivateWorld, eventually, program
from ansible_collections.imds.azure.tests.e2e.virtual_machine import VirtualMachine

ADDRESS = '10.99.0.14'
PORT = 2322
NAMES = {f'host_{number}' for number in range(12)}
# Closes each connection as soon as it is made, and says how many there were.
CLOSE_ALL = f"""
import os, socket, sys
listener = socket.create_server(({ADDRESS!r}, {PORT}), backlog=64)
open(sys.argv[1], 'w').write(str(os.getpid()))
while True:
    listener.accept()[0].close()
    open(sys.argv[2], 'a').write('x')
"""
# Two that have begun and go no further, until a third was turned away. Their first bytes say that sshd knows of them.
HOLD_TWO = f"""
import socket, sys, time
held = [socket.create_connection(({ADDRESS!r}, {PORT})) for _number in range(2)]
for connection in held:
    connection.recv(1)
open(sys.argv[2], 'x')
for _number in range(1000):
    if 'MaxStartups' in open(sys.argv[1]).read():
        break
    time.sleep(0.1)
"""

Listen = Callable[..., None]


@pytest.fixture
def listen(machines: dict[str, VirtualMachine], controller: Controller) -> Iterator[Listen]:
    """Starts a program on db that listens on the port and writes its process id into C(pid), and ends it with the test."""
    db, file = machines['db'], controller.folder / 'pid'
    processes = []

    def start(*words: str) -> None:
        processes.append(db.start(*words))
        eventually(lambda: file.exists() and bool(file.read_text()), 'nothing listens')

    yield start
    db.run('kill', file.read_text().strip())
    processes[0].wait(timeout=30)


@pytest.mark.parametrize(
    'way', [f'ansible_port={PORT}', f'ansible_ssh_common_args="-F {{config}} -o ProxyJump={ADDRESS}:{PORT}"'], ids=['the host', 'a bastion in front of it']
)
def test_max_startups(
    controller: Controller, world: PrivateWorld, machines: dict[str, VirtualMachine], ssh_config: Path, folder: Path, listen: Listen, way: str
) -> None:
    """One sshd lets two connections begin at once, and many more want to."""
    known = (folder / 'known_hosts').read_text()
    (controller.folder / 'known_hosts').write_text(f'{known}[{ADDRESS}]:{PORT} {machines["db"].host_key}')
    config = controller.folder / 'ssh_config'
    config.write_text(ssh_config.read_text().replace(str(folder / 'known_hosts'), str(controller.folder / 'known_hosts')))
    log = controller.folder / 'sshd.log'
    sshd_config = controller.folder / 'sshd_config'
    # What the command line says of MaxStartups counts less than the file.
    sshd_config.write_text((folder / 'db/sshd_config').read_text().replace('MaxStartups 100', 'MaxStartups 2'))
    options = [f'-o{option}' for option in (f'ListenAddress={ADDRESS}', f'PidFile={controller.folder}/pid')]
    listen(program('sshd'), '-D', '-E', str(log), '-f', str(sshd_config), '-p', str(PORT), *options)
    world.start(sys.executable, '-I', '-c', HOLD_TWO, str(log), str(controller.folder / 'held'), log=controller.folder / 'log')
    eventually((controller.folder / 'held').exists, 'they have not begun')
    controller.hosts((f'{name} ansible_host={ADDRESS} ansible_ssh_timeout=60 {UNSHARED} {way.format(config=config)}' for name in NAMES), f'-F {config}')
    controller.options(forks=len(NAMES))
    inventory, shown = controller.inventory_on_terminal('-v')
    assert inventory.members('azure') == NAMES, shown
    assert f'{len(NAMES)}/{len(NAMES)} hosts' in shown
    assert 'MaxStartups' in log.read_text(), 'it let all of them in'


def test_an_sshd_that_lets_nobody_in(controller: Controller, listen: Listen) -> None:
    """It is asked once more, and then the message says what may be the matter."""
    connections = controller.folder / 'connections'
    listen(sys.executable, '-I', '-c', CLOSE_ALL, str(controller.folder / 'pid'), str(connections))
    controller.hosts([f'closed ansible_host={ADDRESS} ansible_port={PORT}', f'open ansible_host={ADDRESS}'])
    inventory, shown = controller.inventory_on_terminal('-v')
    assert (inventory.members('azure'), inventory.members('azure_unreachable')) == ({'open'}, {'closed'})
    assert connections.read_text() == 'xx'
    words = ' '.join(shown.split())
    assert 'raise MaxStartups' in words
    assert 'ANSIBLE_SSH_RETRIES' in words


def inventory_with(files: int, controller: Controller, world: PrivateWorld) -> tuple[Inventory, str]:
    """Where Ansible may have so many files open: the inventory, and the messages."""
    done = world.run('sh', '-c', f'ulimit -n {files}; exec "$@"', 'sh', *controller.words('ansible-inventory', '--list', '-v'))
    shown, _brace, document = done.stdout.partition('\n{')
    return Inventory(json.loads(f'{{{document}')), shown


@pytest.mark.parametrize('files', [64, 40])
def test_few_open_files(controller: Controller, world: PrivateWorld, files: int) -> None:
    """That is the controller's own trouble; no host has to do with it."""
    controller.hosts(f'{name} ansible_host={ADDRESS} ansible_ssh_timeout=60 {UNSHARED}' for name in NAMES)
    controller.options(forks=len(NAMES))
    inventory, shown = inventory_with(files, controller, world)
    assert inventory.members('azure') == NAMES, shown


def test_too_few_open_files_for_a_single_host(controller: Controller, world: PrivateWorld) -> None:
    """Ansible itself starts, and then there is next to nothing left."""
    controller.hosts([f'host ansible_host={ADDRESS} {UNSHARED}'])
    inventory, shown = inventory_with(10, controller, world)
    assert inventory.members('azure_failed') == {'host'}
    assert 'host: the controller has too few open files. This is not a problem of the host: ask fewer hosts at once (forks), or raise the limit' in shown
