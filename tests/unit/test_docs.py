# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pages of docs: what they quote and link to is there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

COLLECTION = Path(__file__).parents[2]
PAGES = sorted((COLLECTION / 'docs').glob('*.md'))
LINK = re.compile(r'\]\(([^)\s]+)\)')
CODE = re.compile(r'^```.*?^```$', re.MULTILINE | re.DOTALL)
# The first cell of the rows of tables in which a page quotes messages.
QUOTED = {
    'troubleshooting.md': re.compile(r'^\| `([^`|]+ [^`|]+)` \|', re.MULTILINE),
    'windows.md': re.compile(r'^\| ([^|]+) \|', re.MULTILINE),
    'attestation.md': re.compile(r'^\| ([^|]+) \|', re.MULTILINE),
    'maintenance.md': re.compile(r'^\| `([^`|]+ [^`|]+)` \|', re.MULTILINE),
}
TABLES = {'windows.md': '## If something fails', 'attestation.md': '## If a check fails', 'maintenance.md': '## If something goes wrong'}
PLACEHOLDER = re.compile(r'%[-0-9.]*[srdfg]')
NOT_QUOTED = ('reason', 'message')


def strings(text: str) -> list[str]:
    """The strings of a program, with an ellipsis where a value is put in."""
    tree = ast.parse(text)
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            found.append(''.join(str(part.value) if isinstance(part, ast.Constant) else '...' for part in node.values))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.append(PLACEHOLDER.sub('...', node.value))
    return found


@pytest.fixture(scope='module')
def messages() -> str:
    """Everything that the collection can say."""
    programs = [text for folder in ('plugins', 'roles/maintenance/files') for path in (COLLECTION / folder).rglob('*.py') for text in strings(path.read_text())]
    tasks = [' '.join(path.read_text().split()) for path in (COLLECTION / 'roles').glob('*/tasks/*.yml')]
    return '\n'.join([*programs, *tasks])


def quoted(page: Path) -> list[str]:
    text = page.read_text()
    table = text.partition(TABLES[page.name])[2].partition('\n## ')[0] if page.name in TABLES else text
    return [cell for cell in QUOTED[page.name].findall(table) if cell not in NOT_QUOTED and not set(cell) <= set('-')]


@pytest.mark.parametrize('name', QUOTED)
def test_messages_that_a_page_quotes_are_those_of_the_code(messages: str, name: str) -> None:
    cells = quoted(COLLECTION / 'docs' / name)
    assert len(cells) >= 2
    pieces = {piece: cell for cell in cells for piece in re.split(r' ?\.\.\. ?|, or ', cell) if piece}
    assert {cell for piece, cell in pieces.items() if piece.strip(' ,()') not in messages} == set()


@pytest.mark.parametrize('page', PAGES, ids=lambda page: page.name)
def test_links_of_a_page_lead_somewhere(page: Path) -> None:
    missing = []
    for link in LINK.findall(CODE.sub('', page.read_text())):
        if link.startswith('https://'):
            continue
        name, _sign, anchor = link.partition('#')
        target = (page.parent / name).resolve() if name else page
        if not target.exists() or (anchor and anchor not in anchors(target.read_text())):
            missing.append(link)
    assert missing == []


def anchors(text: str) -> set[str]:
    """Those that are made of the headings of a page."""
    headings = re.findall(r'^#+ (.*)$', CODE.sub('', text), re.MULTILINE)
    return {re.sub(r'[^\w -]', '', heading.lower()).replace(' ', '-') for heading in headings}


def test_the_readme_names_every_page() -> None:
    readme = (COLLECTION / 'README.md').read_text()
    assert [page.name for page in PAGES if f'/docs/{page.name}' not in readme] == []


def test_documentation_sites_list_the_same_guides_as_the_readme() -> None:
    readme = re.findall(r'^\| \[[^]]+\]\((\S+/docs/\S+\.md)\) \|', (COLLECTION / 'README.md').read_text(), re.MULTILINE)
    listed = re.findall(r'<(\S+\.md)>`__', (COLLECTION / 'docs/docsite/rst/guides.rst').read_text())
    assert len(listed) > 10
    assert listed == readme
