# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is the trouble of many hosts at once is not blamed on them: they are asked again, fewer at once, and only then named, with another remedy."""

from __future__ import annotations

import collections
import errno
import os
import resource
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible.errors import AnsibleError
from ansible_collections.imds.azure.plugins.plugin_utils._fleet import crowding, turns
from ansible_collections.imds.azure.plugins.plugin_utils._fleet.crowding import HERE, THERE, closed_early, places_for_files, shortage
from ansible_collections.imds.azure.plugins.plugin_utils._fleet.fleet import ask_all
from ansible_collections.imds.azure.plugins.plugin_utils._fleet.host_connection import HostUnreachableError
from ansible_collections.imds.azure.plugins.plugin_utils._fleet.turns import Allow

Answer = dict[str, Any]
FINE = {'state': 'present', 'facts': {}}


def of(inner: Exception) -> Exception:
    """As older releases of ansible-core tell of it: in the error, and nowhere else."""
    try:
        try:
            raise inner
        except Exception as error:
            raise AnsibleError(f'Unable to execute ssh command line on a controller due to: {error}')  # noqa: B904  # as it is there
    except AnsibleError as outer:
        return outer


@pytest.mark.parametrize(
    ('error', 'what'),
    [
        (OSError(errno.EMFILE, 'Too many open files'), 'too few open files'),
        (OSError(errno.ENFILE, 'Too many open files in system'), 'too few open files'),
        (BlockingIOError(errno.EAGAIN, 'Resource temporarily unavailable'), 'too few processes'),
        (OSError(errno.ENOMEM, 'Cannot allocate memory'), 'too little memory'),
        (MemoryError(), 'too little memory'),
        (RuntimeError("can't start new thread"), 'too few processes'),
        (of(OSError(errno.EMFILE, 'Too many open files')), 'too few open files'),
        (of(of(MemoryError())), 'too little memory'),
        (HostUnreachableError('Failed to connect to the host via ssh: socket: Too many open files'), 'too few open files'),
        (HostUnreachableError('Could not create pipes to communicate with the proxy: Too many open files'), 'too few open files'),
        (HostUnreachableError('Failed to connect to the host via ssh: fork failed: Resource temporarily unavailable'), 'too few processes'),
    ],
    ids=repr,
)
def test_the_controller_is_short_of_something(error: Exception, what: str) -> None:
    short = shortage(error)
    assert short
    assert what in str(short)
    assert 'ulimit -n' in str(short)
    assert 'forks' in str(short)


@pytest.mark.parametrize(
    'error',
    [
        OSError(errno.ECONNREFUSED, 'Connection refused'),
        OSError('no number'),
        RuntimeError('another'),
        ValueError('Too many open files'),
        of(OSError(errno.ENOENT, 'No such file')),
        HostUnreachableError('the command failed with exit code 1: sh: cannot open x: Too many open files'),
        HostUnreachableError('connect to host HOST port 22: Connection refused'),
    ],
    ids=repr,
)
def test_the_controller_has_all_it_needs(error: Exception) -> None:
    assert shortage(error) is None


@pytest.mark.parametrize(
    'said',
    [
        'kex_exchange_identification: Connection closed by remote host Connection closed by 127.0.0.1 port 22',
        'kex_exchange_identification: read: Connection reset by peer Connection reset by 127.0.0.1 port 22',
        'ssh_exchange_identification: Connection closed by remote host',
        'ssh_exchange_identification: read: Connection reset by peer',
        'kex_exchange_identification: banner line contains invalid characters',
        'kex_exchange_identification: Connection closed by remote host Connection closed by UNKNOWN port 65535',
        'banner exchange: Connection to UNKNOWN port 65535: Broken pipe',
    ],
)
def test_closed_early(said: str) -> None:
    assert closed_early(f'Failed to connect to the host via ssh: {said}')


@pytest.mark.parametrize(
    'said',
    [
        'ssh: connect to host HOST port 22: Connection refused',
        'channel 0: open failed: connect failed: Connection refused stdio forwarding failed kex_exchange_identification: Connection closed by remote host',
        'ssh: connect to host HOST port 22: Connection timed out kex_exchange_identification: Connection closed by remote host',
        'root@HOST: Permission denied (publickey). kex_exchange_identification: Connection closed by remote host',
        'ssh: Could not resolve hostname jump: Name or service not known kex_exchange_identification: Connection closed by remote host',
        'sh: 1: exec: nc: not found kex_exchange_identification: Connection closed by remote host',
        'Connection closed by HOST port 22',
    ],
)
def test_closed_for_another_reason(said: str) -> None:
    """Asking again would cost time and help nobody."""
    assert not closed_early(f'Failed to connect to the host via ssh: {said}')


@pytest.mark.parametrize(
    ('limits', 'used', 'wanted', 'places', 'raised'),
    [
        ((1024, 1024), 14, 100, 100, None),
        ((64, 64), 14, 100, 5, 64),
        ((20, 20), 14, 100, 1, 20),
        ((256, 1 << 20), 14, 100, 100, 1014),
        ((256, 512), 12, 100, 50, 512),
        ((256, resource.RLIM_INFINITY), 14, 100, 100, 1014),
        ((resource.RLIM_INFINITY, resource.RLIM_INFINITY), 14, 100, 100, None),
    ],
)
def test_places_for_files(monkeypatch: pytest.MonkeyPatch, limits: tuple[int, int], used: int, wanted: int, places: int, raised: int | None) -> None:
    """No more than that are asked at once, and the limit is only raised as far as it must and may be."""
    given: list[int] = []
    monkeypatch.setattr(resource, 'getrlimit', lambda kind: limits)
    monkeypatch.setattr(resource, 'setrlimit', lambda kind, values: given.append(values[0]))
    monkeypatch.setattr(crowding, '_open_files', lambda: used)
    assert places_for_files(wanted) == places
    assert given == ([] if raised is None else [raised])


def test_the_limit_cannot_be_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(kind: int, values: tuple[int, int]) -> None:
        raise ValueError('not allowed to raise maximum limit')

    monkeypatch.setattr(resource, 'getrlimit', lambda kind: (110, resource.RLIM_INFINITY))
    monkeypatch.setattr(resource, 'setrlimit', refuse)
    monkeypatch.setattr(crowding, '_open_files', lambda: 10)
    assert places_for_files(100) == 10


class Crowd:
    """Answers as long as no more than C(room) are asked at once; each try leaves a line behind, for it is made in another process."""

    def __init__(self, folder: Path, room: int, where: str) -> None:
        self._log = folder / 'tries'
        self._log.touch()
        self._room = room
        self._where = where
        self._lock = threading.Lock()
        self._running = 0

    def __call__(self, name: str, allow: Allow) -> Answer:
        allow(30)
        with self._lock:
            self._running += 1
            fits = self._running <= self._room
            with self._log.open('a') as log:
                log.write(f'{name}\n')
        time.sleep(0.03)
        with self._lock:
            self._running -= 1
        return FINE if fits else {'state': 'failed', 'error': 'crowded', 'crowded': self._where}

    def tries(self) -> collections.Counter[str]:
        return collections.Counter(self._log.read_text().split())


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, 'PAUSE', 0.01)


def ask_together(ask: Callable[[str, Allow], Answer], count: int, forks: int) -> tuple[dict[str, Answer], list[str]]:
    """The answers, and whose were told while they came."""
    told: list[str] = []
    answers = ask_all([f'host{number}' for number in range(count)], ask, forks, lambda _name, answer: told.append(answer['state']))
    return answers, told


@pytest.mark.parametrize(('where', 'room'), [(HERE, 7), (HERE, 1), (THERE, 5), (THERE, 40)])
def test_all_are_heard_in_the_end(tmp_path: Path, where: str, room: int) -> None:
    crowd = Crowd(tmp_path, room, where)
    answers, told = ask_together(crowd, 60, 30)
    assert list(answers.values()) == [FINE] * 60
    assert told == ['present'] * 60, 'each is told once'
    assert max(crowd.tries().values()) <= turns.ROUNDS[where]


def test_fewer_at_once_as_soon_as_it_is_known(tmp_path: Path) -> None:
    """With room for seven of thirty, half of the places are given up and half of those again: most hosts are asked once."""
    crowd = Crowd(tmp_path, 7, HERE)
    ask_together(crowd, 200, 30)
    assert sum(crowd.tries().values()) < 300


@pytest.mark.parametrize(('where', 'tries'), [(HERE, 3), (THERE, 2)])
def test_no_room_at_all(tmp_path: Path, where: str, tries: int) -> None:
    crowd = Crowd(tmp_path, 0, where)
    answers, told = ask_together(crowd, 12, 6)
    assert list(answers.values()) == [{'state': 'failed', 'error': 'crowded'}] * 12
    assert told == ['failed'] * 12
    assert set(crowd.tries().values()) == {tries}


def test_a_host_with_which_it_never_fits_costs_the_others_nothing(tmp_path: Path) -> None:
    """It is asked again when they were all asked."""
    crowd = Crowd(tmp_path, 1000, HERE)

    def ask(name: str, allow: Allow) -> Answer:
        answer = crowd(name, allow)
        return {'state': 'failed', 'error': 'crowded', 'crowded': HERE} if name == 'host0' else answer

    answers, _told = ask_together(ask, 40, 8)
    assert answers.pop('host0') == {'state': 'failed', 'error': 'crowded'}
    assert set(map(str, answers.values())) == {str(FINE)}
    tries = crowd.tries()
    assert (tries.pop('host0'), set(tries.values())) == (3, {1})


@pytest.mark.parametrize('most', [4, 0])
def test_no_thread_is_to_be_had(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, most: int) -> None:
    start = threading.Thread.start

    def refuse(turn: threading.Thread) -> None:
        if sum(isinstance(thread, turns._Turn) for thread in threading.enumerate()) >= most:
            raise RuntimeError("can't start new thread")
        start(turn)

    monkeypatch.setattr(turns._Turn, 'start', refuse)
    answers, _told = ask_together(Crowd(tmp_path, 1000, HERE), 30, 20)
    if most:
        assert list(answers.values()) == [FINE] * 30
    else:
        assert {answer['state'] for answer in answers.values()} == {'failed'}
        assert 'too few processes' in answers['host0']['error']


def test_few_open_files(tmp_path: Path) -> None:
    """For real: each host has ten files open, and sixty-four may be."""

    def ask(name: str, allow: Allow) -> Answer:
        allow(30)
        try:
            files = [os.open(os.devnull, os.O_RDONLY) for _number in range(10)]
        except OSError as error:
            return {'state': 'failed', 'error': str(shortage(error)), 'crowded': HERE}
        time.sleep(0.02)
        for file in files:
            os.close(file)
        return FINE

    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    child = os.fork()
    if child == 0:
        try:
            highest = max(int(name) for name in os.listdir('/dev/fd')) + 1
            resource.setrlimit(resource.RLIMIT_NOFILE, (highest + 64, highest + 64))
            answers, _told = ask_together(ask, 60, 50)
            os._exit(0 if list(answers.values()) == [FINE] * 60 else 1)
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == before


@pytest.mark.skipif(not Path('/proc/self/status').exists(), reason='nothing here says how much memory a process has')
def test_a_host_that_fills_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where its connection runs in the process itself there is no command to cut off. It fails, and the others do not."""
    monkeypatch.setattr(crowding, 'MEMORY', 100 << 20)

    def ask(name: str, allow: Allow) -> Answer:
        allow(30)
        pieces: list[bytes] = []
        try:
            # Nobody writes into them, so that they take no real memory.
            while name == 'host3' and len(pieces) < 10000:
                pieces.append(bytes(1 << 20))
        except MemoryError as error:
            pieces.clear()
            return {'state': 'failed', 'error': str(shortage(error)), 'crowded': HERE}
        return FINE if not pieces else {'state': 'it got all of ten gigabytes'}

    before = resource.getrlimit(resource.RLIMIT_DATA)
    answers, _told = ask_together(ask, 20, 4)
    assert resource.getrlimit(resource.RLIMIT_DATA) == before
    failed = answers.pop('host3')
    assert failed['state'] == 'failed', failed
    assert 'too little memory' in failed['error']
    assert list(answers.values()) == [FINE] * 19


def test_a_lower_limit_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[Any] = []
    limits = {resource.RLIMIT_STACK: (8 << 20, -1), resource.RLIMIT_DATA: (1 << 20, -1)}
    monkeypatch.setattr(resource, 'getrlimit', lambda kind: limits[kind])
    monkeypatch.setattr(resource, 'setrlimit', lambda kind, values: given.append(values))
    monkeypatch.setattr(crowding, '_data', lambda: 1000)
    crowding.bound_memory(10)
    assert given == []
    limits[resource.RLIMIT_DATA] = (-1, -1)
    crowding.bound_memory(10)
    assert given == [(1000 + crowding.MEMORY + 10 * (crowding.MEMORY_OF_A_HOST + (8 << 20)), -1)]
    monkeypatch.setattr(crowding, '_data', lambda: None)
    crowding.bound_memory(10)
    assert len(given) == 1
