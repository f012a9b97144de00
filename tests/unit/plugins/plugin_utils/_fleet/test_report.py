# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person sees while hosts are asked, and afterwards."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from ansible_collections.imds.azure.plugins.plugin_utils._fleet import report as _fleet_report
from ansible_collections.imds.azure.plugins.plugin_utils._fleet.report import Progress, report, report_unasked

FINE = {'state': 'present', 'facts': {}}
ELSEWHERE = {'state': 'not_azure', 'error': 'another vendor'}


def down(cause: str) -> dict[str, Any]:
    return {'state': 'unreachable', 'error': cause}


class Said:
    """Stands in for Ansible's display."""

    def __init__(self) -> None:
        self.warnings: list[str] = []
        self.verbose: list[str] = []
        self.verbosity = 0
        self.warning = self.warnings.append
        self.v = self.verbose.append


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> Said:
    said = Said()
    monkeypatch.setattr(_fleet_report, 'display', said)
    for name in _fleet_report.RUNNER:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv('TERM', 'xterm')
    return said


def test_nobody_watches(capsys: pytest.CaptureFixture[str]) -> None:
    Progress(1)(FINE)
    assert capsys.readouterr() == ('', '')


def test_a_line_that_follows(said: Said, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The first answer is shown, then one each moment, and always the last, which ends the line."""
    monkeypatch.setattr(sys.stderr, 'isatty', lambda: True)
    progress = Progress(1000)
    for number in range(1000):
        progress([FINE, down('x'), {'state': 'failed', 'error': 'x'}, ELSEWHERE][min(number, 3)])
    out, err = capsys.readouterr()
    assert out == ''
    assert 'azure_imds 1/1000 hosts' in err
    assert err.endswith('azure_imds 1000/1000 hosts, 1 unreachable, 1 failed, 997 not azure\n')
    assert err.count('\n') == 1
    assert err.count('\r') < 500


def test_all_is_well(said: Said) -> None:
    report({'a': FINE, 'b': ELSEWHERE})
    assert said.warnings == []
    assert said.verbose == []


def test_one_line_for_all_and_one_for_each_cause(said: Said) -> None:
    report({**{f'vm{number}': down('HOST is down') for number in range(300)}, 'a': FINE, 'b': {'state': 'failed', 'error': 'no tool'}})
    assert said.warnings == ['azure_imds: 1 of 302 hosts returned facts, 300 unreachable, 1 failed. Use -v to see why.']
    assert said.verbose == ['azure_imds: vm0, vm1, vm2, vm3, vm4 and 295 more: HOST is down', 'azure_imds: b: no tool']


def test_nobody_watches_but_wants_to_know(said: Said, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """With -v, whole lines: in a log nothing is written over."""
    monkeypatch.setattr(_fleet_report, 'LINE_SECONDS', -1.0)
    progress = Progress(2)
    for answer in (FINE, down('x')):
        progress(answer)
    assert said.verbose == ['azure_imds 1/2 hosts', 'azure_imds 2/2 hosts, 1 unreachable']
    assert capsys.readouterr() == ('', '')


def test_a_log_has_a_line_now_and_then_and_the_last_one(said: Said) -> None:
    progress = Progress(1000)
    for _number in range(1000):
        progress(FINE)
    assert said.verbose[-1] == 'azure_imds 1000/1000 hosts'
    assert len(said.verbose) < 100


@pytest.mark.parametrize(('name', 'value'), [('AWX_ISOLATED_DATA_DIR', '/runner/artifacts/1'), ('RUNNER_OMIT_EVENTS', 'False'), ('TERM', 'dumb'), ('TERM', '')])
def test_no_line_is_rewritten_under_ansible_runner(
    said: Said, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setattr(sys.stderr, 'isatty', lambda: True)
    monkeypatch.setenv(name, value)
    Progress(1)(FINE)
    assert capsys.readouterr() == ('', '')
    assert said.verbose == ['azure_imds 1/1 host']


@pytest.mark.parametrize('terminal', [True, False])
def test_the_hint_to_the_causes_is_there_with_a_terminal_and_without(said: Said, monkeypatch: pytest.MonkeyPatch, terminal: bool) -> None:
    monkeypatch.setattr(sys.stderr, 'isatty', lambda: terminal)
    report({'a': down('no route')})
    assert said.warnings == ['azure_imds: 0 of 1 host returned facts, 1 unreachable. Use -v to see why.']
    assert said.verbose == ['azure_imds: a: no route']


def test_who_uses_it_already_is_not_told_to(said: Said) -> None:
    said.verbosity = 1
    report({'a': down('no route')})
    assert said.warnings == ['azure_imds: 0 of 1 host returned facts, 1 unreachable.']


def test_hosts_from_the_cache_count(said: Said) -> None:
    report({'a': down('no route')}, [FINE, FINE, ELSEWHERE])
    assert said.warnings == ['azure_imds: 2 of 4 hosts returned facts (2 from the cache), 1 unreachable, 1 not azure. Use -v to see why.']


def test_warnings_name_their_host(said: Said) -> None:
    report({'a': {**FINE, 'warnings': ['an old version']}})
    assert said.warnings == ['a: an old version']


def test_hosts_that_are_not_asked_again(said: Said) -> None:
    report_unasked({'a': down('no route'), 'b': down('no route')}, 300)
    assert said.warnings == [
        'azure_imds: 2 hosts were unreachable in the last 300 seconds and skipped. To ask again now, use --flush-cache. Use -v to see why.'
    ]
    assert said.verbose == ['azure_imds: a, b: no route']
