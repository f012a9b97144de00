# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two simulated VMs, of which one says of itself what must never be run."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from ansible_collections.imds.azure.tests.unit.roles.simulator.running_simulator import Simulator

HOSTILE = "{{ lookup('ansible.builtin.pipe', 'touch hacked') }}"
SCALE_SET = {'location': 'westeurope', 'scale_set': 'web'}
FLEET = {
    'vms': [
        {**SCALE_SET, 'name': 'web-1', 'zone': '1', 'fault_domain': 0, 'tags': {'Role': 'web'}},
        {**SCALE_SET, 'name': 'web-2', 'zone': '2', 'fault_domain': 1, 'tags': {'Role': 'web', 'Hostile': HOSTILE}},
    ]
}
GROUPS = {
    'azure': {'web-1', 'web-2'},
    'azure_location_westeurope': {'web-1', 'web-2'},
    'azure_zone_westeurope_1': {'web-1'},
    'azure_zone_westeurope_2': {'web-2'},
    'azure_vmss_web': {'web-1', 'web-2'},
}


@pytest.fixture(scope='module')
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    path = tmp_path_factory.mktemp('fleet') / 'fleet.json'
    path.write_text(json.dumps(FLEET))
    running = Simulator('--fleet', str(path))
    yield running
    assert running.stop() == 0
