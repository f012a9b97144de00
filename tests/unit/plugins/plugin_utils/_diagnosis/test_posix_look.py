# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a command sees of this machine, and what is made of what others print."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest
from ansible_collections.imds.azure.plugins.module_utils._diagnosis.host_observation import observe_host
from ansible_collections.imds.azure.plugins.plugin_utils._diagnosis.marked_lines import MarkedLines
from ansible_collections.imds.azure.plugins.plugin_utils._diagnosis.posix_look import parse_posix_look, posix_look
from ansible_collections.imds.azure.plugins.plugin_utils._transports.host_command import CutOff
from ansible_collections.imds.azure.tests.unit.plugins.plugin_utils._transports.shell_of_this_machine import Shell, path_with
from hypothesis import given
from hypothesis import strategies as st

MARK = 'imds-0123456789abcdef'
TABLE = """Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask
eth0\t00000000\t0100010A\t0003\t0\t0\t100\t00000000
eth1\tFEA9FEA9\t00000000\t0005\t0\t0\t0\tFFFFFFFF"""


def lines(**told: str) -> MarkedLines:
    """What a host printed, a line for each line of each value."""
    text = ''.join(f'{MARK} {name} {line}\n' for name, value in told.items() for line in value.splitlines())
    return MarkedLines(f'{text}{MARK} done\n'.encode(), MARK)


def looked(folder: Path, *tools: str, login_shell: str = '/bin/sh', host: str = '127.0.0.1', detect: str = 'never') -> MarkedLines:
    shell = Shell(path_with(folder / 'bin', ['date', 'getent', *tools]), login_shell)
    return MarkedLines(shell.execute(posix_look(host, MARK, detect), 5).stdout.replace(b'\r\n', b'\n'), MARK)


@pytest.mark.parametrize('name', ['sh', 'dash', 'bash', 'zsh', 'fish', 'tcsh', 'busybox'])
def test_this_machine_by_any_login_shell(tmp_path: Path, name: str) -> None:
    """It sees what a module sees."""
    if not (login_shell := shutil.which(name)):
        pytest.skip(f'{name} is not installed')
    if name == 'busybox':
        login_shell = str(tmp_path / 'ash')
        Path(login_shell).symlink_to(shutil.which('busybox') or '')
    seen = parse_posix_look(looked(tmp_path, 'ip', login_shell=login_shell), '127.0.0.1')
    by_module = observe_host(None, 'http://127.0.0.1:9', lambda words: (1, '', ''), environment={})
    assert seen['agent'] == by_module['agent']
    assert seen['product_uuid'] == by_module['product_uuid']
    assert seen['windows'] is None
    assert seen['route']['source'] == '127.0.0.1'
    assert seen['route']['default_interface'] == by_module['route']['default_interface']


def test_its_clock(tmp_path: Path) -> None:
    assert abs(int(looked(tmp_path).first('time')) - time.time()) < 60


def test_a_chassis_tag_that_forbids_to_go_on(tmp_path: Path) -> None:
    told = looked(tmp_path, detect='always')
    assert told.has('skipped')
    assert not told.has('way')
    assert parse_posix_look(told, '127.0.0.1')['route']['interface'] is None


def test_proxies_are_named_and_passwords_are_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('http_proxy', 'http://user:s3cret@proxy')
    monkeypatch.setenv('ALL_PROXY', 'socks5://s3cret')
    monkeypatch.setenv('no_proxy', '*,10.0.0.0/8')
    shell = Shell(path_with(tmp_path / 'bin', ['date']))
    output = shell.execute(posix_look('127.0.0.1', MARK, 'never'), 5).stdout
    assert b's3cret' not in output
    environment = parse_posix_look(MarkedLines(output, MARK), '127.0.0.1')['environment']
    assert environment == {'http_proxy': 'set', 'ALL_PROXY': 'set', 'no_proxy': '*,10.0.0.0/8', 'NO_PROXY': ''}


def test_a_name_is_resolved_on_the_host(tmp_path: Path) -> None:
    assert 'lo' in looked(tmp_path, 'ip', host='localhost').first('way').split()


def test_the_way_of_linux() -> None:
    way = '169.254.169.254 via 10.1.0.1 dev eth1 src 10.1.0.4 uid 1000 \n    cache'
    assert parse_posix_look(lines(way=way, table=TABLE, mac_eth1='00:0D:3A:33:82:E8'), '169.254.169.254')['route'] == {
        'source': '10.1.0.4',
        'error': None,
        'interface': 'eth1',
        'default_interface': 'eth0',
        'mac': '00:0d:3a:33:82:e8',
    }


def test_the_way_by_the_table_of_the_kernel_alone() -> None:
    route = parse_posix_look(lines(table=TABLE), '169.254.169.254')['route']
    assert (route['source'], route['interface'], route['default_interface']) == (None, 'eth1', 'eth0')


def test_the_way_of_a_bsd() -> None:
    told = lines(bsd='   route to: 169.254.169.254\n  interface: hn1', bsd_default='  interface: hn0')
    route = parse_posix_look(told, '169.254.169.254')['route']
    assert (route['source'], route['interface'], route['default_interface'], route['mac']) == (None, 'hn1', 'hn0', None)


@pytest.mark.parametrize('said', ['RTNETLINK answers: Network is unreachable', 'ip: RTNETLINK answers: Network is unreachable'])
def test_no_route(said: str) -> None:
    assert parse_posix_look(lines(way=said, table=TABLE), '169.254.169.254')['route']['error'] == 'Network is unreachable'


def test_an_agent() -> None:
    told = lines(file='/usr/sbin/azure-proxy-agent\n/var/log/azure-proxy-agent/ProxyAgent.Connection.log', running=' ')
    assert parse_posix_look(told, 'x')['agent'] == {'installed': True, 'running': True, 'log': '/var/log/azure-proxy-agent/ProxyAgent.Connection.log'}


def test_a_log_alone_is_no_agent() -> None:
    told = lines(file='/var/log/azure-proxy-agent/ProxyAgent.Connection.log')
    assert parse_posix_look(told, 'x')['agent']['installed'] is False


def test_output_that_breaks_off() -> None:
    with pytest.raises(CutOff):
        MarkedLines(f'{MARK} start\n{MARK} tag azure\n{MARK} time 1'.encode(), MARK)


@given(st.binary() | st.text().map(str.encode))
def test_any_output(output: bytes) -> None:
    names = ('way', 'table', 'bsd', 'uuid', 'file', 'mac_eth0')
    told = MarkedLines(b'\n'.join(f'{MARK} {name} '.encode() + output for name in names) + f'\n{MARK} done'.encode(), MARK)
    assert set(parse_posix_look(told, '169.254.169.254')) == {'environment', 'agent', 'product_uuid', 'windows', 'route'}
