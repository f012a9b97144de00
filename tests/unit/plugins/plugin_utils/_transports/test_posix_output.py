# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the command prints, and everything else that a host may print in its place."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from ansible_collections.imds.azure.plugins.module_utils._service.http_transport import BODY_LIMIT, Answer, BrokenAnswer, NoAnswer
from ansible_collections.imds.azure.plugins.plugin_utils._transports.posix_command import NoToolError, _http_parts, parse_posix
from hypothesis import given
from hypothesis import strategies as st

MARK = 'imds-0123456789abcdef'
HTTP = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{"a": 1}'
WGET = b'  HTTP/1.1 200 OK\n  Content-Type: application/json\n{"a": 1}'


def printed(body: bytes = HTTP, tool: str = 'curl', code: int = 0, tag: str = 'unknown') -> bytes:
    start = f'\n{MARK} start\n{MARK} tag {tag}\n{MARK} {tool}\n'
    return start.encode() + body + f'\n{MARK} end {code}\n'.encode()


def answer_of(output: bytes) -> Answer:
    answer = parse_posix(output, MARK)
    assert answer
    return answer


@pytest.mark.parametrize(('tool', 'body'), [('curl', HTTP), ('python3', HTTP), ('wget', WGET)])
def test_an_answer(tool: str, body: bytes) -> None:
    answer = answer_of(printed(body, tool))
    assert (answer.status, answer.headers['content-type'], answer.body) == (200, 'application/json', b'{"a": 1}')


@pytest.mark.parametrize('tag', ['other', 'unknown'])
def test_nothing_was_sent(tag: str) -> None:
    assert parse_posix(f'banner\n{MARK} start\n{MARK} tag {tag}\n{MARK} skipped\nlogout\n'.encode(), MARK) is None


@pytest.mark.parametrize(
    'before', [b'', b'Welcome\n', b'no end of line', b'\xff\xfe\x00', b'imds-0 tag other\n', b'HTTP/1.1 500 No\r\n\r\n', b'\x1b[2J\r\n' * 1000]
)
@pytest.mark.parametrize('after', [b'', b'logout\n', b'no end of line', b'\xff', b'imds-0 end 1\n'])
def test_noise(before: bytes, after: bytes) -> None:
    assert answer_of(before + printed() + after).body == b'{"a": 1}'


def test_the_command_that_is_shown_is_not_what_it_prints() -> None:
    """A shell with set -v or a terminal that echoes shows the command first."""
    echoed = f'/bin/sh -c \'echo "$m tag $k"; echo "$m end $x"\' imds http://127.0.0.1 5 {MARK} never\n'.encode()
    assert answer_of(echoed + printed()).body == b'{"a": 1}'


@pytest.mark.parametrize('length', range(0, len(printed()) - len(f'\n{MARK} end 0\n'), 7))
def test_cut_off_anywhere(length: int) -> None:
    with contextlib.suppress(NoAnswer, BrokenAnswer):
        assert parse_posix(printed()[:length], MARK) is None


def test_cut_off() -> None:
    with pytest.raises(NoAnswer, match='incomplete'):
        parse_posix(printed().rpartition(b'\n' + MARK.encode())[0], MARK)


def test_the_end_of_a_large_answer_is_missing() -> None:
    with pytest.raises(BrokenAnswer, match='larger than 1 MiB'):
        parse_posix(printed(HTTP + b'x' * 2 * BODY_LIMIT)[: 2 * BODY_LIMIT], MARK)


@pytest.mark.parametrize('size', [BODY_LIMIT + 1, 2 * BODY_LIMIT])
def test_too_large(size: int) -> None:
    with pytest.raises(BrokenAnswer, match='larger than 1 MiB'):
        parse_posix(printed(b'HTTP/1.1 200 OK\r\n\r\n' + b'x' * size), MARK)


def test_exactly_the_limit() -> None:
    assert len(answer_of(printed(b'HTTP/1.1 200 OK\r\n\r\n' + b'x' * BODY_LIMIT)).body) == BODY_LIMIT


def test_said_twice() -> None:
    assert answer_of(printed() + printed(b'HTTP/1.1 500 No\r\n\r\n')).status == 200


def test_no_tool() -> None:
    with pytest.raises(NoToolError):
        parse_posix(f'{MARK} start\n{MARK} tag unknown\n\n{MARK} done\n'.encode(), MARK)


@pytest.mark.parametrize(
    ('tool', 'code', 'word'),
    [
        ('curl', 6, 'cannot resolve'),
        ('curl', 7, 'refused'),
        ('curl', 28, 'before the timeout'),
        ('curl', 52, 'without an answer'),
        ('curl', 56, 'reset'),
        ('curl', 99, 'failed with exit code 99'),
        ('wget', 4, 'refused'),
        ('wget', 124, 'before the timeout'),
        ('python3', 124, 'before the timeout'),
        ('python3', 1, 'failed with exit code 1'),
    ],
)
def test_no_answer(tool: str, code: int, word: str) -> None:
    with pytest.raises(NoAnswer, match=word):
        parse_posix(printed(b'', tool, code), MARK)


@pytest.mark.parametrize(('code', 'word'), [(1, 'not HTTP'), (8, 'not HTTP'), (18, 'incomplete'), (63, 'larger')])
def test_a_broken_answer(code: int, word: str) -> None:
    with pytest.raises(BrokenAnswer, match=word):
        parse_posix(printed(b'', 'curl', code), MARK)


@pytest.mark.parametrize(
    'body', [b'', b'{}', b'\r\n\r\n', b'HTTP/1.1\r\n\r\n', b'HTTP/1.1 20\r\n\r\n', b'HTTP/1.1 2000 x\r\n\r\n', b'HTTP/1.1 100 Go on\r\n\r\n']
)
@pytest.mark.parametrize('tool', ['curl', 'python3'])
def test_no_http(tool: str, body: bytes) -> None:
    with pytest.raises(BrokenAnswer):
        parse_posix(printed(body, tool), MARK)


def test_wget_says_with_its_code_that_the_status_is_not_200() -> None:
    answer = answer_of(printed(b'  HTTP/1.1 429 Too Many Requests\n  Retry-After: 3\n{"error": 1}', 'wget', 8))
    assert (answer.status, answer.headers, answer.body) == (429, {'retry-after': '3'}, b'{"error": 1}')


def test_busybox_keeps_the_body_of_an_error() -> None:
    answer = answer_of(
        printed(b'Connecting to 127.0.0.1 (127.0.0.1:80)\n  HTTP/1.1 404 Not Found\nwget: server returned error: HTTP/1.1 404 Not Found\n', 'wget', 1)
    )
    assert answer.status == 404


@pytest.mark.parametrize('body', [b'  leading spaces: of a body\n', b'\n\n{}', b'  A: b\n'])
def test_a_body_that_looks_like_a_head(body: bytes) -> None:
    """Only where the tool keeps the empty line can it be told; a document begins with a brace."""
    assert answer_of(printed(b'HTTP/1.1 200 OK\r\n\r\n' + body)).body == body


@given(
    st.lists(
        st.one_of(
            st.binary(max_size=20),
            st.sampled_from([f'{MARK} {word}\n'.encode() for word in ('start', 'tag azure', 'curl', 'wget', 'end 0', 'end 8')]),
            st.just(HTTP),
            st.just(WGET),
        ),
        max_size=8,
    ).map(b'\n'.join)
)
def test_whatever_is_printed(output: bytes) -> None:
    try:
        answer = parse_posix(output, MARK)
    except (NoAnswer, BrokenAnswer):
        return
    assert answer is None or 100 <= answer.status < 1000


@given(st.binary(max_size=60), st.sampled_from(['curl', 'wget', 'python3']), st.integers(0, 130))
def test_whatever_a_tool_prints(body: bytes, tool: str, code: int) -> None:
    with contextlib.suppress(NoAnswer, BrokenAnswer):
        assert answer_of(printed(b'HTTP/1.1 200 OK\r\n' + body, tool, code)).status == 200


@pytest.mark.parametrize('length', ['\xb2', '9' * 5000])
@pytest.mark.parametrize('tool', ['curl', 'python3'])
def test_a_length_that_is_no_number(tool: str, length: str) -> None:
    with contextlib.suppress(BrokenAnswer):
        answer_of(printed(f'HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{{}}'.encode('latin-1'), tool))


@pytest.mark.parametrize('status', [204, 304])
def test_a_status_without_a_body_announces_nothing(status: int) -> None:
    assert answer_of(printed(f'HTTP/1.1 {status} x\r\nContent-Length: 4\r\n\r\n'.encode())).status == status


class Counted(bytes):
    """Bytes that count how many of them are looked at or copied."""

    work = 0

    def find(self, *arguments: Any) -> int:
        found = super().find(*arguments)
        Counted.work += (found if found >= 0 else len(self)) - arguments[1]
        return found

    def __getitem__(self, key: Any) -> Any:
        part = super().__getitem__(key)
        Counted.work += len(part) if isinstance(part, bytes) else 1
        return part


@pytest.mark.parametrize('count', [1, 1000, 50000])
def test_interim_answers_are_read_once(count: int) -> None:
    """However many come before the one that counts."""
    Counted.work = 0
    output = Counted(b'HTTP/1.1 100 Continue\r\n\r\n' * count + HTTP)
    assert _http_parts(output)[2] == b'{"a": 1}'
    assert Counted.work <= 2 * len(output)
