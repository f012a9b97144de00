# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One simulated VM while it runs: its settings, and everything that changes with the requests it gets."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any

from .compute_document import compute_document
from .fault_settings import ActiveFault, activate
from .http_message import Request
from .instance_document import instance_document
from .rate_limit import SlidingWindow
from .vm_settings import complete, patched

# Enough for any test; old entries go first, so that a simulator that runs for weeks does not grow.
LOG_LENGTH = 10_000


@dataclass
class VirtualMachine:
    """``given`` are the keys that were set, ``settings`` the same with all defaults, ``endpoint`` the base URL."""

    given: dict[str, Any]
    position: int
    endpoint: str = ''
    settings: dict[str, Any] = field(default_factory=dict)
    faults: list[ActiveFault] = field(default_factory=list)
    log: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=LOG_LENGTH))
    window: SlidingWindow = field(default_factory=SlidingWindow)
    identity_window: SlidingWindow = field(default_factory=SlidingWindow)
    identity_in_progress: int = 0
    events_ready_at: float | None = None
    last_nonce: str | None = None
    tokens: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    tokens_made: int = 0
    _document: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        self.settings = complete(self.given, self.position)

    @property
    def name(self) -> str:
        """The VM's name in the fleet."""
        return str(self.given['name'])

    def document(self) -> dict[str, Any]:
        """The /instance document in the newest version, made once for the settings as they are. Not to be changed."""
        if self._document is None:
            self._document = instance_document(self.settings)
        return self._document

    def classic_vm_id(self) -> str:
        """The vmId that only the attested document of a classic VM shows."""
        overlay = self.settings['compute'].get('vmId')
        return overlay if isinstance(overlay, str) else str(compute_document(self.settings)['vmId'])

    def patch(self, changes: dict[str, Any], now: float) -> None:
        """Change settings while the VM runs. Raises SettingError and then changes nothing."""
        self.given = patched(self.given, changes)
        self.settings = complete(self.given, self.position)
        self._document = None
        if 'faults' in changes:
            self.faults = activate(self.settings['faults'], now)
        if 'first_event_delay' in changes:
            self.events_ready_at = None
        if 'identities' in changes:
            self.tokens.clear()

    def record(self, request: Request, now: float) -> dict[str, Any]:
        """Write a request into the log. The caller sets ``status`` in the entry once it is known."""
        headers: dict[str, str] = {}
        for key, value in request.headers:
            lowered = key.lower()
            headers[lowered] = f'{headers[lowered]}, {value}' if lowered in headers else value
        entry = {
            'time': now,
            'method': request.method,
            'target': request.target,
            'path': request.path,
            'query': [list(pair) for pair in request.query],
            'headers': headers,
            'body': request.body.decode('utf-8', 'replace'),
            'status': None,
        }
        self.log.append(entry)
        return entry
