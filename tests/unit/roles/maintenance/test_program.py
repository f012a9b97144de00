# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The program as it runs on a host, in one file as the role installs it, against the simulator over real sockets."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.imds.azure.tests.matrix import interpreters
from ansible_collections.imds.azure.tests.unit.roles.simulator.running_simulator import Simulator

COLLECTION = Path(__file__).parents[4]
ROLE = COLLECTION / 'roles/maintenance'
PATIENCE = 60.0


@pytest.fixture(scope='module')
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the role puts on a host."""
    path = tmp_path_factory.mktemp('program') / 'watcher.py'
    arguments = json.dumps({'src': str(ROLE / 'templates/watcher.py.j2'), 'dest': str(path)})
    variables = ['-e', f'@{ROLE}/vars/main.yml', '-e', json.dumps({'role_path': str(ROLE), 'ansible_python_interpreter': sys.executable})]
    subprocess.run(['ansible', 'localhost', '-c', 'local', '-i', 'localhost,', '-m', 'ansible.builtin.template', '-a', arguments, *variables], check=True)
    return path


class Host:
    """A VM on which the program runs; its commands write lines into a file."""

    def __init__(self, program: Path, folder: Path, python: str, simulator: Simulator, name: str) -> None:
        self.program, self.folder, self.python, self.simulator, self.name = program, folder, python, simulator, name
        folder.mkdir()
        self.lines = folder / 'lines'
        self.log = folder / 'log'
        self.process: subprocess.Popen[bytes] | None = None
        self.settings: dict[str, Any] = {
            'endpoint': simulator.vms[name],
            'event_types': ['Freeze', 'Reboot', 'Redeploy', 'Preempt', 'Terminate'],
            'lead_time': 1200,
            'drain_commands': [self.writes('drained')],
            'drain_timeout': 60,
            'check_command': [],
            'check_timeout': 60,
            'not_drained': 'fail',
            'approve': 'alone',
            'resume_commands': [self.writes('resumed')],
            'resume_timeout': 60,
            'interval': 0.2,
        }

    def writes(self, word: str) -> list[str]:
        return ['sh', '-c', 'echo $0 >> $1', word, str(self.lines)]

    def start(self, **settings: Any) -> None:
        self.settings.update(settings)
        (self.folder / 'settings.json').write_text(json.dumps(self.settings))
        with self.log.open('ab') as log:
            self.process = subprocess.Popen([self.python, '-B', self.program, self.folder / 'settings.json', self.folder / 'memory'], stderr=log)

    def end(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None

    def begin(self, **event: Any) -> None:
        answer = self.simulator.control('POST', f'/vms/{self.name}/events', {'EventType': 'Reboot', **event})
        assert answer.status == 201, answer.text

    def written(self) -> list[str]:
        return self.lines.read_text().split() if self.lines.exists() else []

    def until(self, condition: Callable[[], object]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert self.process is None or self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.05)

    def statuses(self) -> list[str]:
        return [event['EventStatus'] for event in self.simulator.control('GET', f'/vms/{self.name}/events').json]

    def posts(self) -> int:
        return sum(entry['method'] == 'POST' for entry in self.simulator.log(self.name))


@pytest.fixture
def simulator(tmp_path: Path) -> Iterator[Simulator]:
    fleet = {'defaults': {'rate_limit': 0}, 'vms': [{'name': name, 'scale_set': 'web'} for name in ('web_0', 'web_1')]}
    (tmp_path / 'fleet.json').write_text(json.dumps(fleet))
    simulator = Simulator('--fleet', str(tmp_path / 'fleet.json'))
    yield simulator
    simulator.stop()


@pytest.fixture
def make(program: Path, tmp_path: Path, simulator: Simulator) -> Iterator[Callable[..., Host]]:
    hosts: list[Host] = []

    def made(name: str = 'web_0', python: str = sys.executable) -> Host:
        hosts.append(Host(program, tmp_path / name, python, simulator, name))
        return hosts[-1]

    yield made
    for host in hosts:
        host.end()


@pytest.mark.parametrize('version', ['3.6', '3.8', None])
def test_from_the_event_to_the_end(make: Callable[..., Host], version: str | None) -> None:
    python = interpreters.find(version) if version else sys.executable
    if not python:
        pytest.skip(f'no working Python {version} on PATH, under pyenv or in /usr/bin')
    host = make(python=python)
    host.start()
    host.until(lambda: host.simulator.log('web_0'))
    host.begin(DurationInSeconds=1)
    host.until(lambda: host.written() == ['drained', 'resumed'])
    assert host.posts() == 1
    host.until(lambda: 'resumed' in host.log.read_text())
    assert host.log.read_text().count('\n') == 5, host.log.read_text()
    # The name is asked once, and the version found once.
    names = [entry for entry in host.simulator.log('web_0') if entry['path'].endswith('/compute/name')]
    assert len(names) == 1
    assert {entry['query'][0][1] for entry in host.simulator.log('web_0') if entry['path'].endswith('/scheduledevents')} == {'2020-07-01'}


def test_a_restart_while_the_event_is_under_way(make: Callable[..., Host]) -> None:
    host = make()
    host.start()
    host.begin()
    host.until(lambda: host.statuses() == ['Started'])
    host.end()
    (event,) = host.simulator.control('GET', '/vms/web_0/events').json
    host.start()
    host.simulator.control('PATCH', f'/vms/web_0/events/{event["EventId"]}', {'EventStatus': 'Completed'})
    host.until(lambda: host.written() == ['drained', 'resumed'])


def test_trouble_of_the_service(make: Callable[..., Host]) -> None:
    """What lasts is one line of the log, and events are handled when it is over."""
    host = make()
    host.simulator.set_faults('web_0', {'kind': 'garbage', 'times': 4})
    host.begin(DurationInSeconds=1)
    host.start()
    host.until(lambda: host.written() == ['drained', 'resumed'])
    assert host.log.read_text().count('the answer is not HTTP') == 1


def test_an_approval_that_is_refused(make: Callable[..., Host]) -> None:
    """The event starts by itself, and the host is resumed all the same."""
    host = make()
    host.simulator.set_faults('web_0', {'kind': 'none', 'times': 3}, {'kind': 'status', 'status': 403, 'times': 1})
    host.begin(NotBefore=8, DurationInSeconds=1)
    host.start()
    host.until(lambda: host.written() == ['drained', 'resumed'])
    assert 'not approved: POST /metadata/scheduledevents: the request is refused' in host.log.read_text()
    assert 'approved: none' in host.log.read_text()


def test_an_event_days_ahead(make: Callable[..., Host]) -> None:
    host = make()
    host.begin(NotBefore=7 * 86400)
    host.start()
    host.until(lambda: 'far off, not before' in host.log.read_text())
    host.begin(EventType='Freeze', DurationInSeconds=1)
    host.until(lambda: host.written() == ['drained', 'resumed'])
    assert host.posts() == 1


def test_a_spot_vm(make: Callable[..., Host]) -> None:
    """What drains for longer than there is time is ended before the eviction."""
    host = make()
    host.begin(EventType='Preempt', NotBefore=6)
    host.start(drain_commands=[host.writes('drained'), 'sleep 300'])
    host.until(lambda: 'sleep took too long' in host.log.read_text())
    assert host.written() == ['drained']
    assert host.posts() == 0


@pytest.mark.parametrize(('policy', 'approving'), [('alone', []), ('leader', ['web_0']), ('always', ['web_0', 'web_1'])])
def test_an_event_of_two(make: Callable[..., Host], policy: str, approving: list[str]) -> None:
    hosts = [make('web_1'), make('web_0')]
    hosts[0].begin(Resources=['web_1', 'WEB_0'])
    for host in hosts:
        host.start(approve=policy, check_command=['test', '-e', str(hosts[0].folder / 'ready')])
    for host in hosts:
        host.until(host.written)
    (hosts[0].folder / 'ready').touch()
    for host in hosts:
        host.until(lambda host=host: 'approved: ' in host.log.read_text() or not approving)  # type: ignore[misc]  # mypy knows no types of defaults in a lambda
    posted = [host.name for host in hosts if host.posts()]
    assert set(posted) <= set(approving)
    assert bool(posted) == bool(approving)


def test_the_end(make: Callable[..., Host]) -> None:
    host = make()
    host.start()
    host.until(lambda: host.simulator.log('web_0'))
    assert host.process
    host.process.terminate()
    assert host.process.wait(timeout=PATIENCE) == -15
