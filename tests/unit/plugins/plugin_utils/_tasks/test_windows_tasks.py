# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a task does for a Windows host that it does for no other."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible.utils.display import Display
from ansible_collections.imds.azure.plugins.plugin_utils._tasks.task_connection import TaskConnection
from ansible_collections.imds.azure.plugins.plugin_utils._transports.host_command import HostCommand


def action(family: str, become: Any = None, run: Any = None) -> Any:
    connection = SimpleNamespace(
        _shell=SimpleNamespace(SHELL_FAMILY=family), become=become, transport='ssh', _persistent=False, _play_context=SimpleNamespace(no_log=False)
    )
    return SimpleNamespace(_connection=connection, _low_level_execute_command=run)


@pytest.mark.parametrize(('family', 'windows'), [('powershell', True), ('cmd', True), ('sh', False), ('fish', False)])
def test_become(family: str, windows: bool) -> None:
    assert TaskConnection.why_not(action(family)) is None
    reason = TaskConnection.why_not(action(family, become=object()))
    assert (reason is not None and 'runas' in reason) == windows
    assert TaskConnection(action(family)).is_powershell == windows


@pytest.mark.parametrize(('family', 'verbosity', 'meanwhile'), [('powershell', 6, 4), ('cmd', 5, 4), ('powershell', 3, 3), ('powershell', 0, 0), ('sh', 6, 6)])
def test_no_answer_is_shown_however_much_is(family: str, verbosity: int, meanwhile: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The plugins of winrm and psrp show what a command writes with -vvvvv, in older releases also with no_log."""
    seen: dict[str, Any] = {}

    def run(line: str, **keywords: Any) -> dict[str, str]:
        seen.update(keywords, line=line, verbosity=Display().verbosity, no_log=acting._connection._play_context.no_log)
        return {'stdout': 'said', 'stderr': ''}

    acting = action(family, run=run)
    monkeypatch.setattr(Display(), 'verbosity', verbosity)
    assert TaskConnection(acting).execute(HostCommand('line', b'script'), 1).stdout == b'said'
    assert (seen['line'], seen['in_data'], seen['sudoable']) == ('line', b'script', False)
    assert (seen['verbosity'], seen['no_log']) == (meanwhile, True)
    assert (Display().verbosity, acting._connection._play_context.no_log) == (verbosity, False)
