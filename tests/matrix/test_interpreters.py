# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules on the oldest and the newest Python that they claim, driven by the ansible-core releases that still support them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.imds.azure.tests.matrix import interpreters
from ansible_collections.imds.azure.tests.matrix.cores import OWN, programs_of

COLLECTION = Path(__file__).parents[2]
SIMULATOR = COLLECTION / 'roles/simulator/files/imds_simulator'


@pytest.fixture
def endpoint(tmp_path: Path) -> Iterator[str]:
    """A simulated VM, which goes away with this process; a reboot of it is scheduled."""
    fleet = tmp_path / 'fleet.json'
    fleet.write_text(json.dumps({'vms': [{'name': 'web', 'tags': {'Role': 'web'}, 'rate_limit': 0, 'events': [{'EventType': 'Reboot'}]}]}))
    command = [sys.executable, str(SIMULATOR), '--fleet', str(fleet), '--exit-with-stdin']
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as simulator:
        assert simulator.stdin
        assert simulator.stdout
        started = simulator.stdout.readline()
        assert started, 'the simulator did not start'
        yield list(json.loads(started)['vms'].values())[0]
        simulator.stdin.close()
        simulator.wait(timeout=30)


@pytest.mark.repeated
@pytest.mark.parametrize(
    ('core', 'version'),
    [
        ('oldest', '3.6'),
        ('oldest', '3.7'),
        ('oldest', '3.12'),
        ('middle', '3.8'),
        (OWN, '3.9'),
        (OWN, '3.11'),
        (OWN, '3.13'),
    ],
)
def test_module(core: str, version: str, endpoint: str, tmp_path: Path) -> None:
    programs = programs_of(core)
    interpreter = interpreters.find(version)
    if not interpreter:
        pytest.skip(f'no working Python {version} on PATH, under pyenv or in /usr/bin')
    variables = {'endpoint': endpoint, 'ansible_python_interpreter': interpreter, 'expected_python': version}
    process = subprocess.run(
        [f'{programs}/ansible-playbook', '-i', 'localhost,', '-e', json.dumps(variables), str(COLLECTION / 'tests/matrix/play.yml')],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**os.environ, 'ANSIBLE_HOME': str(tmp_path), 'ANSIBLE_LOCALHOST_WARNING': 'false'},
    )
    assert process.returncode == 0, process.stdout + process.stderr
