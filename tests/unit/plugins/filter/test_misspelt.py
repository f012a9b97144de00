# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Variables that look like misspelt options of a role."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from ansible_collections.imds.azure.plugins.filter.misspelt import misspelt

ROLES = Path(__file__).parents[4] / 'roles'
NAMES = sorted(path.name for path in ROLES.iterdir())


def said(role: str, *names: str) -> list[str]:
    return misspelt(names, yaml.safe_load((ROLES / role / 'meta/argument_specs.yml').read_text()), f'{role}_')


@pytest.mark.parametrize(
    ('role', 'wrong', 'meant'),
    [
        ('maintenance', 'maintenance_drian_tasks', 'maintenance_drain_tasks'),
        ('maintenance', 'maintenance_watcher_pyhton', 'maintenance_watcher_python'),
        ('simulator', 'simulator_fleets', 'simulator_fleet'),
        ('tagged_config', 'tagged_config_file_s', 'tagged_config_files'),
        ('rack_awareness', 'rack_awareness_levels', 'rack_awareness_level'),
        ('topology_report', 'topology_report_Title', 'topology_report_title'),
        ('topology_report', 'azure_imds_endpont', 'azure_imds_endpoint'),
    ],
)
def test_the_option_that_was_meant_is_named(role: str, wrong: str, meant: str) -> None:
    assert said(role, wrong, meant, 'other') == [f'There is no variable {wrong}. Did you mean {meant}?']


def test_variables_of_a_user_are_left_alone() -> None:
    assert said('maintenance', 'maintenance_window', 'maintenance_contact', 'drain_tasks', 'azure_imds_comment') == []
    assert said('simulator', 'simulator_host', 'simulator_version', 'simulator_') == []


@pytest.mark.parametrize('role', NAMES)
def test_no_variable_that_a_role_makes_itself_looks_misspelt(role: str) -> None:
    """They stay with the host, and the role may run again."""
    text = ''.join(path.read_text() for path in (ROLES / role / 'tasks').iterdir())
    names = set(re.findall(r'register: (\w+)', text))
    for block in re.findall(r'set_fact:\n((?: +.*\n)+?)(?=\n|\Z)', text):
        names.update(re.findall(r'^ +(\w+):', block, re.MULTILINE))
    own = re.search(r"'" + role + r"_',\s+\[(.*?)\]\)", text)
    alike = {sentence.split()[4].rstrip('.') for sentence in said(role, *names)}
    assert alike == set(re.findall(r'\w+', own[1]) if own else ())


@pytest.mark.parametrize('role', NAMES)
def test_every_role_looks_at_the_names_of_its_variables(role: str) -> None:
    assert 'imds.azure.misspelt' in (ROLES / role / 'tasks/main.yml').read_text()
