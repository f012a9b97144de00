# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What of a failure of the module can be read. tests/secrecy looks at whole runs."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.imds.azure.plugins.action.managed_identity_token import without_token

CUT_OFF = '{"access_token": "SECRET", "expires_on'


@pytest.mark.parametrize('name', ['module_stdout', 'module_stderr', 'exception'])
def test_an_answer_that_was_cut_off_is_not_shown(name: str) -> None:
    result = without_token({'failed': True, 'msg': 'MODULE FAILURE', 'rc': 0, name: CUT_OFF})
    assert 'SECRET' not in str(result)
    assert result['msg'] == 'MODULE FAILURE'
    assert 'may contain a token' in result[name]


@pytest.mark.parametrize(
    'result',
    [
        {'failed': True, 'msg': 'GET /metadata/identity/oauth2/token: the answer contains no token'},
        {'failed': True, 'msg': 'not found', 'module_stdout': '/bin/sh: 1: /usr/bin/python9: not found', 'module_stderr': '', 'rc': 127},
        {'failed': True, 'msg': 'broken', 'exception': 'Traceback (most recent call last):\n  {}', 'module_stdout': ''},
        {'failed': True, 'module_stdout': None},
    ],
)
def test_other_failures_are_as_they_were(result: dict[str, Any]) -> None:
    assert without_token(result) == result
