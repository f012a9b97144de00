# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a server does on a connection to answer one request, as a list of steps: pure values, carried out by connection.py."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .http_message import Response


class Step:
    """One thing to do."""


@dataclass(frozen=True)
class Send(Step):
    data: bytes


@dataclass(frozen=True)
class Wait(Step):
    seconds: float


@dataclass(frozen=True)
class Close(Step):
    """Close properly: everything sent before arrives."""


@dataclass(frozen=True)
class Reset(Step):
    """Close with a TCP RST."""


@dataclass(frozen=True)
class Hang(Step):
    """Read on, never answer, until the client goes away."""


def ordinary_steps(response: Response, method: str, keep_alive: bool) -> Iterator[Step]:
    """How an answer without a fault is sent. HEAD gets the head only."""
    if response.wait:
        yield Wait(response.wait)
    yield Send(response.head(len(response.body), close=not keep_alive) + (b'' if method == 'HEAD' else response.body))
    if not keep_alive:
        yield Close()
