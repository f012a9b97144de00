# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A new user's first minute: nothing but ansible-core in a fresh virtual environment, the collection as Galaxy would send it, and what the README shows first.

Only the VMs are simulated, and the collection comes from a file.
"""

from __future__ import annotations

import os
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from ansible_collections.imds.azure.tests.matrix.cores import OTHERS, OWN, OWN_PROGRAMS, programs_of
from ansible_collections.imds.azure.tests.unit.roles.simulator.running_simulator import Simulator
from ansible_collections.imds.azure.tests.where_it_runs import pages

pytestmark = pytest.mark.where_it_runs
INSTALL = 'collection install imds.azure'
VERSION = 'import ansible.release as r; print(r.__version__)'
# What no command prints.
END = '-- end of a command --'


@pytest.fixture(scope='module')
def fleet() -> Iterator[Simulator]:
    """The VMs of the demo, which the README shows."""
    running = Simulator('--fleet', str(pages.COLLECTION / 'playbooks/demo/simulated-fleet.yml'))
    yield running
    assert running.stop() == 0


@pytest.fixture(scope='module')
def tarball(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp('dist')
    words = [f'{OWN_PROGRAMS}/ansible-galaxy', 'collection', 'build', str(pages.COLLECTION), '--output-path', str(folder)]
    subprocess.run(words, check=True, capture_output=True, timeout=120)
    version = yaml.safe_load((pages.COLLECTION / 'galaxy.yml').read_text())['version']
    assert version == tomllib.loads((pages.COLLECTION / 'pyproject.toml').read_text())['project']['version']
    return folder / f'imds-azure-{version}.tar.gz'


@pytest.fixture(params=[OWN, *OTHERS, 'next'])
def environment(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, str]:
    """That of a user with a home of their own, and the same ansible-core and Python as the tests have elsewhere."""
    python = f'{programs_of(request.param)}/python'
    core = subprocess.run([python, '-c', VERSION], capture_output=True, text=True, check=True, timeout=60).stdout.strip()
    new = tmp_path / 'venv'
    subprocess.run([python, '-m', 'venv', str(new)], check=True, timeout=120)
    installed = subprocess.run(
        [f'{new}/bin/python', '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', f'ansible-core=={core}'],
        # Without the guard of the tests, for this is not a run of the collection.
        env={name: value for name, value in os.environ.items() if name != 'PYTHONPATH'},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    if installed.returncode:
        pytest.skip(f'pip cannot install ansible-core {core} here')
    (tmp_path / 'home').mkdir()
    return {
        'HOME': str(tmp_path / 'home'),
        'PATH': f'{new}/bin:/usr/bin:/bin',
        'LC_ALL': 'C.UTF-8',
        'PYTHONPATH': os.environ['PYTHONPATH'],
        'AZURE_IMDS_ENDPOINT': 'http://127.0.0.1:9',
    }


def test_the_first_screen_of_the_readme(environment: dict[str, str], fleet: Simulator, tarball: Path) -> None:
    home = Path(environment['HOME'])
    hosts = [f'{name} azure_imds_endpoint={endpoint}' for name, endpoint in fleet.vms.items()]
    everywhere = ['[all:vars]', 'ansible_connection=local', 'ansible_python_interpreter="{{ ansible_playbook_python }}"']
    (home / 'hosts.ini').write_text('\n'.join([*hosts, *everywhere]) + '\n')
    commands = pages.first_screen()
    assert any(INSTALL in command for command, _shown in commands)
    assert len(commands) > 2
    script = '\n'.join(f"{command.replace(INSTALL, f'collection install {tarball}')}\necho '{END}'" for command, _shown in commands)
    done = subprocess.run(
        ['bash', '-eu', '-o', 'pipefail', '-c', script], cwd=home, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert 'WARNING' not in done.stdout + done.stderr
    printed = done.stdout.split(END)[:-1]
    for (command, shown), text in zip(commands, printed, strict=True):
        lines = iter(text.splitlines())
        for line in shown:
            assert any(line.rstrip() == candidate.rstrip() for candidate in lines), f'{command} does not print this, or not there: {line}\n{text}'
