# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Simulated VMs and sources that watch them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.imds.azure.tests.unit.extensions.eda.running_source import RunningSource
from ansible_collections.imds.azure.tests.unit.roles.simulator.running_simulator import Simulator

FLEET = {'defaults': {'rate_limit': 0}, 'vms': [{'name': f'web_{number}', 'scale_set': 'web'} for number in range(3)]}


@pytest.fixture
def simulate(tmp_path: Path) -> Iterator[Callable[[dict[str, Any]], Simulator]]:
    """Simulators that end with the test."""
    running: list[Simulator] = []

    def start(fleet: dict[str, Any]) -> Simulator:
        path = tmp_path / f'fleet-{len(running)}.json'
        path.write_text(json.dumps(fleet))
        running.append(Simulator('--fleet', str(path)))
        return running[-1]

    yield start
    for simulator in running:
        simulator.stop()


@pytest.fixture
def simulator(simulate: Callable[[dict[str, Any]], Simulator]) -> Simulator:
    """Three VMs of a scale set, each of which sees the events of all."""
    return simulate(FLEET)


@pytest.fixture
def watch() -> Iterator[Callable[..., RunningSource]]:
    """Sources with these arguments, which are cancelled at the end of the test and may leave nothing behind."""
    running: list[RunningSource] = []

    def start(**arguments: Any) -> RunningSource:
        running.append(RunningSource(**{'interval': 0.2, **arguments}))
        return running[-1]

    yield start
    for source in running:
        if source.running:
            source.cancel()


@pytest.fixture
def start_event(simulator: Simulator) -> Callable[..., str]:
    """Starts a scheduled event on a VM and gives its id: ``start_event('web_0', EventType='Reboot')``."""

    def start(vm: str, **settings: Any) -> str:
        answer = simulator.control('POST', f'/vms/{vm}/events', settings)
        assert answer.status == 201, answer.text
        return str(answer.json['EventId'])

    return start
