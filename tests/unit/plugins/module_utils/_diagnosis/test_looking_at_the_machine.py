# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is read of a machine, out of folders that look like one, and by which way requests would leave."""

import socket
from pathlib import Path
from typing import Any, Optional, Self

import pytest
from ansible_collections.imds.azure.plugins.module_utils._diagnosis import host_observation
from ansible_collections.imds.azure.plugins.module_utils._diagnosis.host_observation import observe_host, observe_route
from pytest_mock import MockerFixture


def never(words: list[str]) -> tuple[int, str, str]:
    raise AssertionError(f'{words} was not to be run')


def put(root: Path, path: str, content: str = '') -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(content)


def observe(root: Path, **environment: str) -> dict[str, Any]:
    return observe_host('tag', None, never, str(root), environment)


def test_an_empty_machine(tmp_path: Path) -> None:
    assert observe(tmp_path) == {
        'tag': 'tag',
        'environment': {},
        'agent': {'installed': False, 'running': False, 'log': None},
        'product_uuid': None,
        'windows': None,
        'route': None,
    }


def test_only_variables_of_proxies_are_looked_at(tmp_path: Path) -> None:
    seen = observe(tmp_path, http_proxy='http://p', NO_PROXY='x', AWS_SECRET_ACCESS_KEY='s3cret', https_proxy='http://p')
    assert seen['environment'] == {'http_proxy': 'http://p', 'NO_PROXY': 'x'}


def test_the_environment_of_this_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('all_proxy', 'socks5://p')
    assert observe_host(None, None, never, str(tmp_path))['environment']['all_proxy'] == 'socks5://p'


@pytest.mark.parametrize(
    'path',
    [
        'usr/sbin/azure-proxy-agent',
        'usr/lib/systemd/system/azure-proxy-agent.service',
        'etc/systemd/system/azure-proxy-agent.service',
        'var/lib/azure-proxy-agent/status.json',
    ],
)
def test_an_agent_that_is_installed(tmp_path: Path, path: str) -> None:
    put(tmp_path, path)
    assert observe(tmp_path)['agent'] == {'installed': True, 'running': False, 'log': None}


def test_an_agent_that_runs(tmp_path: Path) -> None:
    put(tmp_path, 'proc/1/comm', 'systemd\n')
    put(tmp_path, 'proc/self/comm', 'azure-proxy-age\n')
    put(tmp_path, 'proc/12/comm', 'azure-proxy\n')
    assert observe(tmp_path)['agent']['running'] is False
    # The kernel cuts names off after 15 characters.
    put(tmp_path, 'proc/123/comm', 'azure-proxy-age\n')
    # A process that has ended meanwhile.
    (tmp_path / 'proc/124').mkdir()
    assert observe(tmp_path)['agent']['running'] is True


@pytest.mark.parametrize('folder', ['var/lib', 'var/log'])
def test_the_log_of_the_agent(tmp_path: Path, folder: str) -> None:
    put(tmp_path, f'{folder}/azure-proxy-agent/ProxyAgent.Connection.log', 'secret of somebody')
    assert observe(tmp_path)['agent']['log'] == f'/{folder}/azure-proxy-agent/ProxyAgent.Connection.log'


def test_uuid_of_linux(tmp_path: Path) -> None:
    put(tmp_path, 'sys/class/dmi/id/product_uuid', '5C08B38E-4D57-4C23-AC45-ACA61037F084\n')
    assert observe(tmp_path)['product_uuid'] == '5C08B38E-4D57-4C23-AC45-ACA61037F084'
    put(tmp_path, 'sys/class/dmi/id/product_uuid', '\n')
    assert observe(tmp_path)['product_uuid'] == ''


@pytest.mark.parametrize(('status', 'found'), [(0, '5c08b38e'), (1, None)])
def test_uuid_of_freebsd(tmp_path: Path, status: int, found: Optional[str]) -> None:
    put(tmp_path, 'bin/kenv')

    def run(words: list[str]) -> tuple[int, str, str]:
        assert words == [str(tmp_path / 'bin/kenv'), '-q', 'smbios.system.uuid']
        return status, '5c08b38e\n', ''

    assert observe_host(None, None, run, str(tmp_path), {})['product_uuid'] == found


@pytest.fixture
def ways(mocker: MockerFixture) -> dict[str, Any]:
    """What the kernel says of the way to an address, without one being asked: C(error), or C(source)."""
    said: dict[str, Any] = {'source': '10.1.0.4'}

    class Datagrams:
        def __init__(self, family: int, kind: int, protocol: int) -> None:
            assert kind == socket.SOCK_DGRAM

        def __enter__(self) -> Self:
            return self

        def __exit__(self, *exception: object) -> None:
            pass

        def connect(self, address: tuple[str, int]) -> None:
            if 'error' in said:
                raise said['error']

        def getsockname(self) -> tuple[str, int]:
            return said['source'], 1

    mocker.patch.object(host_observation.socket, 'socket', Datagrams)
    return said


TABLE = """Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask
eth0\t00000000\t0100010A\t0003\t0\t0\t100\t00000000
eth1\tFEA9FEA9\t00000000\t0005\t0\t0\t0\tFFFFFFFF
"""


def test_route_of_linux(tmp_path: Path, ways: dict[str, Any]) -> None:
    put(tmp_path, 'proc/net/route', TABLE)
    put(tmp_path, 'sys/class/net/eth1/address', '00:0D:3A:33:82:E8\n')
    assert observe_route(('169.254.169.254', 80), never, str(tmp_path)) == {
        'source': '10.1.0.4',
        'error': None,
        'interface': 'eth1',
        'default_interface': 'eth0',
        'mac': '00:0d:3a:33:82:e8',
    }
    assert observe_host(None, 'http://169.254.169.254', never, str(tmp_path), {})['route']['interface'] == 'eth1'


def test_route_of_a_bsd(tmp_path: Path, ways: dict[str, Any]) -> None:
    put(tmp_path, 'sbin/route')
    asked = []

    def run(words: list[str]) -> tuple[int, str, str]:
        asked.append(words[1:])
        return 0, f'  interface: hn{len(asked)}\n', ''

    seen = observe_route(('169.254.169.254', 80), run, str(tmp_path))
    assert (seen['interface'], seen['default_interface'], seen['mac']) == ('hn1', 'hn2', None)
    assert asked == [['-n', 'get', '169.254.169.254'], ['-n', 'get', 'default']]


def test_no_table_and_no_program(tmp_path: Path, ways: dict[str, Any]) -> None:
    seen = observe_route(('169.254.169.254', 80), never, str(tmp_path))
    assert seen == {'source': '10.1.0.4', 'error': None, 'interface': None, 'default_interface': None, 'mac': None}


def test_no_route(tmp_path: Path, ways: dict[str, Any]) -> None:
    ways['error'] = OSError(101, 'Network is unreachable')
    put(tmp_path, 'proc/net/route', TABLE)
    seen = observe_route(('169.254.169.254', 80), never, str(tmp_path))
    assert seen == {'source': None, 'error': 'Network is unreachable', 'interface': None, 'default_interface': None, 'mac': None}


def test_this_machine() -> None:
    """Loopback is not in the table of routes that Linux shows."""
    assert observe_route(('127.0.0.1', 9), never)['source'] == '127.0.0.1'
