# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What hosts said, in a file of YAML that somebody takes as an inventory: it comes back as it was, and none of it runs."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.yaml.dumper import AnsibleDumper
from ansible.template import Templar
from ansible_collections.imds.azure.plugins.plugin_utils._inventory.exported import safe_in_a_file
from ansible_collections.imds.azure.tests.unit.plugins.inventory.three_hosts import ThreeHosts
from hypothesis import given
from hypothesis import strategies as st

TEXTS = [
    '{{ 1 + 1 }}',
    "{{ lookup('pipe', 'touch /nowhere') }}",
    '{% if 1 %}x{% endif %}',
    '{# x',
    '{{ "a" ~ \'b\' }}',
    "'{{'",
    "'' ~ {{ 1 }} }} {{ '",
    '\\{{ 1 }}\\',
    "\\'{{ 1 }}\\'",
    '{{ 1 }}\n{{ 2 }}',
    "{{ \\' ~ 1 ~ \\' }}",
    "{{ \\\\' ~ (1 + 1) ~ '\\\\ }}",
    '{{ " ~ (1 + 1) ~ " }}',
    '\\n\\x41{{ 1 }}',
    '{{ 1 }} \U0001f600 ü',
    '{% raw %}{{ 1 }}{% endraw %}',
    '#jinja2: variable_start_string: "[["\n[[ 1 + 1 ]]',
    'no template (at all)',
    '',
]


def read_again(folder: Path, text: str) -> Any:
    """The variable x of a host as a task would see it."""
    (folder / 'export.yml').write_text(text)
    loader = DataLoader()
    variables = InventoryManager(loader=loader, sources=[str(folder / 'export.yml')]).get_host('a').get_vars()
    return Templar(loader=loader, variables=variables).template(variables['x'])


@pytest.mark.parametrize('text', TEXTS)
@pytest.mark.parametrize('inside', [lambda text: text, lambda text: {'tags': {'a': [text]}}], ids=['text', 'inside'])
def test_a_text_comes_back_and_does_not_run(tmp_path: Path, text: str, inside: Callable[[str], Any]) -> None:
    host = {'all': {'hosts': {'a': {'x': safe_in_a_file(inside(text))}}}}
    assert read_again(tmp_path, yaml.dump(host, Dumper=AnsibleDumper, allow_unicode=True)) == inside(text)


@given(st.text(alphabet=st.sampled_from(list('\'"\\{}%#~ ()1+ax\n')), max_size=40).map(lambda text: f'{{{{{text}'))
def test_no_text_breaks_out(text: str) -> None:
    host = {'all': {'hosts': {'a': {'x': safe_in_a_file(text)}}}}
    with tempfile.TemporaryDirectory() as folder:
        assert read_again(Path(folder), yaml.dump(host, Dumper=AnsibleDumper, allow_unicode=True)) == text


def test_values_of_other_types_are_left() -> None:
    value: dict[str, Any] = {'a': [1, None, True, 1.5, 'x', {}], '{{ key }}': []}
    assert safe_in_a_file(value) == value


def test_an_export_of_the_inventory_runs_no_tag(fleet: ThreeHosts, tmp_path: Path, command_line: Callable[..., None]) -> None:
    evil = "{{ 'r' ~ 'an' }}"
    fleet.compute = {'a': {'tagsList': [{'name': 'Role', 'value': 'db'}, {'name': 'Evil', 'value': evil}]}}
    command_line(yaml=True)
    inventory = fleet.inventory(cache=False, compose={'mine': "azure_imds.tags.Evil | default('')"})
    assert 'role_db' in inventory.groups
    variables = inventory.get_host('a').get_vars()
    both: list[dict[str, str]] = [variables['azure_imds']['tags'], {'Evil': variables['mine']}]
    for value in both:
        host = {'all': {'hosts': {'a': {'x': value}}}}
        assert read_again(tmp_path, yaml.dump(host, Dumper=AnsibleDumper))['Evil'] == evil
