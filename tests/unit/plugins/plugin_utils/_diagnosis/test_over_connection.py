# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A diagnosis over a connection finds what the module finds."""

from __future__ import annotations

import socket
import time
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.imds.azure.plugins.module_utils._diagnosis import service_observation
from ansible_collections.imds.azure.plugins.module_utils._diagnosis.host_observation import observe_host
from ansible_collections.imds.azure.plugins.module_utils._diagnosis.service_observation import connect
from ansible_collections.imds.azure.plugins.module_utils._diagnosis.task import diagnose
from ansible_collections.imds.azure.plugins.module_utils._service.errors import ImdsError, OptionError
from ansible_collections.imds.azure.plugins.module_utils._service.http_transport import HttpTransport
from ansible_collections.imds.azure.plugins.plugin_utils._diagnosis.over_connection import diagnose_over
from ansible_collections.imds.azure.plugins.plugin_utils._transports.host_command import HostCommand, HostOutput
from ansible_collections.imds.azure.plugins.plugin_utils._transports.posix_command import NoToolError
from ansible_collections.imds.azure.plugins.plugin_utils._transports.powershell_command import ConstrainedLanguageError
from ansible_collections.imds.azure.plugins.plugin_utils._transports.shell import OtherCommandError
from ansible_collections.imds.azure.tests.unit.plugins.plugin_utils._transports.shell_of_this_machine import Shell, path_with
from ansible_collections.imds.azure.tests.unit.roles.simulator.running_simulator import Simulator


def options(endpoint: str, **given: Any) -> dict[str, Any]:
    return {'endpoint': endpoint, 'api_version': 'auto', 'timeout': 5.0, 'deadline': 30.0, 'detect': 'auto', **given}


def states(result: dict[str, Any]) -> dict[str, tuple[str, str | None]]:
    return {check['name']: (check['state'], check['remedy']) for check in result['checks']}


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(path_with(tmp_path / 'bin', ['curl', 'date', 'ip']))


@pytest.fixture
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service_observation, 'PAUSE', 0.0)


@pytest.mark.parametrize(
    'fault',
    [
        None,
        {'kind': 'status', 'status': 403},
        {'kind': 'status', 'status': 429, 'headers': {'Retry-After': '60'}},
        {'kind': 'status', 'status': 410},
        {'kind': 'status', 'status': 404, 'path': '/instance'},
        {'kind': 'html'},
        {'kind': 'html', 'status': 503, 'via': '1.1 proxy'},
        {'kind': 'hang'},
        {'kind': 'close'},
        {'kind': 'garbage'},
        {'kind': 'not_json', 'times': 1},
        {'kind': 'partial'},
        {'kind': 'status', 'status': 200, 'body': {'compute': {'vmId': 'x'}, 'network': {}}},
        {'kind': 'status', 'status': 200, 'headers': {'Date': 'Sun, 06 Nov 1994 08:49:37 GMT'}, 'times': 1},
    ],
    ids=str,
)
def test_the_same_checks_as_by_the_module(simulator: Simulator, shell: Shell, no_pauses: None, fault: dict[str, Any] | None) -> None:
    given = options(simulator.vms['a'], timeout=1.0)
    seen = observe_host(None, given['endpoint'], lambda words: (1, '', ''))
    simulator.set_faults('a', *([fault] if fault else []))
    by_module = diagnose(given, None, lambda asked: seen, HttpTransport(given['endpoint']), connect)
    simulator.set_faults('a', *([fault] if fault else []))
    by_shell = diagnose_over(shell.execute, False, given)
    assert states(by_shell) == states(by_module)
    assert ('problem' in str(by_shell['checks'])) == (fault is not None)


def test_nothing_listens(shell: Shell) -> None:
    with socket.create_server(('127.0.0.1', 0)) as listener:
        endpoint = f'http://127.0.0.1:{listener.getsockname()[1]}'
    result = diagnose_over(shell.execute, False, options(endpoint))
    assert result['verdict'].startswith('1 problem (reachability). No answer from 127.0.0.1: the connection is refused')


@pytest.mark.parametrize(('ahead', 'state'), [(0, 'ok'), (3600, 'problem'), (-3600, 'problem')])
def test_the_clock_of_the_host_counts(simulator: Simulator, shell: Shell, no_pauses: None, tmp_path: Path, ahead: int, state: str) -> None:
    """Not the one of the controller."""
    date = tmp_path / 'bin/date'
    date.unlink()
    date.write_text(f'#!/bin/sh\necho {int(time.time()) + ahead}\n')
    date.chmod(0o755)
    result = diagnose_over(shell.execute, False, options(simulator.vms['a']))
    assert states(result)['clock'][0] == state


def test_a_host_without_date(simulator: Simulator, shell: Shell, no_pauses: None, tmp_path: Path) -> None:
    (tmp_path / 'bin/date').unlink()
    assert states(diagnose_over(shell.execute, False, options(simulator.vms['a'])))['clock'] == ('unknown', None)


def test_a_host_that_is_not_to_be_asked(simulator: Simulator, shell: Shell) -> None:
    result = diagnose_over(shell.execute, False, options(simulator.vms['a'], detect='always'))
    assert result['verdict'].startswith('No request was sent.')
    assert simulator.log('a') == []


def test_a_host_without_a_program_for_http(simulator: Simulator, tmp_path: Path) -> None:
    with pytest.raises(NoToolError):
        diagnose_over(Shell(path_with(tmp_path / 'bin', ['date'])).execute, False, options(simulator.vms['a']))


@pytest.mark.parametrize('given', [{'timeout': 0.0}, {'deadline': -1.0}, {'api_version': 'newest'}, {'endpoint': 'ftp://127.0.0.1'}])
def test_options_that_cannot_be_used(shell: Shell, given: dict[str, Any]) -> None:
    with pytest.raises(OptionError):
        diagnose_over(shell.execute, False, options('http://127.0.0.1:9') | given)
    assert shell.commands == []


def says(stdout: str, stderr: bytes = b'') -> Any:
    """A host that prints this, with the mark where C(MARK) is."""

    def execute(command: HostCommand, _seconds: float) -> HostOutput:
        words = (command.line + (command.stdin or b'').decode()).replace("'", ' ').split()
        mark = next(word for word in words if word.startswith('imds-'))
        return HostOutput(stdout.replace('MARK', mark).encode(), stderr)

    return execute


@pytest.mark.parametrize(
    ('stdout', 'stderr', 'powershell', 'error', 'message'),
    [
        ('This account is not available.', b'', False, OtherCommandError, 'the host does not run the command'),
        ('MARK start\nMARK tag azure\n', b'date: killed', False, OtherCommandError, 'incomplete (date: killed)'),
        ('MARK start\n', b'', True, OtherCommandError, 'incomplete'),
        ('MARK start\nMARK language ConstrainedLanguage\n', b'', True, ConstrainedLanguageError, 'ConstrainedLanguage'),
        ('x' * (9 << 20), b'', False, ImdsError, 'more than 8 MiB'),
    ],
)
def test_a_host_that_does_not_run_the_command(stdout: str, stderr: bytes, powershell: bool, error: type[ImdsError], message: str) -> None:
    with pytest.raises(error) as caught:
        diagnose_over(says(stdout, stderr), powershell, options('http://127.0.0.1:9'))
    assert message in str(caught.value)
    assert caught.value.remedy


def test_a_windows_host_gets_its_own_checks() -> None:
    """The requests of this test find no answer, for each command gets what the look prints."""
    result = diagnose_over(says('MARK start\r\nMARK tag azure\r\nMARK firewall\r\nMARK source 127.0.0.1\r\nMARK done\r\n'), True, options('http://127.0.0.1:9'))
    names = [check['name'] for check in result['checks']]
    assert names[:4] == ['chassis_tag', 'route', 'firewall', 'reachability']
    assert states(result)['chassis_tag'][0] == 'ok'
