# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nothing that a host says is run or asked for, in any of the outputs, and every word of it is shown."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from ansible_collections.imds.azure.plugins.plugin_utils._placement.printable import printable
from ansible_collections.imds.azure.tests.browser.fleet_reports import HOSTILE
from ansible_collections.imds.azure.tests.browser.report_page import ReportPage
from playwright.sync_api import Page

Open = Callable[[str], ReportPage]
Report = Callable[[str], Path]
ELEMENTS = {
    'HTML', 'HEAD', 'META', 'TITLE', 'STYLE', 'BODY', 'A', 'HEADER', 'NAV', 'MAIN', 'SECTION', 'H1', 'H2', 'H3', 'H4', 'P', 'UL', 'LI', 'B', 'SMALL', 'SPAN',
    'DIV', 'DETAILS', 'SUMMARY', 'TABLE', 'THEAD', 'TBODY', 'TR', 'TH', 'TD',
}  # fmt: skip
ATTRIBUTES = {
    'aria-label', 'aria-labelledby', 'charset', 'class', 'content', 'data-label', 'href', 'http-equiv', 'id', 'lang', 'name', 'open', 'role', 'scope', 'style',
    'tabindex',
}  # fmt: skip
USED = '[...document.querySelectorAll("*")].flatMap(one => [one.tagName, ...one.getAttributeNames()])'
INLINE = '[...new Set([...document.querySelectorAll("[style]")].map(one => one.getAttribute("style").replace(/[0-9.]+/, "0")))]'
CLASSES = '[...new Set([...document.querySelectorAll("[class]")].flatMap(one => [...one.classList]))]'


def test_nothing_runs_on_the_page(open_report: Open) -> None:
    opened = open_report('hostile')
    opened.unfold()
    for host in opened.page.locator('.hosts tbody tr').all():
        host.hover()
    assert opened.said == []
    assert opened.page.title() == 'Fleet topology'
    assert set(opened.page.evaluate(USED)) <= ELEMENTS | ATTRIBUTES
    assert opened.page.evaluate(INLINE) == ['width:0rem']
    assert 'injected' not in opened.page.evaluate(CLASSES)
    assert opened.page.locator('h1').count() == 1
    assert all(str(link.get_attribute('href')).startswith('#') for link in opened.page.locator('a').all())
    # The page itself, and nothing else.
    assert opened.requests == [opened.address]
    assert opened.page.evaluate('performance.getEntriesByType("resource").length') == 0


def test_every_value_is_shown_everywhere(open_report: Open) -> None:
    opened = open_report('hostile')
    names, rows = opened.page.locator('.hosts tbody th').all_text_contents(), opened.page.locator('.hosts tbody tr').all()
    shown = {name: row.locator('td').all_text_contents() for name, row in zip(names, rows, strict=True)}
    for number, value in enumerate(HOSTILE):
        text = printable(value)
        assert shown[f'hostile_{number}'] == [f'Azure VM, {text} scheduled', text, text, text, text, text, text, text], text
        assert shown[f'silent_{number}'][0] == f'unreachable: {text}'
    assert opened.page.evaluate('document.body.textContent.search(/[\\u0000-\\u0009\\u000b-\\u001f\\u007f-\\u009f\\u202a-\\u202e\\u2066-\\u2069]/)') == -1


def test_the_policy_of_the_page_holds(tab: Page, report: Report, tmp_path: Path) -> None:
    """Were a value not escaped one day, the browser would refuse what it asks for."""
    source = (report('demo') / 'topology.html').read_text()
    injected = '<body><script>document.title = "run"</script><img src="http://127.0.0.1:9/image"><a id="b" onclick="document.title = \'run\'">b</a>'
    (tmp_path / 'page.html').write_text(source.replace('<body>', injected, 1))
    opened = ReportPage(tab, tmp_path / 'page.html', 'light', 1280)
    opened.page.locator('#b').click()
    assert opened.page.title() == 'Fleet topology'
    assert sum('Content Security Policy' in line for line in opened.said) == 3, opened.said
    opened.leave()
    # Without that policy it all runs, so that the lines above mean something.
    policy = source.index('<meta http-equiv="Content-Security-Policy"')
    (tmp_path / 'page.html').write_text((source[:policy] + source[source.index('\n', policy) :]).replace('<body>', injected, 1))
    opened = ReportPage(tab, tmp_path / 'page.html', 'light', 1280)
    assert opened.page.title() == 'run'
    assert len(opened.requests) == 2
    opened.leave()


def test_the_text_and_the_data(report: Report) -> None:
    folder = report('hostile')
    text = (folder / 'topology.txt').read_text()
    assert all(character.isprintable() or character == '\n' for character in text)
    source = (folder / 'topology.json').read_text()
    assert all(character.isascii() and (character.isprintable() or character == '\n') for character in source)
    hosts = {host['name']: host for host in json.loads(source)['hosts']}
    for number, value in enumerate(HOSTILE):
        assert f'{printable(value)} loses its only host.' in text
        assert f'silent_{number}: unreachable, {printable(value)}\n' in text
        host = hosts[f'hostile_{number}']
        assert {host[key] for key in ('location', 'zone', 'fault_domain', 'update_domain', 'service')} == {value}
        assert host['tags'] == {'Owner': value}
        assert hosts[f'silent_{number}']['reason'] == value
