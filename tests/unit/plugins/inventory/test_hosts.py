# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is asked: the hosts of earlier sources that match a pattern, or those of a list."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.imds.azure.plugins.plugin_utils._inventory import refresh
from ansible_collections.imds.azure.tests.unit.plugins.inventory.three_hosts import NAMES, ThreeHosts


@pytest.mark.parametrize(
    ('pattern', 'asked'),
    [
        (None, 'abc'),
        ('all', 'abc'),
        ('*', 'abc'),
        ('all:!web', 'c'),
        ('all:&web', 'ab'),
        ('site', 'ab'),
        ('web:db', 'abc'),
        ('ungrouped', ''),
        ('a', 'a'),
        ('~[bc]', 'bc'),
    ],
)
def test_hosts_that_are_in_groups_only(fleet: ThreeHosts, tmp_path: Path, pattern: str | None, asked: str) -> None:
    """As an ini file has them: Ansible puts its groups below C(all) only after the last source."""
    scripted = 'ansible_connection=scripted'
    (tmp_path / 'hosts.json').write_text(f'[web]\na {scripted}\nb {scripted}\n[db]\nc {scripted}\n[site:children]\nweb\n')
    options = {'hosts': pattern} if pattern else {}
    groups = fleet.groups(**options)
    assert fleet.asked() == list(asked)
    assert groups.get('azure', set()) == set(asked)
    assert groups['all'] == NAMES
    assert fleet.warnings == []


@pytest.mark.parametrize(('pattern', 'asked'), [('ungrouped', 'bc'), ('all:!ungrouped', 'a')])
def test_hosts_that_are_in_no_group(fleet: ThreeHosts, tmp_path: Path, pattern: str, asked: str) -> None:
    everybody = {'hosts': dict.fromkeys(NAMES, {}), 'vars': {'ansible_connection': 'scripted'}, 'children': {'web': {'hosts': {'a': {}}}}}
    (tmp_path / 'hosts.json').write_text(json.dumps({'all': everybody}))
    fleet.groups(hosts=pattern)
    assert fleet.asked() == list(asked)


def test_variables_of_hosts_say_how_each_is_asked(fleet: ThreeHosts) -> None:
    """Those of the inventory say it for all, and a wrong one fails its host only."""
    fleet.variables(of_all={'azure_imds_api_version': '2021-02-01'}, b={'azure_imds_timeout': 'soon'}, c={'azure_imds_api_version': '2020-09-01'})
    inventory = fleet.inventory()
    versions = {name: host.vars.get('azure_imds', {}).get('query', {}).get('api_version') for name, host in inventory.hosts.items()}
    assert versions == {'a': '2021-02-01', 'b': None, 'c': '2020-09-01'}
    assert inventory.get_groups_dict()['azure_failed'] == ['b']
    assert fleet.asked() == ['a', 'c']


def test_a_list_that_names_a_host_twice(fleet: ThreeHosts) -> None:
    groups = fleet.groups(hosts=['a', 'a', '[a:c]', '[b:c]'])
    assert fleet.asked() == ['a', 'b', 'c']
    assert groups['azure'] == NAMES


def test_groups_stay_where_the_sources_put_them(tmp_path: Path, fleet: ThreeHosts) -> None:
    """A later source may still put a group below another one, and then it is not directly below C(all)."""
    (tmp_path / 'hosts.json').write_text('[web]\na ansible_connection=scripted\n')
    (tmp_path / 'later.json').write_text(json.dumps({'site': {'children': {'web': {}}}}))
    inventory = fleet.inventory(tmp_path / 'later.json')
    assert [group.name for group in inventory.groups['web'].parent_groups] == ['site']


def test_as_many_at_the_same_time_as_in_plays(fleet: ThreeHosts, command_line: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    ask_all = refresh.ask_all

    def watched(names: Any, ask: Any, forks: int, progress: Any) -> Any:
        seen.append(forks)
        return ask_all(names, ask, forks, progress)

    monkeypatch.setattr(refresh, 'ask_all', watched)
    command_line(forks=17)
    fleet.run(cache=False)
    fleet.run(cache=False, forks=3)
    assert seen == [17, 3]


@pytest.mark.parametrize(('pattern', 'asked'), [('localhost', []), ('localhost:a', ['a']), ('all', ['a', 'b', 'c'])])
def test_a_host_that_only_ansible_has_in_mind(fleet: ThreeHosts, pattern: str, asked: list[str]) -> None:
    groups = fleet.groups(hosts=pattern, keyed_groups=[])
    assert fleet.asked() == asked
    assert sorted(groups.get('azure', ())) == asked
    assert [warning for warning in fleet.warnings if 'skipping localhost' in warning] == fleet.warnings
    assert len(fleet.warnings) == ('localhost' in pattern)


def test_a_pattern_of_no_host(fleet: ThreeHosts) -> None:
    groups = fleet.groups(hosts='nowhere')
    assert groups['all'] == NAMES
    assert 'azure' not in groups
    assert fleet.warnings == ['Could not match supplied host pattern, ignoring: nowhere']


def test_no_earlier_source_names_a_host(fleet: ThreeHosts, tmp_path: Path) -> None:
    """Such as where the sources are named in the wrong order."""
    hosts = json.loads((tmp_path / 'hosts.json').read_text())
    (tmp_path / 'hosts.json').write_text('{"all": {}}')
    (tmp_path / 'later.json').write_text(json.dumps(hosts))
    assert set(fleet.inventory(tmp_path / 'later.json').hosts) == NAMES
    (warning,) = fleet.warnings
    assert warning == f'azure_imds: no hosts to ask: list {tmp_path}/fleet.azure_imds.yml after the sources that define hosts.'
