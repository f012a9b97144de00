# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that are no baseline: each is refused with its name, the cause and the remedy."""

from __future__ import annotations

import copy
import json
import os
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.imds.azure.plugins.plugin_utils._placement.baseline import BaselineError, baseline_of, parsed, read_baseline
from ansible_collections.imds.azure.plugins.plugin_utils._placement.topology import topology
from ansible_collections.imds.azure.plugins.plugin_utils._placement.topology_changes import changes
from ansible_collections.imds.azure.tests.places.fleet import ANSWERS
from ansible_collections.imds.azure.tests.unit.plugins.plugin_utils._placement.fleet import vm
from hypothesis import given
from hypothesis import strategies as st

REPORT = topology({'a': vm('1', role='db'), 'b': vm('2', role='db', scale_set='x')}, made_at='2026-01-01T00:00:00Z')
AGAIN = 'Write a new one with: ansible-playbook imds.azure.topology_report -e topology_report_dest=FOLDER'
ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8
)


def refused(content: bytes) -> str:
    with pytest.raises(BaselineError) as caught:
        parsed(content, 'old.json')
    return str(caught.value)


def changed(path: str, value: Any = None) -> bytes:
    """The report with something else at a path, or without it."""
    report = copy.deepcopy(REPORT)
    *parents, last = [int(part) if part.isdigit() else part for part in path.split('.')]
    inside: Any = report
    for part in parents:
        inside = inside[part]
    if value is None:
        del inside[last]
    else:
        inside[last] = value
    return json.dumps(report).encode()


def test_a_report_is_a_baseline_and_so_is_what_was_kept_of_it() -> None:
    for fleet in (ANSWERS, {}):
        baseline = baseline_of(topology(fleet, made_at='now'))
        assert parsed(json.dumps(topology(fleet, made_at='now')).encode(), 'x') == baseline
        assert parsed(json.dumps(baseline).encode(), 'x') == baseline


@pytest.mark.parametrize(
    ('content', 'cause'),
    [
        (b'', 'it is empty'),
        (b'\xff\xfe', 'it is not JSON'),
        (json.dumps(REPORT).encode()[:-200], 'it is not JSON'),
        (b'[' * 100000, 'it is nested too deeply'),
        (b'{"format": ' + b'9' * 5000 + b'}', 'it is not JSON'),
        (b'[]', 'it has no format'),
        (b'"text"', 'it has no format'),
        (b'{}', 'it has no format'),
        (changed('format'), 'it has no format'),
        (changed('format', True), 'its format is True'),
        (changed('format', '1'), "its format is '1'"),
        (changed('format', -1), 'its format is -1'),
        (changed('made_at', 5), 'made_at is not a string'),
        (changed('hosts', {}), 'hosts is not a list'),
        (changed('hosts.0', []), 'hosts[0] is not an object'),
        (changed('hosts.1.zone'), 'hosts[1].zone is missing'),
        (changed('hosts.1.zone', 2), 'hosts[1].zone is not a string'),
        (changed('hosts.0.state', 'asleep'), 'hosts[0].state is not one of present'),
        (changed('services'), 'services is missing'),
        (changed('services.0.spread.0.hosts.0', 7), 'services[0].spread[0].hosts[0] is not a string'),
        (changed('services.0.spread.0.known', 1), 'services[0].spread[0].known is not true or false'),
        (changed('summary.critical', True), 'summary.critical is not a number'),
    ],
)
def test_a_file_that_is_no_baseline(content: bytes, cause: str) -> None:
    said = refused(content)
    assert said.startswith(f'The baseline old.json cannot be used: {cause}'), said
    assert said.endswith(AGAIN)


def test_a_baseline_of_a_later_version() -> None:
    assert refused(changed('format', 2)) == (
        'The baseline old.json cannot be used: it has format 2, and this version of imds.azure reads format 1. '
        'Upgrade with: ansible-galaxy collection install imds.azure --upgrade'
    )


def test_paths_that_lead_to_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / 'pipe')
    for path, said in (
        (tmp_path / 'none', 'does not exist'),
        (tmp_path, 'cannot be used: it is not a file'),
        (tmp_path / 'pipe', 'cannot be used: it is not a file'),
        (Path('/dev/zero'), 'cannot be used: it is not a file'),
        (tmp_path / 'a\0b', 'cannot be read: '),
    ):
        with pytest.raises(BaselineError) as caught:
            read_baseline(str(path))
        assert str(caught.value).startswith(f'The baseline {path} {said}')


KEYS = st.sampled_from(
    ['hosts', 'hosts.0', 'hosts.0.name', 'hosts.0.zone', 'services', 'services.0', 'services.0.name', 'services.0.spread', 'services.0.spread.0.place',
     'services.0.spread.0.hosts', 'scale_sets.0.name', 'summary', 'made_at', 'format'],
)  # fmt: skip


@given(KEYS, ANY)
def test_whatever_is_in_a_baseline_is_compared_or_refused(path: str, value: Any) -> None:
    content = changed(path, value)
    try:
        baseline = parsed(content, 'x')
    except BaselineError:
        return
    assert isinstance(changes(baseline, REPORT)['hosts'], list)
