# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The credential type and the source variables of docs/awx.md give an inventory update its key."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from ansible_collections.imds.azure.tests.e2e.controller import UNSHARED, Controller
from ansible_collections.imds.azure.tests.where_it_runs import pages
from jinja2.sandbox import ImmutableSandboxedEnvironment


def test_the_key_of_a_credential(controller: Controller, user_key: Path, folder: Path) -> None:
    shown = pages.files('docs/awx.md')
    injectors = yaml.safe_load(shown['credential-type/injectors.yml'])
    variables = yaml.safe_load(shown['source-variables.yml'])
    (name,) = (field['id'] for field in yaml.safe_load(shown['credential-type/inputs.yml'])['fields'])
    templates = ImmutableSandboxedEnvironment()
    # What is typed into a form has no newline at its end.
    key = controller.folder / 'key'
    key.touch(0o600)
    key.write_text(templates.from_string(injectors['file']['template.key']).render({name: user_key.read_text().strip()}))
    told: dict[str, Any] = {variable: templates.from_string(value).render(tower={'filename': {'key': key}}) for variable, value in injectors['env'].items()}
    # ssh itself knows neither user nor key.
    config = controller.folder / 'ssh_config'
    config.write_text(f'User nobody\nIdentitiesOnly yes\nUserKnownHostsFile {folder}/known_hosts\nGlobalKnownHostsFile /dev/null\n')
    controller.hosts([f'web_0 ansible_host=10.99.0.10 {UNSHARED}'], common_args=f'-F {config}')
    with_key, _said = controller.inventory_on_terminal(**{**variables, 'ANSIBLE_REMOTE_USER': 'root'}, **told)
    assert with_key.members('azure') == {'web_0'}
    without, _said = controller.inventory_on_terminal(ANSIBLE_REMOTE_USER='root')
    assert without.members('azure_unreachable') == {'web_0'}
