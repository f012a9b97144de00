# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs beside the tests that are ended while they run: nothing of theirs is left in the folder for temporary files."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
WITHOUT_TOOLS = TESTS / 'integration/targets/task_transport/without_tools.sh'
CHECK_PROGRAMS = TESTS / 'integration/targets/rack_awareness/check_programs.py'


def end(process: subprocess.Popen[bytes], folder: Path, number: int) -> None:
    """Once there is a folder."""
    try:
        for _try in range(600):
            if any(entry.is_dir() for entry in folder.iterdir()):
                break
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(number)
        process.wait(timeout=30)
        assert list(folder.iterdir()) == []
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.mark.parametrize(
    ('name', 'number'),
    [('facts_module', signal.SIGTERM), ('warm_inventory', signal.SIGHUP), ('tasks_over_ssh', signal.SIGHUP), ('cold_inventory', signal.SIGTERM)],
)
def test_a_benchmark_that_is_ended(name: str, number: int, tmp_path: Path) -> None:
    if 'inventory' not in name and 'ssh' in name and not shutil.which('sshd', path=f'{os.environ["PATH"]}:/usr/sbin:/sbin'):
        pytest.skip('sshd is not installed here')
    environment = {**os.environ, 'TMPDIR': str(tmp_path)}
    program = [sys.executable, str(TESTS / 'benchmarks' / f'{name}.py')]
    end(subprocess.Popen(program, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True), tmp_path, number)


@pytest.mark.parametrize('number', [signal.SIGTERM, signal.SIGHUP])
def test_a_container_without_tools_that_is_ended(number: int, tmp_path: Path) -> None:
    program = ['sh', str(WITHOUT_TOOLS), 'exec', '-i', 'name', 'sh', '-c', 'sleep 1']
    end(subprocess.Popen(program, env={**os.environ, 'TMPDIR': str(tmp_path)}, start_new_session=True), tmp_path, number)


@pytest.mark.parametrize('number', [signal.SIGTERM, signal.SIGHUP])
def test_a_check_with_other_programs_that_is_ended(number: int, tmp_path: Path) -> None:
    """Of Slurm and Ceph there are stand-ins: nothing is unshared, and a map is never done."""
    temporary, programs = tmp_path / 'temporary', tmp_path / 'programs'
    temporary.mkdir()
    programs.mkdir()
    for name, does in {'unshare': 'exit 1', 'ceph-conf': 'exit 0', 'crushtool': 'exec sleep 600'}.items():
        (programs / name).write_text(f'#!/bin/sh\n{does}\n')
        (programs / name).chmod(0o755)
    environment = {**os.environ, 'TMPDIR': str(temporary), 'PATH': f'{programs}:{os.environ["PATH"]}'}
    program = [sys.executable, str(CHECK_PROGRAMS), str(tmp_path)]
    process = subprocess.Popen(program, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    end(process, temporary, number)
