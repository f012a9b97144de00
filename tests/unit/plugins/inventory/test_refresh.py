# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Old answers are asked for again a few at a time, where that is wanted, and a run that ends early keeps what it has heard."""

from __future__ import annotations

import os
import signal
import time
from types import SimpleNamespace
from typing import Any

import pytest
from ansible.errors import AnsibleParserError
from ansible_collections.imds.azure.plugins.inventory import hosts as plugin
from ansible_collections.imds.azure.plugins.plugin_utils._inventory import refresh
from ansible_collections.imds.azure.plugins.plugin_utils._inventory.refresh import Budget, NowAndThen, budget, parted
from ansible_collections.imds.azure.tests.unit.plugins.inventory.three_hosts import NAMES, ThreeHosts

ALL = sorted(NAMES)
DAY = 86400


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Any:
    """C(later(300)): the next runs are so many seconds from now."""

    def move(seconds: float) -> None:
        monkeypatch.setattr(plugin, 'time', SimpleNamespace(time=lambda: time.time() + seconds))

    return move


def ages(fleet: ThreeHosts, **options: Any) -> dict[str, int | None]:
    """Of each host that was not asked for again the age of its facts, after one run."""
    inventory = fleet.inventory(**options)
    return {host.name: host.vars['azure_imds']['query'].get('age') for host in inventory.get_hosts()}


def test_old_hosts_are_asked_again_a_few_in_each_run(fleet: ThreeHosts, later: Any) -> None:
    options = {'cache_timeout': DAY, 'refresh_at_most': 1}
    # Nothing is known of any of them, so none can wait.
    assert fleet.run(**options) == ALL
    later(2 * DAY)
    asked = []
    for left in (2, 1, 0):
        of_hosts = ages(fleet, **options)
        asked += fleet.asked()
        assert len([age for age in of_hosts.values() if age is not None]) == left
        assert all(age is None or 0 <= age - 2 * DAY < 300 for age in of_hosts.values())
    assert sorted(asked) == ALL
    assert ages(fleet, **options) == dict.fromkeys(ALL)
    assert fleet.asked() == []
    assert fleet.warnings == []


def test_those_with_the_oldest_answers_come_first(fleet: ThreeHosts, later: Any) -> None:
    for days, name in enumerate('bca'):
        later(days * DAY)
        fleet.groups(hosts=name)
        assert fleet.asked() == [name]
    later(9 * DAY)
    for name in 'bca':
        fleet.groups(cache_timeout=DAY, refresh_at_most=1)
        assert fleet.asked() == [name]


def test_hosts_that_wait_stay_in_their_groups(fleet: ThreeHosts, later: Any) -> None:
    fleet.groups()
    later(2 * DAY)
    assert len(fleet.run(cache_timeout=DAY, refresh_at_most=2)) == 2


def test_a_host_of_which_nothing_is_known_is_asked_whatever_the_number(fleet: ThreeHosts, later: Any) -> None:
    fleet.groups(hosts='a:b')
    later(2 * DAY)
    of_hosts = ages(fleet, cache_timeout=DAY, refresh_at_most=1)
    assert 'c' in fleet.asked()
    assert len(fleet.asked()) == 2
    assert of_hosts['c'] is None


def test_so_many_seconds(fleet: ThreeHosts, later: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """None has begun in time where the clock has moved on; new hosts are asked all the same."""
    fleet.groups(hosts='a:b')
    later(2 * DAY)
    options = {'cache_timeout': DAY, 'refresh_at_most': '60s'}
    start = time.monotonic()
    readings = iter([start])
    monkeypatch.setattr(refresh, 'time', SimpleNamespace(monotonic=lambda: next(readings, start + 61)))
    of_hosts = ages(fleet, **options)
    assert fleet.asked() == ['c']
    assert sorted(name for name, age in of_hosts.items() if age) == ['a', 'b']
    monkeypatch.setattr(refresh, 'time', time)
    assert ages(fleet, **options) == dict.fromkeys(ALL)
    assert fleet.asked() == ['a', 'b']


def test_all_are_asked_where_that_is_wanted(fleet: ThreeHosts, later: Any) -> None:
    fleet.groups()
    later(2 * DAY)
    fleet.inventory(cached=False, cache_timeout=DAY, refresh_at_most=1)
    assert fleet.asked() == ALL


def test_a_host_that_is_no_vm_and_waits_is_none_still(fleet: ThreeHosts, later: Any) -> None:
    fleet.no_vm = {'a'}
    assert fleet.groups()['azure_not_azure'] == {'a'}
    later(2 * DAY)
    fleet.no_vm = set()
    asked: list[str] = []
    while 'a' not in asked:
        groups = fleet.groups(cache_timeout=DAY, refresh_at_most=1)
        assert len(fleet.asked()) == 1
        asked += fleet.asked()
        assert ('azure_not_azure' in groups) == ('a' not in asked)


@pytest.mark.parametrize('value', [0, -1, 1.5, '', 'x', '0', '0s', '-1', '1h', '60 seconds', True, False, [5], {'hosts': 5}, 10**12])
def test_what_is_no_number_of_hosts_or_seconds(fleet: ThreeHosts, capsys: pytest.CaptureFixture[str], value: Any) -> None:
    with pytest.raises(AnsibleParserError, match='refresh_at_most is .*, such as 500, or to a number of seconds, such as 60s'):
        budget(value)
    # Also where nobody would be asked.
    fleet.groups()
    fleet.groups(refresh_at_most=value)
    assert 'refresh_at_most is' in fleet.said(capsys)


@pytest.mark.parametrize(
    ('value', 'is_wanted'), [(None, Budget()), (500, Budget(hosts=500)), ('500', Budget(hosts=500)), ('60s', Budget(seconds=60)), ('60 s', Budget(seconds=60))]
)
def test_what_is_one(value: Any, is_wanted: Budget) -> None:
    assert budget(value) == is_wanted


def test_who_comes_first() -> None:
    assert parted({'a': 3, 'b': 1, 'c': 2}, None) == (['b', 'c', 'a'], [])
    assert parted({'a': 3, 'b': 1, 'c': 2}, 2) == (['b', 'c'], ['a'])
    assert parted({}, 2) == ([], [])


def test_what_a_run_has_heard_that_ends_early_is_kept(fleet: ThreeHosts, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(names: Any, ask: Any, forks: int, told: Any) -> Any:
        for name, answer in ask_all(names[:2], ask, forks, lambda _name, _answer: None).items():
            told(name, answer)
        raise KeyboardInterrupt

    ask_all = refresh.ask_all
    with monkeypatch.context() as patch:
        patch.setattr(refresh, 'ask_all', interrupted)
        with pytest.raises(KeyboardInterrupt):
            fleet.inventory()
    assert len(fleet.asked()) == 2
    assert fleet.run() == ['c']


def test_what_a_run_has_heard_that_is_told_to_end_is_kept(fleet: ThreeHosts, monkeypatch: pytest.MonkeyPatch) -> None:
    """By SIGTERM, and then that is how it ends."""

    def told_to_end(names: Any, ask: Any, forks: int, told: Any) -> Any:
        for name, answer in ask_all(names[:2], ask, forks, lambda _name, _answer: None).items():
            told(name, answer)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(30)

    ask_all = refresh.ask_all
    child = os.fork()
    if child == 0:
        try:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            monkeypatch.setattr(refresh, 'ask_all', told_to_end)
            fleet.inventory()
        finally:
            os._exit(1)
    _pid, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status)
    assert os.WTERMSIG(status) == signal.SIGTERM
    assert fleet.run() == ['c']


def test_answers_are_kept_while_others_are_awaited(fleet: ThreeHosts, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then nothing is lost where a run is killed without warning."""
    for limit in ('KEEP_SECONDS', 'KEEP_SHARE'):
        monkeypatch.setattr(refresh, limit, 0)

    class Killed(BaseException):
        pass

    def killed(names: Any, ask: Any, forks: int, told: Any) -> Any:
        for name, answer in ask_all(names[:2], ask, forks, lambda _name, _answer: None).items():
            told(name, answer)
        monkeypatch.setattr(NowAndThen, 'now', lambda self: None)
        raise Killed

    ask_all = refresh.ask_all
    with monkeypatch.context() as patch:
        patch.setattr(refresh, 'ask_all', killed)
        with pytest.raises(Killed):
            fleet.inventory()
    assert fleet.run() == ['c']


def test_not_at_each_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """To keep 10,000 answers takes a second."""
    kept: list[int] = []
    now = [0.0]
    monkeypatch.setattr(refresh, 'time', SimpleNamespace(monotonic=lambda: now[0]))

    def keep(answers: dict[str, Any]) -> None:
        kept.append(len(answers))
        now[0] += 2

    answers = NowAndThen(keep)
    for number in range(200):
        now[0] += 1
        answers.add(str(number), {})
    # The first time after 30 seconds, and then 40 seconds after each time of two.
    assert kept == [30, 70, 110, 150, 190]
