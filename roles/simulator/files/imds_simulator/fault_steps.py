# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each fault does on the wire. Pure: a fault and the normal answer in, the status to log and the steps out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import repeat
from typing import Any

from .http_message import Response, json_response
from .wire import Close, Hang, Reset, Send, Step, Wait, ordinary_steps

# Long enough for the client to have read what came before a reset, which would discard it.
_BEFORE_RESET = 0.05
_GARBAGE = bytes(range(128, 160)) + b'\x00\x01 no HTTP here \x00\xff\r\n\r\n'
_HTML = 'text/html; charset=utf-8'


def _replaced_response(fault: dict[str, Any], normal: Callable[[], Response]) -> Response | None:
    """The answer of a fault that only changes what is said; None for the faults that misbehave on the wire."""
    kind = fault['kind']
    if kind in ('none', 'partial'):  # what a partial document leaves out is missing from the normal answer already
        return normal()
    if kind == 'status':
        return _status_response(fault)
    if kind == 'truncated' and fault['cut_json']:
        whole = normal()
        return Response(whole.status, whole.body[: _cut_at(fault, whole)], whole.content_type, whole.headers)
    if kind == 'deep':
        depth = fault['depth']
        return Response(200, b'{"compute":' * depth + b'{}' + b'}' * depth)
    if kind == 'html':
        return Response(fault['status'], fault['body'].encode(), _HTML, [] if fault['via'] is None else [('Via', fault['via'])])
    if kind == 'bad_utf8':
        return Response(200, b'{"compute":{"vmId":"\xff\xfe\xc3("},"network":{"interface":[]}}')
    if kind == 'redirect':
        return Response(fault['status'], b'', _HTML, [('Location', fault['location'])])
    if kind == 'not_object':
        return json_response(fault['value'])
    if kind == 'not_json':
        return Response(200, fault['body'].encode())
    return None


def fault_outcome(fault: dict[str, Any], normal: Callable[[], Response], method: str, keep_alive: bool) -> tuple[int | None, Iterator[Step]]:
    """The status that the request log shows (None where none is sent) and what happens on the connection.

    ``normal`` gives the answer without the fault. It is called only where a part of that is sent: a failed request must not
    approve an event or use up the rate limit.
    """
    replaced = _replaced_response(fault, normal)
    if replaced is not None:
        return replaced.status, ordinary_steps(replaced, method, keep_alive)
    kind = fault['kind']
    if kind == 'oversized':
        return 200, _oversized(fault, keep_alive)
    if kind in ('slow', 'drip', 'truncated') or (kind == 'reset' and fault['when'] == 'mid-body'):
        return _damaged(fault, normal(), method, keep_alive)
    silent: dict[str, list[Step]] = {'reset': [Reset()], 'close': [Close()], 'hang': [Hang()], 'garbage': [Send(_GARBAGE), Close()]}
    return None, iter(silent[kind])


def _damaged(fault: dict[str, Any], normal: Response, method: str, keep_alive: bool) -> tuple[int, Iterator[Step]]:
    """The faults that send the normal answer, or part of it, in a bad way."""
    kind = fault['kind']
    if kind == 'slow':
        return normal.status, _slow(fault, normal, method, keep_alive)
    if kind == 'drip':
        return normal.status, _drip(fault, normal, keep_alive)
    if kind == 'truncated':
        return normal.status, iter([Send(normal.head(len(normal.body), close=True) + normal.body[: _cut_at(fault, normal)]), Close()])
    half = normal.body[: max(1, len(normal.body) // 2)]
    return normal.status, iter([Send(normal.head(len(normal.body)) + half), Wait(_BEFORE_RESET), Reset()])


def _status_response(fault: dict[str, Any]) -> Response:
    status, body = fault['status'], fault['body']
    headers = list(fault['headers'].items())
    if isinstance(body, str):
        return Response(status, body.encode(), headers=headers)
    return json_response({'error': f'Simulated status {status}'} if body is None else body, status, headers)


def _cut_at(fault: dict[str, Any], normal: Response) -> int:
    return len(normal.body) // 2 if fault['bytes'] is None else int(fault['bytes'])


def _slow(fault: dict[str, Any], normal: Response, method: str, keep_alive: bool) -> Iterator[Step]:
    yield Wait(fault['delay'])
    yield from ordinary_steps(normal, method, keep_alive)


def _oversized(fault: dict[str, Any], keep_alive: bool) -> Iterator[Step]:
    """A valid JSON document of ``size`` bytes; without Content-Length the end of the connection ends it."""
    start, end = b'{"compute":{"padding":"', b'"}}'
    padding = max(0, fault['size'] - len(start) - len(end))
    announced, close = len(start) + padding + len(end), not (keep_alive and fault['content_length'])
    yield Send(Response(200).head(announced if fault['content_length'] else None, close) + start)
    piece = b'x' * 65536
    for position in range(0, padding, len(piece)):
        yield Send(piece[: padding - position])
    yield Send(end)
    if close:
        yield Close()


def _drip(fault: dict[str, Any], normal: Response, keep_alive: bool) -> Iterator[Step]:
    """The normal answer a few bytes at a time. Without end: more and more header lines, or a body that never is complete."""
    size, endless = fault['bytes'], fault['endless']
    close = endless or not keep_alive
    # What never ends cannot announce a length, which a client could refuse at once.
    head = normal.head(None if endless else len(normal.body), close)
    if fault['part'] == 'body':
        yield Send(head)
        dripped, after, filler = normal.body, b'', b' '
    else:
        dripped, after, filler = head[:-2], head[-2:] + normal.body, b'X-More: header\r\n'
    for position in range(0, len(dripped), size):
        yield Wait(fault['interval'])
        yield Send(dripped[position : position + size])
    if endless:
        for position, line in enumerate(repeat(filler * size)):
            yield Wait(fault['interval'])
            start = position * size % len(filler)
            yield Send(line[start : start + size])
    if after:
        yield Send(after)
    if close:
        yield Close()
