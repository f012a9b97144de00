# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts on which a program is there and does not work: the next one is tried, and where none works each is named."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.imds.azure.plugins.module_utils._service.http_transport import NoAnswer
from ansible_collections.imds.azure.plugins.plugin_utils._transports.posix_command import NoToolError
from ansible_collections.imds.azure.plugins.plugin_utils._transports.shell import ShellTransport
from ansible_collections.imds.azure.tests.unit.plugins.plugin_utils._transports.loopback_server import LoopbackServer, answering, http
from ansible_collections.imds.azure.tests.unit.plugins.plugin_utils._transports.shell_of_this_machine import Shell, path_with

COLLECTION = Path(__file__).parents[5]
HEADERS = {'Metadata': 'true'}
# What they write, and the code with which they end.
SNAP = ('cannot create user data directory: $HOME/snap/curl/1: Permission denied', 1)
BROKEN_CURLS = {
    'a snap that wants a home': SNAP,
    'a symbol is missing': ('curl: symbol lookup error: curl: undefined symbol: curl_mime_free, version CURL_OPENSSL_4', 127),
    'too old': ('curl: option --noproxy: is unknown', 2),
    'for another processor': ('curl: cannot execute binary file: Exec format error', 126),
    'silent': ('', 3),
}


def break_tool(path: Path, name: str, words: str, code: int) -> None:
    (path / name).unlink(missing_ok=True)
    (path / name).write_text(f'#!/bin/sh\necho "{words}" >&2\nexit {code}\n' if words else f'#!/bin/sh\nexit {code}\n')
    (path / name).chmod(0o755)


@pytest.mark.parametrize('kind', BROKEN_CURLS)
@pytest.mark.parametrize('works', ['wget', 'python3'])
def test_a_curl_that_does_not_work_hides_nothing(tmp_path: Path, serve: Callable[..., LoopbackServer], kind: str, works: str) -> None:
    path = path_with(tmp_path, [works])
    break_tool(path, 'curl', *BROKEN_CURLS[kind])
    handle, heads = answering(http(b'{"a":1}'))
    answer = ShellTransport(Shell(path).execute, serve(handle).endpoint).get('/a', HEADERS, 10)
    assert (answer.status, answer.body, len(heads)) == (200, b'{"a":1}', 1)


def test_nor_does_it_hide_the_wget_of_busybox(tmp_path: Path, serve: Callable[..., LoopbackServer]) -> None:
    busybox = shutil.which('busybox')
    if not busybox:
        pytest.skip('busybox is not installed here')
    path = path_with(tmp_path, [])
    (path / 'wget').symlink_to(busybox)
    break_tool(path, 'curl', *SNAP)
    handle, _heads = answering(http(b'{"a":1}'))
    assert ShellTransport(Shell(path).execute, serve(handle).endpoint).get('/a', HEADERS, 10).body == b'{"a":1}'


def test_a_curl_that_works_and_gets_no_answer_is_believed(tmp_path: Path) -> None:
    """Nobody listens there, and no other program is started only to find that too."""
    path = path_with(tmp_path, ['curl'])
    (path / 'wget').write_text(f'#!/bin/sh\ntouch {tmp_path}/started\n')
    (path / 'wget').chmod(0o755)
    with pytest.raises(NoAnswer, match='refused'):
        ShellTransport(Shell(path).execute, 'http://127.0.0.1:9').get('/a', HEADERS, 10)
    assert not (tmp_path / 'started').exists()


def test_none_works(tmp_path: Path) -> None:
    """Each is named, with its code and what it wrote."""
    path = path_with(tmp_path, [])
    break_tool(path, 'curl', *SNAP)
    break_tool(path, 'wget', 'wget: error while loading shared libraries: libpcre2-8.so.0', 127)
    break_tool(path, 'python3', "python3: can't find the encodings module", 1)
    with pytest.raises(NoToolError) as caught:
        ShellTransport(Shell(path).execute, 'http://127.0.0.1:9').get('/a', HEADERS, 10)
    assert str(caught.value) == (
        'none of these programs works on the host: '
        'curl failed with exit code 1 (cannot create user data directory: /nonexistent/snap/curl/1: Permission denied), '
        "python3 failed with exit code 1 (python3: can't find the encodings module), "
        'wget failed with exit code 127 (wget: error while loading shared libraries: libpcre2-8.so.0). '
        'Install or repair curl, wget or python3 on the host.'
    )


def test_the_only_one_does_not_work_and_says_nothing(tmp_path: Path) -> None:
    path = path_with(tmp_path, [])
    break_tool(path, 'curl', '', 3)
    with pytest.raises(NoToolError, match=r'works on the host: curl failed with exit code 3\. '):
        ShellTransport(Shell(path).execute, 'http://127.0.0.1:9').get('/a', HEADERS, 10)


def test_nothing_of_the_current_folder_is_loaded(tmp_path: Path, serve: Callable[..., LoopbackServer], monkeypatch: pytest.MonkeyPatch) -> None:
    """It may be everybody's, and the command root's."""
    for name in ('http', 'sys', 'socket', 'email'):
        (tmp_path / name).mkdir()
        (tmp_path / name / '__init__.py').write_text(f'open({str(tmp_path / "loaded")!r}, "w")\n')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv('PYTHONPATH', str(tmp_path))
    handle, _heads = answering(http(b'{"a":1}'))
    answer = ShellTransport(Shell(path_with(tmp_path / 'path', ['python3'])).execute, serve(handle).endpoint).get('/a', HEADERS, 10)
    assert answer.body == b'{"a":1}'
    assert not (tmp_path / 'loaded').exists()


def test_no_python_of_this_collection_looks_into_the_current_folder() -> None:
    """Started with -c or -m, it does, unless it is told not to by -I. What a person is told to type is no such start."""
    starts = re.compile(r"""(?:python3?|executable|interpreter)[ }"',\]]*(?: -[A-Za-z])*[ "',\[]+-[cm]\b(?! pip)""")
    found = [
        f'{file.relative_to(COLLECTION)}: {line.strip()}'
        for folder in ('plugins', 'roles', 'extensions', 'playbooks')
        for file in (COLLECTION / folder).rglob('*')
        if file.suffix in ('.py', '.yml', '.j2', '.sh', '.service')
        for line in file.read_text().splitlines()
        if starts.search(line) and '-I' not in line and '``' not in line
    ]
    assert found == []
