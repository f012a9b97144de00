# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The wings of the collection and the order that docs/architecture.md gives them: imports go down its table, never up, and in no circle."""

from __future__ import annotations

import ast
import graphlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

COLLECTION = Path(__file__).parents[2]
PACKAGE = 'ansible_collections.imds.azure.'
ROW = re.compile(r'^\| (\d) \| (.+?) \|', re.MULTILINE)


def floors(document: str) -> dict[str, int]:
    """The floor of each wing in the table, by its path in the collection; the ground is the lowest number."""
    return {wing: int(floor) for floor, wings in ROW.findall(document) for wing in re.findall(r'`([^`]+)`', wings)}


def sources(collection: Path) -> dict[str, Path]:
    """All files with code that users run, by their path without the ending."""
    found = [path for folder in ('plugins', 'extensions', 'roles') for path in (collection / folder).rglob('*.py')]
    return {str(path.relative_to(collection).with_suffix('')): path for path in found}


def imports(name: str, path: Path, known: dict[str, Path]) -> Iterator[str]:
    """The files of the collection that a file imports, also those that it imports only when it needs them."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            base = node.module or ''
            if node.level:
                base = '.'.join([PACKAGE.rstrip('.'), *Path(name).parts[: -node.level], *filter(None, [node.module])])
            candidates = [base, *(f'{base}.{alias.name}' for alias in node.names)]
        elif isinstance(node, ast.Import):
            candidates = [alias.name for alias in node.names]
        else:
            continue
        for candidate in candidates:
            target = candidate.removeprefix(PACKAGE).replace('.', '/')
            if candidate.startswith(PACKAGE) and target in known:
                yield target


def wing_of(name: str, order: dict[str, int]) -> str:
    """The wing on the table that a file is in."""
    wings = [wing for wing in order if name == wing or name.startswith(f'{wing}/')]
    assert wings, f'{name} is in no wing of the table in docs/architecture.md: add its folder there, or move it into one.'
    return max(wings, key=len)


def check(collection: Path) -> None:
    """Fails on an import that the table forbids, and on a circle of files."""
    order, known = floors((collection / 'docs/architecture.md').read_text()), sources(collection)
    graph = {name: set(imports(name, path, known)) - {name} for name, path in known.items()}
    for name, targets in graph.items():
        for target in targets:
            above, below = wing_of(name, order), wing_of(target, order)
            assert above == below or order[above] > order[below], f'{name} imports {target}, but {above} does not stand above {below} in docs/architecture.md.'
    graphlib.TopologicalSorter(graph).prepare()


def test_imports_go_down_and_in_no_circle() -> None:
    check(COLLECTION)


def test_each_wing_of_the_table_is_there() -> None:
    for wing in floors((COLLECTION / 'docs/architecture.md').read_text()):
        assert (COLLECTION / wing).is_dir() or (COLLECTION / f'{wing}.py').is_file(), wing


def test_a_folder_has_one_subject_and_more_than_one_file() -> None:
    for utils in ('module_utils', 'plugin_utils'):
        for folder in (COLLECTION / 'plugins' / utils).iterdir():
            if folder.is_dir() and folder.name != '__pycache__':
                assert len([path for path in folder.glob('*.py') if path.name != '__init__.py']) > 1, f'{folder.name}: one file needs no folder'
                assert not any(child.is_dir() and child.name != '__pycache__' for child in folder.iterdir()), f'{folder.name}: a wing has no wings'


def test_tests_lie_as_what_they_test() -> None:
    """A folder of tests/unit/plugins is named as the one of plugins, so that a test is found where its subject is."""
    here = Path(__file__).parent
    folders = [path.parent.relative_to(here) for path in (here / 'plugins').rglob('test_*.py')]
    assert len(folders) > 50
    assert [str(folder) for folder in folders if not (COLLECTION / folder).is_dir()] == []


@pytest.fixture
def small_house(tmp_path: Path) -> Path:
    """A collection of two wings, with one file each and one import, that is as it should be."""
    (tmp_path / 'docs').mkdir()
    (tmp_path / 'docs/architecture.md').write_text('| 2 | `plugins/plugin_utils/_above` |\n| 1 | `plugins/module_utils/_below` |\n')
    for wing in ('plugins/plugin_utils/_above', 'plugins/module_utils/_below'):
        (tmp_path / wing).mkdir(parents=True)
    (tmp_path / 'plugins/plugin_utils/_above/one.py').write_text(f'from {PACKAGE}plugins.module_utils._below.two import x\n')
    (tmp_path / 'plugins/module_utils/_below/two.py').write_text('x = 1\n')
    check(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    'turned',
    [
        f'from {PACKAGE}plugins.plugin_utils._above.one import x',
        f'from {PACKAGE}plugins.plugin_utils._above import one',
        f'import {PACKAGE}plugins.plugin_utils._above.one',
        f'def late():\n    from {PACKAGE}plugins.plugin_utils._above import one',
        'from ...plugin_utils._above import one',
    ],
)
def test_an_arrow_that_is_turned_is_found(small_house: Path, turned: str) -> None:
    (small_house / 'plugins/plugin_utils/_above/one.py').write_text('x = 1\n')
    (small_house / 'plugins/module_utils/_below/two.py').write_text(f'{turned}\n')
    with pytest.raises(AssertionError, match=r'_below/two imports plugins/plugin_utils/_above/one'):
        check(small_house)


def test_a_circle_inside_of_a_wing_is_found(small_house: Path) -> None:
    (small_house / 'plugins/module_utils/_below/two.py').write_text('from .three import x\n')
    (small_house / 'plugins/module_utils/_below/three.py').write_text('def late():\n    from . import two\n')
    with pytest.raises(graphlib.CycleError):
        check(small_house)


def test_a_file_outside_of_all_wings_is_found(small_house: Path) -> None:
    (small_house / 'plugins/module_utils/_lost.py').write_text(f'import {PACKAGE}plugins.module_utils._below.two\n')
    with pytest.raises(AssertionError, match='_lost is in no wing'):
        check(small_house)
