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
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.imds.azure.plugins.plugin_utils._fleet import turns
from ansible_collections.imds.azure.plugins.plugin_utils._fleet.fleet import ask_all
from ansible_collections.imds.azure.plugins.plugin_utils._fleet.turns import Allow

FINE = {'state': 'present', 'facts': {}}


def nothing(name: str, answer: dict[str, Any]) -> None:
    """Progress that nobody watches."""


def fine(name: str, allow: Allow) -> dict[str, Any]:
    return FINE


def names(count: int) -> list[str]:
    return [f'host{number}' for number in range(count)]


def test_answers_belong_to_their_hosts() -> None:
    seen: dict[str, Any] = {}
    answers = ask_all(names(50), lambda name, allow: {'state': 'present', 'facts': {'name': name}}, 7, seen.__setitem__)
    assert list(answers) == names(50)
    assert answers == {name: {'state': 'present', 'facts': {'name': name}} for name in names(50)}
    assert seen == answers


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
    monkeypatch.setattr(turns, 'UNHEARD', 0.3)

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


@pytest.mark.parametrize('number', [signal.SIGKILL, signal.SIGHUP])
def test_a_child_that_is_killed_loses_no_host(number: int) -> None:
    def ask(name: str, allow: Allow) -> dict[str, Any]:
        if name == 'host5':
            time.sleep(0.3)
            os.kill(os.getpid(), number)
        return FINE

    answers = ask_all(names(10), ask, 1, nothing)
    assert list(answers) == names(10)
    assert [answer['state'] for answer in answers.values()] == ['present'] * 5 + ['failed'] * 5
    assert 'ended unexpectedly' in answers['host9']['error']


def test_no_terminal_to_ask_on() -> None:
    def ask(name: str, allow: Allow) -> dict[str, Any]:
        try:
            os.close(os.open('/dev/tty', os.O_RDWR))
        except OSError as error:
            return {'state': 'present', 'code': error.errno, 'leads': os.getsid(0) == os.getpid()}
        return {'state': 'failed'}

    assert ask_all(['a'], ask, 1, nothing)['a'] == {'state': 'present', 'code': errno.ENXIO, 'leads': True}


def test_no_window_to_ask_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no terminal, ssh on a desktop asks by a program of its own, unless it is told not to."""
    monkeypatch.setenv('DISPLAY', ':0')
    monkeypatch.setenv('SSH_ASKPASS_REQUIRE', 'prefer')
    answer = ask_all(['a'], lambda name, allow: {'display': os.environ.get('DISPLAY'), 'required': os.environ['SSH_ASKPASS_REQUIRE']}, 1, nothing)['a']
    assert answer == {'display': None, 'required': 'never'}
    assert os.environ['DISPLAY'] == ':0'


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
    # Of what earlier tests have opened, some may be closed meanwhile.
    assert set(os.listdir('/proc/self/fd')) <= set(descriptors)
    assert threading.active_count() == threads
    assert children() == before


def hang(folder: Path, **options: Any) -> int:
    """Waits for a process as a connection plugin does, with a secret lying about meanwhile, and gives its exit code."""
    (folder / 'secret').touch()
    try:
        sleeper = subprocess.Popen(['sleep', '60'], **options)
        (folder / 'new').write_text(str(sleeper.pid))
        (folder / 'new').rename(folder / 'pid')
        return sleeper.wait()
    finally:
        (folder / 'secret').unlink()


def pid_in(folder: Path) -> int:
    """Waits until it hangs."""
    for _number in range(1000):
        if (folder / 'pid').exists():
            break
        time.sleep(0.01)
    return int((folder / 'pid').read_text())


SESSIONS = pytest.mark.parametrize('options', [{}, {'start_new_session': True}], ids=['same session', 'own session'])


@SESSIONS
def test_a_hung_command_ends_with_its_time(tmp_path: Path, options: dict[str, Any]) -> None:
    """While the others are still asked."""

    def ask(name: str, allow: Allow) -> dict[str, Any]:
        if name == 'hangs':
            allow(0.5)
            hang(tmp_path, **options)
            return FINE
        return {'state': 'present', 'gone': gone(pid_in(tmp_path))}

    answers = ask_all(['hangs', 'other'], ask, 2, nothing)
    assert answers['hangs']['state'] == 'unreachable'
    assert answers['other'] == {'state': 'present', 'gone': True}
    assert not (tmp_path / 'secret').exists()


def test_hosts_that_are_given_up_are_left(tmp_path: Path) -> None:
    """As they said themselves, also when nobody else is asked any more, and also where the command is one that cannot be killed."""

    def ask(name: str, allow: Allow) -> dict[str, Any]:
        def leave() -> None:
            subprocess.run(['touch', str(tmp_path / name)], check=True)

        allow(0.2, leave)
        if name == 'command':
            hang(tmp_path)
        elif name == 'hangs':
            time.sleep(60)
        return FINE

    answers = ask_all(['command', 'hangs', 'fine'], ask, 3, nothing)
    assert [answer['state'] for answer in answers.values()] == ['unreachable', 'unreachable', 'present']
    assert [(tmp_path / name).exists() for name in answers] == [True, True, False]


class Interrupted(KeyboardInterrupt):
    pass


@SESSIONS
def test_interrupted(tmp_path: Path, options: dict[str, Any]) -> None:
    """Ctrl-C comes while the progress is shown: no process is left, and none is started any more."""

    def ask(name: str, allow: Allow) -> dict[str, Any]:
        if name == 'slow':
            allow(60, (tmp_path / 'left').touch)
            hang(tmp_path, **options)
            try:
                subprocess.run(['sleep', '60'], check=False)
            except ChildProcessError:
                (tmp_path / 'refused').touch()
        pid_in(tmp_path)
        return FINE

    def interrupt(name: str, answer: dict[str, Any]) -> None:
        raise Interrupted

    descriptors = os.listdir('/proc/self/fd')
    begun = time.monotonic()
    with pytest.raises(Interrupted):
        ask_all(['slow', 'fast'], ask, 2, interrupt)
    assert time.monotonic() - begun < 10
    assert gone(pid_in(tmp_path))
    assert not (tmp_path / 'secret').exists()
    assert (tmp_path / 'left').exists()
    assert (tmp_path / 'refused').exists()
    # Of what earlier tests have opened, some may be closed meanwhile.
    assert set(os.listdir('/proc/self/fd')) <= set(descriptors)


def test_interrupted_while_answers_come_faster_than_they_are_read(tmp_path: Path) -> None:
    """Threads that cannot get rid of their answers do not keep others from ending."""

    def ask(name: str, allow: Allow) -> dict[str, Any]:
        if name == 'host0':
            allow(60)
            hang(tmp_path, start_new_session=True)
        pid_in(tmp_path)
        return {'state': 'present', 'facts': 'x' * (1 << 20)}

    def interrupt(name: str, answer: dict[str, Any]) -> None:
        time.sleep(0.3)
        raise Interrupted

    with pytest.raises(Interrupted):
        ask_all(names(20), ask, 20, interrupt)
    assert gone(pid_in(tmp_path))
    assert not (tmp_path / 'secret').exists()


def work(folder: Path) -> None:
    """A process that asks one host, whose command takes long, and tells how it ended."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)

    def ask(name: str, allow: Allow) -> dict[str, Any]:
        allow(60)
        hang(folder, start_new_session=True)
        return FINE

    try:
        ask_all(['a'], ask, 1, nothing)
    except KeyboardInterrupt:
        (folder / 'interrupted').touch()


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_signal_while_it_waits(tmp_path: Path, number: signal.Signals) -> None:
    """Whoever is killed cannot tell its child, which finds that out."""
    process = multiprocessing.get_context('fork').Process(target=work, args=(tmp_path,))
    process.start()
    sleeper = pid_in(tmp_path)
    assert process.pid
    os.kill(process.pid, number)
    process.join(timeout=10)
    assert process.exitcode == (0 if number == signal.SIGINT else -number)
    assert (tmp_path / 'interrupted').exists() == (number == signal.SIGINT)
    assert gone(sleeper)
    for _number in range(100):
        if (tmp_path / 'secret').exists():
            time.sleep(0.05)
    assert not (tmp_path / 'secret').exists()


def work_interrupted_at_once(folder: Path) -> None:
    os.register_at_fork(after_in_parent=lambda: os.kill(os.getpid(), signal.SIGINT))
    work(folder)


def test_a_signal_while_it_forks(tmp_path: Path) -> None:
    """Python would drop what that raises."""
    process = multiprocessing.get_context('fork').Process(target=work_interrupted_at_once, args=(tmp_path,))
    process.start()
    process.join(timeout=10)
    assert process.exitcode == 0
    assert (tmp_path / 'interrupted').exists()


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
