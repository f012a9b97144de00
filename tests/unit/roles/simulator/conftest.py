# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Simulators for the tests of this folder."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.imds.azure.tests.unit.roles.simulator.running_simulator import Simulator

FLEET = {
    'defaults': {'rate_limit': 0, 'identity_rate_limit': 0, 'resource_group': 'shop', 'tags': {'Env': 'prod'}},
    'vms': [
        {
            'name': 'web_7',
            'scale_set': 'web',
            'zone': 2,
            'fault_domain': 1,
            'tags': {'owner': 'a;b:c'},
            'compute': {'userData': 'I2Nsb3VkLWNvbmZpZwo=', 'extra': {'new': 'field'}},
        },
        {'name': 'web_8', 'scale_set': 'web', 'zone': 3},
        {'name': 'flex-a', 'scale_set': 'flex', 'flexible': True},
        {'name': 'db', 'os_type': 'Windows', 'public_ip': '203.0.113.9', 'load_balancer': {'publicIpAddresses': [{'frontendIpAddress': '203.0.113.80'}]}},
        {'name': 'old', 'newest_api_version': '2018-10-01', 'version_mode': 'not-found'},
        {'name': 'older', 'newest_api_version': '2021-02-01'},
        {'name': 'classic', 'vm_kind': 'classic'},
        {'name': 'whole', 'document': {'compute': {'vmId': 'x', 'physicalZone': 'z', 'n': 1, 'b': True, 'nothing': None}, 'network': {}}},
    ],
}


@pytest.fixture(scope='session')
def fleet() -> dict[str, Any]:
    """The fleet of ``shared``."""
    return FLEET


@pytest.fixture(scope='session')
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    """One simulator for all tests that change nothing."""
    path = tmp_path_factory.mktemp('fleet') / 'fleet.json'
    path.write_text(json.dumps(FLEET))
    simulator = Simulator('--fleet', str(path))
    yield simulator
    assert simulator.stop() == 0


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Simulator]]:
    """Starts simulators that end with the test: ``start({'vms': [..]}, '--option')`` or ``start(None, '--generate', '3')``."""
    running: list[Simulator] = []

    def start_one(fleet: dict[str, Any] | None, *options: str) -> Simulator:
        if fleet is not None:
            path = tmp_path / f'fleet-{len(running)}.json'
            path.write_text(json.dumps(fleet))
            options = ('--fleet', str(path), *options)
        running.append(Simulator(*options))
        return running[-1]

    yield start_one
    for simulator in running:
        if simulator.process.poll() is None:
            simulator.stop()


@pytest.fixture
def vm(start: Callable[..., Simulator]) -> Simulator:
    """A simulator with one VM, ``a``, without limits."""
    return start({'vms': [{'name': 'a', 'rate_limit': 0, 'identity_rate_limit': 0}]})
