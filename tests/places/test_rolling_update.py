# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Ansible does with batches, failures and hosts that vanish, in every ansible-core: the playbook builds on more than is documented of that."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from ansible_collections.imds.azure.tests.matrix.cores import EACH_CORE, programs_of
from ansible_collections.imds.azure.tests.places import fleet

COLLECTION = Path(__file__).parents[2]
TARGET = COLLECTION / 'tests/integration/targets/rolling_update'


# What is only repeated here, the integration target rolling_update has too.
@pytest.fixture(params=EACH_CORE)
def program(request: pytest.FixtureRequest) -> str:
    return f'{programs_of(request.param)}/ansible-playbook'


def update(program: str, folder: Path, **variables: str) -> tuple[int, list[str], str]:
    """The exit code, what hosts of the service web wrote down, and what was printed. The inventory has the facts, so that nobody is asked."""
    hosts = {name: {'azure_imds': fleet.FACTS[name]} for name in fleet.hosts_of('web')}
    settings = {'ansible_connection': 'local', 'ansible_python_interpreter': '{{ ansible_playbook_python }}', 'azure_imds_endpoint': 'http://127.0.0.1:9'}
    (folder / 'hosts.json').write_text(json.dumps({'web': {'hosts': hosts, 'vars': settings}}))
    log = folder / 'log'
    for file in (log, folder / 'ansible.cfg'):
        file.touch()
    said = {'rolling_update_hosts': 'web', 'rolling_update_tasks': f'{TARGET}/update.yml', 'rolling_update_gather_facts': False, 'log': str(log), **variables}
    environment = {
        **os.environ,
        'ANSIBLE_CONNECTION_PLUGINS': f'{TARGET.parent}/setup_simulator/connection_plugins',
        'ANSIBLE_ROLES_PATH': f'{TARGET}/roles',
        'ANSIBLE_COLLECTIONS_PATH': str(COLLECTION.parents[2]),
        'ANSIBLE_STRATEGY': 'free',
        'ANSIBLE_CONFIG': str(folder / 'ansible.cfg'),
    }
    command = [program, '-i', str(folder / 'hosts.json'), 'imds.azure.rolling_update', '-e', json.dumps(said)]
    done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=False, timeout=300)
    return done.returncode, sorted(log.read_text().splitlines()), done.stdout + done.stderr


def written(*hosts: str, left: str = '') -> list[str]:
    return sorted([f'begins {host}' for host in hosts] + [f'ends {host}' for host in hosts if host != left])


@pytest.mark.repeated
def test_all_batches(program: str, tmp_path: Path) -> None:
    code, log, printed = update(program, tmp_path, recovering='web_0')
    assert code == 0, printed
    assert log == written(*fleet.hosts_of('web'))
    assert 'DEPRECATION' not in printed


@pytest.mark.repeated
@pytest.mark.parametrize('how', ['failing', 'vanishing'])
def test_the_first_batch_with_a_failure_is_the_last(program: str, tmp_path: Path, how: str) -> None:
    code, log, printed = update(program, tmp_path, **{how: 'web_3'})
    assert code in (2, 4), printed
    assert log == written('web_0', 'web_3', left='web_3')
    assert 'Batch 1 of 3 has failed on web_3. The update stops here, before web_1, web_2.' in printed


@pytest.mark.repeated
@pytest.mark.parametrize('how', ['failing', 'vanishing'])
def test_a_failure_that_is_allowed_is_not_forgotten(program: str, tmp_path: Path, how: str) -> None:
    code, log, printed = update(program, tmp_path, **{how: 'web_3'}, rolling_update_max_fail_percentage='50')
    assert code in (2, 4), printed
    assert log == written(*fleet.hosts_of('web'), left='web_3')


def test_hosts_that_are_ended_hide_no_failure(program: str, tmp_path: Path) -> None:
    code, log, printed = update(program, tmp_path, failing='web_0', ended='web_3')
    assert code == 2, printed
    assert log == ['begins web_0', 'begins web_3']
    assert 'The update stops here, before web_1' in printed
