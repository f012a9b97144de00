# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the connection plugins of every supported ansible-core hand on to a Windows host, and what comes of it.

The plugins are real, and so are inventory, actions and the building of modules; what they talk to is a stand-in for ssh, pywinrm and pypsrp.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.imds.azure.tests.matrix.cores import EACH_CORE, programs_of
from ansible_collections.imds.azure.tests.matrix.windows.stand_in_powershell import CODE_PAGE

STAND_INS = Path(__file__).with_name('windows')
# What cmd takes as a command line.
LIMIT = 8191
HOSTS: dict[str, dict[str, Any]] = {
    'cmd': {'ansible_connection': 'ssh', 'ansible_shell_type': 'cmd'},
    'powershell': {'ansible_connection': 'ssh', 'ansible_shell_type': 'powershell'},
    'winrm': {'ansible_connection': 'winrm', 'ansible_winrm_transport': 'basic', 'ansible_password': 'secret'},
    'psrp': {'ansible_connection': 'psrp', 'ansible_password': 'secret'},
}
INVENTORY = {'plugin': 'imds.azure.hosts', 'endpoint': 'http://127.0.0.1:1'}
DOCUMENT = {'compute': {'name': 'web', 'location': 'westeurope', 'osType': 'Windows', 'vmId': '1'}, 'network': {'interface': []}}


@pytest.mark.parametrize('core', EACH_CORE)
def test_windows_hosts(core: str, tmp_path: Path) -> None:
    programs = programs_of(core)
    ssh, notes, document = tmp_path / 'ssh', tmp_path / 'notes', tmp_path / 'document'
    ssh.write_text(f'#!/bin/sh\nexec {sys.executable} {STAND_INS}/stand_in_ssh.py "$@"\n')
    ssh.chmod(0o755)
    document.write_text(json.dumps(DOCUMENT))
    common = {'ansible_ssh_executable': str(ssh), 'ansible_user': 'somebody'}
    hosts = {name: {**common, 'ansible_host': f'{name}.example', **variables} for name, variables in HOSTS.items()}
    (tmp_path / 'hosts.yml').write_text(yaml.safe_dump({'all': {'hosts': hosts}}))
    (tmp_path / 'azure_imds.yml').write_text(yaml.safe_dump(INVENTORY))
    process = subprocess.run(
        [f'{programs}/ansible-playbook', '-i', str(tmp_path / 'hosts.yml'), '-i', str(tmp_path / 'azure_imds.yml'), str(STAND_INS / 'play.yml')],
        env={
            **os.environ,
            'PATH': f'{programs}:{os.environ["PATH"]}',
            'HOME': str(tmp_path),
            'PYTHONPATH': str(STAND_INS),
            'IMDS_TEST_WINDOWS_NOTES': str(notes),
            'IMDS_TEST_WINDOWS_DOCUMENT': str(document),
            'ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED': 'true',
            'ANSIBLE_HOST_KEY_CHECKING': 'false',
            'ANSIBLE_NOCOLOR': 'true',
            'ANSIBLE_SSH_RETRIES': '0',
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert process.returncode == 0, process.stdout + process.stderr
    seen = [json.loads(line) for line in notes.read_text().splitlines()]
    for name in HOSTS:
        mine = [note for note in seen if note['way'] == name]
        # The inventory and a task; gather_facts by itself and as a task, a task that wants the module and one with become.
        assert [note['kind'] for note in mine].count('question') == 2, [note['kind'] for note in mine]
        assert [note['kind'] for note in mine].count('module') == 4
        for note in mine:
            if note['kind'] == 'question':
                check_question(note, core)


def check_question(note: dict[str, Any], core: str) -> None:
    """The line is short enough for cmd, has no character that a shell takes for its own, and the script has arrived as it was."""
    assert len(note['line']) < LIMIT
    script = note['stdin'].replace('\r\n', '\n')
    assert script.startswith("$mark = 'imds-")
    assert script.rstrip('\n').endswith('}')
    assert "::Create('http://127.0.0.1:1/metadata/instance?api-version=" in script
    if note['way'] == 'psrp':
        assert note['layers'] == 0, 'psrp runs it in the PowerShell that it has'
        return
    assert not set(CODE_PAGE.sub('', note['line'])) & set('"\'%^&|<>()!$`;\n')
    # Older releases wrap whatever they are given once more.
    assert note['layers'] == (2 if core == 'oldest' else 1)
