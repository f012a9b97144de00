# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host looks at its chassis tag before it sends a packet."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from ansible_collections.imds.azure.plugins.module_utils._service.errors import NotAzureError
from ansible_collections.imds.azure.plugins.module_utils._service.http_transport import NoAnswer
from ansible_collections.imds.azure.plugins.module_utils._service.option_checks import DEFAULT_ENDPOINT
from ansible_collections.imds.azure.plugins.module_utils._service.platform import AZURE_CHASSIS_TAG, LINUX_CHASSIS_TAG
from ansible_collections.imds.azure.plugins.plugin_utils._transports.host_command import HostCommand, HostOutput
from ansible_collections.imds.azure.plugins.plugin_utils._transports.shell import OtherCommandError, ShellTransport
from ansible_collections.imds.azure.tests.unit.plugins.plugin_utils._transports.loopback_server import LoopbackServer, answering, http
from ansible_collections.imds.azure.tests.unit.plugins.plugin_utils._transports.shell_of_this_machine import Shell, path_with

HEADERS = {'Metadata': 'true'}


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    handle, heads = answering(http(b'{}'))
    running = LoopbackServer(handle)
    yield running
    running.stop()


@pytest.fixture
def asking(tmp_path: Path, server: LoopbackServer) -> Callable[[str | None, str], ShellTransport]:
    """A transport to a host with that chassis tag. It is told to ask the default address, and the command is sent to the server instead."""
    shell = Shell(path_with(tmp_path / 'path', ['curl', 'wget', 'python3']))
    tag_file = tmp_path / 'chassis_asset_tag'

    def make(tag: str | None, detect: str) -> ShellTransport:
        if tag is not None:
            tag_file.write_text(tag)

        def execute(command: HostCommand, seconds: float) -> HostOutput:
            assert LINUX_CHASSIS_TAG in command.line
            elsewhere = command.line.replace(LINUX_CHASSIS_TAG, str(tag_file)).replace(f'{DEFAULT_ENDPOINT}:80/', f'{server.endpoint}/')
            assert '169.254' not in elsewhere, 'nothing may be sent there'
            return shell.execute(HostCommand(elsewhere), seconds)

        return ShellTransport(execute, DEFAULT_ENDPOINT, detect)

    return make


AZURE = f'{AZURE_CHASSIS_TAG}\n'
OTHER = 'Default string\n'


@pytest.mark.parametrize(
    ('tag', 'detect', 'chassis'),
    [
        (AZURE, 'auto', 'azure'),
        (AZURE, 'always', 'azure'),
        (AZURE, 'never', 'azure'),
        (AZURE_CHASSIS_TAG, 'always', 'azure'),
        (OTHER, 'never', 'other'),
        (None, 'auto', 'unknown'),
        (None, 'never', 'unknown'),
    ],
)
def test_asked(asking: Callable[[str | None, str], ShellTransport], server: LoopbackServer, tag: str | None, detect: str, chassis: str) -> None:
    transport = asking(tag, detect)
    assert transport.get('/metadata/instance', HEADERS, 5).status == 200
    assert transport.chassis == chassis
    assert server.connections == 1


@pytest.mark.parametrize(
    ('tag', 'detect', 'chassis'),
    [
        (OTHER, 'auto', 'other'),
        (OTHER, 'always', 'other'),
        (None, 'always', 'unknown'),
        ('', 'auto', 'other'),
        ('\n', 'always', 'other'),
        (f'{AZURE_CHASSIS_TAG} x\n', 'auto', 'other'),
        (f'x{AZURE_CHASSIS_TAG}\n', 'auto', 'other'),
        ('$(touch canary) `id` " -o x = x\n', 'auto', 'other'),
        ('7783 -o 1 = 1\n', 'always', 'other'),
        ('two\nlines\n', 'auto', 'other'),
        ('!\n', 'auto', 'other'),
        ('(\n', 'auto', 'other'),
    ],
)
def test_no_packet_is_sent(asking: Callable[[str | None, str], ShellTransport], server: LoopbackServer, tag: str | None, detect: str, chassis: str) -> None:
    transport = asking(tag, detect)
    with pytest.raises(NotAzureError, match='chassis'):
        transport.get('/metadata/instance', HEADERS, 5)
    assert transport.chassis == chassis
    assert server.connections == 0


@pytest.mark.parametrize(('endpoint', 'detect'), [('http://127.0.0.1:1', 'never'), (f'{DEFAULT_ENDPOINT}:81', 'never'), ('HTTP://169.254.169.254:80/', 'auto')])
def test_auto_looks_only_where_the_endpoint_is_the_default_one(endpoint: str, detect: str) -> None:
    assert ShellTransport(lambda command, seconds: HostOutput(b''), endpoint)._detect == detect


def printing(*lines: str, powershell: bool = False) -> ShellTransport:
    """A transport to a host that prints these lines for any command, in which C(MARK) is the mark."""

    def execute(command: HostCommand, seconds: float) -> HostOutput:
        text = (command.stdin or b'').decode('ascii') if powershell else command.line
        mark = re.search(r'imds-[0-9a-f]{16}', text)
        assert mark
        return HostOutput('\r\n'.join(['banner', *lines, 'logout']).replace('MARK', mark[0]).encode())

    return ShellTransport(execute, powershell=powershell)


@pytest.mark.parametrize('powershell', [False, True])
@pytest.mark.parametrize('tag', ['azure', 'other', 'unknown'])
def test_the_tag_is_known_also_where_nothing_answers(tag: str, powershell: bool) -> None:
    """It decides what silence means."""
    silence = ('MARK nothing ConnectFailure',) if powershell else ('MARK curl', '', 'MARK end 7')
    transport = printing('MARK start', f'MARK tag {tag}', *silence, powershell=powershell)
    with pytest.raises(NoAnswer):
        transport.get('/metadata/instance', HEADERS, 5)
    assert transport.chassis == tag


@pytest.mark.parametrize('powershell', [False, True])
@pytest.mark.parametrize('tag', ['other', 'unknown'])
def test_the_host_decides_that_nothing_is_sent(tag: str, powershell: bool) -> None:
    transport = printing('MARK start', f'MARK tag {tag}', 'MARK skipped', powershell=powershell)
    with pytest.raises(NotAzureError):
        transport.get('/metadata/instance', HEADERS, 5)
    assert transport.chassis == tag


@pytest.mark.parametrize('powershell', [False, True])
@pytest.mark.parametrize('lines', [['MARK start'], *(['MARK start', f'MARK tag {tag}'] for tag in ('azure', 'other', 'unknown'))])
def test_a_command_that_dies_says_nothing_about_azure(lines: list[str], powershell: bool) -> None:
    transport = printing(*lines, powershell=powershell)
    with pytest.raises(NoAnswer, match='incomplete'):
        transport.get('/metadata/instance', HEADERS, 5)
    assert not transport.unsure


@pytest.mark.parametrize('powershell', [False, True])
def test_a_host_of_azure_that_goes_away_stays_one(powershell: bool) -> None:
    with pytest.raises(NoAnswer, match='incomplete'):
        printing('MARK tag azure', powershell=powershell).get('/metadata/instance', HEADERS, 5)


@pytest.mark.parametrize('powershell', [False, True])
@pytest.mark.parametrize('lines', [[], ['This account is currently not available.'], ['\xff' * 100], ['imds-0 tag other'], ['echo MARK tag other']])
def test_something_else_was_run(lines: list[str], powershell: bool) -> None:
    with pytest.raises(OtherCommandError, match='forced command'):
        printing(*lines, powershell=powershell).get('/metadata/instance', HEADERS, 5)
