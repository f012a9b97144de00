# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation of plugins: what ansible-test does not ask for."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
import yaml

PLUGINS = Path(__file__).parents[2] / 'plugins'
MODULES = sorted(path for path in (PLUGINS / 'modules').glob('*.py') if path.name != '__init__.py')
DOCUMENTED = [
    *MODULES,
    *(path for folder in ('filter', 'inventory', 'lookup') for path in sorted((PLUGINS / folder).glob('*.py')) if path.name != '__init__.py'),
]
ATTRIBUTES = {'action', 'async', 'check_mode', 'diff_mode', 'platform'}


def documentation(path: Path, name: str = 'DOCUMENTATION') -> dict[str, Any]:
    """What stands in a file, or in the class of a fragment."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == name:
            found: dict[str, Any] = yaml.safe_load(ast.literal_eval(node.value))
            return found
    raise AssertionError(f'{path} has no {name}')


def attributes(path: Path) -> dict[str, dict[str, Any]]:
    """Those of a module, with those of its fragments below."""
    own = documentation(path)
    found: dict[str, dict[str, Any]] = {}
    for fragment in own.get('extends_documentation_fragment', ()):
        name, _dot, part = fragment.removeprefix('imds.azure.').partition('.')
        for key, value in documentation(PLUGINS / f'doc_fragments/{name}.py', part.upper() or 'DOCUMENTATION').get('attributes', {}).items():
            found.setdefault(key, {}).update(value)
    for key, value in own.get('attributes', {}).items():
        found.setdefault(key, {}).update(value)
    return found


@pytest.mark.parametrize('path', MODULES, ids=lambda path: path.stem)
def test_a_module_says_what_it_supports(path: Path) -> None:
    found = attributes(path)
    assert ATTRIBUTES - found.keys() == set()
    assert (found['action']['support'] == 'full') == (PLUGINS / f'action/{path.name}').exists()
    assert found['check_mode']['support'] == 'full'


@pytest.mark.parametrize('path', DOCUMENTED, ids=lambda path: f'{path.parent.name}-{path.stem}')
def test_a_plugin_leads_to_related_ones(path: Path) -> None:
    related = documentation(path)['seealso']
    assert [entry for entry in related if 'imds.azure.' in entry.get('module', '') + entry.get('plugin', '') or 'ansible.builtin.' in entry.get('plugin', '')]
