# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tokens of hosts over ssh, whose connection plugin shows what modules answer: none is in anything that a run leaves behind. And the guide's example."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from ansible_collections.imds.azure.tests.e2e.controller import Controller
from ansible_collections.imds.azure.tests.e2e.fleet import STRANGER
from ansible_collections.imds.azure.tests.e2e.private_world import PrivateWorld, eventually
from ansible_collections.imds.azure.tests.e2e.virtual_machine import SERVICE, VirtualMachine
from ansible_collections.imds.azure.tests.matrix.cores import EACH_CORE, programs_of
from ansible_collections.imds.azure.tests.secrecy.traces import HERE, LEAK, TOKEN, Traces, cut_off

COLLECTION = Path(__file__).parents[2]
# What the service of each does, as tests/secrecy/play.yml wants it.
HOSTS = {'good': 'web_0', 'throttled': 'web_1', 'none': 'web_2', 'garbled': 'web_3', 'cut_off': 'db'}
# How the host whose answer is cut off tells of it.
REASONS = {'module': 'may contain a token', 'shell': 'the output of the command on the host is incomplete'}
GARBLED = {'access_token': [f'{TOKEN}.x'], 'token': f'{TOKEN}.y'}
ASK_TOKEN = f"""
import sys, urllib.request
opener = urllib.request.build_opener(urllib.request.ProxyHandler({{}}))
url = 'http://{SERVICE}/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https://vault.azure.net'
print(opener.open(urllib.request.Request(url, headers={{'Metadata': 'true'}}), timeout=10).read().decode())
"""
VAULT_PORT = '8200'
SECRET = 'correct horse battery staple'


@pytest.fixture(params=EACH_CORE)
def programs(request: pytest.FixtureRequest) -> Path:
    return programs_of(request.param)


@pytest.fixture
def traces(tmp_path_factory: pytest.TempPathFactory) -> Traces:
    # Not below the folder of the test: Ansible makes a socket in there, whose path must not be long.
    return Traces(tmp_path_factory.mktemp('traces'))


@pytest.fixture
def run(world: PrivateWorld, controller: Controller, programs: Path, traces: Traces) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs a program of Ansible and keeps what it printed."""

    def run(name: str, *arguments: str, check: bool = True, **environment: str) -> subprocess.CompletedProcess[str]:
        variables = [f'{key}={value}' for key, value in {**traces.environment(), **environment}.items()]
        done = world.run('env', *variables, *controller.words(name, *arguments, programs=programs), check=False)
        traces.shown('stdout', done.stdout)
        traces.shown('stderr', done.stderr)
        assert not check or done.returncode == 0, f'{done.stdout[-2500:]}{done.stderr[-500:]}'
        return done

    return run


@pytest.fixture(params=['shell', 'module'])
def way(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def services(controller: Controller, machines: dict[str, VirtualMachine], way: str, tmp_path: Path) -> Iterator[None]:
    """The hosts under the names that say what their service does."""
    [(variable, value)] = cut_off(tmp_path, way).items()
    lines = [f'{name} ansible_host={machines[host].machine.address} way={way}' for name, host in HOSTS.items()]
    controller.hosts([f'{line} {variable}={value}' if line.startswith('cut_off') else line for line in lines])
    controller.options(cache=True)
    machines['web_1'].control('/faults', 'PUT', [{'kind': 'status', 'status': 429, 'path': '/identity', 'times': 1}])
    machines['web_2'].control('', 'PATCH', {'identities': []})
    machines['web_3'].control('/faults', 'PUT', [{'kind': 'status', 'status': 200, 'path': '/identity', 'body': GARBLED}])
    yield
    machines['web_2'].control('', 'PATCH', {'identities': None})


def of_the_modules(traces: Traces, way: str) -> str:
    if way == 'shell':
        # It has no environment.
        return '{}'
    return json.dumps({'of_the_modules': {'PYTHONPATH': str(HERE / 'journal'), 'JOURNAL_FILE': str(traces.folder / 'journal')}})


def test_a_play_over_ssh_leaves_no_token(services: None, run: Callable[..., subprocess.CompletedProcess[str]], way: str, traces: Traces) -> None:
    """With pipelining; the other runs are without."""
    play = [str(HERE / 'play.yml'), '-vvvv', '-e', of_the_modules(traces, way), '-e', 'use=true']
    shown = run('ansible-playbook', *play, ANSIBLE_PIPELINING='true', ANSIBLE_KEEP_REMOTE_FILES='false').stdout
    assert traces.leaks() == set()
    assert traces.left() >= {'stdout', 'ansible.log', 'callback', 'junit', 'facts', 'inventory'} | ({'journal'} if way == 'module' else set())
    assert 'stdout and stderr censored due to no log' in shown
    for reason in ('or enable the system-assigned one', 'the answer contains no token', 'No identity of this VM has this client_id', REASONS[way]):
        assert reason in shown


def test_the_debug_log_over_ssh_has_no_token(services: None, run: Callable[..., subprocess.CompletedProcess[str]], way: str, traces: Traces) -> None:
    shown = run('ansible-playbook', str(HERE / 'play.yml'), '-vvvvvv', '-e', of_the_modules(traces, way), ANSIBLE_DEBUG='true').stdout
    assert 'stdout chunk' in shown or way == 'shell', 'this is what it shows of other modules'
    assert traces.leaks() == set()
    assert 'remote-temp' in traces.left() or way == 'shell'


def test_a_token_that_is_shown_on_purpose_over_ssh_is_found(
    services: None, run: Callable[..., subprocess.CompletedProcess[str]], way: str, traces: Traces
) -> None:
    run('ansible-playbook', str(HERE / 'play.yml'), '-vvvv', '-e', of_the_modules(traces, way), *LEAK)
    assert traces.leaks() >= {'stdout', 'ansible.log', 'callback', 'junit', 'facts', 'remote-temp'} | ({'journal'} if way == 'module' else set())


@pytest.mark.parametrize('task', [('managed_identity_token', 'resource=r'), ('managed_identity_token', 'resource=r transport=module'), ('instance_facts', '')])
@pytest.mark.parametrize('pipelining', ['true', 'false'])
def test_why_a_host_cannot_be_reached_can_be_read(
    controller: Controller, run: Callable[..., subprocess.CompletedProcess[str]], task: tuple[str, str], pipelining: str
) -> None:
    controller.hosts([f'stranger ansible_host={STRANGER}'])
    name, arguments = task
    done = run('ansible', 'stranger', '-m', f'imds.azure.{name}', '-a', arguments, check=False, ANSIBLE_PIPELINING=pipelining)
    assert 'UNREACHABLE' in done.stdout
    assert 'Host key verification failed' in done.stdout


@pytest.fixture(scope='module')
def vault(world: PrivateWorld, machines: dict[str, VirtualMachine], folder: Path) -> Path:
    """The log of a vault on the loopback of web_0 that wants the token of that host. It ends with the world."""
    token = json.loads(machines['web_0'].run(sys.executable, '-I', '-c', ASK_TOKEN))['access_token']
    log = folder / 'vault.log'
    command = [sys.executable, '-I', str(COLLECTION / 'tests/e2e/stand_in_vault.py'), VAULT_PORT, token, 'database-password', SECRET]
    process = world.start(*command, host='web_0', log=log)
    eventually(lambda: 'ready' in log.read_text() or process.poll() is not None, 'the vault does not listen')
    return log


def test_the_guide_reads_a_secret(
    controller: Controller,
    run: Callable[..., subprocess.CompletedProcess[str]],
    machines: dict[str, VirtualMachine],
    vault: Path,
    traces: Traces,
    tmp_path: Path,
) -> None:
    """The example is run as it is printed; only where the vault answers is told."""
    example = tmp_path / 'read_secret.yml'
    example.write_text((COLLECTION / 'docs/identity.md').read_text().partition('```yaml\n')[2].partition('```')[0])
    before = vault.read_text()
    controller.hosts(['[shop]', 'web_0 ansible_host=10.99.0.10'])
    try:
        shown = run('ansible-playbook', str(example), '-vvvv', '-e', f'vault=http://127.0.0.1:{VAULT_PORT}', ANSIBLE_KEEP_REMOTE_FILES='false').stdout
        assert machines['web_0'].run('stat', '-c', '%a', '/run/database-password') == '600\n'
        assert machines['web_0'].run('cat', '/run/database-password') == SECRET
    finally:
        machines['web_0'].run('rm', '-f', '/run/database-password')
    assert vault.read_text().removeprefix(before).count('"GET /secrets/database-password?api-version=7.4 HTTP/1.1" 200') == 1
    assert 'ok=3' in shown
    assert traces.leaks() == set()
    assert traces.leaks(SECRET) == set()


def test_the_vault_wants_the_token(machines: dict[str, VirtualMachine], vault: Path) -> None:
    code = f"""
import urllib.error, urllib.request
url = 'http://127.0.0.1:{VAULT_PORT}/secrets/database-password?api-version=7.4'
for token in ('', 'Bearer {TOKEN}'):
    try:
        urllib.request.urlopen(urllib.request.Request(url, headers={{'Authorization': token}}))
    except urllib.error.HTTPError as error:
        print(error.code)
"""
    assert machines['web_0'].run(sys.executable, '-I', '-c', code) == '401\n401\n'
