# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The layers in docs/architecture.md: imports go down its table, never up, and in no circle."""

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


def layers(document: str) -> dict[str, int]:
    """The layer of each folder in the table, by its path in the collection; 1 is the lowest."""
    return {folder: int(layer) for layer, folders in ROW.findall(document) for folder in re.findall(r'`([^`]+)`', folders)}


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


def folder_of(name: str, order: dict[str, int]) -> str:
    """The folder in the table that a file is in."""
    folders = [folder for folder in order if name == folder or name.startswith(f'{folder}/')]
    assert folders, f'{name} is in no folder of the table in docs/architecture.md. Add its folder there, or move it into one.'
    return max(folders, key=len)


def check(collection: Path) -> None:
    """Fails on an import that the table forbids, and on a circle of files."""
    order, known = layers((collection / 'docs/architecture.md').read_text()), sources(collection)
    graph = {name: set(imports(name, path, known)) - {name} for name, path in known.items()}
    for name, targets in graph.items():
        for target in targets:
            above, below = folder_of(name, order), folder_of(target, order)
            assert above == below or order[above] > order[below], (
                f'{name} imports {target}, but {above} is not in a layer above {below} in docs/architecture.md.'
            )
    graphlib.TopologicalSorter(graph).prepare()


def test_imports_go_down_and_in_no_circle() -> None:
    check(COLLECTION)


def test_each_folder_of_the_table_is_there() -> None:
    for folder in layers((COLLECTION / 'docs/architecture.md').read_text()):
        assert (COLLECTION / folder).is_dir() or (COLLECTION / f'{folder}.py').is_file(), folder


def test_a_folder_has_one_subject_and_more_than_one_file() -> None:
    for utils in ('module_utils', 'plugin_utils'):
        for folder in (COLLECTION / 'plugins' / utils).iterdir():
            if folder.is_dir() and folder.name != '__pycache__':
                assert len([path for path in folder.glob('*.py') if path.name != '__init__.py']) > 1, f'{folder.name}: one file needs no folder'
                assert not any(child.is_dir() and child.name != '__pycache__' for child in folder.iterdir()), f'{folder.name}: a folder has no folders'


def test_tests_lie_as_what_they_test() -> None:
    """A folder of tests/unit/plugins is named as the one of plugins, so that a test is found where its subject is."""
    here = Path(__file__).parent
    folders = [path.parent.relative_to(here) for path in (here / 'plugins').rglob('test_*.py')]
    assert len(folders) > 50
    assert [str(folder) for folder in folders if not (COLLECTION / folder).is_dir()] == []


@pytest.fixture
def small_collection(tmp_path: Path) -> Path:
    """A collection of two folders, with one file each and one import, that is as it should be."""
    (tmp_path / 'docs').mkdir()
    (tmp_path / 'docs/architecture.md').write_text('| 2 | `plugins/plugin_utils/_above` |\n| 1 | `plugins/module_utils/_below` |\n')
    for folder in ('plugins/plugin_utils/_above', 'plugins/module_utils/_below'):
        (tmp_path / folder).mkdir(parents=True)
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
def test_an_arrow_that_is_turned_is_found(small_collection: Path, turned: str) -> None:
    (small_collection / 'plugins/plugin_utils/_above/one.py').write_text('x = 1\n')
    (small_collection / 'plugins/module_utils/_below/two.py').write_text(f'{turned}\n')
    with pytest.raises(AssertionError, match=r'_below/two imports plugins/plugin_utils/_above/one'):
        check(small_collection)


def test_a_circle_inside_of_a_folder_is_found(small_collection: Path) -> None:
    (small_collection / 'plugins/module_utils/_below/two.py').write_text('from .three import x\n')
    (small_collection / 'plugins/module_utils/_below/three.py').write_text('def late():\n    from . import two\n')
    with pytest.raises(graphlib.CycleError):
        check(small_collection)


def test_a_file_outside_of_all_folders_is_found(small_collection: Path) -> None:
    (small_collection / 'plugins/module_utils/_lost.py').write_text(f'import {PACKAGE}plugins.module_utils._below.two\n')
    with pytest.raises(AssertionError, match='_lost is in no folder'):
        check(small_collection)
