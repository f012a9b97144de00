# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A command for a host, and what becomes of it.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.imds.azure.plugins.module_utils._service.http_transport import (
    BODY_LIMIT,
    RECEIVE_LIMIT,
    Answer,
    BrokenAnswer,
    CutOffAnswer,
    NoAnswer,
    read_headers,
)


class HostCommand(t.NamedTuple):
    """A line for the login shell of the account, and what the command reads from its standard input."""

    line: str
    stdin: bytes | None = None


class HostOutput(t.NamedTuple):
    """What a command wrote to standard output and to standard error."""

    stdout: bytes
    stderr: bytes = b''

    @property
    def is_endless(self) -> bool:
        """Whether it is more than any answer is long."""
        return max(len(self.stdout), len(self.stderr)) >= RECEIVE_LIMIT


class CutOff(NoAnswer):
    """The command on the host did not come to its end. That says nothing about the service."""


def after_mark(pattern: re.Pattern[bytes], output: bytes, mark: bytes, begin: int = 0) -> t.Iterator[re.Match[bytes]]:
    """Where a pattern follows the mark at the start of a line, from the position C(begin) on.

    Each command has a mark of its own, and a pattern with the mark in it would have to be compiled for each answer.
    """
    at = output.find(mark, begin)
    while at >= 0:
        match = pattern.match(output, at + len(mark)) if at == 0 or output[at - 1 : at] == b'\n' else None
        if match:
            yield match
        at = output.find(mark, at + len(mark))


def whole(status: int, pairs: t.Iterable[tuple[str, str]], body: bytes) -> Answer:
    """The answer, if it is all of one and no more.

    :raises BrokenAnswer:
    """
    headers = read_headers(pairs)
    length = int(headers.get('content-length', '0')) if status not in (204, 304) else 0
    if max(len(body), length) > BODY_LIMIT:
        raise BrokenAnswer('the answer is larger than 1 MiB')
    if len(body) < length:
        raise CutOffAnswer('the answer is incomplete')
    return Answer(status, headers, body)
