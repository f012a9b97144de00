# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page with a keyboard and with a screen reader."""

from __future__ import annotations

import collections
from collections.abc import Callable

import pytest
from ansible_collections.imds.azure.tests.browser.report_page import ReportPage
from axe_playwright_python.sync_playwright import Axe

Open = Callable[[str], ReportPage]
at_both_widths = pytest.mark.parametrize('open_report', [('light', 1280), ('light', 360)], ids=str, indirect=True)
# Of the guidelines up to 2.2 AA, and what the makers of the rules hold to be good practice.
RULES = {'runOnly': ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'], 'resultTypes': ['violations', 'incomplete']}


@pytest.mark.parametrize('fleet', ['demo', 'hostile'])
def test_rules_of_accessibility(fleet: str, open_report: Open) -> None:
    opened = open_report(fleet)
    opened.unfold()
    found = Axe().run(opened.page, options=RULES).response
    assert [(one['id'], [node['html'] for node in one['nodes']][:3]) for one in found['violations']] == []
    assert len(found['passes']) > 15, 'the rules did not look at the page'


@at_both_widths
@pytest.mark.parametrize('fleet', ['demo', 'hostile'])
def test_the_tree_of_a_screen_reader(fleet: str, open_report: Open) -> None:
    opened = open_report(fleet)
    opened.unfold()
    tree = opened.accessibility_tree()
    roles = collections.Counter(node['role'] for node in tree)
    assert (roles['banner'], roles['navigation'], roles['main']) == (1, 1, 1)
    levels = [node['properties']['level'] for node in tree if node['role'] == 'heading']
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in zip(levels, levels[1:], strict=False)), levels
    regions = [node['name'] for node in tree if node['role'] == 'region']
    assert regions[0] == 'Findings'
    assert all(regions)
    assert regions[-1] == 'Hosts'
    tables = [node['name'] for node in tree if node['role'] == 'table']
    assert all(tables)
    rows = opened.page.locator('tbody tr').count()
    columns = opened.page.locator('thead th').count()
    # A phone shows them as lists, and they are tables still.
    assert len(tables) == opened.page.locator('table').count() >= 4
    assert (roles['row'], roles['rowheader'], roles['columnheader']) == (rows + len(tables), rows, columns)
    assert all(node['name'] for node in tree if node['role'] in ('rowheader', 'columnheader', 'link', 'DisclosureTriangle', 'DisclosureTriangleGrouped'))


def test_everything_is_done_with_the_keyboard(open_report: Open) -> None:
    opened = open_report('demo')
    keyboard = opened.page.keyboard
    expected = opened.measured('operable')
    reached: list[str] = []
    keyboard.press('Tab')
    while (focus := opened.measured('focused')) and len(reached) < 2 * len(expected):
        reached.append(focus['name'])
        assert focus['outlined'], focus
        assert focus['contrast'] >= 3, focus
        assert focus['inWindow'], focus
        if focus['tag'] == 'SUMMARY':
            for key, is_open in (('Enter', not focus['open']), ('Space', focus['open'])):
                keyboard.press(key)
                assert opened.measured('focused')['open'] is is_open, (key, focus)
        keyboard.press('Tab')
    assert reached[0] == 'Skip to the findings'
    assert reached == expected
    assert sum(opened.page.locator('summary').all_text_contents().count(name) > 0 for name in reached) >= 8


@at_both_widths
def test_the_skip_link_skips(open_report: Open) -> None:
    opened = open_report('demo')
    assert not opened.page.evaluate('document.querySelector(".skip").getBoundingClientRect().right > 0')
    opened.page.keyboard.press('Tab')
    opened.page.keyboard.press('Enter')
    assert opened.measured('focused')['name'] == 'Findings'
    opened.page.keyboard.press('Tab')
    assert opened.measured('focused')['tag'] == 'SUMMARY'


@at_both_widths
def test_links_lead_to_sections(open_report: Open) -> None:
    opened = open_report('large')
    links = opened.page.locator('nav a')
    sections = opened.page.evaluate('[...document.querySelectorAll("main > section > h2")].map(one => `#${one.id}`)')
    assert links.evaluate_all('all => all.map(one => one.getAttribute("href"))') == sections
    assert len(sections) == 7
    for link in links.all():
        target = opened.page.locator(str(link.get_attribute('href')))
        link.click()
        assert target.evaluate('one => { const top = one.getBoundingClientRect().top; return top > -1 && top < innerHeight }'), link
