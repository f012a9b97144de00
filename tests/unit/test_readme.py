# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""README.md is read on Galaxy too, where a link to a file beside it leads nowhere."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

COLLECTION = Path(__file__).parents[2]
REPOSITORY = yaml.safe_load((COLLECTION / 'galaxy.yml').read_text())['repository']
TARGETS = re.findall(r'\]\(([^)]+)\)', (COLLECTION / 'README.md').read_text())


def test_links_are_absolute() -> None:
    assert [target for target in TARGETS if not target.startswith(('https://', '#'))] == []


def test_links_to_files_lead_to_files() -> None:
    raw = REPOSITORY.replace('github.com', 'raw.githubusercontent.com')
    begins = (f'{REPOSITORY}/blob/main/', f'{REPOSITORY}/tree/main/', f'{raw}/main/')
    files = [target.removeprefix(begin).partition('#')[0] for target in TARGETS for begin in begins if target.startswith(begin)]
    assert len(files) > 30
    assert [file for file in files if not (COLLECTION / file).exists()] == []
