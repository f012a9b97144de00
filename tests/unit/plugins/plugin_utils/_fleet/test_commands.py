# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A process that a connection plugin starts is read as ever, up to a limit; then it ends."""

from __future__ import annotations

import fcntl
import os
import selectors
import subprocess
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.imds.azure.plugins.module_utils._service.http_transport import RECEIVE_LIMIT
from ansible_collections.imds.azure.plugins.plugin_utils._fleet.commands import Command as _Command
from ansible_collections.imds.azure.plugins.plugin_utils._fleet.commands import Starter

# With pipes that are there.
Command: Any = _Command
PIPES = {'stdin': subprocess.PIPE, 'stdout': subprocess.PIPE, 'stderr': subprocess.PIPE}
ENDLESS = 'while :; do echo 0123456789012345678901234567890123456789; done'


def in_turn(function: Callable[[], Any]) -> Any:
    """What a function gives where commands are known."""
    given: list[Any] = []
    thread = Starter(target=lambda: given.append(function()), daemon=True)
    thread.start()
    thread.join(30)
    assert not thread.is_alive()
    return given[0]


def read_as_ssh_does(process: Any) -> tuple[bytes, bytes]:
    """Without waiting, as often as there is something."""
    output: dict[Any, bytes] = {process.stdout: b'', process.stderr: b''}
    with selectors.DefaultSelector() as selector:
        for stream in output:
            fcntl.fcntl(stream, fcntl.F_SETFL, fcntl.fcntl(stream, fcntl.F_GETFL) | os.O_NONBLOCK)
            selector.register(stream, selectors.EVENT_READ)
        while selector.get_map():
            for key, _events in selector.select():
                ready: Any = key.fileobj
                piece = ready.read()
                output[ready] += piece
                if piece == b'':
                    selector.unregister(ready)
    process.stdin.close()
    return output[process.stdout], output[process.stderr]


WAYS: dict[str, Callable[[Any], tuple[bytes, bytes]]] = {
    'as ssh does': read_as_ssh_does,
    'communicate': lambda process: process.communicate(),
    'waiting': lambda process: (process.stdout.read(), process.stderr.read()),
}


@pytest.mark.parametrize('way', WAYS)
@pytest.mark.parametrize('stream', [1, 2])
def test_a_command_that_writes_without_end(way: str, stream: int) -> None:
    def run() -> Any:
        process = Command(['sh', '-c', f'exec >&{stream}; {ENDLESS}'], **PIPES)
        output = WAYS[way](process)
        return [len(each) for each in output], process.wait(timeout=20)

    if way == 'waiting' and stream == 2:
        pytest.skip('whoever reads one stream to its end first waits for ever, with any process')
    sizes, code = in_turn(run)
    assert sizes == [RECEIVE_LIMIT if stream == 1 else 0, RECEIVE_LIMIT if stream == 2 else 0]
    assert code == -9


@pytest.mark.parametrize('way', WAYS)
def test_a_command_that_ends(way: str) -> None:
    script = 'head -c 300000 /dev/zero; printf "x\\r\\n" >&2; exit 3'

    def run() -> Any:
        process = Command(['sh', '-c', script], **PIPES)
        output = WAYS[way](process)
        return output, process.wait(timeout=20)

    assert in_turn(run) == ((bytes(300000), b'x\r\n'), 3)


@pytest.mark.parametrize('size', [1, 5, 100000, 1 << 20])
def test_so_many_bytes(size: int) -> None:
    def run() -> Any:
        with Command(['head', '-c', '200000', '/dev/zero'], stdout=subprocess.PIPE) as process:
            return process.stdout.read(size)

    assert in_turn(run) == bytes(min(size, 200000))


@pytest.mark.parametrize('given', [None, b'', b'said', b'x' * 1000000])
def test_input(given: bytes | None) -> None:
    assert in_turn(lambda: Command(['cat'], **PIPES).communicate(given)) == (given or b'', b'')


def test_input_that_nobody_reads() -> None:
    assert in_turn(lambda: Command(['true'], **PIPES).communicate(b'x' * 1000000)) == (b'', b'')


def test_one_stream_only() -> None:
    assert in_turn(lambda: Command(['echo', 'x'], stdout=subprocess.PIPE).communicate()) == (b'x\n', None)


def test_text() -> None:
    """No connection plugin wants that of a host's command, and others may."""
    assert in_turn(lambda: Command(['echo', 'x'], stdout=subprocess.PIPE, text=True).communicate()) == ('x\n', None)


def test_time_out() -> None:
    def run() -> Any:
        process = Command(['sleep', '60'], **PIPES)
        with pytest.raises(subprocess.TimeoutExpired):
            process.communicate(timeout=0.1)
        process.kill()
        return process.communicate()

    assert in_turn(run) == (b'', b'')


def test_what_the_library_does_with_it() -> None:
    def run() -> Any:
        with Command(['sh', '-c', 'echo x; exit 4'], **PIPES) as process:
            return process.stdout.fileno() > 2, process.stdout.readline(), process.wait()

    assert in_turn(run) == (True, b'x\n', 4)


def test_lines() -> None:
    assert in_turn(lambda: list(Command(['printf', 'a\nb\n'], stdout=subprocess.PIPE).stdout)) == [b'a\n', b'b\n']


def test_without_a_buffer() -> None:
    assert in_turn(lambda: Command(['printf', 'a\nb\n'], bufsize=0, **PIPES).communicate()) == (b'a\nb\n', b'')


def test_elsewhere_nothing_is_bounded() -> None:
    with Command(['head', '-c', str(RECEIVE_LIMIT + 1), '/dev/zero'], stdout=subprocess.PIPE) as process:
        assert len(process.communicate()[0]) == RECEIVE_LIMIT + 1
