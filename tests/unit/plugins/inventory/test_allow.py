# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts choose their groups by what they say, among those that the option allow names."""

from __future__ import annotations

import pytest
from ansible_collections.imds.azure.plugins.plugin_utils._inventory.allowed_groups import AllowedGroups
from ansible_collections.imds.azure.tests.unit.plugins.inventory.three_hosts import NAMES, ThreeHosts

BY_TAG = [{'prefix': '', 'separator': '', 'key': "azure_imds.tags.get('Role')"}]


def own(groups: dict[str, set[str]]) -> set[str]:
    return {name for name, members in groups.items() if members} - {'all', 'ungrouped'}


def test_a_host_cannot_choose_a_group_that_is_not_allowed(fleet: ThreeHosts) -> None:
    """Not even one of an earlier source, nor what is above one."""
    (fleet.known.parent / 'hosts.json').write_text('[vault]\nc\n[web]\na\nb\n[all:vars]\nansible_connection=scripted')
    fleet.compute = {'a': {'tagsList': [{'name': 'Role', 'value': 'vault'}]}, 'b': {'tagsList': [{'name': 'Role', 'value': 'proxy'}]}}
    fleet.silent = {'c'}
    options = {'keyed_groups': [{**BY_TAG[0], 'parent_group': 'tagged'}], 'groups': {'secret': 'true', 'shown': 'true'}}
    groups = fleet.groups(**options, allow=['AZURE_location_*', 'proxy', 'tagged', 'shown', 'azure_fault_domain_*_zone_*'])
    assert (groups['vault'], groups['web'], groups['proxy'], groups['tagged'], groups['shown']) == ({'c'}, {'a', 'b'}, {'b'}, {'b'}, {'a', 'b'})
    assert groups['azure'] == groups['azure_location_westeurope'] == groups['azure_fault_domain_web_zone_1_0'] == {'a', 'b'}
    assert groups['azure_unreachable'] == {'c'}
    assert own(groups) == {
        *('vault', 'web', 'proxy', 'tagged', 'shown', 'azure', 'azure_location_westeurope', 'azure_fault_domain_web_zone_1_0', 'azure_unreachable')
    }
    (warning,) = [text for text in fleet.warnings if 'allow' in text]
    left_out = 'azure_fault_domain_0, azure_vmss_web, azure_vmss_web_zone_1, azure_zone_westeurope_1, secret and 1 more'
    said = f'azure_imds: these groups are left out, because allow does not list them: {left_out}. To use one of them, add it to allow.'
    assert warning == said


def test_nothing_is_said_where_nothing_is_left_out(fleet: ThreeHosts) -> None:
    groups = fleet.groups(keyed_groups=BY_TAG, allow=['azure_*', 'd?'])
    assert (groups['db'], groups['azure_vmss_web']) == (NAMES, NAMES)
    assert fleet.warnings == []


def test_no_group_is_allowed(fleet: ThreeHosts) -> None:
    assert own(fleet.groups(keyed_groups=BY_TAG, allow=[])) == {'azure'}
    assert len(fleet.warnings) == 1


@pytest.mark.parametrize('word', ['.*', '[', '', '(', 'azure_[', '\\'])
def test_a_pattern_of_another_kind_allows_nothing(word: str) -> None:
    allowed = AllowedGroups([word], 'azure')
    assert 'azure' in allowed
    assert 'azure_x' not in allowed
    assert 'azure_x' in (allowed.warning() or '')


def test_names_that_steer_a_terminal_are_shown_as_escapes() -> None:
    allowed = AllowedGroups(['a'], 'azure')
    assert 'x\x1b[2J' not in allowed
    assert 'x\\u001b[2J' in (allowed.warning() or '')
