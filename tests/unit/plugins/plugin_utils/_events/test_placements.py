# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When a VM is asked where it is, and what is said of the answer."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.imds.azure.plugins.module_utils._service.errors import MalformedAnswerError
from ansible_collections.imds.azure.plugins.plugin_utils._events.changes import News
from ansible_collections.imds.azure.plugins.plugin_utils._events.placements import Known, Placements


class Clock:
    """Stands in for the module time."""

    now = 1000.0

    def monotonic(self) -> float:
        return self.now


class Scripted(Placements):
    """Asks nobody: the VM is in this zone, or None where it does not tell."""

    def __init__(self, interval: float | None, known: Known | None = None) -> None:
        super().__init__({'placement_interval': interval}, known or {})
        self.clock = Clock()
        self.zone: str | None = '1'
        self.asked: list[float] = []

    def _ask(self, transport: Any, clock: Any) -> dict[str, str | None]:
        self.asked.append(clock.now)
        if self.zone is None:
            raise MalformedAnswerError('no', '/instance/compute', 200)
        return {'location': 'westeurope', 'zone': self.zone, 'subscription_id': 's'}

    def told(self) -> dict[str, Any]:
        return self.add('a', {'host': 'a', 'vm_name': 'a', 'api_version': '1', 'events': []}, None, self.clock)

    def watched(self, seconds: int) -> list[float]:
        """When it is asked, if there is a question about events each second."""
        self.asked.clear()
        begin = self.clock.now
        for second in range(seconds):
            self.clock.now = begin + second
            self.told()
        return [each - begin for each in self.asked]


def test_nobody_is_asked_where_nobody_wants_to_know() -> None:
    vm = Scripted(None)
    assert 'placement' not in vm.told()
    assert vm.watched(100) == []


def test_a_vm_is_asked_as_often_as_told() -> None:
    assert Scripted(10).watched(35) == [0, 10, 20, 30]


def test_a_vm_that_does_not_tell_is_asked_more_and_more_rarely() -> None:
    vm = Scripted(10)
    vm.zone = None
    assert vm.watched(1000) == [0, 20, 60, 140, 300, 460, 620, 780, 940]
    vm.zone = '1'
    # Once it tells again, as often as told.
    first, second, *_rest = vm.watched(200)
    assert second - first == 10


def test_a_new_process_knows_when_the_last_one_asked() -> None:
    vm = Scripted(10)
    known = vm.told()['placement']
    later = Scripted(10, {'a': {key: known[key] for key in ('asked_at', 'failures', 'spot')}})
    later.clock.now += 4
    later.zone = '2'
    assert later.watched(8) == [6]


@pytest.mark.parametrize(('zones', 'changes'), [('11', []), ('12', ['moved']), ('121', ['moved', 'moved']), ('1-1', []), ('1-2', ['moved']), ('-1', [])])
def test_what_rules_are_told(zones: str, changes: list[str]) -> None:
    vm, news = Scripted(10), News(3)
    told = []
    for zone in zones:
        vm.zone = None if zone == '-' else zone
        vm.clock.now += 1000
        told += news.of(vm.told())
    assert [event['change'] for event in told] == changes
    for event in told:
        assert [move['what'] for move in event['moves']] == ['zone']
        assert event['placement_before']['zone'] != event['placement']['zone']
