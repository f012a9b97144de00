# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is made of what a Windows host prints."""

from __future__ import annotations

import base64
import struct
from typing import Any

import pytest
from ansible_collections.imds.azure.plugins.module_utils._diagnosis.checks import checks_of
from ansible_collections.imds.azure.plugins.module_utils._diagnosis.host_checks import judge_firewall
from ansible_collections.imds.azure.plugins.plugin_utils._diagnosis.marked_lines import MarkedLines
from ansible_collections.imds.azure.plugins.plugin_utils._diagnosis.windows_look import parse_windows_look, smbios_uuid, winhttp_exceptions
from hypothesis import given
from hypothesis import strategies as st

MARK = 'imds-0123456789abcdef'
ADDRESS = '169.254.169.254'
ID = '5c08b38e-4d57-4c23-ac45-aca61037f084'
# As of generation 1 and 2: the first three fields are little-endian in the table.
RAW = bytes.fromhex('8eb3085c574d234cac45aca61037f084')


def structure(kind: int, fields: bytes, *strings: str) -> bytes:
    texts = b''.join(text.encode() + b'\0' for text in strings) + (b'\0' if strings else b'\0\0')
    return bytes([kind, len(fields) + 4, 0, 0]) + fields + texts


TABLE = bytes(8) + structure(0, bytes(20), 'American Megatrends', '1.0') + structure(2, bytes(4)) + structure(1, bytes(4) + RAW + bytes(3), 'Microsoft', 'VM')


def settings(flags: int, proxy: str, exceptions: str) -> bytes:
    words = [proxy.encode(), exceptions.encode()]
    return struct.pack('<III', 0x18, 0, flags) + b''.join(struct.pack('<I', len(word)) + word for word in words)


def encoded(value: bytes) -> str:
    return base64.b64encode(value).decode()


def printed(*told: str) -> MarkedLines:
    return MarkedLines('\r\n'.join(f'{MARK} {line}' for line in (*told, 'done')).encode() + b'\r\n', MARK)


USUAL = (
    'tag azure',
    'time 1764350000',
    'no_proxy ',
    f'smbios {encoded(TABLE)}',
    f'winhttp {encoded(settings(1, "", ""))}',
    'firewall',
    'source 10.1.0.4',
    'default_source 10.1.0.4',
    'card 10.1.0.4 000D3A3382E8 Ethernet 2',
    'card 127.0.0.1  Loopback Pseudo-Interface 1',
)


def test_a_windows_host_in_order() -> None:
    assert parse_windows_look(printed(*USUAL), ADDRESS) == {
        'environment': {'no_proxy': ''},
        'agent': {'installed': False, 'running': False, 'log': None},
        'product_uuid': ID,
        'windows': {'proxies': [], 'firewall': {'blocks': False, 'rules': []}},
        'route': {'source': '10.1.0.4', 'error': None, 'interface': 'Ethernet 2', 'default_interface': 'Ethernet 2', 'mac': '00:0d:3a:33:82:e8'},
    }


def silent(*told: str) -> dict[str, dict[str, Any]]:
    """The checks of a host whose service does not answer, by name."""
    service: dict[str, Any] = dict.fromkeys(
        ('connect_seconds', 'connect_error', 'seconds', 'received', 'date', 'document', 'error', 'offered', 'without_header', 'forwarded', 'status')
    )
    service.update(address=ADDRESS, version='2021-02-01', no_answer='no answer before the timeout')
    return {check['name']: check for check in checks_of({**parse_windows_look(printed(*USUAL, *told), ADDRESS), 'tag': None}, service)}


@pytest.mark.parametrize(
    'rule',
    [
        f'6;80;{ADDRESS};No metadata; really',
        '256;*;*;No metadata; really',
        '6;443,80;169.254.0.0/255.255.0.0;No metadata; really',
        f'6;;10.0.0.1,{ADDRESS}/255.255.255.255;No metadata; really',
        '6;*;169.254.0.0-169.254.255.255;No metadata; really',
    ],
)
def test_a_rule_of_the_firewall_that_blocks_requests(rule: str) -> None:
    check = silent(f'rule {rule}')['firewall']
    assert check['state'] == 'problem'
    assert check['finding'].endswith(f'block requests to {ADDRESS}: No metadata; really.')
    assert check['remedy'] == 'Disable them, for example: Disable-NetFirewallRule -DisplayName "No metadata; really"'


@pytest.mark.parametrize('rule', ['17;*;*;UDP', '6;443;*;HTTPS', '6;*;LocalSubnet;Near', '6;80;10.0.0.0/8;Other', '6;80;::/0;IPv6', 'broken', '58;*;*;ICMP'])
def test_a_rule_about_something_else(rule: str) -> None:
    assert silent(f'rule {rule}')['firewall']['state'] == 'ok'


def test_a_firewall_that_lets_out_only_what_a_rule_allows() -> None:
    check = silent('blocks')['firewall']
    assert check['state'] == 'problem'
    assert check['remedy'].startswith('Allow the requests: New-NetFirewallRule')
    assert judge_firewall(parse_windows_look(printed(*USUAL, 'blocks'), ADDRESS)['windows']['firewall'], ADDRESS, True)[0] == 'ok'


def test_a_firewall_that_cannot_be_read() -> None:
    told = printed(*(line for line in USUAL if line != 'firewall'), 'no_firewall')
    assert judge_firewall(parse_windows_look(told, ADDRESS)['windows']['firewall'], ADDRESS, False)[0] == 'unknown'


def test_no_route() -> None:
    told = [line for line in USUAL if not line.startswith('source')] + ['no_source A socket operation was attempted to an unreachable network']
    route = parse_windows_look(printed(*told), ADDRESS)['route']
    assert route['error'] == 'A socket operation was attempted to an unreachable network'


def test_requests_that_leave_by_another_card() -> None:
    told = [line.replace('source 10.1.0.4', 'source 10.2.0.4') if line.startswith('source') else line for line in USUAL]
    host = {**parse_windows_look(printed(*told, 'card 10.2.0.4 00AA00AA00AA Cluster'), ADDRESS), 'tag': None}
    service: dict[str, Any] = dict.fromkeys(('connect_seconds', 'connect_error', 'document', 'error', 'status'))
    found = checks_of(host, {**service, 'address': ADDRESS, 'no_answer': 'x'})[1]
    assert found['state'] == 'problem'
    assert 'leave by Cluster from 10.2.0.4, but the default route uses Ethernet 2' in found['finding']
    assert f'route add {ADDRESS}/32 INTERFACE_ADDRESS metric 1 -p' in found['remedy']


@pytest.mark.parametrize(
    ('exceptions', 'state'),
    [
        ('', 'problem'),
        ('<local>', 'problem'),
        ('10.*;169.254.169.254', 'ok'),
        ('*.local;http://169.254.*', 'ok'),
        ('169.254.169.254:80', 'ok'),
        ('*', 'ok'),
        ('169.254.169.25', 'problem'),
        ('[', 'problem'),
    ],
)
def test_proxies_of_windows(exceptions: str, state: str) -> None:
    told = [line for line in USUAL if not line.startswith('winhttp')]
    by_winhttp = parse_windows_look(printed(*told, f'winhttp {encoded(settings(3, "http://user:s3cret@p:8080", exceptions))}'), ADDRESS)
    by_user = parse_windows_look(printed(*told, f'user_proxy {exceptions}'), ADDRESS)
    assert by_winhttp['windows']['proxies'] == [('WinHTTP', exceptions)]
    for host in (by_winhttp, by_user):
        service: dict[str, Any] = dict.fromkeys(('connect_seconds', 'connect_error', 'document', 'error', 'status'))
        check = checks_of({**host, 'tag': None}, {**service, 'address': ADDRESS, 'no_answer': 'x'})[-1]
        assert (check['name'], check['state']) == ('proxies', state)
        assert (check['remedy'] is None) == (state == 'ok')
        assert 's3cret' not in str(check)


def test_an_agent() -> None:
    log = r'C:\WindowsAzure\ProxyAgent\Logs\ProxyAgent.Connection.log'
    told = parse_windows_look(printed(*USUAL, 'agent Running', f'log {log}'), ADDRESS)
    assert told['agent'] == {'installed': True, 'running': True, 'log': log}
    assert silent('agent Stopped')['security_protocol']['remedy'] == 'Run: Get-Service GuestProxyAgent'


@given(st.binary(max_size=200))
def test_any_bytes_in_the_registry(value: bytes) -> None:
    """Nothing, or what looks like an answer; never an error, and never without end."""
    assert smbios_uuid(value) is None or len(smbios_uuid(value) or '') == 36
    assert winhttp_exceptions(value) is None or isinstance(winhttp_exceptions(value), str)
    assert smbios_uuid(TABLE[: len(value)]) is None or len(value) > 60


@given(st.text())
def test_any_output(text: str) -> None:
    names = ('smbios', 'winhttp', 'rule', 'card', 'source', 'default_source', 'agent', 'user_proxy', 'firewall')
    told = printed(*(f'{name} {text}' for name in names))
    assert set(parse_windows_look(told, ADDRESS)) == {'environment', 'agent', 'product_uuid', 'windows', 'route'}
