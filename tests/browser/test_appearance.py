# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the browser draws can be read, in light and dark, on a desktop and on a phone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.imds.azure.tests.browser.report_page import ReportPage
from playwright.sync_api import Page

Open = Callable[[str], ReportPage]
at_both_widths = pytest.mark.parametrize('open_report', [('light', 1280), ('light', 360)], ids=str, indirect=True)
fleets = pytest.mark.parametrize('fleet', ['demo', 'hostile', 'large', 'changed'])
folded = pytest.mark.parametrize('unfold', [False, True], ids=['folded', 'unfolded'])


@fleets
def test_contrast(fleet: str, open_report: Open) -> None:
    opened = open_report(fleet)
    opened.unfold()
    assert opened.weak_contrasts() == []


@at_both_widths
@fleets
@folded
def test_nothing_is_cut_off_or_drawn_over_something_else(fleet: str, unfold: bool, open_report: Open) -> None:
    opened = open_report(fleet)
    if unfold:
        opened.unfold()
    assert opened.measured('cutOff') == []
    assert opened.measured('overlaps') == []
    assert opened.measured('smallestText') >= 12


@pytest.mark.parametrize('width', [320, 640, 959, 961, 1920])
def test_other_widths(width: int, tab: Page, report: Callable[[str], Path]) -> None:
    """Down to the one that the guidelines ask for, and on both sides of the one where tables become lists."""
    opened = ReportPage(tab, report('demo') / 'topology.html', 'light', width)
    opened.unfold()
    assert opened.measured('cutOff') == []
    assert opened.measured('overlaps') == []
    assert opened.measured('brokenWords') == []
    opened.leave()


def test_the_colour_scheme_is_the_users(open_report: Open) -> None:
    opened = open_report('demo')
    ground = opened.page.evaluate('getComputedStyle(document.body).backgroundColor')
    dark = opened.page.evaluate('matchMedia("(prefers-color-scheme: dark)").matches')
    assert ground == ('rgb(18, 22, 28)' if dark else 'rgb(255, 255, 255)')


def test_print_unfolds(open_report: Open) -> None:
    opened = open_report('demo')
    opened.page.emulate_media(media='print')
    assert opened.page.locator('.findings details p').first.is_visible()
