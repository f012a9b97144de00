# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever becomes of the program that asks, the source goes on."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.imds.azure.tests.unit.extensions.eda.running_source import COLLECTION, RunningSource

Watch = Callable[..., RunningSource]
# What the program does in its first, second, .. run, and in all later ones. It may not read what it is told.
PROGRAM = """
import json, os, pathlib, signal, sys, time
from pathlib import Path

runs = Path(__file__).with_suffix('.runs')
run = int(runs.read_text()) if runs.exists() else 0
runs.write_text(str(run + 1))
answer = json.dumps({'host': None, 'vm_name': 'vm', 'api_version': '2020-07-01', 'events': []})
outage = json.dumps({'host': None, 'state': 'failed', 'error': 'run %d' % run})
"""
END = """
print(outage, flush=True)
print(answer, flush=True)
time.sleep(300)
"""


@pytest.fixture
def collection(tmp_path: Path) -> Callable[[str], Path]:
    """The source with another program, that does this in its first run and then tells of an outage and of its end."""

    def make(first: str) -> Path:
        changes = Path('plugins/plugin_utils/_events/changes.py')
        source = Path('extensions/eda/plugins/event_source/scheduled_events.py')
        for path in (changes, source):
            (tmp_path / path).parent.mkdir(parents=True)
            shutil.copy(COLLECTION / path, tmp_path / path)
        (tmp_path / 'extensions/eda/watch_scheduled_events.py').write_text(f'{PROGRAM}\nif run == 0:\n    {first}\n{END}')
        return tmp_path

    return make


@pytest.mark.parametrize(
    'first',
    [
        'sys.exit(0)',
        'sys.exit(1)',
        'raise RuntimeError',
        'os.kill(os.getpid(), signal.SIGKILL)',
        'sys.stdout.write(outage[:9]); sys.exit(1)',
        "print(json.dumps({'host': None, 'vm_name': 'vm', 'api_version': '', 'events': [], 'x': 'x' * 9_000_000})); sys.exit(1)",
        'os.close(1); time.sleep(300)',
    ],
)
def test_it_is_started_again(collection: Callable[[str], Path], watch: Watch, first: str) -> None:
    source = watch(collection=collection(first), outage_after=1)
    assert (source.next()['error'], source.next()['change']) == ('run 1', 'recovered')


def test_it_does_not_end(collection: Callable[[str], Path], watch: Watch) -> None:
    """A program that will not end with the source is killed."""
    source = watch(collection=collection('signal.signal(signal.SIGTERM, signal.SIG_IGN); print(outage, flush=True); time.sleep(300)'), outage_after=1)
    assert source.next()['error'] == 'run 0'
    source.cancel()
