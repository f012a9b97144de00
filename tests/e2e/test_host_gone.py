# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host that is there in one run and not in the next."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest
from ansible_collections.imds.azure.tests.e2e.accounts import PASSWORD
from ansible_collections.imds.azure.tests.e2e.controller import UNSHARED, Controller
from ansible_collections.imds.azure.tests.e2e.fleet import KNOWN
from ansible_collections.imds.azure.tests.e2e.private_world import PrivateWorld
from ansible_collections.imds.azure.tests.e2e.virtual_machine import VirtualMachine

# Each is done with a dead connection soon.
IMPATIENT = 'ansible_ssh_timeout=3'
OTHERS = {'web_0', 'web_1', 'web_3', 'db'}


@pytest.fixture
def web_2(machines: dict[str, VirtualMachine]) -> Iterator[VirtualMachine]:
    yield machines['web_2']
    machines['web_2'].connect()


def test_with_cache_it_keeps_its_old_facts(controller: Controller, web_2: VirtualMachine, machines: dict[str, VirtualMachine], world: PrivateWorld) -> None:
    controller.hosts(f'{host} {IMPATIENT}' for host in KNOWN)
    # As long as Ansible waits for this one, it keeps the password in shared memory.
    controller.host_variables('web_2', ansible_user='by_password', ansible_password=PASSWORD, ansible_ssh_password_mechanism='ssh_askpass')
    folder = str(controller.folder / 'cache')
    cache = {'timeout': 2, 'cache': True, 'cache_plugin': 'ansible.builtin.jsonfile', 'cache_connection': folder, 'unreachable_timeout': 0}
    controller.options(**cache, cache_timeout=3600)
    first = controller.inventory()
    web_2.connect(False)
    machines['web_1'].control('/requests', 'DELETE')

    # As long as the answers are fresh nobody is asked, and nobody notices.
    second = controller.inventory()
    assert second.groups() == first.groups()
    assert 'stale' not in second.facts('web_2')['query']
    assert machines['web_1'].control('/requests') == []

    # The first run's connections are still there for ssh to use, as they would be for the user.
    masters = controller.masters()
    assert len(masters) == len(KNOWN)
    controller.options(**cache, cache_timeout=1)
    time.sleep(1.1)
    third = controller.inventory()
    assert third.groups() == first.groups()
    assert third.facts('web_2')['query']['stale'] is True
    assert third.facts('web_2')['query']['age'] >= 1
    assert third.facts('web_2')['compute_vm_id'] == first.facts('web_2')['compute_vm_id']
    assert 'stale' not in third.facts('web_1')['query']
    assert len(machines['web_1'].control('/requests')) == 1

    # Nobody, no play either, has to wait for the one that hangs again.
    assert len(masters - controller.masters()) == 1
    assert controller.masters() < masters
    assert world.run('ls', '-A', '/dev/shm').stdout == ''
    fourth, shown = controller.inventory_on_terminal('-v')
    assert fourth.facts('web_2')['query']['stale'] is True
    assert re.search(r'azure_imds: web_2: Failed to connect to the host via ssh: .*(timed out|No route)', ' '.join(shown.split()))

    # Back again, its facts are its own, without a mark.
    web_2.connect()
    assert 'stale' not in controller.inventory().facts('web_2')['query']


def test_without_cache_it_is_unreachable(controller: Controller, web_2: VirtualMachine) -> None:
    # No connection is left from the first run, so that the second finds out by itself.
    controller.hosts(f'{host} {UNSHARED} {IMPATIENT}' for host in KNOWN)
    assert controller.inventory().members('azure_unreachable') == set()
    web_2.connect(False)
    gone = controller.inventory()
    assert gone.members('azure_unreachable') == {'web_2'}
    assert gone.members('azure') == OTHERS
    assert gone.members('azure_vmss_web') == {'web_0', 'web_1', 'web_3'}
    assert 'azure_imds' not in gone.variables.get('web_2', {})
