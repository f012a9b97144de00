# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands between ssh and the command: banners, files that the shell reads first, shells of every kind, and something else than a shell."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from ansible_collections.imds.azure.tests.e2e.accounts import ACCOUNTS, SHELLS
from ansible_collections.imds.azure.tests.e2e.controller import Controller, Inventory
from ansible_collections.imds.azure.tests.e2e.private_world import PrivateWorld
from ansible_collections.imds.azure.tests.e2e.virtual_machine import VirtualMachine

OTHERS = ('late', 'forced', 'forced_to_fail', 'no_login')


@pytest.fixture(scope='module')
def asked(world: PrivateWorld, machines: dict[str, VirtualMachine], ssh_config: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Inventory, str]:
    """One run for all accounts of this module, each as a host of its own: the inventory, and what -v shows."""
    controller = Controller(world, tmp_path_factory.mktemp('shells'), ssh_config)
    names = [account.name for account in ACCOUNTS if account.name.startswith('noisy_') or account.name in OTHERS]
    # On several machines, for a service answers only a few requests a second.
    controller.hosts(f'{name} ansible_host=10.99.0.{10 + number % 4} ansible_user={name}' for number, name in enumerate(names))
    inventory, shown = controller.inventory_on_terminal('-v')
    return inventory, ' '.join(shown.split())


@pytest.mark.parametrize('shell', SHELLS)
def test_noise(shell: str, asked: tuple[Inventory, str]) -> None:
    if not SHELLS[shell]:
        pytest.skip(f'{shell} is not installed')
    facts = asked[0].facts(f'noisy_{shell}')
    assert facts['placement']['scale_set'] == 'web'
    assert facts['query']['retries'] == 0


def test_the_noise_is_there(asked: tuple[Inventory, str], world: PrivateWorld, ssh_config: Path) -> None:
    done = world.run('ssh', '-F', str(ssh_config), 'noisy_bash@10.99.0.11', 'echo the command')
    assert re.fullmatch(r'(HTTP/1.1 500 noise\n  \{\}\nnoise)+the command\n', done.stdout)
    assert re.match(r'This banner .*OK(noise)+', done.stderr)


def test_more_after_the_command(asked: tuple[Inventory, str]) -> None:
    """And an exit code that is not the command's."""
    assert asked[0].facts('late')['query']['requests'] == 1


def test_something_else_than_a_shell(asked: tuple[Inventory, str]) -> None:
    inventory, shown = asked
    assert inventory.members('azure_failed') == {'forced', 'no_login'}
    assert 'forced: the host does not run the command (the answer starts with: Only backups here.). The login shell' in shown
    assert 'no_login: the host does not run the command (the answer starts with: This account is currently not available.)' in shown
    assert inventory.members('azure_unreachable') == {'forced_to_fail'}
    assert 'forced_to_fail: the command failed with exit code 3: Only backups here. To try' in shown
