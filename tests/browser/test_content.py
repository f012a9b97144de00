# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page says what the data says, and begins with what matters."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.imds.azure.tests.browser.report_page import ReportPage

FLEETS = ('demo', 'hostile', 'large')
LIMIT = 2 * 1000 * 1000
Open = Callable[[str], ReportPage]
at_both_widths = pytest.mark.parametrize('open_report', [('light', 1280), ('light', 360)], ids=str, indirect=True)
Report = Callable[[str], Path]


def data_of(folder: Path) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((folder / 'topology.json').read_text())
    return data


@at_both_widths
@pytest.mark.parametrize('fleet', FLEETS)
def test_numbers_findings_and_hosts(fleet: str, open_report: Open, report: Report) -> None:
    data, opened = data_of(report(fleet)), open_report(fleet)
    page, summary = opened.page, data['summary']
    tiles = {' '.join(text.split()) for text in page.locator('.tiles li').all_text_contents()}
    counted = {f'{summary[key]} {noun}{"" if summary[key] == 1 else "s"}' for key, noun in (('hosts', 'host'), ('present', 'Azure VM'), ('warning', 'warning'))}
    assert {f'{summary["critical"]} critical', *counted} <= tiles
    findings = page.locator('.findings > li')
    assert findings.count() == len(data['findings']) == summary['critical'] + summary['warning'] + summary['note']
    assert page.locator('.findings .severity').all_text_contents() == [finding['severity'] for finding in data['findings']]
    assert page.locator('.hosts tbody th').all_text_contents() == [host['name'] for host in data['hosts']]
    assert page.locator('.findings > li > p').all_text_contents() == [finding['remedy'] for finding in data['findings']]
    assert data['made_at'] in opened.text()
    tables = page.locator('table.spread')
    assert tables.count() == 2 + len(data['tags'])
    for number, groups in enumerate([data['services'], data['scale_sets'], *(tag['values'] for tag in data['tags'])]):
        assert tables.nth(number).locator('tbody tr > td:nth-child(2)').all_text_contents() == [str(group['count']) for group in groups]
        assert tables.nth(number).locator('.bars li').count() == sum(len(group['spread']) for group in groups)


@at_both_widths
def test_the_demo(open_report: Open) -> None:
    opened = open_report('demo')
    text = opened.text()
    assert 'note If a data center in northeurope fails, scale set db may lose 4 of 4 hosts: it does not use zones.' in text
    assert 'critical If westeurope zone 1 fails, bastion loses 2 of 2 hosts. Spread the hosts across zones' in text
    (web,) = [row for row in opened.page.locator('#services + table tbody tr').all_text_contents() if row.startswith('web')]
    assert ' '.join(web.split()) == 'web5westeuropezone 1 (westeurope-az1): 2zone 2 (westeurope-az2): 2zone 3 (westeurope-az3): 114, up to 1 host each'
    (prod,) = [row for row in opened.page.locator('#tag-1 + table tbody tr').all_text_contents() if row.startswith('prod')]
    assert 'westeuropezone 1 (westeurope-az1): 4zone 2 (westeurope-az2): 2zone 3 (westeurope-az3): 1' in prod
    # In a small fleet every host is seen at once.
    assert all(opened.page.get_by_role('listitem').filter(has_text=f'web_{number} update domain').last.is_visible() for number in range(5))


@at_both_widths
def test_a_thousand_hosts_begin_with_what_matters(open_report: Open, report: Report) -> None:
    opened = open_report('large')
    assert (report('large') / 'topology.html').stat().st_size < LIMIT
    data = data_of(report('large'))
    assert data['summary']['hosts'] == 1000
    assert data['findings'][0]['severity'] == 'critical'
    first = opened.page.locator('.findings > li').first
    place = first.bounding_box()
    assert place
    assert place['y'] + place['height'] <= 800, 'the worst finding is not seen without scrolling'
    assert opened.page.locator('details[open]').count() == 0
    assert not opened.page.locator('.hosts tbody tr').first.is_visible()
    seen = [text for text in opened.page.locator('#findings ~ ul > li').all_text_contents() if 'note ' not in text[:5]]
    assert len(seen) == data['summary']['critical'] + data['summary']['warning']
    # Every location and zone with its number, without anything being opened.
    zones = opened.page.locator('.zone h4')
    assert zones.count() == sum(len(location['zones']) for location in data['locations'])
    assert all(zone.is_visible() for zone in zones.all())
