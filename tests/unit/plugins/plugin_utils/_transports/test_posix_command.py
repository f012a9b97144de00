# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The text of the command: it reaches the tools unchanged through every login shell."""

from __future__ import annotations

import json
import shlex
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.imds.azure.plugins.module_utils._service.errors import OptionError
from ansible_collections.imds.azure.plugins.plugin_utils._transports.host_command import HostCommand, HostOutput
from ansible_collections.imds.azure.plugins.plugin_utils._transports.posix_command import NoToolError, parse_posix, posix_command
from ansible_collections.imds.azure.plugins.plugin_utils._transports.shell import OtherCommandError, ShellTransport
from ansible_collections.imds.azure.tests.unit.plugins.plugin_utils._transports.loopback_server import LoopbackServer, answering, http
from ansible_collections.imds.azure.tests.unit.plugins.plugin_utils._transports.shell_of_this_machine import Shell, path_with

MARK = 'imds-0123456789abcdef'
HEADERS = {'Metadata': 'true'}
HOSTILE = ["'", '"', '$(id)', '`id`', '\n', '\r', '\\', ';id', '|id', '&&id', '>x', '*', '!', '#', '{a,b}', ' ', '\t', '\x00', 'ü', '\u2028', '$IFS']


def command(url: str = 'http://127.0.0.1:1/metadata/instance', headers: dict[str, str] | None = None, timeout: float = 5) -> HostCommand:
    return posix_command(url, HEADERS if headers is None else headers, timeout, MARK, 'never')


def test_one_line_without_what_shells_read_differently() -> None:
    text = command().line
    assert text.isascii()
    assert text.isprintable()
    assert '\\' not in text
    assert '!' not in text, 'csh reads its history with it, quoted or not'


def test_short_enough_for_every_system() -> None:
    """Less than one page of memory counts for on Linux, and than what Windows gives a command line, quoted once more as become does."""
    assert len(shlex.quote(command().line)) < 6000


@pytest.mark.parametrize(('timeout', 'seconds'), [(0.05, '1'), (1, '1'), (1.01, '2'), (5.0, '5'), (59.9, '60')])
def test_seconds_are_whole_and_never_too_few(timeout: float, seconds: str) -> None:
    assert shlex.split(command(timeout=timeout).line)[5] == seconds


@pytest.mark.parametrize('hostile', [value for value in HOSTILE if value != '\x00'])
def test_what_is_variable_is_one_word_each(hostile: str) -> None:
    words = shlex.split(command(f'http://127.0.0.1/{hostile}', {'Some': hostile}).line)
    assert words[4] == f'http://127.0.0.1/{hostile}'
    assert words[-2:] == ['--header', f'Some: {hostile}']
    assert words[2] == shlex.split(command().line)[2], 'nothing variable is in the program'


@pytest.fixture
def unused() -> Callable[[HostCommand, float], HostOutput]:
    def execute(command: HostCommand, seconds: float) -> HostOutput:
        raise AssertionError('nothing may be run')

    return execute


@pytest.mark.parametrize('hostile', [value for value in HOSTILE if value != '&&id'], ids=repr)
def test_hostile_targets_are_refused(unused: Callable[[HostCommand, float], HostOutput], hostile: str) -> None:
    with pytest.raises(OptionError, match='the path') as caught:
        ShellTransport(unused, 'http://127.0.0.1:1').get(f'/metadata/{hostile}', HEADERS, 5)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize('target', ['', 'metadata', '@evil.test/', '.evil.test', ':81/', '/metadata/a\n'])
def test_targets_that_are_no_paths_are_refused(unused: Callable[[HostCommand, float], HostOutput], target: str) -> None:
    with pytest.raises(OptionError):
        ShellTransport(unused, 'http://127.0.0.1:1').get(target, HEADERS, 5)


@pytest.mark.parametrize('hostile', HOSTILE, ids=repr)
def test_hostile_endpoints_are_refused(unused: Callable[[HostCommand, float], HostOutput], hostile: str) -> None:
    with pytest.raises(OptionError, match='endpoint'):
        ShellTransport(unused, f'http://127.0.0.1{hostile}')


@pytest.fixture
def server() -> Iterator[tuple[LoopbackServer, list[bytes]]]:
    handle, heads = answering(http(b'{"a":1}'))
    running = LoopbackServer(handle)
    yield running, heads
    running.stop()


LOGIN_SHELLS = ['sh', 'dash', 'bash', 'busybox', 'ksh', 'mksh', 'zsh', 'fish', 'tcsh', 'csh']


@pytest.mark.parametrize('name', LOGIN_SHELLS)
def test_login_shells(tmp_path: Path, server: Any, name: str) -> None:
    found = shutil.which(name)
    if not found:
        pytest.skip(f'{name} is not installed here')
    if name == 'busybox':
        # It does what the name says by which it is called.
        found = str(tmp_path / 'ash')
        (tmp_path / 'ash').symlink_to(shutil.which('busybox') or '')
    target = '/metadata/instance?api-version=2025-04-07&format=json'
    answer = ShellTransport(Shell(path_with(tmp_path / 'path', ['curl']), found).execute, server[0].endpoint).get(target, HEADERS, 5)
    assert (answer.status, answer.body) == (200, b'{"a":1}')
    assert server[1][0].startswith(f'GET {target} HTTP/1.1\r\n'.encode())


@pytest.mark.parametrize('name', LOGIN_SHELLS)
def test_hostile_values_survive_login_shells(tmp_path: Path, name: str) -> None:
    """What reaches the tool is what was given, character by character: the tool is a script that tells its arguments."""
    found = shutil.which(name)
    if not found:
        pytest.skip(f'{name} is not installed here')
    if name == 'busybox':
        found = str(tmp_path / 'ash')
        (tmp_path / 'ash').symlink_to(shutil.which('busybox') or '')
    path = path_with(tmp_path / 'path', [])
    tool = path / 'curl'
    tool.write_text('#!/bin/sh\nfor word in "$@"; do echo "word $word"; done\n')
    tool.chmod(0o755)
    value = '$(id) `id` ;id |id &&id >x * # {a,b} $HOME ~ [a-z] ? "x"'
    printed = Shell(path, found).execute(command('http://127.0.0.1:1/a?b=c&d=%20e', {'Some': value}), 5)
    words = [line[5:] for line in printed.stdout.decode().splitlines() if line.startswith('word ')]
    assert words[-3:] == ['--header', f'Some: {value}', 'http://127.0.0.1:1/a?b=c&d=%20e']


def test_no_tool(tmp_path: Path) -> None:
    with pytest.raises(NoToolError, match='no curl, wget or python3') as caught:
        ShellTransport(Shell(path_with(tmp_path, [])).execute, 'http://127.0.0.1:1').get('/', HEADERS, 5)
    assert 'Install' in caught.value.remedy


def test_curl_goes_before_wget_and_that_before_python(tmp_path: Path, server: Any) -> None:
    shell = Shell(path_with(tmp_path, ['python3', 'wget', 'curl']))
    ShellTransport(shell.execute, server[0].endpoint).get('/a', HEADERS, 5)
    ShellTransport(Shell(path_with(tmp_path / 'two', ['python3', 'wget'])).execute, server[0].endpoint).get('/a', HEADERS, 5)
    assert [next(part for part in (b'curl', b'Wget', b'Python') if part in head) for head in server[1]] == [b'curl', b'Wget']


def test_settings_of_the_user_are_not_read(tmp_path: Path, server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else an answer could go into a file, or through a proxy."""
    (tmp_path / '.curlrc').write_text(f'output = "{tmp_path}/taken"\nproxy = "http://127.0.0.1:9"\n')
    monkeypatch.setenv('HOME', str(tmp_path))
    monkeypatch.setenv('CURL_HOME', str(tmp_path))
    answer = ShellTransport(Shell(path_with(tmp_path / 'path', ['curl'])).execute, server[0].endpoint).get('/a', HEADERS, 5)
    assert answer.body == b'{"a":1}'
    assert not (tmp_path / 'taken').exists()


@pytest.mark.parametrize('powershell', [False, True])
def test_another_command_is_run(powershell: bool) -> None:
    """Its first words say more than a name for that."""
    transport = ShellTransport(lambda command, seconds: HostOutput(b'Only backups\x07 here.\r\n'), powershell=powershell)
    with pytest.raises(OtherCommandError, match=r'does not run the command .*: Only backups  here.*forced command'):
        transport.get('/a', HEADERS, 5)


def test_each_command_has_a_mark_of_its_own() -> None:
    shell: list[str] = []

    def execute(command: HostCommand, seconds: float) -> HostOutput:
        shell.append(shlex.split(command.line)[6])
        return HostOutput(b'')

    for _number in range(2):
        with pytest.raises(OtherCommandError):
            ShellTransport(execute, 'http://127.0.0.1:1').get('/a', HEADERS, 5)
    assert shell[0] != shell[1]
    assert all(len(mark) > 16 for mark in shell)


def test_nothing_of_an_answer_is_taken_for_the_end(tmp_path: Path) -> None:
    """A server cannot know the mark; one that guesses another says nothing."""
    body = json.dumps({'a': f'\n{MARK} end 0\n'}).encode() + f'\n{MARK} end 0\n'.encode()
    handle, heads = answering(http(body))
    running = LoopbackServer(handle)
    try:
        assert ShellTransport(Shell(path_with(tmp_path, ['curl'])).execute, running.endpoint).get('/a', HEADERS, 5).body == body
    finally:
        running.stop()


def test_text_is_parsed_without_running_anything() -> None:
    printed = f'{MARK} start\n{MARK} tag azure\n{MARK} curl\nHTTP/1.1 200 OK\r\nA: b\r\n\r\n{{}}\n{MARK} end 0\n'.encode()
    answer = parse_posix(printed, MARK)
    assert answer
    assert (answer.status, answer.headers, answer.body) == (200, {'a': 'b'}, b'{}')
