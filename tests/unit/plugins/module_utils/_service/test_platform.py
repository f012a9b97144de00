# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a machine is an Azure VM, and whether it may be asked."""

import os
from pathlib import Path
from typing import Any, Optional

import pytest
from ansible_collections.imds.azure.plugins.module_utils._service import platform
from ansible_collections.imds.azure.plugins.module_utils._service.errors import OptionError
from ansible_collections.imds.azure.plugins.module_utils._service.option_checks import DEFAULT_ENDPOINT
from ansible_collections.imds.azure.plugins.module_utils._service.platform import AZURE_CHASSIS_TAG, chassis_asset_tag, is_azure_vm, may_ask
from pytest_mock import MockerFixture

OTHER = 'http://127.0.0.1:40342'


def never(*arguments: Any) -> Any:
    raise AssertionError('this was not to be called')


def on(mocker: MockerFixture, system: str) -> None:
    mocker.patch.object(platform.os, 'uname', return_value=os.uname_result((system, 'host', '1', '1', 'x86_64')))


@pytest.fixture
def tag_file(tmp_path: Path, mocker: MockerFixture) -> Path:
    """Where Linux would keep the tag; nothing is there yet."""
    path = tmp_path / 'chassis_asset_tag'
    on(mocker, 'Linux')
    mocker.patch.object(platform, 'LINUX_CHASSIS_TAG', str(path))
    return path


def test_where_linux_keeps_it() -> None:
    assert platform.LINUX_CHASSIS_TAG == '/sys/class/dmi/id/chassis_asset_tag'
    assert AZURE_CHASSIS_TAG == '7783-7084-3265-9085-8269-3286-77'


@pytest.mark.parametrize(
    ('content', 'azure'),
    [
        (b'7783-7084-3265-9085-8269-3286-77\n', True),
        (b'7783-7084-3265-9085-8269-3286-77', True),
        (b'  7783-7084-3265-9085-8269-3286-77 \n', True),
        (b'7783-7084-3265-9085-8269-3286-78\n', False),
        (b'Amazon EC2\n', False),
        (b'\n', False),
        (b'', False),
        (b'\xff\xfe', False),
        (b'7783-7084-3265-9085-8269-3286-77x' * 100, False),
    ],
)
def test_linux(tag_file: Path, content: bytes, azure: bool) -> None:
    tag_file.write_bytes(content)
    assert is_azure_vm(chassis_asset_tag(never)) is azure


def test_linux_without_a_tag(tag_file: Path) -> None:
    assert chassis_asset_tag(never) is None
    assert is_azure_vm(None) is None


def test_linux_with_a_tag_that_cannot_be_read(tag_file: Path) -> None:
    tag_file.mkdir()
    assert chassis_asset_tag(never) is None


@pytest.mark.parametrize(('result', 'azure'), [((0, f'{AZURE_CHASSIS_TAG}\n', ''), True), ((0, '\n', ''), False), ((1, '', 'kenv: unable'), None)])
def test_freebsd(mocker: MockerFixture, result: tuple[int, str, str], azure: Optional[bool]) -> None:
    on(mocker, 'FreeBSD')
    commands: list[list[str]] = []

    def run_command(words: list[str]) -> tuple[int, str, str]:
        commands.append(words)
        return result

    assert is_azure_vm(chassis_asset_tag(run_command)) is azure
    assert commands == [['/bin/kenv', '-q', 'smbios.chassis.tag']]


@pytest.mark.parametrize('system', ['Darwin', 'OpenBSD', 'SunOS', ''])
def test_other_systems_are_unknown(mocker: MockerFixture, system: str) -> None:
    on(mocker, system)
    assert chassis_asset_tag(never) is None


@pytest.mark.parametrize(
    ('detect', 'endpoint', 'tag', 'answer'),
    [
        ('auto', DEFAULT_ENDPOINT, AZURE_CHASSIS_TAG, True),
        ('auto', DEFAULT_ENDPOINT, 'another', False),
        ('auto', DEFAULT_ENDPOINT, '', False),
        ('auto', DEFAULT_ENDPOINT, None, None),
        ('always', DEFAULT_ENDPOINT, AZURE_CHASSIS_TAG, True),
        ('always', DEFAULT_ENDPOINT, 'another', False),
        ('always', DEFAULT_ENDPOINT, None, False),
        ('always', OTHER, AZURE_CHASSIS_TAG, True),
        ('always', OTHER, 'another', False),
        ('always', OTHER, None, False),
    ],
)
def test_with_a_look_at_the_tag(detect: str, endpoint: str, tag: Optional[str], answer: Optional[bool]) -> None:
    assert may_ask(detect, endpoint, lambda: tag) is answer


@pytest.mark.parametrize(('detect', 'endpoint'), [('never', DEFAULT_ENDPOINT), ('never', OTHER), ('auto', OTHER), ('auto', 'http://169.254.169.254:8080')])
def test_without_a_look(detect: str, endpoint: str) -> None:
    assert may_ask(detect, endpoint, never) is True


def test_an_endpoint_that_cannot_be_used() -> None:
    with pytest.raises(OptionError):
        may_ask('auto', 'https://169.254.169.254', never)
