# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files and commands that a page of docs/ or the README shows, so that tests run what users copy."""

from __future__ import annotations

import re
from pathlib import Path

COLLECTION = Path(__file__).parents[2]
BLOCK = re.compile(r'^```(\w+)\n(.*?)^```$', re.MULTILINE | re.DOTALL)


def files(page: str) -> dict[str, str]:
    """Those whose first line is a comment with their name."""
    named = [re.match(r'# ([\w./-]+\.\w+)\n(.*)', text, re.DOTALL) for _kind, text in BLOCK.findall((COLLECTION / page).read_text())]
    return {match[1]: match[2] for match in named if match}


def commands(page: str) -> list[str]:
    """The lines of all console blocks; where a block shows a prompt, only those after it."""
    found = []
    for kind, text in BLOCK.findall((COLLECTION / page).read_text()):
        if kind == 'console':
            lines = text.splitlines()
            prompted = [line[2:] for line in lines if line.startswith('$ ')]
            found += prompted or [line for line in lines if line and not line.startswith('#')]
    return found


def first_screen() -> list[tuple[str, list[str]]]:
    """The commands of the README's first console block, each with the lines of its output that are shown; without prompts, every line is a command."""
    text = next(text for kind, text in BLOCK.findall((COLLECTION / 'README.md').read_text()) if kind == 'console')
    found: list[tuple[str, list[str]]] = []
    for line in text.splitlines():
        if line.startswith('$ ') or ('\n$ ' not in f'\n{text}' and line and not line.startswith('#')):
            found.append((line.removeprefix('$ '), []))
        elif line.strip() and line.strip() != '...':
            found[-1][1].append(line)
    return found


def write(folder: Path, page: str, *names: str, **replaced: str) -> None:
    """Puts files of a page into a folder, all of them unless some are named."""
    shown = files(page)
    for name in names or shown:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = shown[name]
        for old, new in replaced.items():
            assert old in text, f'{name} of {page} has no {old}'
            text = text.replace(old, new)
        path.write_text(text)
