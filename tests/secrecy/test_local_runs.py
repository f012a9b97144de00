# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No token is in anything that a run leaves behind, and the search would find it. tests/e2e does the same over ssh."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from ansible_collections.imds.azure.tests.matrix import interpreters
from ansible_collections.imds.azure.tests.matrix.cores import EACH_CORE, programs_of
from ansible_collections.imds.azure.tests.secrecy.traces import HERE, LEAK, TOKEN, Traces, cut_off, forms
from ansible_collections.imds.azure.tests.unit.roles.simulator.running_simulator import Simulator

THROTTLED_ONCE = [{'kind': 'status', 'status': 429, 'path': '/identity', 'times': 1}]
FLEET = {
    'defaults': {'identity_rate_limit': 0, 'rate_limit': 0},
    'vms': [
        {'name': 'good'},
        {'name': 'throttled'},
        {'name': 'none', 'identities': []},
        {
            'name': 'garbled',
            'faults': [{'kind': 'status', 'status': 200, 'path': '/identity', 'body': {'access_token': [f'{TOKEN}.x'], 'token': f'{TOKEN}.y'}}],
        },
        {'name': 'cut_off'},
    ],
}
# Where a run that shows the token on purpose must be found out on every ansible-core.
CHANNELS = {'stdout', 'ansible.log', 'callback', 'junit', 'journal', 'facts', 'remote-temp'}
# Only modules leave anything there.
OF_MODULES = {'journal', 'remote-temp'}
REASONS = {'module': 'may contain a token', 'shell': 'the output of the command on the host is incomplete'}


@pytest.fixture(params=EACH_CORE)
def programs(request: pytest.FixtureRequest) -> Path:
    return programs_of(request.param)


@pytest.fixture(scope='module')
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    path = tmp_path_factory.mktemp('fleet') / 'fleet.json'
    path.write_text(json.dumps(FLEET))
    running = Simulator('--fleet', str(path))
    yield running
    assert running.stop() == 0


@pytest.fixture
def traces(tmp_path_factory: pytest.TempPathFactory) -> Traces:
    # Not below the folder of the test: Ansible makes a socket in there, whose path must not be long.
    return Traces(tmp_path_factory.mktemp('traces'))


@pytest.fixture(params=['shell', 'module'])
def way(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def run(simulator: Simulator, programs: Path, way: str, traces: Traces, tmp_path: Path) -> Callable[..., str]:
    """Runs a program of Ansible, and gives and keeps what it printed."""
    hosts: dict[str, dict[str, str]] = {name: {'azure_imds_endpoint': endpoint} for name, endpoint in simulator.vms.items()}
    hosts['cut_off'].update(cut_off(tmp_path, way))
    variables = {'ansible_connection': 'local', 'ansible_python_interpreter': interpreters.of_hosts(), 'way': way}
    inventory = tmp_path / 'inventory.json'
    inventory.write_text(json.dumps({'all': {'hosts': hosts, 'vars': variables}}))
    simulator.set_faults('throttled', *THROTTLED_ONCE)

    def run(program: str, *arguments: str, **environment: str) -> str:
        modules = os.pathsep.join([str(HERE / 'journal'), os.environ['PYTHONPATH']])
        done = subprocess.run(
            [f'{programs}/{program}', '-i', str(inventory), *arguments],
            capture_output=True,
            text=True,
            check=False,
            timeout=180,
            env={**os.environ, **traces.environment(), 'PYTHONPATH': modules, **environment},
        )
        traces.shown('stdout', done.stdout)
        traces.shown('stderr', done.stderr)
        assert done.returncode == 0, f'{done.stdout[-2500:]}{done.stderr[-500:]}'
        return done.stdout

    return run


def play(run: Callable[..., str], *arguments: str, **environment: str) -> str:
    return run('ansible-playbook', str(HERE / 'play.yml'), *arguments, **environment)


def test_a_play_leaves_no_token(run: Callable[..., str], way: str, traces: Traces) -> None:
    """Tasks that use a token included. Files of modules that are kept on hosts would hold it then, as the documentation says."""
    shown = play(run, '-vvvv', '-e', 'use=true', ANSIBLE_KEEP_REMOTE_FILES='false')
    assert traces.leaks() == set()
    assert traces.left() >= CHANNELS - (OF_MODULES if way == 'shell' else {'remote-temp'})
    # What went wrong can be read.
    for reason in ('or enable the system-assigned one', 'the answer contains no token', 'No identity of this VM has this client_id', REASONS[way]):
        assert reason in shown


def test_the_debug_log_of_ansible_core_has_no_token(run: Callable[..., str], simulator: Simulator, way: str, traces: Traces) -> None:
    """It has the arguments of tasks that use one, and so have command lines, so here no task does."""
    # One command lives long enough to be seen.
    simulator.set_faults('good', {'kind': 'slow', 'delay': 2, 'path': '/identity', 'times': 1})
    with traces.command_lines(f'ANSIBLE_HOME={traces.folder}/'):
        shown = play(run, '-vvvvvv', ANSIBLE_DEBUG='true')
    assert 'in local.exec_command()' in shown or way == 'shell'
    assert traces.leaks() == set()
    assert traces.left() >= CHANNELS - (OF_MODULES if way == 'shell' else set())
    assert b'/metadata/identity/oauth2/token' in (traces.folder / 'command-lines').read_bytes() or way == 'module'


def test_a_token_on_a_command_line_is_found(traces: Traces) -> None:
    with traces.command_lines('SOME_MARK=1'):
        subprocess.run([sys.executable, '-c', 'import time; time.sleep(1)', f'{TOKEN}.x'], env={'SOME_MARK': '1'}, check=True)
    assert traces.leaks() == {'command-lines'}


def test_a_token_that_is_shown_on_purpose_is_found(run: Callable[..., str], traces: Traces) -> None:
    play(run, '-vvvv', *LEAK)
    assert traces.leaks() >= CHANNELS


@pytest.mark.parametrize('callback', ['minimal', 'oneline'])
def test_ad_hoc(callback: str, run: Callable[..., str], traces: Traces) -> None:
    arguments = 'resource=https://vault.azure.net endpoint={{ azure_imds_endpoint }} deadline=20 transport={{ way }}'
    shown = run('ansible', 'good', '-m', 'imds.azure.managed_identity_token', '-a', arguments, '-vvvv', ANSIBLE_STDOUT_CALLBACK=f'ansible.builtin.{callback}')
    assert 'good | SUCCESS' in shown
    assert 'the output has been hidden' in shown
    assert traces.leaks() == set()


@pytest.mark.parametrize('before', ['', 'x', 'xy', 'xyz', 'xyzz'])
@pytest.mark.parametrize('encoded', [False, True])
def test_the_search_itself(before: str, encoded: bool) -> None:
    text = f'{before}{TOKEN}.web_0.client.1'.encode()
    searched = base64.b64encode(text) if encoded else text
    assert any(form in searched for form in forms(TOKEN.encode()))
    assert not any(form in b'SIMULATED is not a credential' for form in forms(TOKEN.encode()))
