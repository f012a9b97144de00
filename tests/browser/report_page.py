# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A report in a browser, and what is measured of it there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import ConsoleMessage, Dialog, Error, Page, Request

MEASURE = (Path(__file__).parent / 'measure.js').read_text()
MARGIN = 0.001


class ReportPage:
    """A page at one width, in one colour scheme.

    :param tab: of the browser, where another report may have been before, which is left.
    :param width: of the window, in CSS pixels.
    """

    def __init__(self, tab: Page, page: Path, scheme: Any, width: int) -> None:
        self.page = tab
        self.requests: list[str] = []
        self.said: list[str] = []
        self._listeners = {'request': self._requested, 'console': self._printed, 'pageerror': self._failed, 'dialog': self._asked}
        for event, listener in self._listeners.items():
            tab.on(event, listener)  # type: ignore[call-overload]  # it has a signature for each name
        tab.set_viewport_size({'width': width, 'height': 800})
        tab.emulate_media(media='null', color_scheme=scheme)
        self.address = page.resolve().as_uri()
        tab.goto(self.address)

    def leave(self) -> None:
        """Hear no more of the tab."""
        for event, listener in self._listeners.items():
            self.page.remove_listener(event, listener)

    def _requested(self, request: Request) -> None:
        self.requests.append(request.url)

    def _printed(self, message: ConsoleMessage) -> None:
        self.said.append(message.text)

    def _failed(self, error: Error) -> None:
        self.said.append(str(error))

    def _asked(self, dialog: Dialog) -> None:
        self.said.append(dialog.message)
        dialog.dismiss()

    def measured(self, name: str) -> Any:
        """What a function of measure.js gives."""
        return self.page.evaluate(f'{MEASURE}.{name}()')

    def unfold(self) -> None:
        """Open everything that can be opened."""
        self.page.evaluate('for (const one of document.querySelectorAll("details")) one.open = true')

    def text(self) -> str:
        """All text, also what is folded, with single spaces."""
        return ' '.join(str(self.page.evaluate('document.body.textContent')).split())

    def weak_contrasts(self) -> list[dict[str, Any]]:
        measured = self.measured('contrasts')
        assert measured, 'nothing is coloured'
        return [one for one in measured if one['ratio'] < one['needed'] - MARGIN]

    def accessibility_tree(self) -> list[dict[str, Any]]:
        """What a screen reader is told of, in order: C(role), C(name) and C(properties)."""
        session = self.page.context.new_cdp_session(self.page)
        nodes = session.send('Accessibility.getFullAXTree')['nodes']
        session.detach()
        return [
            {
                'role': node['role']['value'],
                'name': node.get('name', {}).get('value', ''),
                'properties': {one['name']: one['value'].get('value') for one in node.get('properties', ())},
            }
            for node in nodes
            if not node['ignored']
        ]
