# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ansible-rulebook itself, in a process of its own, with folders of its own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import uuid
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.imds.azure.tests.interruptible import interruptible
from ansible_collections.imds.azure.tests.unit.extensions.eda.running_source import COLLECTION, MARK, processes, wait_until

PROGRAMS = os.environ.get('IMDS_TEST_RULEBOOK', '')
NOBODY = 'http://127.0.0.1:1'
# Writes the event as the playbook sees it, so that nothing in it can have been taken for a template.
PLAYBOOK = [
    {
        'hosts': 'all',
        'gather_facts': False,
        'tasks': [
            {
                'name': 'Write the event',
                'ansible.builtin.copy': {
                    'content': '{{ ansible_eda.event | to_json }}',
                    'dest': '{{ playbook_out }}/{{ inventory_hostname }}-{{ ansible_eda.event.change }}',
                    'mode': '0600',
                },
            }
        ],
    }
]


def needs_ansible_rulebook() -> None:
    """Skip where it is not installed."""
    if not PROGRAMS or not Path(PROGRAMS, 'ansible-rulebook').exists():
        pytest.skip('ansible-rulebook is not installed: make rulebook does that')
    java = shutil.which('java')
    if not java or subprocess.run([java, '-version'], capture_output=True, check=False).returncode:
        pytest.skip('there is no java, which ansible-rulebook needs in version 17 or later')


class RunningRulebook:
    """Runs a rulebook, which is the name of one in a collection or a list of rule sets, with an inventory."""

    def __init__(self, folder: Path, hosts: dict[str, Any], rulebook: str | list[dict[str, Any]], **variables: Any) -> None:
        self.mark = uuid.uuid4().hex
        self.folder = folder
        self.out = folder / 'out'
        self.inventory = folder / 'inventory'
        for each in (self.out, self.inventory, folder / 'home'):
            each.mkdir()
        everywhere = {
            'ansible_connection': 'local',
            'ansible_python_interpreter': f'{PROGRAMS}/python',
            'azure_imds_endpoint': NOBODY,
            'playbook_out': str(self.out),
        }
        (self.inventory / 'hosts.yml').write_text(yaml.safe_dump({'all': {'vars': everywhere, 'hosts': hosts}}))
        (folder / 'play.yml').write_text(yaml.safe_dump(PLAYBOOK))
        (folder / 'variables.yml').write_text(yaml.safe_dump({'inventory': str(self.inventory), **variables}))
        if not isinstance(rulebook, str):
            (folder / 'rulebook.yml').write_text(yaml.safe_dump(rulebook))
            rulebook = 'rulebook.yml'
        environment = {
            'HOME': str(folder / 'home'),
            'PATH': f'{PROGRAMS}:{os.environ["PATH"]}',
            'LC_ALL': 'C.UTF-8',
            'PYTHONPATH': os.environ['PYTHONPATH'],
            'ANSIBLE_COLLECTIONS_PATH': str(COLLECTION.parents[2]),
            MARK: self.mark,
        }
        words = ['ansible-rulebook', '--rulebook', rulebook, '--inventory', str(self.inventory), '--vars', 'variables.yml', '--verbose']
        with (folder / 'log').open('w') as log:
            self.process = subprocess.Popen(
                words, cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT, start_new_session=True, preexec_fn=interruptible
            )

    @property
    def log(self) -> str:
        return (self.folder / 'log').read_text()

    def event(self, name: str) -> dict[str, Any]:
        """What the playbook wrote, once it has: the name is that of the host and the change."""
        path = self.out / name
        self.wait_until(lambda: path.exists() and path.read_text().endswith('}'), name)
        event = json.loads(path.read_text())
        path.unlink()
        return dict(event)

    def wait_until(self, true: Any, what: str) -> None:
        def fine() -> bool:
            assert self.process.poll() is None, self.log
            return bool(true())

        try:
            wait_until(fine, what)
        except AssertionError as error:
            raise AssertionError(f'{error}\n{self.log}') from None

    def program(self) -> int:
        """Id of the process that asks for scheduled events."""
        found: list[int] = []

        def look() -> list[int]:
            found[:] = sorted(number for number, command in processes(self.mark) if 'watch_scheduled_events.py' in command)
            return found

        self.wait_until(look, 'the program runs')
        return found[0]

    def end(self, number: int = signal.SIGTERM) -> int:
        """Ends ansible-rulebook; nothing may be left."""
        self.process.send_signal(number)
        status = self.process.wait(60)
        wait_until(lambda: not processes(self.mark), f'all processes have ended, and not {processes(self.mark)}')
        return status
