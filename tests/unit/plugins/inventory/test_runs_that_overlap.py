# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs that overlap keep what each of them learned, and of two answers of one host the newer one."""

from __future__ import annotations

import json
import multiprocessing
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible_collections.imds.azure.plugins.inventory.hosts import InventoryModule
from ansible_collections.imds.azure.plugins.plugin_utils._inventory import answer_keeper
from ansible_collections.imds.azure.tests.unit.plugins.inventory.three_hosts import ThreeHosts

FORK = multiprocessing.get_context('fork')
RUNS = 4


@pytest.fixture
def while_asking(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], None]], None]:
    """C(while_asking(other)): the next run has its answers, and before it can keep them, something else happens."""

    def arrange(other: Callable[[], None]) -> None:
        ask = InventoryModule._ask

        def slow(plugin: Any, *arguments: Any) -> Any:
            monkeypatch.setattr(InventoryModule, '_ask', ask)
            answers = ask(plugin, *arguments)
            other()
            return answers

        monkeypatch.setattr(InventoryModule, '_ask', slow)

    return arrange


def test_other_hosts(fleet: ThreeHosts, while_asking: Any) -> None:
    while_asking(lambda: fleet.groups(hosts='b'))
    fleet.groups(hosts='a')
    assert fleet.run() == ['c']
    assert fleet.run() == []


@pytest.mark.parametrize('meanwhile', ['b', 'a:b:c'])
def test_the_newer_answer_of_a_host(fleet: ThreeHosts, while_asking: Any, meanwhile: str) -> None:
    def other() -> None:
        fleet.compute = {'b': {'location': 'eastus'}}
        fleet.groups(hosts=meanwhile)

    while_asking(other)
    fleet.groups()
    groups = fleet.groups()
    assert fleet.asked() == []
    assert groups['azure_location_eastus'] == {'b'}
    assert groups['azure_location_westeurope'] == {'a', 'c'}


def test_a_host_that_another_run_reached_later_is_not_unreachable(fleet: ThreeHosts, while_asking: Any) -> None:
    def other() -> None:
        fleet.silent.clear()
        fleet.groups(hosts='b')

    fleet.silent = {'b'}
    while_asking(other)
    assert fleet.groups()['azure_unreachable'] == {'b'}
    assert fleet.run() == []


def test_a_cache_that_was_emptied_meanwhile(fleet: ThreeHosts, while_asking: Any) -> None:
    fleet.groups(hosts='a')
    while_asking(lambda: next(fleet.known.glob('[!.]*')).unlink())
    fleet.groups(hosts='a:b')
    assert fleet.run() == ['a', 'c']


def test_many_at_once(fleet: ThreeHosts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each with hosts of its own, and one that all have."""
    fleet.groups(hosts='a')
    pack = answer_keeper.pack

    def slow(content: Any) -> Any:
        # Every run is about to write when the first one has written.
        time.sleep(0.2)
        return pack(content)

    monkeypatch.setattr(answer_keeper, 'pack', slow)
    barrier = FORK.Barrier(RUNS)

    def source(hosts: list[str]) -> str:
        path = tmp_path / f'{hosts[0]}.json'
        path.write_text(json.dumps({'all': {'hosts': dict.fromkeys(hosts, {}), 'vars': {'ansible_connection': 'scripted'}}}))
        return str(path)

    def run(hosts: list[str]) -> None:
        sources = [source(hosts), str(tmp_path / 'fleet.azure_imds.yml')]
        barrier.wait(timeout=60)
        InventoryManager(loader=DataLoader(), sources=sources)

    (tmp_path / 'fleet.azure_imds.yml').write_text(json.dumps({**fleet.options, 'hosts': 'all'}))
    each = [[f'run{number}', f'more{number}', 'common'] for number in range(RUNS)]
    processes = [FORK.Process(target=run, args=(hosts,)) for hosts in each]
    for process in processes:
        process.start()
    for process in processes:
        process.join(timeout=60)
        assert process.exitcode == 0
    assert len(fleet.asked()) == 1 + 3 * RUNS
    InventoryManager(loader=DataLoader(), sources=[source(sorted({*sum(each, [])})), str(tmp_path / 'fleet.azure_imds.yml')])
    assert len(fleet.asked()) == 1 + 3 * RUNS, 'somebody was forgotten'
    assert list(fleet.known.glob('.azure_imds_*')) == []
