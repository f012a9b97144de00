# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Baselines in a folder: which are kept, and what they tell."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.imds.azure.plugins.filter.topology_history import topology_history
from ansible_collections.imds.azure.plugins.plugin_utils._placement.topology import topology
from ansible_collections.imds.azure.tests.unit.plugins.plugin_utils._placement.fleet import vm


def report(day: int, *zones: str) -> dict[str, Any]:
    return topology({f'db-{number}': vm(zone, role='db') for number, zone in enumerate(zones)}, made_at=f'2026-01-{day:02}T00:00:00Z')


def keep(folder: Path, day: int, *zones: str, at_most: int = 3) -> dict[str, Any]:
    """What the role does with what the filter gives."""
    found: dict[str, Any] = topology_history(report(day, *zones), folder, at_most)
    folder.mkdir(exist_ok=True)
    if found['add']:
        (folder / found['add']['name']).write_text(json.dumps(found['add']['content']))
    for path in found['remove']:
        Path(path).unlink()
    return found


def test_at_most_so_many_are_kept_and_all_of_them_are_told(tmp_path: Path) -> None:
    folder = tmp_path / 'history'
    assert keep(folder, 1, '1', '2')['points'] == [{'made_at': '2026-01-01T00:00:00Z', 'hosts': 2, 'critical': 0, 'warning': 0}]
    (folder / 'topology.json').write_text('of somebody else')
    for day in (2, 3, 4):
        found = keep(folder, day, *['1'] * day, '2')
    assert [point['made_at'][8:10] for point in found['points']] == ['02', '03', '04']
    assert found['services'] == [{'name': 'db', 'costs': [{'lost': number, 'count': number + 1} for number in (2, 3, 4)]}]
    assert [point['hosts'] for point in found['points']] == [3, 4, 5]
    assert sorted(path.name for path in folder.iterdir()) == [
        'topology-2026-01-02T00-00-00Z.json',
        'topology-2026-01-03T00-00-00Z.json',
        'topology-2026-01-04T00-00-00Z.json',
        'topology.json',
    ]
    assert [path[-15:] for path in keep(folder, 5, '1', at_most=1)['remove']] == ['T00-00-00Z.json'] * 3
    assert len(list(folder.iterdir())) == 2


def test_a_fleet_that_is_as_it_was_is_not_kept_twice(tmp_path: Path) -> None:
    keep(tmp_path, 1, '1', '2')
    found = keep(tmp_path, 2, '1', '2')
    assert (found['add'], found['remove']) == (None, [])
    assert [point['made_at'][8:10] for point in found['points']] == ['01']


def test_the_worst_spread_comes_first_and_what_was_not_there_has_no_cost(tmp_path: Path) -> None:
    keep(tmp_path, 1, '1', '2')
    fleet = {**{f'db-{zone}': vm(zone, role='db') for zone in '12'}, 'a': vm('1', role='new'), 'b': vm('1', role='new')}
    found = topology_history(topology(fleet, made_at='2026-01-02T00:00:00Z'), tmp_path, 9)
    assert [(service['name'], service['costs'][0]) for service in found['services']] == [('new', None), ('db', {'lost': 1, 'count': 2})]


def test_two_reports_in_one_second(tmp_path: Path) -> None:
    keep(tmp_path, 1, '1', '2')
    keep(tmp_path, 1, '1', '1')
    assert len(list(tmp_path.iterdir())) == 1


def test_a_broken_file_is_named_with_the_way_out(tmp_path: Path) -> None:
    name = tmp_path / 'topology-2026-01-01T00-00-00Z.json'
    name.write_text('{')
    with pytest.raises(AnsibleFilterError, match='cannot be used: it is not JSON') as caught:
        topology_history(report(2, '1'), tmp_path)
    assert str(caught.value).startswith(f'The baseline {name} ')
    assert str(caught.value).endswith(f'Delete it with: rm {name}')


def test_what_is_no_folder_and_what_is_no_number(tmp_path: Path) -> None:
    (tmp_path / 'file').touch()
    with pytest.raises(AnsibleFilterError, match=r'file cannot be read: Not a directory. Use a folder'):
        topology_history(report(1, '1'), tmp_path / 'file')
    for number in (0, -1, True, 'many', 1.5):
        with pytest.raises(AnsibleFilterError, match='Set it to the number of baselines to keep, 1 or more'):
            topology_history(report(1, '1'), tmp_path, number)


def test_a_date_that_cannot_name_a_file(tmp_path: Path) -> None:
    with pytest.raises(AnsibleFilterError, match='is not a valid time. Set made_at to a time such as 2026-01-31T00:00:00Z'):
        topology_history(topology({}, made_at='../../x'), tmp_path)
