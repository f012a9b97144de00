# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server on loopback whose every connection is handled by a function of the test, for what no well-behaved server does."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
from collections.abc import Callable


class Connection:
    """One connection to the server; what the client does to it is no failure of the server."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock

    def read_head(self) -> bytes:
        """One request, but for its body; empty when the client has gone."""
        received = b''
        while not received.endswith(b'\r\n\r\n'):
            piece = self._sock.recv(1)
            if not piece:
                return b''
            received += piece
        return received

    def read_body(self, head: bytes) -> bytes:
        """What follows a head, which must announce how long it is."""
        announced = re.search(rb'\r\ncontent-length: (\d+)\r\n', head, re.IGNORECASE)
        assert announced, head
        body = b''
        while len(body) < int(announced[1]):
            body += self._sock.recv(int(announced[1]) - len(body))
        return body

    def send(self, data: bytes) -> None:
        self._sock.sendall(data)


class LoopbackServer:
    """Listens until it is stopped."""

    def __init__(self, handle: Callable[[Connection], None], family: socket.AddressFamily = socket.AF_INET) -> None:
        self.connections = 0
        self._handle = handle
        self._listener = socket.socket(family, socket.SOCK_STREAM)
        self._listener.bind(('::1' if family == socket.AF_INET6 else '127.0.0.1', 0))
        self._listener.listen(16)
        host, port = self._listener.getsockname()[:2]
        self.endpoint = f'http://[{host}]:{port}' if ':' in host else f'http://{host}:{port}'
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def _accept(self) -> None:
        # Closing the listener ends this.
        with contextlib.suppress(OSError):
            while True:
                sock = self._listener.accept()[0]
                self.connections += 1
                self._open.append(sock)
                thread = threading.Thread(target=self._serve, args=(sock,), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _serve(self, sock: socket.socket) -> None:
        with contextlib.suppress(OSError), sock:
            self._handle(Connection(sock))

    def stop(self) -> None:
        for sock in (self._listener, *self._open):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(timeout=5)
            assert not thread.is_alive()


def answering(*answers: bytes, forever: bytes = b'') -> tuple[Callable[[Connection], None], list[bytes]]:
    """A handler that sends one answer for each request on a connection and then closes it, and the list of the requests it read.

    :param forever: sent again and again after the last answer, until the client goes away.
    """
    heads: list[bytes] = []

    def handle(connection: Connection) -> None:
        for answer in answers:
            head = connection.read_head()
            if not head:
                return
            heads.append(head)
            connection.send(answer)
        while forever:
            connection.send(forever)

    return handle, heads


def http(body: bytes = b'{}', *headers: str, status: str = '200 OK', length: bool = True) -> bytes:
    """A whole answer."""
    lines = [f'HTTP/1.1 {status}', *headers, *([f'Content-Length: {len(body)}'] if length else [])]
    return '\r\n'.join([*lines, '', '']).encode('latin-1') + body
