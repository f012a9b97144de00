# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prepare a release: ``release.py VERSION|next [--into FOLDER]``, see docs/releasing.md.

Everything is done in a temporary copy. Without --into that is all: a dry run. Nothing is committed, tagged, pushed or published.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import yaml

# Where the version stands, each with what is around it.
VERSIONED = {'galaxy.yml': 'version: %s\n', 'pyproject.toml': 'version = "%s"\n', 'README.md': 'imds-azure-%s.tar.gz'}
CHANGELOG = ('CHANGELOG.md', 'changelogs')
# Sections of fragments that need more than a bug fix release.
BREAKING = {'breaking_changes', 'removed_features', 'major_changes'}
FEATURES = {'minor_changes', 'deprecated_features'}
VERSION = re.compile(r'(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)')

Version = tuple[int, int, int]


class ReleaseError(Exception):
    """There can be no such release."""


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description='Prepare a release.')
    parser.add_argument('version', help='or "next": the version that the changes need, which may be none')
    parser.add_argument('--into', type=Path, help='folder that gets the changed files (default: none, which is a dry run)')
    options = parser.parse_args(arguments)
    source = Path.cwd()
    version = options.version if options.version != 'next' else next_version(current(source), released(source), sections(source))
    if version is None:
        print('Nothing to release: there are no changes since the last release.')
        return 0
    try:
        check(version, released(source), sections(source))
        with tempfile.TemporaryDirectory(prefix='imds-release-') as temporary:
            copy = Path(temporary, 'ansible_collections/imds/azure')
            copied(source, copy)
            artifact = prepare(copy, version)
            if options.into:
                deliver(copy, artifact, options.into)
    except ReleaseError as error:
        print(f'release: {error}', file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as error:
        print(f'release: {error}', file=sys.stderr)
        return error.returncode
    print(next_steps(version) if options.into else f'Dry run: {version} can be released. Nothing was changed.')
    return 0


def parsed(version: str) -> Version:
    found = VERSION.fullmatch(version)
    if not found:
        raise ReleaseError(f'{version!r} is not a version. Use three numbers such as 1.2.0.')
    major, minor, patch = (int(number) for number in found.groups())
    return major, minor, patch


def check(version: str, before: Iterable[str], changed: set[str]) -> None:
    """Whether the version is right for what has changed, by semantic versioning.

    :param before: versions that were released.
    :param changed: the sections of the changelog fragments.
    """
    wanted = parsed(version)
    if not changed:
        raise ReleaseError('there is nothing to release. Add a fragment to changelogs/fragments.')
    last = max((parsed(released) for released in before), default=None)
    if last is None:
        return
    if wanted <= last:
        raise ReleaseError(f'{version} is not after {number(last)}. Use a newer version.')
    if changed & BREAKING and last[0] > 0 and wanted[0] == last[0]:
        raise ReleaseError(f'there are {", ".join(sorted(changed & BREAKING))}. Use {last[0] + 1}.0.0.')
    if changed & (BREAKING | FEATURES) and wanted[:2] == last[:2]:
        raise ReleaseError(f'there are {", ".join(sorted(changed & (BREAKING | FEATURES)))}. Use {last[0]}.{last[1] + 1}.0.')


def next_version(version: str, before: Iterable[str], changed: set[str]) -> str | None:
    """The smallest version that fits the changes, None where there are none.

    :param version: of the collection, which is right as long as none was released.
    """
    last = max((parsed(released) for released in before), default=None)
    if last is None:
        return version
    major, minor, patch = last
    if changed & BREAKING and major > 0:
        return number((major + 1, 0, 0))
    if changed & (BREAKING | FEATURES):
        return number((major, minor + 1, 0))
    return number((major, minor, patch + 1)) if changed else None


def current(source: Path) -> str:
    return str(yaml.safe_load((source / 'galaxy.yml').read_text())['version'])


def number(version: Version) -> str:
    return '.'.join(str(part) for part in version)


def released(source: Path) -> list[str]:
    path = source / 'changelogs/changelog.yaml'
    return list((yaml.safe_load(path.read_text()) or {}).get('releases', ())) if path.exists() else []


def sections(source: Path) -> set[str]:
    fragments = (source / 'changelogs/fragments').glob('*.y*ml')
    return {section for path in fragments for section in yaml.safe_load(path.read_text()) or ()}


def set_version(text: str, around: str, version: str) -> str:
    """The text with another version in the one place where it stands.

    :param around: what is around it, with %s in place of the version.
    """
    before, after = (re.escape(part) for part in around.split('%s'))
    changed, count = re.subn(f'({before}){VERSION.pattern}({after})', lambda found: around % version, text)
    if count != 1:
        raise ReleaseError(f'{around.strip() % "VERSION"} stands there {count} times, and should once.')
    return changed


def copied(source: Path, copy: Path) -> None:
    """What git knows or would add."""
    listed = subprocess.run(['git', 'ls-files', '-z', '--cached', '--others', '--exclude-standard'], cwd=source, check=True, capture_output=True, text=True)
    for name in filter(None, listed.stdout.split('\0')):
        if (source / name).exists():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source / name, copy / name)


def prepare(copy: Path, version: str) -> Path:
    """The artifact, from files with the version and the changelog in them."""
    for name, around in VERSIONED.items():
        (copy / name).write_text(set_version((copy / name).read_text(), around, version))
    run(copy, 'antsibull-changelog', 'release', '--version', version)
    run(copy, 'antsibull-changelog', 'lint')
    run(copy, 'ansible-galaxy', 'collection', 'build', '--output-path', str(copy.parent))
    artifact = copy.parent / f'imds-azure-{version}.tar.gz'
    run(copy.parent, sys.executable, '-m', 'galaxy_importer.main', artifact.name)
    run(copy.parent, 'ansible-galaxy', 'collection', 'install', '--offline', '-p', str(copy.parents[2] / 'installed'), artifact.name)
    return artifact


def run(folder: Path, *words: str) -> None:
    subprocess.run(words, cwd=folder, check=True)


def deliver(copy: Path, artifact: Path, into: Path) -> None:
    for name in (*VERSIONED, *CHANGELOG):
        if (copy / name).is_dir():
            shutil.rmtree(into / name)
            shutil.copytree(copy / name, into / name)
        else:
            shutil.copy2(copy / name, into / name)
    (into / 'build/dist').mkdir(parents=True, exist_ok=True)
    shutil.copy2(artifact, into / 'build/dist')


def next_steps(version: str) -> str:
    return f"""
Version {version} is prepared. Check the changes, then run:

  git add --all && git commit --message 'Release {version}'
  git tag --annotate {version} --message {version}
  git push --follow-tags
  ansible-galaxy collection publish build/dist/imds-azure-{version}.tar.gz"""


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
