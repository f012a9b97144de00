# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One TCP connection: reads requests within bounds and carries out the steps of each answer."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable, Iterable
from typing import Protocol

from .http_message import BadRequestError, Request, error_response, parse_head
from .wire import Close, Hang, Reset, Send, Step, Wait

MAX_HEAD = 32 * 1024
MAX_BODY = 4 * 1024 * 1024


class Handler(Protocol):
    """What answers requests."""

    def __call__(self, request: Request, /) -> tuple[Iterable[Step], Callable[[], None]]:
        """Gives the steps to carry out, and what to call when they are done (or the client has gone)."""


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, handler: Handler) -> None:
    """Answer requests until one side has had enough. Whatever a client does is no error here."""
    try:
        while True:
            try:
                request = await _read_request(reader)
            except BadRequestError as error:
                await _refuse(error.status, str(error), reader, writer)
                return
            if request is None:
                return
            try:
                steps, done = handler(request)
            except Exception as error:
                # A mistake in the simulator must be seen, and must not look like a fault that a test asked for.
                await _refuse(500, f'The simulator failed: {error!r}', reader, writer)
                raise
            try:
                goes_on = await _perform(steps, reader, writer)
            finally:
                done()
            if not goes_on:
                return
    except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
        return
    finally:
        writer.close()


async def _refuse(status: int, text: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    response = error_response(status, text)
    await _perform([Send(response.head(len(response.body), close=True) + response.body), Close()], reader, writer)


async def _read_request(reader: asyncio.StreamReader) -> Request | None:
    """The next request, or None where the client has closed. Raises BadRequestError."""
    try:
        head = await reader.readuntil(b'\r\n\r\n')
    except asyncio.IncompleteReadError as error:
        if error.partial.strip():
            raise BadRequestError('Bad request. The request ends within its headers') from error
        return None
    except asyncio.LimitOverrunError as error:
        raise BadRequestError('Bad request. The headers are too large', 431) from error
    request = parse_head(head.lstrip(b'\r\n'))
    length = request.body_length()
    if length > MAX_BODY:
        raise BadRequestError('Bad request. The body is too large', 413)
    if length:
        request.body = await reader.readexactly(length)
    return request


async def _perform(steps: Iterable[Step], reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    """Carry out the steps. Whether the connection may take another request afterwards."""
    for step in steps:
        if isinstance(step, Send):
            if writer.transport.is_closing():
                return False
            writer.write(step.data)
            await writer.drain()
        elif isinstance(step, Wait):
            await asyncio.sleep(step.seconds)
        elif isinstance(step, Hang):
            while await reader.read(65536):
                pass
            return False
        elif isinstance(step, Reset):
            # With a linger time of zero the kernel answers with RST and throws away what is unsent.
            writer.get_extra_info('socket').setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
            writer.transport.abort()
            return False
        elif isinstance(step, Close):
            return False
    return True
