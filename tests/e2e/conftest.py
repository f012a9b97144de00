# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Six virtual machines and a controller, made once for all tests of this folder."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.imds.azure.tests.e2e import accounts, closed_network, private_world
from ansible_collections.imds.azure.tests.e2e.controller import Controller
from ansible_collections.imds.azure.tests.e2e.fleet import KNOWN, MACHINES, STRANGER
from ansible_collections.imds.azure.tests.e2e.private_world import PrivateWorld
from ansible_collections.imds.azure.tests.e2e.virtual_machine import VirtualMachine


@pytest.fixture(scope='session')
def namespaces() -> None:
    """Skip where none can be made."""
    if reason := private_world.why_not():
        pytest.skip(reason)


@pytest.fixture(scope='session')
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp('e2e')


@pytest.fixture(scope='session')
def world(namespaces: None, folder: Path) -> Iterator[PrivateWorld]:
    (folder / 'ansible.cfg').touch()
    environment = {
        'ANSIBLE_COLLECTIONS_PATH': os.environ['ANSIBLE_COLLECTIONS_PATH'],
        'ANSIBLE_CONFIG': str(folder / 'ansible.cfg'),
        'ANSIBLE_BECOME_PLUGINS': str(Path(__file__).parent / 'become_plugins'),
        'PYTHONDONTWRITEBYTECODE': '1',
    }
    with PrivateWorld(environment) as world:
        world.furnish()
        closed_network.lay(world, MACHINES)
        world.run('ip', '-n', 'web_0', 'addr', 'add', f'{STRANGER}/24', 'dev', 'eth0')
        yield world


@pytest.fixture(scope='session')
def user_key(folder: Path) -> Path:
    key = folder / 'user_key'
    subprocess.run([private_world.program('ssh-keygen'), '-q', '-t', 'ed25519', '-N', '', '-f', str(key)], check=True, timeout=30)
    return key


@pytest.fixture(scope='session')
def machines(world: PrivateWorld, folder: Path, user_key: Path) -> dict[str, VirtualMachine]:
    """They end with the world."""
    accounts.furnish(world, user_key.with_suffix('.pub'))
    running = {machine.name: VirtualMachine(world, machine, folder) for machine in MACHINES}
    for machine in running.values():
        machine.wait()
    return running


@pytest.fixture(scope='session')
def ssh_config(machines: dict[str, VirtualMachine], folder: Path, user_key: Path) -> Path:
    """What ssh is told; above all, not whether to trust an unknown host, for what it does then is what a user sees."""
    known_hosts = folder / 'known_hosts'
    known_hosts.write_text(''.join(f'{machine.machine.address} {machine.host_key}' for machine in machines.values()))
    config = folder / 'ssh_config'
    config.write_text(f'User root\nIdentityFile {user_key}\nIdentitiesOnly yes\nUserKnownHostsFile {known_hosts}\nGlobalKnownHostsFile /dev/null\n')
    return config


@pytest.fixture
def controller(world: PrivateWorld, machines: dict[str, VirtualMachine], ssh_config: Path, tmp_path: Path) -> Controller:
    """With all six hosts in its inventory; what earlier tests told the simulators is forgotten."""
    for machine in machines.values():
        assert machine.control('/faults', 'DELETE') == []
    controller = Controller(world, tmp_path, ssh_config)
    controller.hosts(KNOWN)
    return controller
