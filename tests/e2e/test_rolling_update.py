# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An update that takes one fault domain of a scale set after the other."""

from __future__ import annotations

import json
from pathlib import Path

from ansible_collections.imds.azure.tests.e2e.controller import Controller
from ansible_collections.imds.azure.tests.e2e.virtual_machine import VirtualMachine

PLAYBOOK = Path(__file__).parent / 'rolling/update.yml'
DOMAINS = {'web_0': 0, 'web_1': 1, 'web_2': 2, 'web_3': 0}


def test_one_fault_domain_at_a_time(controller: Controller, machines: dict[str, VirtualMachine]) -> None:
    log = controller.folder / 'log'
    for name in DOMAINS:
        machines[name].control('/requests', 'DELETE')
    controller.run('ansible-playbook', '-e', json.dumps({'log': str(log)}), str(PLAYBOOK))
    at_work: set[str] = set()
    order = []
    for line in log.read_text().splitlines():
        event, name, domain = line.split()
        # The play wrote what the module learned anew, not what the inventory had said.
        assert int(domain) == DOMAINS[name]
        if event == 'begins':
            at_work.add(name)
            order.append(DOMAINS[name])
        else:
            at_work.remove(name)
        assert len({DOMAINS[each] for each in at_work}) <= 1, log.read_text()
        # serial holds within a domain as well.
        assert len(at_work) <= 1, log.read_text()
    assert not at_work
    assert order == [0, 0, 1, 2]
    # One request by the inventory and one by the module.
    assert {name: len(machines[name].control('/requests')) for name in DOMAINS} == dict.fromkeys(DOMAINS, 2)
