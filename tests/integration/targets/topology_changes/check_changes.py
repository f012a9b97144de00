# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read what the report says of a fleet that changed: as data, as a page, as a table and as markup."""

from __future__ import annotations

import csv
import json
import re
import sys
from html.parser import HTMLParser
from pathlib import Path

WORSE = 'If westeurope zone 1 fails, db now loses 2 of 2 hosts; before, no outage cost it more than 1 of 2.'
BETTER = 'No outage now costs queue more than 1 of 2 hosts; before, it could lose 2 of 2.'
HOSTS = {
    'db-2': 'db-2 moved from zone 2 to zone 1.',
    'queue-2': 'queue-2 moved from zone 1 to zone 2.',
    'hostile-1': 'hostile-1 moved from zone 1 to zone 2.',
    'new-1': 'new-1 is new, in westeurope zone 3.',
    'old-1': 'old-1 is gone. It was in westeurope zone 3.',
    'quiet-1': 'quiet-1 returned no facts. It was in westeurope zone 2.',
    'talks-1': 'talks-1 answers again, in westeurope zone 1.',
}


class Page(HTMLParser):
    """Knows the text, the elements and the headings."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.order: list[str] = []
        self.text = ''
        self.labels: set[str] = set()
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        self.tags.add(tag)
        assert not {name for name in attributes if name.startswith('on') or name in ('src', 'srcset')}, attrs
        self.labels.add(attributes.get('aria-label') or '')
        if tag in ('h2', 'table', 'svg', 'polyline') or attributes.get('class') == 'bars compared':
            self.order.append(attributes.get('id') or attributes.get('class') or tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def main() -> None:
    folder, history = Path(sys.argv[1]), Path(sys.argv[2])
    data = json.loads((folder / 'topology.json').read_text())
    hostile = next(host['service'] for host in data['hosts'] if host['name'] == 'hostile-1')
    assert '<script>' in hostile
    assert {host['name']: host['text'] for host in data['changes']['hosts']} == HOSTS, data['changes']['hosts']
    assert [service['text'] for service in data['changes']['services']][:2] == [WORSE, BETTER]
    assert data['changes']['summary']['services'] == {'worse': 1, 'better': 1, 'appeared': 1, 'disappeared': 1}, data['changes']['summary']
    zone = data['what_if'][0]
    assert zone['services'][0]['text'] == 'If westeurope zone 1 fails, db loses both hosts.', zone
    assert data['what_if'][1]['lost'] == 'zone 3 in westeurope'
    assert len(data['history']['points']) == 2
    assert next(service['costs'] for service in data['history']['services'] if service['name'] == 'db') == [{'lost': 1, 'count': 2}, {'lost': 2, 'count': 2}]
    assert len(list(history.iterdir())) == 2

    page = Page((folder / 'topology.html').read_text())
    assert not page.tags & {'script', 'img', 'link', 'iframe'}, page.tags
    for text in (WORSE, BETTER, hostile, *HOSTS.values()):
        assert text in page.text, text
    # A table first, then a picture.
    changes = page.order[page.order.index('changes') :]
    assert changes[:4] == ['changes', 'changes', 'bars compared', 'bars compared'], changes
    assert '1 of 2, 2 of 2' in page.labels
    assert page.order.count('trend') == page.order.count('polyline') == len(data['history']['services'])

    rows = list(csv.DictReader((folder / 'topology.csv').open(newline='')))
    assert {row['Host']: row['Change'] for row in rows if row['Change']} == HOSTS
    assert [row['State'] for row in rows if row['Host'] == 'old-1'] == ['disappeared']
    assert not [row for row in rows if None in row or None in row.values()]

    text = (folder / 'topology.txt').read_text()
    for line in (f'worse       {WORSE}', f'moved       {HOSTS["db-2"]}', 'If westeurope zone 1 fails, db loses both hosts.'):
        assert line in text, text
    markup = (folder / 'topology.md').read_text()
    assert f'| db | **worse** | {WORSE} |' in markup, markup
    assert '### db\n\n    westeurope zone 1\n      before    1 ███████████████\n      now       2 ██████████████████████████████\n' in markup, markup
    # Outside of the pictures, which are code, nothing of a host is markup or a mention.
    prose = [line for line in markup.splitlines() if not line.startswith('    ')]
    assert not [line for line in prose if '<script' in line or re.search(r'@\w', line)], markup
    assert [line for line in prose if line.startswith('|') and len(re.findall(r'(?<!\\)\|', line)) not in (3, 4)] == []


if __name__ == '__main__':
    main()
