# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host never gets the facts of another machine that had its name."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.imds.azure.plugins.plugin_utils._fleet.host_variables import HostVariables
from ansible_collections.imds.azure.tests.unit.plugins.inventory.three_hosts import NAMES, ThreeHosts

ALL = sorted(NAMES)


def addresses(*numbers: int) -> dict[str, dict[str, Any]]:
    return {name: {'ansible_host': f'127.0.2.{number}'} for name, number in zip(ALL, numbers, strict=True)}


@pytest.mark.parametrize(
    'variable',
    [
        {'ansible_host': '127.0.2.1'},
        {'ansible_ssh_host': '127.0.2.1'},
        {'ansible_port': 2222},
        {'ansible_ssh_port': 2222},
        {'azure_imds_endpoint': 'http://127.0.0.1:10'},
        {'azure_imds_api_version': '2021-02-01'},
        {'ansible_ssh_common_args': '-J bastion'},
        {'ansible_host': '{{ "127.0.2.1" }}'},
    ],
)
def test_a_host_that_is_elsewhere_now_is_asked_again(fleet: ThreeHosts, variable: dict[str, Any]) -> None:
    fleet.run()
    fleet.variables(b=variable)
    fleet.run()
    assert len(fleet.asked()) == 1
    assert fleet.run() == []


@pytest.mark.parametrize(
    'variable',
    [{'ansible_user': 'ops'}, {'ansible_timeout': 3}, {'azure_imds_timeout': 3}, {'anything': 'else'}, {'azure_imds_endpoint': 'http://127.0.0.1:9/'}],
)
def test_what_leads_to_the_same_machine_asks_nobody(fleet: ThreeHosts, variable: dict[str, Any]) -> None:
    fleet.variables(b={'azure_imds_endpoint': 'http://127.0.0.1:9'} if 'azure_imds_endpoint' in variable else {})
    fleet.run()
    fleet.variables(b=variable)
    assert fleet.run() == []


Place = Callable[[ThreeHosts, Path, str], None]


def in_host_vars(_fleet: ThreeHosts, folder: Path, value: str) -> None:
    (folder / 'host_vars').mkdir(exist_ok=True)
    (folder / 'host_vars' / 'b.yml').write_text(json.dumps({'ansible_host': value}))


def in_group_vars(_fleet: ThreeHosts, folder: Path, value: str) -> None:
    (folder / 'group_vars').mkdir(exist_ok=True)
    (folder / 'group_vars' / 'all.yml').write_text(json.dumps({'ansible_host': value}))


def in_what_a_template_reads(fleet: ThreeHosts, _folder: Path, value: str) -> None:
    fleet.variables(of_all={'network': value, 'ansible_host': '{{ network }}'})


def in_another_host(fleet: ThreeHosts, _folder: Path, value: str) -> None:
    fleet.variables(of_all={'ansible_host': '{{ hostvars.c.network }}'}, c={'network': value})


def in_a_template_of_a_template(fleet: ThreeHosts, _folder: Path, value: str) -> None:
    of_all = {'ansible_host': '{{ inner }}', 'inner': '{% if 1 %}{{ network }}{% endif %}'}
    fleet.variables(of_all=of_all, b={'network': value}, a={'network': 'a'}, c={'network': 'c'})


def in_a_table(fleet: ThreeHosts, _folder: Path, value: str) -> None:
    fleet.variables(of_all={'ansible_host': '{{ table[inventory_hostname] }}', 'table': {'a': '127.0.3.1', 'b': value, 'c': '127.0.3.3'}})


def in_the_way_to_a_bastion(fleet: ThreeHosts, _folder: Path, value: str) -> None:
    fleet.variables(of_all={'ansible_ssh_common_args': '-J {{ bastion }}', 'bastion': value}, b={'ansible_host': value})


def in_the_environment(fleet: ThreeHosts, _folder: Path, value: str) -> None:
    os.environ['AZURE_IMDS_TEST_ADDRESS'] = value
    fleet.variables(b={'ansible_host': '{{ lookup("ansible.builtin.env", "AZURE_IMDS_TEST_ADDRESS") }}'})


PLACES = [
    in_host_vars,
    in_group_vars,
    in_what_a_template_reads,
    in_another_host,
    in_a_template_of_a_template,
    in_a_table,
    in_the_way_to_a_bastion,
    in_the_environment,
]


@pytest.mark.parametrize('place', PLACES)
def test_wherever_the_address_is_written(fleet: ThreeHosts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: Place) -> None:
    monkeypatch.setenv('AZURE_IMDS_TEST_ADDRESS', '')
    place(fleet, tmp_path, '127.0.2.1')
    fleet.run()
    assert fleet.run() == []
    place(fleet, tmp_path, '127.0.2.2')
    assert '127.0.2.2' in fleet.run()
    assert fleet.run() == []


def test_an_address_on_the_command_line(fleet: ThreeHosts, command_line: Any) -> None:
    for address in ('127.0.2.1', '127.0.2.2'):
        command_line(extra_vars=(json.dumps({'ansible_host': address}),))
        assert fleet.run() == [address] * 3
        assert fleet.run() == []


def test_usual_templates_are_not_rendered(fleet: ThreeHosts, monkeypatch: pytest.MonkeyPatch) -> None:
    """That would take longer than all else where nobody is asked."""
    fleet.variables(of_all={'ansible_host': '{{ inventory_hostname }}.{{ domain }}', 'domain': '{{ site }}.internal', 'site': 'one'})
    fleet.run()
    with monkeypatch.context() as patch:
        patch.delattr(HostVariables, 'of')
        assert fleet.run() == []
    fleet.variables(of_all={'ansible_host': '{{ inventory_hostname }}.{{ domain }}', 'domain': '{{ site }}.internal', 'site': 'two'})
    assert fleet.run() == ['a.two.internal', 'b.two.internal', 'c.two.internal']


def test_secrets_that_cannot_be_read_ask_nobody(fleet: ThreeHosts, tmp_path: Path) -> None:
    """As ansible-inventory --graph needs no password of a vault."""
    (tmp_path / 'group_vars').mkdir()
    (tmp_path / 'group_vars' / 'all.yml').write_text('{"password": "x"}')
    fleet.run()
    (tmp_path / 'group_vars' / 'all.yml').write_text('$ANSIBLE_VAULT;1.1;AES256\n6162\n')
    assert fleet.run() == []


@pytest.mark.parametrize('text', ['{{', '{% nothing %}', '{{ x', '{% for %}'])
def test_a_template_that_is_none(fleet: ThreeHosts, text: str) -> None:
    fleet.variables(b={'ansible_ssh_common_args': text})
    groups = fleet.groups()
    assert {'a', 'c'} <= groups['azure']
    assert 'b' in groups['azure'] | groups.get('azure_failed', set())


def location(fleet: ThreeHosts, name: str) -> str:
    (group,) = (group for group, members in fleet.groups().items() if group.startswith('azure_location_') and name in members)
    return group


def test_two_inventories_with_the_same_names_share_a_cache(fleet: ThreeHosts) -> None:
    """Each has its own facts, and after one run of each, nobody is asked."""
    inventories = {'azure_location_northeurope': addresses(1, 2, 3), 'azure_location_eastus': addresses(4, 5, 6)}
    fleet.compute = {f'127.0.2.{number}': {'location': 'northeurope' if number < 4 else 'eastus'} for number in range(1, 7)}
    for asked in (3, 0, 0):
        for group, hosts in inventories.items():
            fleet.variables(**hosts)
            assert location(fleet, 'b') == group
            assert len(fleet.asked()) == asked


def test_old_facts_of_another_machine_are_not_those_of_a_silent_host(fleet: ThreeHosts) -> None:
    fleet.run()
    fleet.silent = {'127.0.2.1'}
    fleet.variables(b={'ansible_host': '127.0.2.1'})
    assert fleet.groups()['azure_unreachable'] == {'b'}


def test_an_address_that_cannot_be_told_is_a_failure_of_that_host(fleet: ThreeHosts) -> None:
    fleet.variables(b={'ansible_host': '{{ nobody_knows }}'})
    for asked in (['a', 'c'], []):
        assert fleet.groups()['azure_failed'] == {'b'}
        assert fleet.asked() == asked
    fleet.variables()
    assert fleet.run() == ['b']
