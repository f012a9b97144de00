# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which versions can be released, and where they are written. The whole of it is tried by ``make package``, with the tools that it needs."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

COLLECTION = Path(__file__).parents[2]
specification = importlib.util.spec_from_file_location('release', COLLECTION / '.ci/release.py')
assert specification is not None
assert specification.loader is not None
release = importlib.util.module_from_spec(specification)
specification.loader.exec_module(release)


@pytest.mark.parametrize(
    ('version', 'before', 'changed'),
    [
        ('0.1.0', [], {'release_summary'}),
        ('1.0.0', [], {'breaking_changes'}),
        ('0.1.1', ['0.1.0'], {'bugfixes'}),
        ('0.2.0', ['0.1.0'], {'breaking_changes'}),
        ('1.0.0', ['0.9.0', '0.10.0'], {'minor_changes'}),
        ('1.1.0', ['1.0.9'], {'deprecated_features', 'bugfixes'}),
        ('2.0.0', ['1.9.3'], {'removed_features'}),
    ],
)
def test_a_version_that_fits_the_changes(version: str, before: list[str], changed: set[str]) -> None:
    release.check(version, before, changed)


@pytest.mark.parametrize(
    ('version', 'before', 'changed', 'said'),
    [
        ('1.0', [], {'bugfixes'}, "'1.0' is not a version. Use three numbers"),
        ('v1.0.0', [], {'bugfixes'}, 'is not a version'),
        ('1.0.0-rc1', [], {'bugfixes'}, 'is not a version'),
        ('01.0.0', [], {'bugfixes'}, 'is not a version'),
        ('', [], {'bugfixes'}, 'is not a version'),
        ('1.0.0', [], set(), 'nothing to release. Add a fragment'),
        ('1.0.0', ['1.0.0'], {'bugfixes'}, '1.0.0 is not after 1.0.0'),
        ('0.9.0', ['0.10.0'], {'bugfixes'}, '0.9.0 is not after 0.10.0'),
        ('1.0.1', ['1.0.0'], {'minor_changes'}, 'minor_changes. Use 1.1.0.'),
        ('0.1.1', ['0.1.0'], {'breaking_changes'}, 'breaking_changes. Use 0.2.0.'),
        ('1.1.0', ['1.0.0'], {'removed_features'}, 'removed_features. Use 2.0.0.'),
    ],
)
def test_a_version_that_does_not(version: str, before: list[str], changed: set[str], said: str) -> None:
    with pytest.raises(release.ReleaseError, match=said):
        release.check(version, before, changed)


@pytest.mark.parametrize(
    ('before', 'changed', 'expected'),
    [
        ([], {'bugfixes'}, '1.2.3'),
        (['1.2.3'], set(), None),
        (['1.2.3', '1.2.2'], {'bugfixes'}, '1.2.4'),
        (['1.2.3'], {'bugfixes', 'minor_changes'}, '1.3.0'),
        (['1.2.3'], {'breaking_changes'}, '2.0.0'),
        (['0.9.3'], {'breaking_changes'}, '0.10.0'),
    ],
)
def test_the_next_version(before: list[str], changed: set[str], expected: str | None) -> None:
    assert release.next_version('1.2.3', before, changed) == expected
    if expected is not None:
        release.check(expected, before, changed)


def test_nothing_to_release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """As right after a release."""
    (tmp_path / 'changelogs').mkdir()
    (tmp_path / 'changelogs/changelog.yaml').write_text('releases: {1.0.0: {}}\n')
    (tmp_path / 'galaxy.yml').write_text('version: 1.0.0\n')
    monkeypatch.chdir(tmp_path)
    assert release.main(['next']) == 0
    assert 'Nothing to release' in capsys.readouterr().out


@pytest.mark.parametrize('name', release.VERSIONED)
def test_the_version_is_written_where_it_stands(name: str) -> None:
    text = (COLLECTION / name).read_text()
    changed = release.set_version(text, release.VERSIONED[name], '12.34.56')
    assert changed.count('12.34.56') == 1
    assert len(changed.splitlines()) == len(text.splitlines())


@pytest.mark.parametrize('text', ['name: azure\n', 'version: 1.0.0\nversion: 1.0.0\n'])
def test_a_file_without_its_version_is_refused(text: str) -> None:
    with pytest.raises(release.ReleaseError, match='version: VERSION stands there'):
        release.set_version(text, 'version: %s\n', '1.0.1')


def test_all_places_have_the_same_version() -> None:
    found = {name: [part for part in around.split('%s') if part] for name, around in release.VERSIONED.items()}
    versions = {(COLLECTION / name).read_text().split(parts[0], 1)[1].split(parts[-1], 1)[0] for name, parts in found.items()}
    assert len(versions) == 1


def test_what_was_prepared_is_delivered(tmp_path: Path) -> None:
    copy, into = tmp_path / 'copy', tmp_path / 'into'
    for folder, version in ((copy, '1.0.0'), (into, '0.9.0')):
        (folder / 'changelogs/fragments').mkdir(parents=True)
        for name in (*release.VERSIONED, 'CHANGELOG.md'):
            (folder / name).write_text(version)
    (copy / 'changelogs/changelog.yaml').touch()
    (into / 'changelogs/fragments/change.yml').touch()
    (into / 'kept').touch()
    (copy / 'artifact.tar.gz').touch()
    release.deliver(copy, copy / 'artifact.tar.gz', into)
    assert {path.read_text() for path in into.iterdir() if path.is_file() and path.name != 'kept'} == {'1.0.0'}
    assert sorted(path.name for path in into.rglob('*') if path.is_file()) == sorted(
        [*release.VERSIONED, 'CHANGELOG.md', 'changelog.yaml', 'artifact.tar.gz', 'kept']
    )


def test_a_dry_run_that_fails_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    assert release.main(['1.0.0']) == 1
    assert 'there is nothing to release' in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
