# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host that can be reached only through another one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.imds.azure.tests.e2e.controller import UNSHARED, Controller
from ansible_collections.imds.azure.tests.e2e.virtual_machine import VirtualMachine
from ansible_collections.imds.azure.tests.matrix.cores import EACH_CORE, programs_of

INNER = 'ansible_host=10.99.0.14 ansible_ssh_timeout=3'
JUMP = '10.99.0.10'


@pytest.fixture
def db(machines: dict[str, VirtualMachine]) -> Iterator[VirtualMachine]:
    """Its answers do not find the way to the controller."""
    route = ('unreachable', '10.99.0.1/32')
    machines['db'].run('ip', 'route', 'add', *route)
    yield machines['db']
    machines['db'].run('ip', 'route', 'del', *route)


def test_jumps(controller: Controller, db: VirtualMachine, ssh_config: Path) -> None:
    ways = {
        'direct': '',
        'jump': f'-o ProxyJump={JUMP}',
        'command': f"-o ProxyCommand='ssh -F {ssh_config} -W %h:%p {JUMP}'",
        # Nobody listens there.
        'lost': '-o ProxyJump=127.0.0.1',
    }
    controller.hosts(f'{name} {INNER} {UNSHARED} ansible_ssh_common_args="-F {ssh_config} {way}"' for name, way in ways.items())
    inventory, shown = controller.inventory_on_terminal('-v')
    assert inventory.members('azure_location_northeurope') == {'jump', 'command'}
    assert inventory.facts('jump')['compute_vm_id'] == db.control('')['document']['compute']['vmId']
    assert inventory.members('azure_unreachable') == {'direct', 'lost'}
    assert 'lost: Failed to connect to the host via ssh: ssh: connect to host 127.0.0.1 port 22: Connection refused' in ' '.join(shown.split())


@pytest.mark.parametrize('core', EACH_CORE)
def test_a_bastion_named_by_its_variables(controller: Controller, db: VirtualMachine, ssh_config: Path, core: str) -> None:
    """The address stands in one place, with the bastion itself; others take it from there, as in a play."""
    way = (
        f"ssh -F {ssh_config} -p {{{{ hostvars['jump'].ansible_port }}}} -W %h:%p "
        "{{ hostvars['jump'].ansible_user }}@{{ hostvars[groups['bastion'][0]].ansible_host }}"
    )
    controller.hosts(
        [
            '[bastion]',
            f'jump ansible_host={JUMP} ansible_port=22 ansible_user=root',
            '[private]',
            f'inner {INNER} {UNSHARED} ansible_user="{{{{ nobody | default(omit) }}}}"',
            '[private:vars]',
            f'ansible_ssh_common_args=-F {{{{ inventory_dir }}}}/ssh_config -o ProxyCommand="{way}"',
        ],
    )
    (controller.folder / 'ssh_config').symlink_to(ssh_config)
    inventory = controller.inventory(programs=programs_of(core))
    assert inventory.members('azure_location_northeurope') == {'inner'}
    assert inventory.members('azure') == {'jump', 'inner'}
