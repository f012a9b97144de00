# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP/1.1 messages as values: the request as it was written, and answers as bytes."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from email.utils import formatdate
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, unquote

JSON_TYPE = 'application/json; charset=utf-8'
TEXT_TYPE = 'text/plain; charset=utf-8'
SERVER = 'IMDS/150.1000.1.1'


class BadRequestError(ValueError):
    """What arrived is no HTTP request that this server takes. ``status`` is what to answer before closing."""

    def __init__(self, text: str, status: int = 400) -> None:
        super().__init__(text)
        self.status = status


@dataclass
class Request:
    """One request. ``headers`` keeps names and values as they were written, in order; ``query`` keeps duplicates."""

    method: str
    target: str
    http_version: str
    headers: list[tuple[str, str]]
    path: str = ''
    query: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b''

    def header(self, name: str) -> str | None:
        """The value of the header ``name`` (lower case), several joined with a comma; None where it is missing."""
        values = [value for key, value in self.headers if key.lower() == name]
        return ', '.join(values) if values else None

    def parameter(self, name: str) -> str | None:
        """The first value of a query parameter."""
        return next((value for key, value in self.query if key == name), None)

    def segments(self) -> list[str]:
        """The path split at its slashes and decoded. One slash at the end is ignored; an empty segment elsewhere stays."""
        parts = self.path.split('/')[1:]
        if parts[-1] == '':
            parts.pop()
        return [unquote(part) for part in parts]

    def keep_alive(self) -> bool:
        """Whether the client wants to send another request on this connection."""
        connection = (self.header('connection') or '').lower()
        return 'close' not in connection if self.http_version == 'HTTP/1.1' else 'keep-alive' in connection

    def body_length(self) -> int:
        """Bytes of body that follow the head. Raises BadRequestError for what this server does not take."""
        if self.header('transfer-encoding') is not None:
            raise BadRequestError('Bad request. Transfer-Encoding is not supported, send Content-Length', 411)
        length = self.header('content-length') or '0'
        if not (length.isascii() and length.isdecimal()):
            raise BadRequestError('Bad request. Content-Length is not a number')
        return int(length)


def parse_head(head: bytes) -> Request:
    """A request from its first line and headers (everything up to the empty line). Raises BadRequestError."""
    lines = head.decode('latin-1').rstrip('\r\n').split('\r\n')
    parts = lines[0].split(' ')
    if len(parts) != 3 or not parts[0].isalpha() or parts[2] not in ('HTTP/1.0', 'HTTP/1.1'):
        raise BadRequestError('Bad request. The request line is malformed')
    method, target, http_version = parts
    headers = []
    for line in lines[1:]:
        name, colon, value = line.partition(':')
        if not colon or not name or name != name.strip():
            raise BadRequestError('Bad request. A header line is malformed')
        headers.append((name, value.strip()))
    # A client that believes in a proxy sends the whole URL.
    local = '/' + target.split('/', 3)[-1] if target.lower().startswith('http://') else target
    path, _mark, query = local.partition('?')
    if not path.startswith('/'):
        raise BadRequestError('Bad request. The request target is malformed')
    return Request(method, target, http_version, headers, path, parse_qsl(query, keep_blank_values=True))


@dataclass
class Response:
    """One answer. ``wait`` is how many seconds the service takes before it answers."""

    status: int
    body: bytes = b''
    content_type: str = JSON_TYPE
    headers: list[tuple[str, str]] = field(default_factory=list)
    wait: float = 0.0

    def head(self, content_length: int | None, close: bool = False) -> bytes:
        """The status line and headers. ``content_length`` None leaves that header out (the body then ends with the connection)."""
        try:
            reason = HTTPStatus(self.status).phrase
        except ValueError:
            reason = 'Unknown'
        given = {name.lower() for name, value in self.headers}
        lines = [f'HTTP/1.1 {self.status} {reason}']
        for name, value in (('Content-Type', self.content_type), ('Server', SERVER), ('Date', formatdate(usegmt=True))):
            if name.lower() not in given:
                lines.append(f'{name}: {value}')
        lines += [f'{name}: {value}' for name, value in self.headers]
        if content_length is not None:
            lines.append(f'Content-Length: {content_length}')
        if close or content_length is None:
            lines.append('Connection: close')
        return ('\r\n'.join(lines) + '\r\n\r\n').encode('latin-1', 'replace')


def to_json(value: Any) -> bytes:
    """Compact JSON in UTF-8."""
    return json.dumps(value, ensure_ascii=False, separators=(',', ':')).encode('utf-8', 'replace')


def json_response(value: Any, status: int = 200, headers: list[tuple[str, str]] | None = None) -> Response:
    """``value`` as a JSON answer."""
    return Response(status, to_json(value), JSON_TYPE, headers or [])


def text_response(text: str) -> Response:
    """``text`` as plain text."""
    return Response(200, text.encode('utf-8', 'replace'), TEXT_TYPE)


def error_response(status: int, text: str, **more: Any) -> Response:
    """The error form of the service: ``{"error": text}`` and whatever else belongs in it."""
    return json_response({'error': text, **more}, status)
