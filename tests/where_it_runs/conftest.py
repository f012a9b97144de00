# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two simulated VMs, which say of themselves what must never be run, and people who ask them."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.imds.azure.tests.interruptible import interruptible
from ansible_collections.imds.azure.tests.unit.roles.simulator.running_simulator import Simulator
from ansible_collections.imds.azure.tests.where_it_runs.pages import COLLECTION

HOSTILE = "{{ lookup('ansible.builtin.pipe', 'touch hacked') }}"
SCALE_SET = {'location': 'westeurope', 'scale_set': 'web'}
FLEET = {
    'vms': [
        {**SCALE_SET, 'name': 'web-1', 'zone': '1', 'fault_domain': 0, 'tags': {'Role': 'web', 'Sum': '{{ 7 * 191 }}'}},
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


@pytest.fixture(scope='session')
def programs() -> Path:
    """The folder of the programs with which others run Ansible."""
    folder = os.environ.get('IMDS_TEST_WHERE_IT_RUNS')
    if not folder:
        pytest.skip('ansible-runner and the like are not installed: make where-it-runs does that')
    return Path(folder)


class User:
    """Somebody on a controller of their own: with their own home, and nothing in common with others but what they are told."""

    def __init__(self, programs: Path, home: Path, simulator: Simulator) -> None:
        self.home = home
        self.environment = {
            'HOME': str(home),
            'PATH': f'{programs}:{os.environ["PATH"]}',
            'LC_ALL': 'C.UTF-8',
            'PYTHONPATH': os.environ['PYTHONPATH'],
            'PYTHONDONTWRITEBYTECODE': '1',
            'ANSIBLE_COLLECTIONS_PATH': str(COLLECTION.parents[2]),
            # Where nobody answers, for what has no other endpoint.
            'AZURE_IMDS_ENDPOINT': 'http://127.0.0.1:9',
        }
        home.mkdir(parents=True, exist_ok=True)
        variables = {'ansible_connection': 'local', 'ansible_python_interpreter': f'{programs}/python'}
        hosts = {name: {'azure_imds_endpoint': endpoint} for name, endpoint in simulator.vms.items()}
        (home / 'hosts.yml').write_text(json.dumps({'all': {'hosts': hosts, 'vars': variables}}))
        (home / 'fleet.azure_imds.yml').write_text('plugin: imds.azure.hosts\n')

    def start(self, *words: str, **environment: str) -> subprocess.Popen[str]:
        pipes: Any = {'stdin': subprocess.DEVNULL, 'stdout': subprocess.PIPE, 'stderr': subprocess.PIPE}
        return subprocess.Popen(words, cwd=self.home, env={**self.environment, **environment}, text=True, preexec_fn=interruptible, **pipes)

    def run(self, *words: str, **environment: str) -> str:
        """What a program prints on both channels, which must go well."""
        return finished(self.start(*words, **environment))


def finished(process: subprocess.Popen[str]) -> str:
    printed, said = process.communicate(timeout=240)
    assert process.returncode == 0, printed + said
    return printed + said


@pytest.fixture
def user(programs: Path, tmp_path: Path, simulator: Simulator) -> User:
    return User(programs, tmp_path / 'home', simulator)
