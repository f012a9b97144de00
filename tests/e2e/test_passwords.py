# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts that want a password get the one that Ansible knows, and nobody is asked for another."""

from __future__ import annotations

import re
import shutil

import pytest
from ansible_collections.imds.azure.tests.e2e.accounts import PASSWORD
from ansible_collections.imds.azure.tests.e2e.controller import Controller
from ansible_collections.imds.azure.tests.e2e.fleet import STRANGER
from ansible_collections.imds.azure.tests.e2e.private_world import SEARCHED, PrivateWorld
from ansible_collections.imds.azure.tests.matrix.cores import OWN, OWN_PROGRAMS, programs_of

WRONG = 'wrong-horse'
# No two on one host, for ssh would go through the connection of the first.
HOSTS = {'plain': '10.99.0.10', 'vaulted': '10.99.0.11', 'mistaken': '10.99.0.12', 'without': '10.99.0.13', 'stranger': STRANGER}


def give_passwords(controller: Controller, world: PrivateWorld, mechanism: str) -> list[str]:
    """In files beside the inventory; gives the arguments by which Ansible can read them."""
    secret = controller.folder / 'vault_password'
    secret.write_text('of the vault\n')
    vault = ['--vault-password-file', str(secret)]
    encrypted = world.run(str(OWN_PROGRAMS / 'ansible-vault'), 'encrypt_string', *vault, '--name', 'ansible_password', PASSWORD).stdout
    for name, password in (('plain', PASSWORD), ('mistaken', WRONG), ('stranger', PASSWORD)):
        controller.host_variables(name, ansible_password=password)
    (controller.folder / 'host_vars/vaulted.yml').write_text(encrypted)
    controller.hosts(f'{name} ansible_host={address} ansible_user=by_password ansible_ssh_password_mechanism={mechanism}' for name, address in HOSTS.items())
    return vault


@pytest.mark.parametrize(
    ('mechanism', 'core'),
    [
        ('sshpass', OWN),
        ('ssh_askpass', OWN),
        pytest.param('sshpass', 'oldest', marks=pytest.mark.repeated),
        pytest.param('sshpass', 'middle', marks=pytest.mark.repeated),
        pytest.param('ssh_askpass', 'middle', marks=pytest.mark.repeated),
    ],
)
def test_passwords(mechanism: str, core: str, controller: Controller, world: PrivateWorld) -> None:
    if mechanism == 'sshpass' and not shutil.which('sshpass', path=SEARCHED):
        pytest.skip('sshpass is not installed')
    programs = programs_of(core)
    arguments = give_passwords(controller, world, mechanism)
    inventory, shown = controller.inventory_on_terminal('-vvvv', *arguments, programs=programs)
    assert inventory.members('azure') == {'plain', 'vaulted'}
    assert inventory.members('azure_unreachable') == {'mistaken', 'without', 'stranger'}
    # Nothing of it is a question, and each cause is told.
    assert "'s password:" not in shown
    words = ' '.join(shown.split())
    assert re.search(r'mistaken[\w, ]*: .*Permission denied', words)
    assert re.search(r'without[\w, ]*: .*by_password@HOST: Permission denied', words)
    assert re.search(r'stranger: .*(Host Key checking|Host public key is unknown)', words)
    assert PASSWORD not in shown
    assert WRONG not in shown
    assert world.run('ls', '-A', '/dev/shm').stdout == ''
