# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Output that a host makes up to keep the controller busy, and what of an answer is never told."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from ansible_collections.imds.azure.plugins.module_utils._service.http_transport import BrokenAnswer, NoAnswer
from ansible_collections.imds.azure.plugins.plugin_utils._transports.clixml import without_clixml
from ansible_collections.imds.azure.plugins.plugin_utils._transports.posix_command import NoToolError, parse_posix
from ansible_collections.imds.azure.plugins.plugin_utils._transports.powershell_command import is_constrained, parse_powershell
from ansible_collections.imds.azure.plugins.plugin_utils._transports.shell import _without_terminal
from ansible_collections.imds.azure.tests.growth import growth

MARK = 'imds-0123456789abcdef'
START = f'\n{MARK} start\n'.encode()


def repeated(begin: bytes, piece: bytes, end: bytes) -> Callable[[int], bytes]:
    return lambda size: begin + piece * (size // len(piece)) + end


MARKED = [f'\n{MARK} {word}\n'.encode() for word in ('start', 'curl', 'wget', 'end 1', 'end')]
PIECES = [b'\n', b'\r', b'\r\n', b'a', b'  a: b\n', b'HTTP/1.1 100 a\r\n\r\n', b'\0', *MARKED]


@pytest.mark.parametrize('piece', PIECES)
@pytest.mark.parametrize('begin', [b'', START, START + f'{MARK} curl\n'.encode(), START + f'{MARK} wget\n  HTTP/1.1 200 OK\n'.encode()])
def test_the_time_grows_with_what_a_posix_host_prints(piece: bytes, begin: bytes) -> None:
    def parse(output: bytes) -> None:
        parse_posix(_without_terminal(output, MARK), MARK)

    assert growth(parse, repeated(begin, piece, f'\n{MARK} end 0\n'.encode()), 60_000) < 30


@pytest.mark.parametrize('piece', [*PIECES, b'\r' * 50 + b'\n'])
def test_the_time_grows_with_the_terminals_that_a_host_pretends(piece: bytes) -> None:
    assert growth(lambda output: _without_terminal(output, MARK), repeated(f'{MARK} start'.encode(), piece, b'\n'), 60_000) < 30


@pytest.mark.parametrize('piece', [b'a', b'Constrained', b'ConstrainedLanguagea', b'\n', b'#< CLIXML<Objs <S S="Error">', f'\n{MARK} header a: b'.encode()])
def test_the_time_grows_with_what_a_windows_host_prints(piece: bytes) -> None:
    def parse(output: bytes) -> None:
        is_constrained(output)
        without_clixml(output)
        parse_powershell(output, MARK)

    assert growth(parse, repeated(b'', piece, b''), 60_000) < 30


def test_powershell_in_another_language_mode_is_still_told() -> None:
    assert is_constrained(b'\xff_CannotCreateTypeConstrainedLanguage,Microsoft')
    assert not is_constrained(b'FullLanguage')


@pytest.mark.parametrize('tool', ['curl', 'wget', 'python3'])
def test_no_error_of_a_tool_tells_what_it_had_printed_of_an_answer(tool: str) -> None:
    """One that is killed while it prints a token, for instance."""
    for printed in (b'HTTP/1.1 200 OK\r\n\r\n{"access_token":"SECRET', b'  HTTP/1.1 200 OK\n{"access_token":"SECRET'):
        output = START + f'{MARK} {tool}\n'.encode() + printed + f'\n{MARK} end 137\n{MARK} said \n\n{MARK} done\n'.encode()
        with pytest.raises(NoToolError, match=f'{tool} failed with exit code 137') as caught:
            parse_posix(output, MARK)
        assert 'SECRET' not in str(caught.value)


def test_what_a_tool_says_without_an_answer_is_told() -> None:
    with pytest.raises(NoAnswer, match='wget: bad address'):
        parse_posix(START + f'{MARK} wget\nwget: bad address\n\n{MARK} end 1\n'.encode(), MARK)


def test_more_tools_than_there_are() -> None:
    with pytest.raises(BrokenAnswer, match='printed unexpected output'):
        parse_posix(START + f'{MARK} curl\n\n{MARK} end 1\n{MARK} said no\n'.encode() * 5, MARK)
