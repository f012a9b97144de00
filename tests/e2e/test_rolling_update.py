# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An update that takes one zone of a scale set after the other."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.imds.azure.tests.e2e.controller import Controller
from ansible_collections.imds.azure.tests.e2e.virtual_machine import VirtualMachine

TASKS = Path(__file__).parent / 'rolling/update.yml'
ZONES = {'web_0': 1, 'web_1': 2, 'web_2': 3, 'web_3': 1}


@pytest.mark.parametrize('at_most', ['100%', '1'])
def test_one_zone_at_a_time(controller: Controller, machines: dict[str, VirtualMachine], at_most: str) -> None:
    log = controller.folder / 'log'
    for name in ZONES:
        machines[name].control('/requests', 'DELETE')
    variables = {'rolling_update_hosts': 'azure_vmss_web', 'rolling_update_tasks': TASKS, 'rolling_update_at_most': at_most, 'log': log}
    controller.run('ansible-playbook', 'imds.azure.rolling_update', *(word for pair in variables.items() for word in ('-e', '{}={}'.format(*pair))))
    at_work: set[str] = set()
    order = []
    for line in log.read_text().splitlines():
        event, name, zone = line.split()
        # The task wrote what the module learned anew, not what the inventory had said.
        assert int(zone) == ZONES[name]
        if event == 'begins':
            at_work.add(name)
            order.append(ZONES[name])
        else:
            at_work.remove(name)
        assert len({ZONES[each] for each in at_work}) <= 1, log.read_text()
        assert len(at_work) <= (1 if at_most == '1' else 2), log.read_text()
    assert not at_work
    assert order == [1, 1, 2, 3]
    # One request by the inventory and one by the module.
    assert {name: len(machines[name].control('/requests')) for name in ZONES} == dict.fromkeys(ZONES, 2)


def test_the_first_failure_ends_it(controller: Controller, machines: dict[str, VirtualMachine]) -> None:
    (controller.folder / 'tasks.yml').write_text('- ansible.builtin.command: test {{ inventory_hostname }} != web_1\n')
    variables = ['-e', 'rolling_update_hosts=azure_vmss_web', '-e', f'rolling_update_tasks={controller.folder}/tasks.yml']
    done = controller.run('ansible-playbook', 'imds.azure.rolling_update', *variables, check=False)
    assert done.returncode == 2, done.stdout
    assert 'Batch 2 of 3' in done.stdout
    assert 'Batch 3 of 3' not in done.stdout
