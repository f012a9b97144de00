# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Processes that connection plugins start, such as ssh: known to the thread that waits for them, and cut off where they write without end.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import os
import select
import selectors
import subprocess
import threading
import typing as t

from ansible_collections.imds.azure.plugins.module_utils._service.http_transport import RECEIVE_LIMIT

_PIECE = 1 << 16


class Starter(threading.Thread):
    """A thread, and the last process started in it."""

    command: Command | None = None


class Command(subprocess.Popen):
    """A process that is known to the thread in which it is started. Some lead a session of their own (ssh with ssh_askpass) and would end with nothing."""

    no_more = threading.Event()

    def __init__(self, *arguments: t.Any, **options: t.Any) -> None:
        if self.no_more.is_set():
            raise ChildProcessError('no more processes are started')
        super().__init__(*arguments, **options)
        thread = threading.current_thread()
        if isinstance(thread, Starter):
            thread.command = self
            if not any(options.get(name) for name in ('text', 'universal_newlines', 'encoding', 'errors')):
                self.stdout, self.stderr = (t.cast(t.Any, stream and _Bounded(stream, self.kill)) for stream in (self.stdout, self.stderr))
        # That may just have been said.
        if self.no_more.is_set():
            self.kill()

    def communicate(self, input: t.Any = None, timeout: float | None = None) -> tuple[t.Any, t.Any]:
        """As that of the library, which would read past what is bounded."""
        outputs = [stream for stream in t.cast(t.Any, (self.stdout, self.stderr)) if isinstance(stream, _Bounded)]
        if not outputs or timeout is not None:
            return super().communicate(input, timeout)
        left = memoryview(input or b'')
        with selectors.DefaultSelector() as selector:
            for stream in outputs:
                selector.register(stream, selectors.EVENT_READ)
            if self.stdin and not self.stdin.closed:
                selector.register(self.stdin, selectors.EVENT_WRITE)
            while selector.get_map():
                for key, _events in selector.select():
                    if key.fileobj is self.stdin:
                        left = _give(key.fd, left)
                        more = bool(left)
                    else:
                        more = t.cast(_Bounded, key.fileobj).take()
                    if not more:
                        selector.unregister(key.fileobj)
                        t.cast(t.Any, key.fileobj).close()
        self.wait()
        return tuple(stream.taken() if isinstance(stream, _Bounded) else None for stream in (self.stdout, self.stderr))  # type: ignore[return-value]  # a pair


def _give(descriptor: int, data: memoryview) -> memoryview:
    """Writes what fits for certain, and gives what is left; nothing where nobody reads it."""
    try:
        return data[os.write(descriptor, data[: select.PIPE_BUF]) :]
    except BrokenPipeError:
        return data[:0]


class _Bounded:
    """A pipe from a process, which ends after so many bytes, and the process with it.

    :param stream: as the library made it.
    :param end: ends the process.
    """

    def __init__(self, stream: t.Any, end: t.Callable[[], None]) -> None:
        self._stream = stream
        # Not through the buffer, which would read for as long as more comes.
        self._raw = getattr(stream, 'raw', stream)
        self._end = end
        self._left = RECEIVE_LIMIT
        self._pieces: list[bytes] = []

    def __getattr__(self, name: str) -> t.Any:
        return getattr(self._stream, name)

    def __iter__(self) -> t.Iterator[bytes]:
        return iter(self._stream)

    def read(self, size: int = -1) -> bytes | None:
        """At most so many bytes; without a number all that there is, or all that there will be where reading waits. None where there is nothing yet."""
        pieces: list[bytes] = []
        count = 0
        while size < 0 or count < size:
            piece = self._piece(_PIECE if size < 0 else min(size - count, _PIECE))
            if not piece:
                return b''.join(pieces) if pieces or piece is not None else None
            pieces.append(piece)
            count += len(piece)
        return b''.join(pieces)

    def take(self) -> bool:
        """Keeps one more piece; whether there may be more."""
        piece = self._piece(_PIECE)
        self._pieces.append(piece or b'')
        return piece != b''

    def taken(self) -> bytes:
        return b''.join(self._pieces)

    def _piece(self, size: int) -> bytes | None:
        if not self._left:
            self._end()
            return b''
        piece: bytes | None = self._raw.read(min(size, self._left))
        self._left -= len(piece or b'')
        return piece
