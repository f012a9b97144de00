# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which files the inventory plugin takes for its own."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.imds.azure.plugins.inventory.hosts import InventoryModule


@pytest.mark.parametrize(
    ('name', 'content', 'expected'),
    [
        ('azure_imds.yml', '', True),
        ('fleet.azure_imds.yaml', '', True),
        ('fleet.yml', 'plugin: imds.azure.hosts\n', True),
        ('fleet.yaml', '---\n# x\nhosts: web\nplugin:   "imds.azure.hosts"  # x\n', True),
        ('fleet.yml', '{"hosts": "web",\n "plugin": "imds.azure.hosts"}', True),
        ('fleet.yml', '{"plugin": "imds.azure.hosts"}', True),
        ('fleet.yml', '{"hosts": "web", "plugin": "imds.azure.hosts"}', True),
        ('fleet.yml', '"plugin" : imds.azure.hosts', True),
        ('fleet.yml', '# plugin: imds.azure.hosts\nplugin: ansible.builtin.constructed\n', False),
        ('fleet.yml', 'plugin: imds.azure.hostsofmine\n', False),
        ('fleet.yml', 'all:\n  hosts:\n', False),
        ('fleet.yml', '', False),
        ('fleet.ini', 'plugin: imds.azure.hosts\n', False),
        ('azure_imds.ini', 'plugin: imds.azure.hosts\n', False),
    ],
)
def test_by_its_name_or_by_what_it_says(tmp_path: Path, name: str, content: str, expected: bool) -> None:
    (tmp_path / name).write_text(content)
    assert InventoryModule().verify_file(str(tmp_path / name)) is expected


@pytest.mark.parametrize('content', [b'\xff\xfe', b'\xef\xbb\xbfplugin: x', b'\0' * 10])
def test_bytes_that_are_no_text(tmp_path: Path, content: bytes) -> None:
    (tmp_path / 'fleet.yml').write_bytes(content)
    assert InventoryModule().verify_file(str(tmp_path / 'fleet.yml')) is False


def test_no_file(tmp_path: Path) -> None:
    assert InventoryModule().verify_file(str(tmp_path / 'fleet.azure_imds.yml')) is False
