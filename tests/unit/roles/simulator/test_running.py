# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Starting, listening, stopping."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.imds.azure.tests.interruptible import interruptible
from ansible_collections.imds.azure.tests.unit.roles.simulator.running_simulator import PROGRAM, PYTHON, Simulator, command, refused, request


def free_ports(count: int) -> int:
    """The first of ``count`` ports in a row that nobody listens on."""
    for first in range(21000, 30000, count):
        sockets = []
        try:
            for port in range(first, first + count):
                sockets.append(socket.create_server(('127.0.0.1', port)))
            return first
        except OSError:
            continue
        finally:
            for each in sockets:
                each.close()
    pytest.skip('no free ports')


def test_ready_line_and_file(start: Callable[..., Simulator], tmp_path: Path) -> None:
    ready_file = tmp_path / 'ready.json'
    simulator = start(None, '--generate', '3', '--ready-file', str(ready_file))
    assert json.loads(ready_file.read_text()) == simulator.ready
    assert list(simulator.ready) == ['control', 'vms']
    assert len(set(simulator.vms.values())) == 3
    assert [path.name for path in tmp_path.iterdir()] == ['ready.json']
    assert simulator.stop() == 0
    assert not ready_file.exists()


def test_consecutive_ports(start: Callable[..., Simulator]) -> None:
    port = free_ports(4)
    simulator = start(None, '--generate', '3', '--base-port', str(port), '--control', f'127.0.0.1:{port + 3}')
    assert list(simulator.vms.values()) == [f'http://127.0.0.1:{port + number}' for number in range(3)]
    assert simulator.ready['control'] == f'http://127.0.0.1:{port + 3}'
    for name in simulator.vms:
        assert simulator.instance(name, '/compute/name', text=True).text == name


def test_consecutive_addresses(start: Callable[..., Simulator]) -> None:
    port = free_ports(1)
    simulator = start(None, '--generate', '3', '--addresses', '127.0.2.255', '--port', str(port))
    assert list(simulator.vms.values()) == [f'http://{address}:{port}' for address in ('127.0.2.255', '127.0.3.0', '127.0.3.1')]
    for name in simulator.vms:
        assert simulator.instance(name, '/compute/name', text=True).text == name


@pytest.mark.parametrize('number', [signal.SIGTERM, signal.SIGINT])
def test_signals(number: signal.Signals) -> None:
    with subprocess.Popen(
        command('--generate', '2'), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL, preexec_fn=interruptible
    ) as process:
        assert process.stdout
        ready = json.loads(process.stdout.readline())
        endpoint = ready['vms']['web_0'].removeprefix('http://').split(':')
        with socket.create_connection((endpoint[0], int(endpoint[1]))):
            process.send_signal(number)
            assert process.wait(timeout=10) == 0, 'an open connection does not keep it'
        assert process.stderr
        assert process.stderr.read() == ''


def test_end_of_standard_input() -> None:
    simulator = Simulator('--generate', '1')
    simulator.set_faults('web_0', {'kind': 'hang'})
    with simulator.raw('web_0', b'GET /metadata/versions HTTP/1.1\r\n\r\n'):
        assert simulator.stop() == 0


def test_as_a_module() -> None:
    process = subprocess.run(
        [PYTHON, '-B', '-m', 'imds_simulator', '--generate', '1', '--check'], cwd=PROGRAM.parent, capture_output=True, text=True, check=False
    )
    assert (process.returncode, process.stderr) == (0, '')
    assert json.loads(process.stdout) == {'control': 'http://127.0.0.1:0', 'vms': {'web_0': 'http://127.0.0.1:0'}}


def test_check_tells_where_the_vms_would_be(tmp_path: Path) -> None:
    (tmp_path / 'fleet.json').write_text('{"vms": [{"name": "a"}, {"name": "b", "address": "127.0.0.9", "port": 80}, {"name": "c"}]}')
    process = subprocess.run(
        [PYTHON, '-B', str(PROGRAM), '--check', '--fleet', str(tmp_path / 'fleet.json'), '--base-port', '9169', '--control', '127.0.0.1:9168'],
        capture_output=True,
        text=True,
        check=False,
    )
    told = {'control': 'http://127.0.0.1:9168', 'vms': {'a': 'http://127.0.0.1:9169', 'b': 'http://127.0.0.9', 'c': 'http://127.0.0.1:9171'}}
    assert json.loads(process.stdout) == told


def test_options_from_a_file(start: Callable[..., Simulator], tmp_path: Path) -> None:
    (tmp_path / 'options').write_text('--generate\n2\n')
    assert list(start(None, f'@{tmp_path}/options').vms) == ['web_0', 'web_1']


def test_thousands(start: Callable[..., Simulator]) -> None:
    simulator = start(None, '--generate', '2000')
    names = list(simulator.vms)
    assert len(names) == 2000
    for name in (names[0], names[999], names[1999]):
        assert simulator.instance(name).json['compute']['name'] == name


@pytest.mark.parametrize(
    ('options', 'said'),
    [
        ((), '--generate'),
        (('--generate', 'many'), '--generate'),
        (('--generate', '1', '--fleet', 'x'), 'not allowed with'),
        (('--generate', '1', '--odd'), '--odd'),
        (('--generate', '1', '--bind', '192.168.0.1'), '127.0.0.0/8'),
        (('--generate', '1', '--bind', '169.254.169.254'), '127.0.0.0/8'),
        (('--generate', '1', '--bind', 'here'), '--bind'),
        (('--generate', '1', '--base-port', '70000'), '--base-port'),
        (('--generate', '9', '--base-port', '65530'), 'too high'),
        (('--generate', '1', '--control', '0.0.0.0:0'), '--control'),
        (('--generate', '1', '--control', '127.0.0.1'), '--control'),
        (('--generate', '1', '--addresses', '127.0.0.2', '--base-port', '1'), '--addresses'),
        (('--generate', '1', '--port', '1'), '--port'),
        (('--generate', '1', '--rate-limit', '-1'), '--rate-limit'),
        (('--generate', '300', '--addresses', '127.255.255.1', '--port', '1'), '127.0.0.0/8'),
        (('--fleet', 'x.json', '--seed', '1'), '--seed'),
        (('--generate', '1', '--background'), '--state-dir'),
        (('--stop',), '--state-dir'),
        (('--generate', '1', '--ready-file', '/nonexistent/folder/ready'), '--ready-file'),
    ],
)
def test_wrong_options(options: tuple[str, ...], said: str) -> None:
    assert said in refused(*options)


@pytest.mark.parametrize('option', ['--base-port', '--control'])
def test_occupied_port(option: str, tmp_path: Path) -> None:
    with socket.create_server(('127.0.0.1', 0)) as taken:
        port = taken.getsockname()[1]
        (tmp_path / 'fleet.json').write_text('{"vms": [{"name": "mine"}]}')
        said = refused('--fleet', str(tmp_path / 'fleet.json'), option, str(port) if option == '--base-port' else f'127.0.0.1:{port}')
    assert f'port {port}' in said
    assert ("VM 'mine'" in said) is (option == '--base-port')


def test_in_the_background(tmp_path: Path) -> None:
    state = tmp_path / 'state'
    begin = command('--generate', '2', '--background', '--state-dir', str(state))
    end = command('--stop', '--state-dir', str(state))
    started = subprocess.run(begin, capture_output=True, text=True, timeout=20, check=True)
    try:
        ready = json.loads(started.stdout)
        assert json.loads((state / 'ready.json').read_text()) == ready
        assert request(ready['vms']['web_0'], '/metadata/versions', headers={'Metadata': 'true'}).status == 200
        process = int((state / 'pid').read_text())
        again = subprocess.run(begin, capture_output=True, text=True, timeout=20, check=False)
        assert (again.returncode, again.stdout) == (3, '')
        assert str(process) in again.stderr
    finally:
        assert subprocess.run(end, timeout=20, check=False).returncode == 0
    assert not (state / 'ready.json').exists()
    assert subprocess.run(end, timeout=20, check=False).returncode == 3


def test_background_that_cannot_start(tmp_path: Path) -> None:
    with socket.create_server(('127.0.0.1', 0)) as taken:
        port = taken.getsockname()[1]
        assert f'port {port}' in refused('--generate', '1', '--base-port', str(port), '--background', '--state-dir', str(tmp_path / 'state'))
    assert subprocess.run(command('--stop', '--state-dir', str(tmp_path / 'state')), timeout=20, check=False).returncode == 3
