# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How often a VM may ask."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from ansible_collections.imds.azure.tests.unit.roles.simulator.running_simulator import Simulator

INSTANCE = '/metadata/instance?api-version=2025-04-07'
INFO = '/metadata/identity/info?api-version=2018-02-01'


def test_five_a_second_for_each_vm(start: Callable[..., Simulator]) -> None:
    simulator = start({'vms': [{'name': 'a'}, {'name': 'b'}]})
    statuses = [simulator.ask('a', INSTANCE).status for number in range(6)]
    assert statuses == [200] * 5 + [429]
    assert simulator.ask('b', INSTANCE).status == 200, 'the other VM has its own limit'
    assert simulator.ask('a', INFO).status == 200, 'identity has its own limit'
    answer = simulator.ask('a', INSTANCE)
    assert answer.json == {'error': 'Too many requests'}
    assert 'retry-after' not in answer.headers
    time.sleep(1.05)
    assert simulator.ask('a', INSTANCE).status == 200


def test_retry_after(start: Callable[..., Simulator]) -> None:
    simulator = start({'vms': [{'name': 'a', 'rate_limit': 1, 'retry_after': 1}]})
    assert simulator.ask('a', INSTANCE).status == 200
    answer = simulator.ask('a', INSTANCE)
    assert (answer.status, answer.headers['retry-after']) == (429, '1')


def test_no_limit(start: Callable[..., Simulator]) -> None:
    simulator = start({'vms': [{'name': 'a', 'rate_limit': 0}]})
    assert {simulator.ask('a', INSTANCE).status for number in range(30)} == {200}


def test_limit_as_an_option(start: Callable[..., Simulator]) -> None:
    simulator = start({'vms': [{'name': 'a', 'rate_limit': 3}, {'name': 'b'}]}, '--rate-limit', '2')
    assert [simulator.ask('a', INSTANCE).status for number in range(4)] == [200, 200, 200, 429]
    assert [simulator.ask('b', INSTANCE).status for number in range(3)] == [200, 200, 429]


def test_identity_twenty_a_second(start: Callable[..., Simulator]) -> None:
    simulator = start({'vms': [{'name': 'a'}]})
    statuses = [simulator.ask('a', INFO).status for number in range(21)]
    assert statuses == [200] * 20 + [429]
    assert simulator.ask('a', INFO).json['error'] == 'too_many_requests'


def test_identity_five_at_once(start: Callable[..., Simulator]) -> None:
    simulator = start({'vms': [{'name': 'a', 'faults': [{'kind': 'slow', 'delay': 0.5}]}]})
    statuses: list[int] = []
    threads = [threading.Thread(target=lambda: statuses.append(simulator.ask('a', INFO).status)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200] * 5 + [429]
    assert simulator.ask('a', INFO).status == 200, 'those that are answered do not count'
