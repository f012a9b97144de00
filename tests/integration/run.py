# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run integration targets side by side, each by an ansible-test of its own in a copy of the collection: ``run.py [--jobs N] [TARGET...]``.

A target that passes is a line; of one that fails everything is shown that it wrote.
"""

from __future__ import annotations

import argparse
import compileall
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import NamedTuple

COLLECTION = Path(__file__).resolve().parents[2]
TARGETS = COLLECTION / 'tests/integration/targets'
# Those that take longest start first, so that none of them is waited for alone at the end.
LONGEST = (
    'maintenance',
    'inventory_hosts',
    'rolling_update',
    'rack_awareness',
    'guide',
    'topology_report',
    'task_transport',
    'topology_changes',
    'simulator',
    'diagnose',
    'instance_facts',
    'tagged_config',
    'gather_facts',
)

running: list[subprocess.Popen[str]] = []


class Result(NamedTuple):
    target: str
    passed: bool
    seconds: float
    cpu_seconds: float
    output: str


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description='Run integration targets side by side.')
    parser.add_argument('targets', nargs='*', help='all by default')
    # Targets wait now and then.
    parser.add_argument('--jobs', type=int, default=(os.cpu_count() or 1) + 1, help='how many at once (default: %(default)s)')
    options = parser.parse_args(arguments)
    started = time.monotonic()
    failed = []
    # Else each program and each task that Ansible starts would do it for itself.
    for folder in ('plugins', 'tests/loopback_only', 'roles/simulator/files'):
        compileall.compile_dir(COLLECTION / folder, quiet=2)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_arguments: sys.exit(1))
    with tempfile.TemporaryDirectory(prefix='imds-integration-', ignore_cleanup_errors=True) as folder, ThreadPoolExecutor(options.jobs) as pool:
        make_key(Path(folder) / 'home')
        waiting = [pool.submit(run, target, Path(folder)) for target in in_order(options.targets or all_targets())]
        try:
            for future in as_completed(waiting):
                result = future.result()
                report(result)
                failed += [] if result.passed else [result.target]
            # What failed because others took its time passes alone, and what is broken fails again.
            for target in list(failed) if len(waiting) > 1 else ():
                result = run(target, Path(folder))
                report(result)
                if result.passed:
                    failed.remove(target)
        except BaseException:
            # Whoever ends this does not want to wait for what runs.
            pool.shutdown(wait=False, cancel_futures=True)
            for process in running:
                os.killpg(process.pid, signal.SIGTERM)
            raise
    if failed:
        print('failed:', *sorted(failed))
    print(f'{len(waiting) - len(failed)} passed, {len(failed)} failed in {time.monotonic() - started:.0f} s')
    return 1 if failed else 0


def all_targets() -> list[str]:
    """All but those that are only there for others."""
    return [aliases.parent.name for aliases in TARGETS.glob('*/aliases') if 'hidden' not in aliases.read_text().split()]


def in_order(targets: Iterable[str]) -> list[str]:
    return sorted(targets, key=lambda target: (LONGEST.index(target) if target in LONGEST else len(LONGEST), target))


def make_key(home: Path) -> None:
    """The key that ansible-test would make itself for each target, in the home folder, where two at once would get into each other's way."""
    keys = home / '.ansible/test'
    keys.mkdir(parents=True)
    subprocess.run(['ssh-keygen', '-q', '-m', 'PEM', '-t', 'rsa', '-N', '', '-f', keys / 'id_rsa'], check=True)


def run(target: str, folder: Path) -> Result:
    """Ansible insists on the names of the copy's folders, and ansible-test writes below them."""
    collections = folder / target
    copy = collections / 'ansible_collections/imds/azure'
    shutil.copytree(COLLECTION, copy, ignore=shutil.ignore_patterns('.git', 'output'))
    home = folder / f'home-{target}'
    shutil.copytree(folder / 'home', home, dirs_exist_ok=True)
    started = time.monotonic()
    with subprocess.Popen(
        ['ansible-test', 'integration', '--local', '--color', 'no', target],
        cwd=copy,
        env={**os.environ, 'ANSIBLE_COLLECTIONS_PATH': str(collections), 'HOME': str(home)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors='replace',
        start_new_session=True,
    ) as process:
        running.append(process)
        output = process.stdout.read() if process.stdout else ''
        _pid, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        running.remove(process)
    seconds = time.monotonic() - started
    shutil.rmtree(collections, ignore_errors=True)
    return Result(target, process.returncode == 0, seconds, used.ru_utime + used.ru_stime, output)


def report(result: Result) -> None:
    if not result.passed:
        print(f'---- {result.target}: all that it wrote\n{result.output.rstrip()}\n----')
    print(f'{"passed" if result.passed else "FAILED"}  {result.seconds:4.0f} s  {result.cpu_seconds:4.0f} s of CPU  {result.target}', flush=True)


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
