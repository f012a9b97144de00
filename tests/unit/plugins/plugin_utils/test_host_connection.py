# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connection plugins as a play would set them up. What ssh makes of it is tested end to end."""

from __future__ import annotations

from typing import Any

import pytest
from ansible import context
from ansible.module_utils.common.collections import ImmutableDict
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible_collections.imds.azure.plugins.plugin_utils._host_connection import HostConnection


def connection(password: str = '', **variables: Any) -> HostConnection:
    variables['inventory_hostname'] = 'vm'
    return HostConnection(variables, Templar(loader=DataLoader(), variables=variables), password)


@pytest.mark.parametrize(('variables', 'password'), [({}, 'of the file'), ({'ansible_password': 'of the host'}, 'of the host')])
def test_password_for_other_plugins_than_ssh(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], password: str) -> None:
    monkeypatch.setattr(context, 'CLIARGS', ImmutableDict(remote_user='someone', timeout=7))
    host = connection('of the file', ansible_connection='winrm', ansible_shell_type='powershell', **variables)
    assert host._connection.get_option('remote_password') == password
    assert host._connection.get_option('remote_user') == 'someone'
    assert host.is_powershell
