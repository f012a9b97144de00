# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One answer for all processes of a run."""

from __future__ import annotations

import json
import multiprocessing
import os
import stat
import time
from collections.abc import Iterator
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.imds.azure.plugins.plugin_utils._controller.run_cache import once_for_the_run

# As Ansible makes its workers.
FORK = multiprocessing.get_context('fork')
PROCESSES = 6


def test_asked_once(tmp_path: Path) -> None:
    asked: list[int] = []

    def ask() -> dict[str, Any]:
        asked.append(1)
        return {'document': {'ü': [None, 'x']}}

    for _number in range(3):
        assert once_for_the_run(str(tmp_path), ['http://127.0.0.1', 'auto'], ask) == {'document': {'ü': [None, 'x']}}
    assert len(asked) == 1


@pytest.mark.parametrize(
    'other', [['http://127.0.0.1', '2018-10-01'], ['http://127.0.0.2', 'auto'], ['http://127.0.0.1auto'], ['http://127.0.0.1', 'auto', '']]
)
def test_each_key_has_an_answer_of_its_own(tmp_path: Path, other: list[str]) -> None:
    assert once_for_the_run(str(tmp_path), ['http://127.0.0.1', 'auto'], lambda: {'answer': 1}) == {'answer': 1}
    assert once_for_the_run(str(tmp_path), other, lambda: {'answer': 2}) == {'answer': 2}
    assert once_for_the_run(str(tmp_path), ['http://127.0.0.1', 'auto'], lambda: {'answer': 3}) == {'answer': 1}


def test_files_are_private_and_stay_in_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / 'run'
    folder.mkdir()
    once_for_the_run(str(folder), ['../../escape', '/etc/passwd'], lambda: {'document': {}})
    files = list(folder.iterdir())
    assert len(files) == 2, 'the answer and its lock'
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert list(tmp_path.iterdir()) == [folder]


def test_an_error_is_not_kept_for_a_later_task(tmp_path: Path) -> None:
    answers: Iterator[dict[str, Any]] = iter([{'error': 'down'}, {'error': 'still down'}, {'document': {'up': 1}}])
    found = [once_for_the_run(str(tmp_path), ['a'], lambda: next(answers)) for number in range(4)]
    assert found == [{'error': 'down'}, {'error': 'still down'}, {'document': {'up': 1}}, {'document': {'up': 1}}]


def test_an_exception_leaves_no_lock_behind(tmp_path: Path) -> None:
    def fail() -> dict[str, Any]:
        raise RuntimeError('unexpected')

    with pytest.raises(RuntimeError, match='unexpected'):
        once_for_the_run(str(tmp_path), ['a'], fail)
    assert once_for_the_run(str(tmp_path), ['a'], lambda: {'document': {}}) == {'document': {}}


def work(folder: str, answer: dict[str, Any], barrier: Barrier, results: Any) -> None:
    def ask() -> dict[str, Any]:
        with (Path(folder) / 'asked').open('a') as file:
            file.write('x')
        # Long enough for the others to be waiting by then.
        time.sleep(0.3)
        return answer

    barrier.wait()
    results.put(json.dumps(once_for_the_run(folder, ['key'], ask)))


@pytest.mark.parametrize('answer', [{'document': {'compute': {'vmId': 'vm-1'}}}, {'error': 'no route'}])
def test_several_processes_ask_once(tmp_path: Path, answer: dict[str, Any]) -> None:
    """An error is shared with those who waited for it, so that a service that is down costs a run one deadline."""
    barrier, results = FORK.Barrier(PROCESSES), FORK.Queue()
    workers = [FORK.Process(target=work, args=(str(tmp_path), answer, barrier, results)) for number in range(PROCESSES)]
    for worker in workers:
        worker.start()
    assert [json.loads(results.get(timeout=20)) for worker in workers] == [answer] * PROCESSES
    for worker in workers:
        worker.join(timeout=20)
        assert worker.exitcode == 0
    assert (tmp_path / 'asked').read_text() == 'x'


def test_a_process_that_dies_while_it_asks_holds_nobody_up(tmp_path: Path) -> None:
    started = FORK.Event()

    def ask() -> dict[str, Any]:
        started.set()
        time.sleep(60)
        return {}

    worker = FORK.Process(target=once_for_the_run, args=(str(tmp_path), ['a'], ask))
    worker.start()
    assert started.wait(timeout=20)
    worker.kill()
    worker.join(timeout=20)
    assert once_for_the_run(str(tmp_path), ['a'], lambda: {'document': {}}) == {'document': {}}


def test_a_full_disk_costs_a_question_and_no_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, 'No space left on device')

    answers = iter(range(3))
    with monkeypatch.context() as patch:
        patch.setattr(os, 'fsync', full)
        assert [once_for_the_run(str(tmp_path), ['a'], lambda: {'answer': next(answers)}) for _number in range(2)] == [{'answer': 0}, {'answer': 1}]
    assert [once_for_the_run(str(tmp_path), ['a'], lambda: {'answer': next(answers)}) for _number in range(2)] == [{'answer': 2}] * 2
