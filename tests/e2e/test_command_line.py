# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the command line says of connections counts as in a play; what it says of tasks does not matter."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from ansible_collections.imds.azure.tests.e2e.accounts import PASSWORD
from ansible_collections.imds.azure.tests.e2e.controller import UNSHARED, Controller
from ansible_collections.imds.azure.tests.e2e.private_world import SEARCHED
from ansible_collections.imds.azure.tests.matrix.cores import EACH_CORE, programs_of


@pytest.mark.parametrize('core', EACH_CORE)
def test_ssh_is_called_as_by_a_play(core: str, controller: Controller, user_key: Path, folder: Path) -> None:
    """Every word of it: all but the command itself, for which the play wants a terminal."""
    recorder, record = controller.folder / 'ssh', controller.folder / 'record'
    recorder.write_text(f'#!/bin/sh\nprintf "%s\\0" "$@" "" >>{record}\nexec ssh "$@"\n')
    recorder.chmod(0o755)
    # It knows neither user nor key.
    config = controller.folder / 'ssh_config'
    config.write_text(f'User nobody\nUserKnownHostsFile {folder}/known_hosts\nGlobalKnownHostsFile /dev/null\n')
    controller.hosts(['web_0 ansible_host=10.99.0.10'], common_args='')
    connection = [
        *('-u', 'root', '--private-key', str(user_key), '-T', '7'),
        *(f'--ssh-common-args=-F {config}', '--ssh-extra-args=-o ControlPath=none -o IPQoS=none'),
        *('-e', f'ansible_ssh_executable={recorder}', '-e', 'ansible_port=22'),
    ]
    controller.run('ansible', 'azure', '-m', 'ansible.builtin.raw', '-a', 'true', *connection, programs=programs_of(core))
    *calls, rest = record.read_text().split('\0\0')
    assert rest == ''
    by_plugin, by_play = ([word for word in call.split('\0') if word != '-tt'] for call in calls)
    assert '/bin/sh -c' in by_plugin.pop()
    assert by_play.pop() == 'true'
    assert by_plugin == by_play
    assert {'User="root"', f'IdentityFile="{user_key}"', 'ConnectTimeout=7', 'IPQoS=none', 'Port=22'} <= set(by_play)


def test_connection_of_the_command_line(controller: Controller) -> None:
    """On the controller nothing says that it is in Azure."""
    controller.options(hosts='web_0', detect='always')
    assert controller.run('ansible', 'azure', '--list-hosts').stdout.split()[-1] == 'web_0'
    assert controller.run('ansible', 'azure_not_azure', '--list-hosts', '-c', 'local').stdout.split()[-1] == 'web_0'


def test_password_from_a_file(controller: Controller) -> None:
    """Which ansible-inventory has no option for, but the setting."""
    if not shutil.which('sshpass', path=SEARCHED):
        pytest.skip('sshpass is not installed')
    file = controller.folder / 'password'
    file.write_text(PASSWORD)
    controller.hosts([f'web_0 ansible_host=10.99.0.10 ansible_user=by_password {UNSHARED}'])
    assert controller.run('ansible', 'azure', '--list-hosts', '--connection-password-file', str(file)).stdout.split()[-1] == 'web_0'
    inventory, _shown = controller.inventory_on_terminal(ANSIBLE_CONNECTION_PASSWORD_FILE=str(file))
    assert inventory.members('azure') == {'web_0'}


def test_what_is_said_of_tasks(controller: Controller) -> None:
    """Hosts that the play leaves out are grouped too."""
    controller.hosts(['web_0 ansible_host=10.99.0.10', 'web_1 ansible_host=10.99.0.11'])
    play = {'hosts': 'all', 'gather_facts': False, 'tasks': [{'ansible.builtin.assert': {'that': "groups.azure == ['web_0', 'web_1']"}, 'tags': 'always'}]}
    playbook = controller.folder / 'play.yml'
    playbook.write_text(json.dumps([play]))
    assert 'ok=1' in controller.run('ansible-playbook', '--limit', 'web_1', '--check', '--diff', '--tags', 'other', str(playbook)).stdout


@pytest.mark.parametrize('arguments', [['-e', '{"ansible_become": true}'], ['--become']])
def test_become_is_for_tasks(arguments: list[str], controller: Controller) -> None:
    """A way that does not work is the trouble of plays, which find their hosts in their groups."""
    controller.hosts(['web_0 ansible_host=10.99.0.10 ansible_become_exe=/nonexistent/sudo'])
    done = controller.run('ansible', 'azure', '-m', 'ansible.builtin.raw', '-a', 'true', *arguments, check=False)
    assert done.returncode == 2
    assert 'web_0 | FAILED' in done.stdout
