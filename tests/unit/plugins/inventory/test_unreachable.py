# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host that could not be reached costs its time-out once, and not in every run."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.imds.azure.plugins.inventory import hosts as plugin
from ansible_collections.imds.azure.tests.unit.plugins.inventory.three_hosts import NAMES, ThreeHosts

ALL = sorted(NAMES)


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Any:
    """C(later(300)): the next runs are so many seconds from now."""

    def move(seconds: float) -> None:
        monkeypatch.setattr(plugin, 'time', SimpleNamespace(time=lambda: time.time() + seconds))

    return move


def test_a_stopped_host_is_not_asked_in_the_next_run(fleet: ThreeHosts) -> None:
    fleet.silent = {'b'}
    for asked in (ALL, [], []):
        assert fleet.groups()['azure_unreachable'] == {'b'}
        assert fleet.asked() == asked
    assert fleet.warnings == ['azure_imds: 1 host was unreachable in the last 300 seconds and skipped. To ask again now, use --flush-cache. Use -v to see why.']


def test_it_is_asked_again_when_the_time_is_over(fleet: ThreeHosts, later: Any) -> None:
    fleet.silent = {'b'}
    fleet.groups()
    later(299 - 60)
    fleet.groups()
    assert fleet.asked() == []
    later(301)
    fleet.silent.clear()
    assert fleet.run() == ['b']
    assert fleet.run() == []
    assert fleet.warnings == []


@pytest.mark.parametrize('how', ['flush', 'refresh'])
def test_it_is_asked_when_that_is_wanted(fleet: ThreeHosts, how: str) -> None:
    fleet.silent = {'b'}
    inventory = fleet.inventory()
    fleet.silent.clear()
    if how == 'refresh':
        inventory.refresh_inventory()
    else:
        fleet.inventory(cached=False)
    assert fleet.run() == []
    assert fleet.warnings == []


@pytest.mark.parametrize('options', [{'unreachable_timeout': 0}, {'cache': False}])
def test_it_is_asked_in_every_run(fleet: ThreeHosts, options: dict[str, Any]) -> None:
    fleet.silent = {'b'}
    for _number in range(2):
        assert fleet.groups(**options)['azure_unreachable'] == {'b'}
        assert 'b' in fleet.asked()


def test_it_keeps_its_old_facts_meanwhile(fleet: ThreeHosts, later: Any) -> None:
    fleet.run()
    later(10)
    fleet.silent = {'b'}
    for asked in (ALL, ['a', 'c'], ['a', 'c']):
        inventory = fleet.inventory(cache_timeout=1)
        assert inventory.hosts['b'].vars['azure_imds']['query']['stale'] is True
        assert fleet.asked() == asked
        later(20 + len(asked))


def test_strict_still_fails(fleet: ThreeHosts, capsys: pytest.CaptureFixture[str]) -> None:
    fleet.silent = {'b'}
    for asked in (ALL, []):
        assert 'azure' not in fleet.groups(strict=True)
        assert fleet.asked() == asked
    assert '1 of 1 host returned no facts, and strict is true. b: ' in fleet.said(capsys)


def test_a_host_whose_service_fails_is_asked_in_every_run(fleet: ThreeHosts) -> None:
    fleet.broken = {'b'}
    for asked in (ALL, ['b']):
        assert fleet.groups()['azure_failed'] == {'b'}
        assert sorted({*fleet.asked()}) == asked


def test_where_too_many_were_asked_at_once_nobody_is_remembered(fleet: ThreeHosts) -> None:
    """The bastion before a host closes some of many connections, and the next run may have more luck."""
    fleet.closed_early = {'b'}
    for asked in (ALL, ['b']):
        assert fleet.groups()['azure_unreachable'] == {'b'}
        assert sorted({*fleet.asked()}) == asked


def test_a_host_at_another_address_is_asked(fleet: ThreeHosts) -> None:
    fleet.silent = {'b'}
    fleet.groups()
    fleet.variables(b={'ansible_host': '127.0.2.1'})
    assert fleet.run() == ['127.0.2.1']


def test_a_time_that_cannot_be(fleet: ThreeHosts, capsys: pytest.CaptureFixture[str]) -> None:
    assert 'azure' not in fleet.groups(unreachable_timeout=-1)
    assert 'unreachable_timeout is -1. Set it to a number of seconds' in fleet.said(capsys)
    assert 'azure' not in fleet.groups(cache_timeout=-5)
    assert 'cache_timeout is -5. Set it to a number of seconds, or to 0' in fleet.said(capsys)
