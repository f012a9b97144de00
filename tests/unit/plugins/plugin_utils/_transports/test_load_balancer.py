# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A second request, for what the load balancer does: over every transport, and merged into the same facts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.imds.azure.plugins.module_utils._facts.gather import gather
from ansible_collections.imds.azure.plugins.module_utils._service.client import ImdsClient
from ansible_collections.imds.azure.plugins.module_utils._service.retry import RetryPolicy
from ansible_collections.imds.azure.tests.unit.plugins.plugin_utils._transports.conftest import Maker
from ansible_collections.imds.azure.tests.unit.roles.simulator.running_simulator import Simulator

RULES: dict[str, Any] = {
    'publicIpAddresses': [
        {'frontendIpAddress': '203.0.113.80', 'privateIpAddress': '10.20.2.11'},
        {'frontendIpAddress': '[2001:db8::80]', 'privateIpAddress': '[fd00:20:2::b]'},
        {'frontendIpAddress': '203.0.113.9', 'privateIpAddress': '10.20.2.11'},
    ],
    'inboundRules': [{'frontendIpAddress': '203.0.113.81', 'protocol': 'Tcp', 'frontendPort': 443, 'backendPort': 8443, 'privateIpAddress': '10.20.2.11'}],
    'outboundRules': [{'frontendIpAddress': '203.0.113.82', 'privateIpAddress': '10.20.2.11'}],
}
INTERFACE = {
    'ipv4': {'ipAddress': [{'privateIpAddress': '10.20.2.11', 'publicIpAddress': '203.0.113.9'}], 'subnet': []},
    'ipv6': {'ipAddress': [{'privateIpAddress': 'fd00:20:2::b'}]},
    'macAddress': '000D3A3382E8',
}


@pytest.fixture
def balanced(simulator: Simulator) -> Iterator[Simulator]:
    """The VM behind a load balancer."""
    changes = {'load_balancer': RULES, 'network': {'interface': [INTERFACE]}}
    assert simulator.control('PATCH', '/vms/a', changes).status == 200
    yield simulator
    assert simulator.control('PATCH', '/vms/a', dict.fromkeys(changes)).status == 200


def ask(transport: Maker, simulator: Simulator) -> tuple[dict[str, Any], list[str]]:
    """Facts and warnings."""
    endpoint = simulator.vms['a']
    client = ImdsClient(transport(endpoint), policy=RetryPolicy(deadline=0.9))
    return gather(client, endpoint, ['network', 'load_balancer']), client.warnings


def test_rules_and_addresses(transport: Maker, balanced: Simulator) -> None:
    """Rules as given; the addresses of the VM itself merged with those of its interfaces, each once and without brackets; those of rules are not the VM's."""
    facts, warnings = ask(transport, balanced)
    assert warnings == []
    assert facts['load_balancer'] == RULES
    assert facts['addresses']['public_ipv4'] == ['203.0.113.9', '203.0.113.80']
    assert facts['addresses']['ipv6'] == ['fd00:20:2::b', '2001:db8::80']
    assert facts['addresses']['private_ipv4'] == ['10.20.2.11']
    assert facts['query']['requests'] == 2
    assert [request['path'] for request in balanced.log('a')] == ['/metadata/instance', '/metadata/loadbalancer']


def test_none(transport: Maker, simulator: Simulator) -> None:
    """404 is how the service says so."""
    facts, warnings = ask(transport, simulator)
    assert facts['load_balancer'] == {}
    assert warnings == []
    assert [request['status'] for request in simulator.log('a')] == [200, 404]


def test_trouble_is_a_warning(transport: Maker, balanced: Simulator) -> None:
    """What else is known stays known."""
    balanced.set_faults('a', {'kind': 'status', 'status': 500, 'path': '/loadbalancer'})
    facts, warnings = ask(transport, balanced)
    assert 'load_balancer' not in facts
    assert facts['addresses']['public_ipv4'] == ['203.0.113.9']
    assert len(warnings) == 1
    assert warnings[0].startswith('No load balancer facts. GET /metadata/loadbalancer: the service answered with an error')
