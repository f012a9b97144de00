# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a report, as texts. The role itself runs in tests/integration/targets/topology_report, and browsers read its page in tests/browser."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.imds.azure.plugins.filter.topology_files import topology_files
from ansible_collections.imds.azure.plugins.plugin_utils._placement.topology import topology
from ansible_collections.imds.azure.plugins.plugin_utils._placement.topology_changes import changes
from ansible_collections.imds.azure.tests.unit.plugins.plugin_utils._placement.fleet import vm

TEMPLATES = Path(__file__).parents[5] / 'roles/topology_report/templates'
MADE_AT = '2026-01-01T00:00:00Z'


def report(**roles: str) -> dict[str, Any]:
    return topology({name: vm('1', role=role) for name, role in roles.items()}, made_at=MADE_AT)


def made(of: dict[str, Any], title: str = 'Fleet') -> dict[str, str]:
    texts: dict[str, str] = topology_files(of, TEMPLATES, title)
    return texts


def test_each_file_tells_of_each_host_and_of_the_date() -> None:
    texts = made(report(db_1='db', web_1='web'))
    assert sorted(texts) == ['topology.csv', 'topology.html', 'topology.json', 'topology.txt']
    for text in texts.values():
        assert 'db_1' in text
        assert 'web_1' in text
        assert MADE_AT in text
        assert text.endswith('\n')
        assert not text.endswith('\n\n')


def test_the_data_is_the_whole_report() -> None:
    assert json.loads(made(report(db_1='db'))['topology.json']) == report(db_1='db')


def test_a_comparison_is_one_more_file() -> None:
    now = report(db_1='db', db_2='db')
    texts = made({**now, 'changes': changes(report(db_1='db'), now)}, title='Fleet')
    assert 'db\\_2 is new' in texts['topology.md']
    assert texts['topology.md'].startswith('# Fleet\n')


def test_what_hosts_say_is_neither_template_nor_markup_nor_formula() -> None:
    texts = made(report(a='{{ 7 * 6 }}{% if %}', b='<script>', c='=1+1', d='left \u202e right'), title='<b>{{ 7 * 6 }}')
    assert '<h1>&lt;b&gt;{{ 7 * 6 }}</h1>' in texts['topology.html']
    assert '{{ 7 * 6 }}{% if %}' in texts['topology.txt']
    assert '<script>' not in texts['topology.html']
    services = [row['Service'] for row in csv.DictReader(texts['topology.csv'].splitlines())]
    assert services == ['{{ 7 * 6 }}{% if %}', '<script>', "'=1+1", 'left \\u202e right']
    assert not any('\u202e' in text for text in texts.values())


def test_a_fleet_of_nobody() -> None:
    assert 'There are no hosts to report on.' in made(report())['topology.txt']


def test_templates_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(AnsibleFilterError, match=f'cannot use the templates in {tmp_path}: TemplateNotFound: .*topology.html.j2'):
        topology_files(report(), tmp_path, 'Fleet')


def test_a_template_that_wants_what_a_report_does_not_have(tmp_path: Path) -> None:
    for name in ('html', 'txt', 'csv'):
        (tmp_path / f'topology.{name}.j2').write_text('{{ report.finding }}')
    with pytest.raises(AnsibleFilterError, match='UndefinedError: .*finding'):
        topology_files(report(), tmp_path, 'Fleet')
