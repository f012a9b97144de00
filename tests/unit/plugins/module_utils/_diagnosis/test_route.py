# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The routing table of Linux, what the BSDs print, and what the way that requests take says."""

import ipaddress
import sys
from typing import Any, Literal, Optional

import pytest
from ansible_collections.imds.azure.plugins.module_utils._diagnosis.route_checks import DEFAULT_ROUTE, interface_in, interface_to, judge_route
from hypothesis import given
from hypothesis import strategies as st

ADDRESS = '169.254.169.254'
REMEDY = 'a route to 169.254.169.254/32 must exist'
UP, GATEWAY, REJECT = 1, 2, 0x200
DOCUMENT = {'network': {'interface': [{'macAddress': '000D3A3382E8', 'ipv4': {'ipAddress': [{'privateIpAddress': '10.1.0.4'}]}}]}}


def table(*rows: tuple[str, str, int, int], byteorder: Literal['little', 'big'] = 'little') -> str:
    """As /proc/net/route; each row is an interface, a network, flags and a metric."""
    lines = ['Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT   ']
    for interface, network, flags, metric in rows:
        net = ipaddress.IPv4Network(network)
        numbers = [int.from_bytes(part.packed, byteorder) for part in (net.network_address, net.netmask)]
        lines.append(f'{interface}\t{numbers[0]:08X}\t00000000\t{flags:04X}\t0\t0\t{metric}\t{numbers[1]:08X}\t0\t0\t0      ')
    return '\n'.join(lines) + '\n'


ETH0 = ('eth0', '0.0.0.0/0', UP | GATEWAY, 100)
SUBNET = ('eth0', '10.1.0.0/24', UP, 100)


@pytest.mark.parametrize(
    ('rows', 'interface'),
    [
        ([], None),
        ([SUBNET], None),
        ([ETH0, SUBNET], 'eth0'),
        ([ETH0, ('eth1', '169.254.169.254/32', UP, 100)], 'eth1'),
        ([('eth1', '169.254.169.254/32', UP, 100), ETH0], 'eth1'),
        ([ETH0, ('eth1', '169.254.0.0/16', UP, 1000)], 'eth1'),
        ([ETH0, ('eth1', '169.254.0.0/16', UP, 1000), ('eth2', '169.254.169.254/32', UP, 5000)], 'eth2'),
        ([ETH0, ('eth1', '169.254.169.253/32', UP, 0)], 'eth0'),
        # Of two equal ones the lower metric counts, and one that is down does not.
        ([ETH0, ('eth1', '0.0.0.0/0', UP, 200)], 'eth0'),
        ([ETH0, ('eth1', '0.0.0.0/0', UP, 50)], 'eth1'),
        ([ETH0, ('eth1', '169.254.169.254/32', 0, 0)], 'eth0'),
        # As `ip route add unreachable` makes it.
        ([ETH0, ('*', '169.254.169.254/32', UP | REJECT, 0)], None),
    ],
)
@pytest.mark.parametrize('byteorder', ['little', 'big'])
def test_interface(rows: list[Any], interface: Optional[str], byteorder: Literal['little', 'big']) -> None:
    assert interface_to(table(*rows, byteorder=byteorder), ADDRESS, byteorder) == interface


def test_default_route() -> None:
    rows = [SUBNET, ('eth1', '169.254.169.254/32', UP, 0), ETH0]
    assert interface_to(table(*rows), DEFAULT_ROUTE, 'little') == 'eth0'
    assert interface_to(table(SUBNET), DEFAULT_ROUTE, 'little') is None


def test_this_machine() -> None:
    """The real file has the form that these tests make up."""
    with open('/proc/net/route', encoding='utf-8') as file:
        real = file.read()
    assert real.split()[:8] == table().split()[:8]
    assert interface_to(real, DEFAULT_ROUTE) == interface_to(real, DEFAULT_ROUTE, sys.byteorder)


def test_a_table_that_is_none() -> None:
    for text in ('', 'x', '\n\n', 'eth0 zz 0 0 0 0 0 0', 'eth0 0 0 1 0 0 zz 0', 'eth0 00000000 00000000 0003'):
        assert interface_to(text, ADDRESS) is None
    assert interface_to(table(ETH0), '::1') is None
    assert interface_to(table(ETH0), 'localhost') is None


@given(st.text(alphabet='eth0 123456789ABCDEFx-\t\n\u0661', max_size=200), st.text(max_size=20))
def test_any_table(text: str, address: str) -> None:
    found = interface_to(text, address)
    assert found is None or found in text


def test_bsd() -> None:
    printed = (
        '   route to: 169.254.169.254\ndestination: 0.0.0.0\n       mask: 0.0.0.0\n    gateway: 10.1.0.1\n        fib: 0\n  interface: hn0\n      flags: <UP>\n'
    )
    assert interface_in(printed) == 'hn0'
    assert interface_in('route: route has not been found\n') is None
    assert interface_in('') is None


def way(**parts: Any) -> dict[str, Any]:
    return {'source': '10.1.0.4', 'error': None, 'interface': 'eth0', 'default_interface': 'eth0', 'mac': '00:0d:3a:33:82:e8', **parts}


def test_no_route() -> None:
    """The answer is the documented remedy, and how to do it."""
    state, finding, remedy = judge_route(way(source=None, error='Network is unreachable', interface=None), ADDRESS, False, None)
    assert state == 'problem'
    assert finding == 'There is no route to 169.254.169.254 (Network is unreachable).'
    assert REMEDY in remedy
    assert 'ip route add 169.254.169.254/32 dev INTERFACE' in remedy
    other = judge_route(way(source=None, error='Network is unreachable'), '192.0.2.1', False, None)
    assert other[0] == 'problem'
    assert REMEDY not in other[2]


def test_another_interface_and_no_answer() -> None:
    state, finding, remedy = judge_route(way(interface='eth1', source='10.2.0.4'), ADDRESS, False, None)
    assert state == 'problem'
    assert 'leave by eth1 from 10.2.0.4' in finding
    assert 'default route uses eth0' in finding
    assert 'ip route replace 169.254.169.254/32 dev eth0' in remedy
    assert REMEDY in remedy
    # Who is refused, say, came the right way.
    assert judge_route(way(interface='eth1', source='10.2.0.4'), ADDRESS, True, None)[0] == 'ok'


@pytest.mark.parametrize('parts', [{}, {'interface': None}, {'default_interface': None}, {'interface': None, 'default_interface': None, 'mac': None}])
def test_nothing_to_find_fault_with(parts: dict[str, Any]) -> None:
    assert judge_route(way(**parts), ADDRESS, False, None)[0] == 'ok'


@pytest.mark.parametrize(
    ('parts', 'state'),
    [
        ({}, 'ok'),
        # A tunnel has the default route, and the service is asked as it must be.
        ({'default_interface': 'tun0'}, 'ok'),
        # Another address of an interface that is known, and the other way round.
        ({'source': '10.1.0.77'}, 'ok'),
        ({'mac': '02:00:00:00:00:01'}, 'ok'),
        ({'mac': None}, 'ok'),
        ({'source': '172.17.0.2', 'mac': '02:42:ac:11:00:02'}, 'unknown'),
        ({'source': '172.17.0.2', 'mac': None}, 'unknown'),
    ],
)
def test_with_an_answer(parts: dict[str, Any], state: str) -> None:
    """What the service itself lists of the VM counts; that it answered counts most."""
    assert judge_route(way(**parts), ADDRESS, True, DOCUMENT)[0] == state


@pytest.mark.parametrize('document', [{}, {'network': None}, {'network': {'interface': [{}]}}, {'network': 7}])
def test_with_an_answer_that_lists_nothing(document: dict[str, Any]) -> None:
    assert judge_route(way(), ADDRESS, True, document)[0] == 'ok'


def test_an_address_of_its_own() -> None:
    for document in (None, DOCUMENT):
        state, finding, remedy = judge_route(way(source=ADDRESS, interface='lo'), ADDRESS, document is not None, document)
        assert state == 'problem'
        assert 'an address of this machine itself' in finding
        assert remedy


def test_another_endpoint_has_no_primary_interface() -> None:
    for document in (None, DOCUMENT):
        assert judge_route(way(source='127.0.0.1', interface='lo', mac=None), '127.0.0.1', document is not None, document)[0] == 'ok'
        assert judge_route(way(source='::1', interface=None, mac=None), 'localhost', document is not None, document)[0] == 'ok'
