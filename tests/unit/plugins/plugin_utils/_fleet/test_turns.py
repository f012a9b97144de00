# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts that are asked again and again: none waits for another. That each is asked once is tested with the fleet."""

from __future__ import annotations

import collections
import json
import os
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.imds.azure.plugins.plugin_utils._events.question import pause
from ansible_collections.imds.azure.plugins.plugin_utils._fleet import turns as _turns
from ansible_collections.imds.azure.plugins.plugin_utils._fleet.turns import Allow, Turns

Answer = dict[str, Any]
HANGS = {'state': 'unreachable', 'error': 'The connection to the host hangs.'}


def repeat(
    ask: Callable[[str, Allow], Answer], wanted: dict[str, int], forks: int = 50, again: Callable[[Answer], float] = lambda answer: 0.02
) -> dict[str, list[Answer]]:
    """The answers of these hosts, when there are as many of each as wanted. Turns take their process for themselves, so there must be one."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            answers: collections.Counter[str] = collections.Counter()
            ends = time.monotonic() + 60

            def report(answer: Answer) -> None:
                answers[answer['name']] += 1
                os.write(writer, json.dumps(answer).encode() + b'\n')

            def more() -> bool:
                return time.monotonic() < ends and any(answers[name] < count for name, count in wanted.items())

            turns = Turns(ask, report)
            turns.take(list(wanted), forks, more, again)
            turns.end()
        finally:
            os._exit(0)
    os.close(writer)
    found: dict[str, list[Answer]] = {name: [] for name in wanted}
    with os.fdopen(reader) as lines:
        for line in lines:
            answer = json.loads(line)
            found[answer.pop('name')].append(answer)
    os.waitpid(child, 0)
    assert all(len(found[name]) >= count for name, count in wanted.items()), found
    return found


def test_each_host_again_and_again() -> None:
    answers = repeat(lambda name, allow: {'host': name}, {'a': 3, 'b': 3})
    assert answers['a'][:3] == [{'host': 'a'}] * 3
    assert answers['b'][:3] == [{'host': 'b'}] * 3


def test_nobody_waits_for_the_slow() -> None:
    def ask(name: str, allow: Allow) -> Answer:
        if name == 'slow':
            time.sleep(60)
        return {}

    assert len(repeat(ask, {'slow': 0, 'fast': 10})['fast']) >= 10


def test_each_at_its_own_pace() -> None:
    answers = repeat(lambda name, allow: {'pause': 0.5 if name == 'bad' else 0.02}, {'bad': 3, 'good': 20}, again=lambda answer: answer['pause'])
    assert len(answers['bad']) < len(answers['good'])


def test_who_was_given_up_is_asked_again(tmp_path: Path) -> None:
    """What it waited for is killed. The old thread, which lives on, is neither heard nor taken for the new one."""

    def ask(name: str, allow: Allow) -> Answer:
        first = not (tmp_path / name).exists()
        (tmp_path / name).touch()
        if not first:
            time.sleep(1)
            return {'turn': 'later'}
        allow(0.2)
        subprocess.run(['sleep', '300'], check=False)
        time.sleep(0.3)
        allow(0)
        return {'turn': 'first'}

    begun = time.monotonic()
    assert repeat(ask, {'a': 3})['a'][:3] == [HANGS, {'turn': 'later'}, {'turn': 'later'}]
    assert time.monotonic() - begun < 60


def test_who_is_left_at_the_end_is_not_heard() -> None:
    """That its process was killed for that, or was not started any more, is no trouble of the host."""

    def ask(name: str, allow: Allow) -> Answer:
        allow(60)
        if name == 'left':
            subprocess.run(['sleep', '300'], check=False)
        return {'state': 'failed'}

    assert repeat(ask, {'left': 0, 'answers': 1})['left'] == []


@pytest.mark.parametrize('forks', [1, 3])
def test_no_more_than_forks_at_a_time(forks: int) -> None:
    lock = threading.Lock()
    running = 0

    def ask(name: str, allow: Allow) -> Answer:
        nonlocal running
        with lock:
            running += 1
            now = running
        time.sleep(0.01)
        with lock:
            running -= 1
        return {'running': now}

    answers = repeat(ask, {f'h{number}': 3 for number in range(6)}, forks=forks)
    assert max(answer['running'] for each in answers.values() for answer in each) <= forks


def test_a_thread_asks_one_host_after_the_other() -> None:
    """To start another for each host costs more."""
    barrier = threading.Barrier(3)

    def ask(name: str, allow: Allow) -> Answer:
        allow(60)
        barrier.wait(30)
        return {'thread': threading.current_thread().name}

    answers = repeat(ask, {f'h{number}': 1 for number in range(30)}, forks=3, again=lambda answer: 60)
    assert len({answer['thread'] for each in answers.values() for answer in each}) == 3


def test_what_a_host_was_allowed_is_not_for_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor how it is left: the next one only waits, and has not said anything."""
    monkeypatch.setattr(_turns, 'UNHEARD', 0.5)

    def ask(name: str, allow: Allow) -> Answer:
        if name == 'first':
            allow(1, (tmp_path / 'left').touch)
            return {}
        time.sleep(30)
        return {}

    assert repeat(ask, {'first': 1, 'second': 1}, forks=1, again=lambda answer: 60)['second'] == [HANGS]
    assert not (tmp_path / 'left').exists()


def test_nobody_begins_at_the_end(tmp_path: Path) -> None:
    """Also where a host takes its time to be left."""

    def leave() -> None:
        time.sleep(0.5)
        (tmp_path / 'ended').touch()
        time.sleep(0.5)

    def ask(name: str, allow: Allow) -> Answer:
        if name == 'slow':
            allow(0.2, leave)
            time.sleep(30)
        time.sleep(0.01)
        return {'late': (tmp_path / 'ended').exists()}

    answers = repeat(ask, {'slow': 1, 'fast': 0}, again=lambda answer: 0)
    assert answers['slow'] == [HANGS]
    assert {answer['late'] for answer in answers['fast']} == {False}


def test_silent_hosts_hold_no_place() -> None:
    heard = threading.Event()

    def ask(name: str, allow: Allow) -> Answer:
        allow(60)
        if name == 'last':
            heard.set()
        return {'heard': heard.wait(30)}

    answers = repeat(ask, {**{f'silent{number}': 1 for number in range(4)}, 'last': 1}, forks=2)
    assert all(each[0] == {'heard': True} for each in answers.values()), answers


def test_not_all_silent_hosts_are_waited_for_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for constant, value in (('LONG', 0.01), ('LEAST_LONG', 0.01), ('SILENT', 3)):
        monkeypatch.setattr(_turns, constant, value)
    most = most_at_once({}, 0.5, 2)
    assert 2 < most <= 2 + 3


def test_who_is_as_slow_as_all_others_is_not_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_turns, 'LEAST_LONG', 0.01)
    assert most_at_once({'state': 'present'}, 0.3, 3) == 3


def most_at_once(answer: Answer, seconds: float, forks: int) -> int:
    """How many of thirty hosts were asked at the same time, where each takes so many seconds."""
    running: list[str] = []

    def ask(name: str, allow: Allow) -> Answer:
        allow(60)
        running.append(name)
        now = len(running)
        time.sleep(seconds)
        running.remove(name)
        return dict(answer, running=now)

    answers = repeat(ask, {f'h{number}': 1 for number in range(30)}, forks, again=lambda answer: 60)
    return max(answer['running'] for each in answers.values() for answer in each)


def one_after_the_other(monkeypatch: pytest.MonkeyPatch, hangs: str = '') -> tuple[int, dict[str, list[Answer]]]:
    """How many of eight hosts were asked at the same time, and their answers, where each is waited for only after those before it."""
    for constant, value in (('UNHEARD', 2), ('LONG', 0.01), ('LEAST_LONG', 0.01)):
        monkeypatch.setattr(_turns, constant, value)
    lock = threading.Lock()
    running: list[str] = []

    def ask(name: str, allow: Allow) -> Answer:
        running.append(name)
        now = len(running)
        with lock:
            allow(4)
            subprocess.run(['sleep', '300' if name == hangs else '0.4'], check=False)
            running.remove(name)
        return {'state': 'present', 'running': now}

    answers = repeat(ask, {f'h{number}': 1 for number in range(8)}, forks=7, again=lambda answer: 60)
    return max(each[0].get('running', 0) for each in answers.values()), answers


def test_who_waits_for_others_is_neither_silent_nor_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """As for the variables of a host: Ansible cannot look at those of two hosts at once, and lookups take their time."""
    most, answers = one_after_the_other(monkeypatch)
    assert most <= 7 + 1
    assert all(each[0]['state'] == 'present' for each in answers.values()), answers


def test_others_wait_for_one_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    _most, answers = one_after_the_other(monkeypatch, hangs='h2')
    assert answers.pop('h2') == [HANGS]
    assert all(each[0]['state'] == 'present' for each in answers.values()), answers


def test_where_all_are_slow_each_is_given_more_time() -> None:
    def ask(name: str, allow: Allow) -> Answer:
        allow(0.2 if name == 'b' else 30)
        time.sleep(2.5 if name == 'a' else 1)
        return {'state': 'present'}

    assert repeat(ask, {'a': 1, 'b': 1}, forks=1, again=lambda answer: 60) == {'a': [{'state': 'present'}], 'b': [{'state': 'present'}]}


def test_one_slot_is_enough_for_all() -> None:
    """Who was asked longest ago comes first, so that none is forgotten where there are fewer slots than hosts."""
    answers = repeat(lambda name, allow: {}, {f'h{number}': 5 for number in range(5)}, forks=1, again=lambda answer: 0)
    counts = [len(each) for each in answers.values()]
    assert max(counts) - min(counts) <= 1


@pytest.mark.parametrize(
    ('interval', 'failures', 'expected'),
    [(1, 0, 1), (1, 1, 2), (1, 3, 8), (1, 6, 60), (1, 10**9, 60), (10, 1, 20), (10, 3, 60), (10, 0, 10), (300, 0, 300), (300, 5, 300), (0.2, 1, 0.4)],
)
def test_pauses(interval: float, failures: int, expected: float) -> None:
    assert pause(interval, failures) == expected


def test_a_host_of_too_many_is_told_of_at_once_where_it_is_asked_again_anyway() -> None:
    answers = repeat(lambda name, allow: {'state': 'failed', 'crowded': 'here'}, {'a': 2, 'b': 2}, again=lambda answer: 0.02)
    assert answers['a'][:2] == [{'state': 'failed'}] * 2


def test_places_are_given_back_when_it_is_calm(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fewer are asked at once, but not for ever."""
    monkeypatch.setattr(_turns, 'CALM', 0.5)
    lock, running, began = threading.Lock(), 0, time.monotonic()

    def ask(name: str, allow: Allow) -> Answer:
        nonlocal running
        with lock:
            running += 1
            now = running
        time.sleep(0.05)
        with lock:
            running -= 1
        return {'running': now, 'late': time.monotonic() - began > 1, **({'crowded': 'here'} if time.monotonic() - began < 0.3 else {})}

    answers = repeat(ask, dict.fromkeys('abcdefgh', 40), again=lambda answer: 0.0)
    seen = [answer for each in answers.values() for answer in each]
    assert max(answer['running'] for answer in seen if answer['late']) > 4
