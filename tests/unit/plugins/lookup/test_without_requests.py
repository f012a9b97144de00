# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A controller without the library requests: lookups work, and what needs it says how to install it."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.imds.azure.plugins.plugin_utils._clouds import endpoints
from ansible_collections.imds.azure.plugins.plugin_utils._transports import requests as requests_transport
from ansible_collections.imds.azure.tests.matrix.cores import OWN_PROGRAMS
from ansible_collections.imds.azure.tests.unit.roles.simulator.running_simulator import Simulator

ASKED = "{{ lookup('imds.azure.metadata', 'compute/zone') }} {{ lookup('imds.azure.token', 'https://vault.azure.net').access_token is search('SIMULATED') }}"


@pytest.fixture
def simulator(tmp_path: Path) -> Iterator[Simulator]:
    (tmp_path / 'fleet.json').write_text(json.dumps({'vms': [{'name': 'here', 'zone': 3}]}))
    running = Simulator('--fleet', str(tmp_path / 'fleet.json'))
    yield running
    assert running.stop() == 0


def test_lookups(tmp_path: Path, simulator: Simulator) -> None:
    (tmp_path / 'requests.py').write_text('raise ImportError("not here")')
    environment = {
        **os.environ,
        'ANSIBLE_HOME': str(tmp_path),
        'PYTHONPATH': os.pathsep.join([str(tmp_path), os.environ['PYTHONPATH']]),
        'AZURE_IMDS_ENDPOINT': simulator.vms['here'],
    }
    words = [f'{OWN_PROGRAMS}/ansible', 'localhost', '-m', 'ansible.builtin.debug', '-a', f'msg="{ASKED}"']
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False, timeout=120)
    assert '"msg": "3 True"' in done.stdout, done.stdout + done.stderr


def test_the_clouds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests_transport, 'REQUESTS_IMPORT_ERROR', ImportError('not here'))
    with pytest.raises(endpoints.NoAnswer, match='Install it: .*python.* -m pip install requests$'):
        endpoints._document('http://127.0.0.1:9/clouds', '127.0.0.1')
