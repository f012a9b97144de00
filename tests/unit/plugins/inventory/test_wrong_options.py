# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a source of groups refuses before any host is asked, and what it says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible.errors import AnsibleParserError
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import inventory_loader
from ansible_collections.imds.azure.tests.unit.plugins.inventory.three_hosts import ThreeHosts


def refused(fleet: ThreeHosts, **options: Any) -> str:
    """What is said of the source; nobody was asked, and there are no groups of it."""
    inventory = fleet.inventory(**{'cache': False, **options})
    assert 'azure_vmss_web' not in inventory.groups
    assert fleet.asked() == []
    # Ansible itself says it in many ways.
    loader = DataLoader()
    with pytest.raises(AnsibleParserError) as caught:
        inventory_loader.get('imds.azure.hosts').parse(inventory._inventory, loader, fleet.source)
    return str(caught.value)


@pytest.mark.parametrize(
    ('wrong', 'meant'),
    [('endpont', 'endpoint'), ('Endpoint', 'endpoint'), ('key_groups', 'keyed_groups'), ('time_out', 'timeout')],
)
def test_an_unknown_option_is_refused_and_the_nearest_one_is_named(fleet: ThreeHosts, wrong: str, meant: str) -> None:
    said = refused(fleet, **{wrong: 'x'})
    assert said == f"this inventory plugin has no option '{wrong}'. Did you mean {meant}?"


@pytest.mark.parametrize(
    ('option', 'value', 'said'),
    [
        ('timeout', 0, 'timeout 0.0 is not valid. Set it to a number of seconds above 0.'),
        ('timeout', -1, 'timeout -1.0 is not valid.'),
        ('deadline', 0, 'deadline 0.0 is not valid.'),
        ('api_version', 2021, "api_version '2021' is not valid. Set it to auto or to a date such as"),
        ('api_version', 'newest', "api_version 'newest' is not valid."),
        ('prefix', 'web', 'prefix is web, but another source already has a group of that name. Set prefix to another word, such as web_imds.'),
    ],
)
def test_a_value_that_cannot_be_used_is_refused(fleet: ThreeHosts, tmp_path: Path, option: str, value: Any, said: str) -> None:
    hosts = {'hosts': {name: {} for name in 'abc'}, 'vars': {'ansible_connection': 'scripted'}, 'children': {'web': {'hosts': {'a': {}}}}}
    (tmp_path / 'hosts.json').write_text(json.dumps({'all': hosts}))
    assert said in refused(fleet, **{option: value})


def test_an_api_version_without_quotes(fleet: ThreeHosts, tmp_path: Path) -> None:
    """YAML makes a date of it."""
    (tmp_path / 'more.yml').write_text('plugin: imds.azure.hosts\nendpoint: http://127.0.0.1:9\napi_version: 2021-02-01\nprefix: more\n')
    inventory = fleet.inventory(tmp_path / 'more.yml', cache=False)
    assert {host.name for host in inventory.groups['more'].get_hosts()} == {'a', 'b', 'c'}


def test_two_sources_with_one_prefix(fleet: ThreeHosts, tmp_path: Path) -> None:
    (tmp_path / 'more.yml').write_text('plugin: imds.azure.hosts\nendpoint: http://127.0.0.1:9\nhosts: a\n')
    inventory = fleet.inventory(tmp_path / 'more.yml', cache=False)
    assert fleet.asked() == ['a', 'a', 'b', 'c']
    assert {host.name for host in inventory.groups['azure'].get_hosts()} == {'a', 'b', 'c'}


def test_a_misspelt_variable_of_a_host_asks_nobody_at_the_wrong_place(fleet: ThreeHosts, tmp_path: Path) -> None:
    variables = {'a': {'azure_imds_endpont': 'http://127.0.0.1:8'}, 'b': {'azure_imds_comment': 'mine'}, 'c': {'azure_imds_endpoint': 'http://127.0.0.1:8'}}
    (tmp_path / 'hosts.json').write_text(json.dumps({'all': {'hosts': variables, 'vars': {'ansible_connection': 'scripted'}}}))
    groups = fleet.groups(cache=False)
    assert fleet.asked() == ['b', 'c']
    assert groups['azure_failed'] == {'a'}


def test_a_misspelt_variable_of_the_environment(fleet: ThreeHosts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('AZURE_IMDS_ENDPONT', 'http://127.0.0.1:8')
    assert 'there is no environment variable AZURE_IMDS_ENDPONT. Did you mean AZURE_IMDS_ENDPOINT?' in refused(fleet)
