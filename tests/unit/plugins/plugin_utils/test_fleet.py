# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many hosts at once, each with its own troubles."""

from __future__ import annotations

import contextlib
import errno
import multiprocessing
import os
import random
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.imds.azure.plugins.plugin_utils import _fleet
from ansible_collections.imds.azure.plugins.plugin_utils._fleet import ask_all

Allow = Callable[[float], None]
FINE = {'state': 'present', 'facts': {}}


def nothing(answer: dict[str, Any]) -> None:
    """Progress that nobody watches."""


def fine(name: str, allow: Allow) -> dict[str, Any]:
    return FINE


def names(count: int) -> list[str]:
    return [f'host{number}' for number in range(count)]


def test_answers_belong_to_their_hosts() -> None:
    seen: list[dict[str, Any]] = []
    answers = ask_all(names(50), lambda name, allow: {'state': 'present', 'facts': {'name': name}}, 7, seen.append)
    assert list(answers) == names(50)
    assert answers == {name: {'state': 'present', 'facts': {'name': name}} for name in names(50)}
    assert len(seen) == 50


def test_nobody_to_ask() -> None:
    assert ask_all([], fine, 5, nothing) == {}


@pytest.mark.parametrize('forks', [1, 2, 5, 50])
def test_no_more_than_forks_at_a_time(tmp_path: Path, forks: int) -> None:
    lock = threading.Lock()
    running = 0

    def ask(name: str, allow: Allow) -> dict[str, Any]:
        nonlocal running
        with lock:
            running += 1
            now = running
        time.sleep(random.uniform(0.005, 0.02))
        with lock:
            running -= 1
        return {'state': 'present', 'running': now}

    most = max(answer['running'] for answer in ask_all(names(30), ask, forks, nothing).values())
    assert most <= forks
    assert forks == 1 or most > 1


def test_five_hundred_hosts() -> None:
    answers = ask_all(names(500), fine, 50, nothing)
    assert len(answers) == 500
    assert all(answer == FINE for answer in answers.values())


def test_a_host_that_hangs_costs_its_own_time_and_slot_only() -> None:
    def ask(name: str, allow: Allow) -> dict[str, Any]:
        allow(0.4)
        if name == 'host3':
            time.sleep(60)
        return FINE

    begun = time.monotonic()
    answers = ask_all(names(20), ask, 2, nothing)
    assert 0.3 < time.monotonic() - begun < 10
    assert answers.pop('host3') == {'state': 'unreachable', 'error': 'The connection to the host hangs.'}
    assert all(answer == FINE for answer in answers.values())


def test_all_slots_hang() -> None:
    def ask(name: str, allow: Allow) -> dict[str, Any]:
        allow(0.2 if name in ('host0', 'host1') else 30)
        if name in ('host0', 'host1'):
            time.sleep(60)
        return FINE

    answers = ask_all(names(6), ask, 2, nothing)
    assert [answers[name]['state'] for name in names(6)] == ['unreachable', 'unreachable', *['present'] * 4]


def test_a_host_that_never_says_how_long_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_fleet, 'UNHEARD', 0.3)

    def ask(name: str, allow: Allow) -> dict[str, Any]:
        time.sleep(60)
        return FINE

    assert ask_all(['a'], ask, 5, nothing)['a']['state'] == 'unreachable'


def test_each_step_has_a_time_of_its_own() -> None:
    def ask(name: str, allow: Allow) -> dict[str, Any]:
        for _number in range(4):
            allow(0.5)
            time.sleep(0.2)
        return FINE

    assert ask_all(['a'], ask, 5, nothing) == {'a': FINE}


def test_who_was_given_up_is_not_heard_any_more() -> None:
    def ask(name: str, allow: Allow) -> dict[str, Any]:
        if name == 'late':
            allow(0.1)
            time.sleep(0.4)
            allow(30)
        else:
            time.sleep(0.8)
        return FINE

    answers = ask_all(['late', 'long'], ask, 2, nothing)
    assert [answers['late']['state'], answers['long']['state']] == ['unreachable', 'present']


@pytest.mark.parametrize('number', [signal.SIGKILL, signal.SIGTERM])
def test_a_child_that_is_killed_loses_no_host(number: int) -> None:
    def ask(name: str, allow: Allow) -> dict[str, Any]:
        if name == 'host5':
            time.sleep(0.3)
            os.kill(os.getpid(), number)
        return FINE

    answers = ask_all(names(10), ask, 1, nothing)
    assert list(answers) == names(10)
    assert [answer['state'] for answer in answers.values()] == ['present'] * 5 + ['failed'] * 5
    assert 'ended early' in answers['host9']['error']


def test_no_terminal_to_ask_on() -> None:
    def ask(name: str, allow: Allow) -> dict[str, Any]:
        try:
            os.close(os.open('/dev/tty', os.O_RDWR))
        except OSError as error:
            return {'state': 'present', 'code': error.errno, 'leads': os.getsid(0) == os.getpid()}
        return {'state': 'failed'}

    assert ask_all(['a'], ask, 1, nothing)['a'] == {'state': 'present', 'code': errno.ENXIO, 'leads': True}


def test_what_is_printed_there_is_not_seen(capfd: pytest.CaptureFixture[str]) -> None:
    def ask(name: str, allow: Allow) -> dict[str, Any]:
        os.write(1, b'printed')
        os.write(2, b'complained')
        subprocess.run(['sh', '-c', 'echo printed; echo complained >&2'], check=True)
        return {'state': 'present', 'read': os.read(0, 10).decode()}

    assert ask_all(['a'], ask, 1, nothing)['a']['read'] == ''
    assert capfd.readouterr() == ('', '')


def gone(pid: int) -> bool:
    """Whether a process has ended, within a few seconds."""
    for _number in range(100):
        try:
            # The first process of a container does not always collect what is left to it.
            if Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()[0] == 'Z':
                return True
        except OSError:
            return True
        time.sleep(0.05)
    return False


def children() -> set[str]:
    """Processes that this one has started and not yet waited for, finished or not; other tests may have some."""
    found = set()
    for folder in Path('/proc').glob('[0-9]*'):
        with contextlib.suppress(OSError):
            # What follows the name of the program, which may hold anything, are the state and the parent.
            if (folder / 'stat').read_text().rpartition(')')[2].split()[1] == str(os.getpid()):
                found.add(folder.name)
    return found


def test_nothing_stays_behind(tmp_path: Path) -> None:
    def ask(name: str, allow: Allow) -> dict[str, Any]:
        sleeper = subprocess.Popen(['sleep', '60'])
        return {'state': 'present', 'pid': sleeper.pid}

    descriptors, threads, before = os.listdir('/proc/self/fd'), threading.active_count(), children()
    answers = ask_all(names(5), ask, 5, nothing)
    assert all(gone(answer['pid']) for answer in answers.values())
    assert os.listdir('/proc/self/fd') == descriptors
    assert threading.active_count() == threads
    assert children() == before


def test_a_hung_command_ends_with_its_time(tmp_path: Path) -> None:
    def ask(name: str, allow: Allow) -> dict[str, Any]:
        allow(0.5)
        sleeper = subprocess.Popen(['sleep', '60'])
        (tmp_path / 'pid').write_text(str(sleeper.pid))
        sleeper.wait()
        return FINE

    assert ask_all(['a'], ask, 1, nothing)['a']['state'] == 'unreachable'
    assert gone(int((tmp_path / 'pid').read_text()))


class Interrupted(KeyboardInterrupt):
    pass


def test_interrupted(tmp_path: Path) -> None:
    """Ctrl-C comes while the progress is shown, or while nothing happens; either way no process is left."""

    def ask(name: str, allow: Allow) -> dict[str, Any]:
        if name == 'slow':
            allow(60)
            sleeper = subprocess.Popen(['sleep', '60'])
            (tmp_path / 'new').write_text(str(sleeper.pid))
            (tmp_path / 'new').rename(tmp_path / 'pid')
            sleeper.wait()
        while not (tmp_path / 'pid').exists():
            time.sleep(0.01)
        return FINE

    def interrupt(answer: dict[str, Any]) -> None:
        raise Interrupted

    descriptors = os.listdir('/proc/self/fd')
    begun = time.monotonic()
    with pytest.raises(Interrupted):
        ask_all(['slow', 'fast'], ask, 2, interrupt)
    assert time.monotonic() - begun < 10
    assert gone(int((tmp_path / 'pid').read_text()))
    assert os.listdir('/proc/self/fd') == descriptors


def work(folder: Path) -> None:
    """A process that asks one host, whose command takes long, and tells how it ended."""
    signal.signal(signal.SIGINT, signal.default_int_handler)

    def ask(name: str, allow: Allow) -> dict[str, Any]:
        allow(60)
        sleeper = subprocess.Popen(['sleep', '60'])
        (folder / 'new').write_text(str(sleeper.pid))
        (folder / 'new').rename(folder / 'pid')
        sleeper.wait()
        return FINE

    try:
        ask_all(['a'], ask, 1, nothing)
    except KeyboardInterrupt:
        (folder / 'interrupted').touch()


def test_a_signal_while_it_waits(tmp_path: Path) -> None:
    process = multiprocessing.get_context('fork').Process(target=work, args=(tmp_path,))
    process.start()
    for _number in range(400):
        if (tmp_path / 'pid').exists():
            break
        time.sleep(0.02)
    assert process.pid
    os.kill(process.pid, signal.SIGINT)
    process.join(timeout=10)
    assert process.exitcode == 0
    assert (tmp_path / 'interrupted').exists()
    assert gone(int((tmp_path / 'pid').read_text()))


def test_big_answers() -> None:
    def ask(name: str, allow: Allow) -> dict[str, Any]:
        return {'state': 'present', 'facts': {'text': name + 'ü' * (1 << 20)}}

    answers = ask_all(names(6), ask, 3, nothing)
    assert all(answer['facts']['text'] == name + 'ü' * (1 << 20) for name, answer in answers.items())


@pytest.mark.parametrize('text', ['東京 😀', '\n\r\x00\x1b', '\u2028', '"\'\\', '{{ x }}', '\udcff'])
def test_any_text(text: str) -> None:
    answer = {'state': 'present', 'facts': {text: [text]}}
    assert ask_all(['a', text], lambda name, allow: answer, 2, nothing) == {'a': answer, text: answer}


def test_forked_right_after() -> None:
    """Ansible's workers are forked from the process that asked; a thread or a lock left in it would hang them."""
    for _number in range(5):
        ask_all(names(10), fine, 5, nothing)
        child = os.fork()
        if child == 0:
            os._exit(7)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
