# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find the Python interpreters of this machine: on PATH, under pyenv and in the system's folders.

As a program: `interpreters.py 3.13 3.12` prints the first of these versions that is there and works, and fails if none is;
with `--each` before them all of them, one a line. `--of-hosts` prints the one for the hosts of tests. Without arguments it prints the folders of all
interpreters found, as an entry for PATH.
"""

from __future__ import annotations

import functools
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

KNOWN = [f'3.{minor}' for minor in range(6, 15)]


def pyenv_folders(version: str) -> list[str]:
    """Folders in which pyenv keeps interpreters of a version, the newest first."""
    try:
        root = subprocess.run(['pyenv', 'root'], capture_output=True, text=True, check=True, timeout=30).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return []
    found = (Path(root) / 'versions').glob(f'{version}.*/bin')
    return [str(folder) for folder in sorted(found, key=lambda folder: [int(n) for n in re.findall(r'\d+', folder.parent.name)], reverse=True)]


def candidates(version: str) -> Iterator[str]:
    """Paths that may be an interpreter of a version."""
    for folder in [*os.get_exec_path(), *pyenv_folders(version), '/usr/bin', '/usr/local/bin']:
        path = Path(folder) / f'python{version}'
        if path.is_file():
            yield str(path)


def real_path(interpreter: str, version: str) -> str | None:
    """Where the interpreter really is, or None where it does not run (a shim, say) or is of another version."""
    code = 'import sys; print("%d.%d" % sys.version_info[:2]); print(sys.executable)'
    try:
        lines = subprocess.run([interpreter, '-I', '-c', code], capture_output=True, text=True, check=False, timeout=30).stdout.splitlines()
    except (OSError, subprocess.SubprocessError):
        return None
    return lines[1] if len(lines) == 2 and lines[0] == version else None


def find(version: str) -> str | None:
    """Path of a working interpreter of a version, such as 3.6, or None."""
    return next((path for candidate in candidates(version) if (path := real_path(candidate, version))), None)


@functools.cache
def of_hosts() -> str:
    """What modules run on in tests: the system's own Python, as on hosts, where only the standard library is sure to be. Where there is none, this one."""
    versions = [f'3.{minor}' for minor in range(sys.version_info.minor, 9, -1)]
    return next((path for version in versions if (path := real_path(f'/usr/bin/python{version}', version))), sys.executable)


def main(arguments: list[str]) -> int:
    """Print the first of the versions, each of them, or the folders of all."""
    if arguments == ['--of-hosts']:
        print(of_hosts())
        return 0
    versions = [argument for argument in arguments if argument != '--each']
    found = [path for version in versions or KNOWN if (path := find(version))]
    if versions:
        print(*(found if '--each' in arguments else found[:1]), sep='\n')
        return 0 if found else 1
    print(os.pathsep.join(dict.fromkeys(str(Path(path).parent) for path in found)))
    return 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
