# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host looks at its chassis tag before it sends a packet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from ansible_collections.imds.azure.plugins.module_utils._errors import NotAzureError
from ansible_collections.imds.azure.plugins.module_utils._platform import AZURE_CHASSIS_TAG, LINUX_CHASSIS_TAG
from ansible_collections.imds.azure.plugins.module_utils._transport import DEFAULT_ENDPOINT
from ansible_collections.imds.azure.plugins.plugin_utils._shell_transport import ShellTransport
from ansible_collections.imds.azure.tests.unit.plugins.transports.loopback_server import LoopbackServer, answering, http
from ansible_collections.imds.azure.tests.unit.plugins.transports.shell_of_this_machine import Shell, path_with

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

        def execute(command: str, seconds: float) -> bytes:
            assert LINUX_CHASSIS_TAG in command
            elsewhere = command.replace(LINUX_CHASSIS_TAG, str(tag_file)).replace(f'{DEFAULT_ENDPOINT}:80/', f'{server.endpoint}/')
            assert '169.254' not in elsewhere, 'nothing may be sent there'
            return shell.execute(elsewhere, seconds)

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
    assert ShellTransport(lambda command, seconds: b'', endpoint).detect == detect
