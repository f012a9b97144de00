# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands end in time, with everything that they have started, and say nothing of what they were given."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.imds.azure.roles.maintenance.files.imds_maintenance import commands
from ansible_collections.imds.azure.roles.maintenance.files.imds_maintenance.commands import run_commands


def run(*given: Any, seconds: float = 30, **environment: str) -> str:
    return run_commands(list(given), time.monotonic() + seconds, environment)


def test_nothing_to_run() -> None:
    assert run() == ''


def test_words_and_environment(tmp_path: Path) -> None:
    """A string is split into words, and nothing in a word or in the environment is for a shell."""
    hostile = '$(touch canary) "; touch canary #'
    write = 'import os, sys; open(sys.argv[1], "w").write(sys.argv[2] + os.environ["IMDS_EVENTS"])'
    assert (
        run([sys.executable, '-c', write, str(tmp_path / 'list'), '$HOME'], f"{sys.executable} -c '{write}' {tmp_path}/string '$HOME *'", IMDS_EVENTS=hostile)
        == ''
    )
    assert (tmp_path / 'list').read_text() == '$HOME' + hostile
    assert (tmp_path / 'string').read_text() == '$HOME *' + hostile


def test_the_first_that_fails_is_the_last(tmp_path: Path) -> None:
    said = run('true', ['sh', '-c', 'exit 3', 'swordfish'], ['touch', str(tmp_path / 'never')])
    assert said == 'sh ended with status 3'
    assert not (tmp_path / 'never').exists()


@pytest.mark.parametrize('command', [['/no/such/program'], '/no/such/program', '', [], '"', ['x\0y'], '/'])
def test_what_cannot_be_run(command: Any) -> None:
    assert run(command).startswith('cannot run a command: ')


def test_no_time_left(tmp_path: Path) -> None:
    assert run(['touch', str(tmp_path / 'never')], seconds=0) == 'no time left for touch'
    assert not (tmp_path / 'never').exists()


@pytest.mark.parametrize('stubborn', [False, True])
def test_what_takes_too_long_ends_with_all_its_children(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stubborn: bool) -> None:
    monkeypatch.setattr(commands, 'GRACE', 0.3)
    trap = "trap '' TERM; " if stubborn else ''
    begun = time.monotonic()
    said = run(['sh', '-c', f'{trap}sleep 100 & echo $! > {tmp_path}/child; echo $$ > {tmp_path}/self; while true; do sleep 100; done'], seconds=1)
    assert said == 'sh took too long'
    assert time.monotonic() - begun < 50
    for name in ('self', 'child'):
        assert not runs(int((tmp_path / name).read_text())), name


def test_a_status_of_a_signal() -> None:
    assert run(['sh', '-c', 'kill -9 $$']) == 'sh ended with status -9'


def runs(process: int) -> bool:
    """Whether a process is there and is not a zombie that nobody has asked how it ended."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            os.kill(process, 0)
            if ') Z ' in Path(f'/proc/{process}/stat').read_text():
                return False
        except OSError:
            return False
        time.sleep(0.05)
    return True
