# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports on three fleets, made once for all tests of this folder, and a browser to look at them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from ansible_collections.imds.azure.tests.browser import closed_browser, fleet_reports
from ansible_collections.imds.azure.tests.browser.report_page import ReportPage
from playwright.sync_api import Browser, Page

VIEWS = [(scheme, width) for scheme in ('light', 'dark') for width in (1280, 360)]


@pytest.fixture(scope='session')
def report(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Gives the folder of the report on a fleet."""
    folder = tmp_path_factory.mktemp('reports')
    written: dict[str, Path] = {}

    def of(name: str) -> Path:
        if name not in written:
            written[name] = fleet_reports.REPORTS[name](folder / name)
        return written[name]

    return of


# Its library keeps an event loop going in this thread, which other tests must not find: it ends with each file of tests.
@pytest.fixture(scope='module')
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    if reason := closed_browser.why_not():
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp('chromium')
    with closed_browser.closed_browser(folder) as browser:
        network = (folder / 'network').read_text()
        # Every interface and route of it is loopback's own.
        assert all(': lo: ' in line or ' dev lo ' in line for line in network.splitlines()), network
        yield browser


@pytest.fixture(scope='module')
def tab(browser: Browser) -> Page:
    """For one report after the other: a new tab takes longer than most tests."""
    return browser.new_page()


@pytest.fixture(params=VIEWS, ids=[f'{scheme}-{width}' for scheme, width in VIEWS])
def open_report(request: pytest.FixtureRequest, tab: Page, report: Callable[[str], Path]) -> Iterator[Callable[[str], ReportPage]]:
    """Opens the page of the report on a fleet, in each scheme and at each width, unless a test cares for widths only."""
    opened: list[ReportPage] = []

    def open_one(name: str) -> ReportPage:
        opened.append(ReportPage(tab, report(name) / 'topology.html', *request.param))
        return opened[-1]

    yield open_one
    for page in opened:
        page.leave()
