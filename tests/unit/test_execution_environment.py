# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An execution environment gets every library that a plugin imports: meta/ee-requirements.txt names each."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

import yaml

COLLECTION = Path(__file__).parents[2]
# These come with ansible-core itself, or with Python.
WITH_ANSIBLE = {'ansible', 'ansible_collections', 'jinja2', 'yaml', 'packaging'} | set(sys.stdlib_module_names)


def imported(path: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(path.read_text())))
    modules = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    modules += [node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module]
    return {module.partition('.')[0] for module in modules} - WITH_ANSIBLE


def test_every_library_is_named() -> None:
    named = yaml.safe_load((COLLECTION / 'meta/execution-environment.yml').read_text())['dependencies']['python']
    required = re.findall(r'^([a-z0-9-]+)', (COLLECTION / named).read_text(), re.MULTILINE)
    # urllib3 comes with requests.
    libraries = set().union(*(imported(path) for path in (COLLECTION / 'plugins').rglob('*.py')))
    assert sorted(required) == sorted(libraries - {'urllib3'})
