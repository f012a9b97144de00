# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the page as a browser's parser does, and the data and the text as a program and a terminal do."""

from __future__ import annotations

import csv
import json
import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

DATABASE = 'If westeurope zone 2 fails, db loses 2 of 2 hosts.'
VOID = {'meta'}
ALLOWED = {
    'html', 'head', 'meta', 'title', 'style', 'body', 'a', 'header', 'nav', 'main', 'section', 'h1', 'h2', 'h3', 'h4', 'p', 'ul', 'li', 'b', 'small',
    'span', 'div', 'details', 'summary', 'table', 'thead', 'tbody', 'tr', 'th', 'td',
}  # fmt: skip


class Page(HTMLParser):
    """Knows the text, refuses elements that the page should not have, and elements that do not end where they should."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: set[str] = set()
        self.references: set[str] = set()
        self.text = ''
        self.feed(source)
        self.close()
        assert not self.open, self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ALLOWED, tag
        attributes = dict(attrs)
        assert not {name for name in attributes if name.startswith('on') or name in ('src', 'srcset')}, attrs
        self.ids.add(attributes.get('id') or '')
        self.references.update({attributes.get('aria-labelledby') or '', (attributes.get('href') or '').removeprefix('#')})
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, tag

    def handle_data(self, data: str) -> None:
        self.text += data


def check_table(file: Path, data: dict[str, Any]) -> None:
    """The table has a row for each host, says the same as the data, and has no cell that a spreadsheet would run."""
    rows = {row['Host']: row for row in csv.DictReader(file.open(newline=''))}
    assert list(rows) == [host['name'] for host in data['hosts']]
    database = rows['db-1']
    assert {database[head] for head in ('Location', 'Zone', 'Service', 'State')} == {'westeurope', '2', 'db', 'Azure VM'}, database
    assert database['Findings'] == f'critical: {DATABASE}', database
    assert database['Report created'] == data['made_at']
    assert rows['broken-1']['State'] == 'failed'
    assert '403' in rows['broken-1']['Reason']
    # The hosts say what a spreadsheet would take for a formula, and nothing else of theirs changes.
    assert rows['web-2']['Owner'] == """'=HYPERLINK("http://127.0.0.1:9/","x")""", rows['web-2']
    assert rows['db-2']['Owner'] == "' \uff0b1", rows['db-2']
    for row in rows.values():
        assert not [cell for cell in row.values() if re.match(r'\s*[=+@\uff1d\uff0b\uff0d\uff20-]', cell)], row


def main() -> None:
    folder = Path(sys.argv[1])
    page = Page((folder / 'topology.html').read_text())
    assert page.references <= page.ids, page.references - page.ids
    data = json.loads((folder / 'topology.json').read_text())
    text = (folder / 'topology.txt').read_text()
    assert data['findings'][0]['text'] == DATABASE
    assert data['findings'][0]['hosts'] == ['db-1', 'db-2']
    hostile = next(host for host in data['hosts'] if host['name'] == 'hostile-1')
    assert hostile['service'] == "</td></table><script>alert('Role')</script>"
    assert hostile['tags'] == {'Owner': """{{ lookup('ansible.builtin.pipe', 'touch "$CANARY"') }}"""}
    broken = next(host for host in data['hosts'] if host['name'] == 'broken-1')
    assert broken['state'] == 'failed'
    assert '403' in broken['reason']
    assert DATABASE in text
    for finding in data['findings']:
        assert finding['remedy'] in text, finding
        assert finding['remedy'] in page.text, finding
    assert re.fullmatch(r'20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ', data['made_at'])
    assert f'Created {data["made_at"]}. No cached facts.' in text
    assert data['made_at'] in page.text
    assert data['missing'] == {'failed': ['broken-1'], 'not_azure': [], 'unknown': [], 'unreachable': []}
    check_table(folder / 'topology.csv', data)
    assert f'broken-1: failed, {broken["reason"]}' in text
    for shown in (DATABASE, 'Fleet & friends', hostile['service'], hostile['tags']['Owner'], hostile['zone'], hostile['scale_set'], broken['reason'], 'ops'):
        assert shown in page.text, shown
    assert all(character.isprintable() or character == '\n' for character in text), text
    print(text)


if __name__ == '__main__':
    main()
