# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All that a run of Ansible leaves behind, in one folder, and a search through it."""

from __future__ import annotations

import base64
import contextlib
import shlex
import threading
from collections.abc import Iterator
from pathlib import Path

from ansible_collections.imds.azure.tests.matrix import interpreters

HERE = Path(__file__).parent
# Every token of the simulator begins so, and so do those in its malformed answers.
TOKEN = 'SIMULATED.not-a-credential'
# The tasks of play.yml that show one on purpose.
LEAK = ('--tags', 'leak', '--limit', 'good')


class Traces:
    """Where things are left below the folder is told by names: ansible.log, facts/, remote-temp/ and so on."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / 'temp').mkdir()

    def environment(self) -> dict[str, str]:
        """Switches on everything in ansible-core that writes something anywhere."""
        folder = self.folder
        return {
            'ANSIBLE_HOME': f'{folder}/home',
            'ANSIBLE_LOCAL_TEMP': f'{folder}/local-temp',
            'ANSIBLE_REMOTE_TEMP': f'{folder}/remote-temp',
            'ANSIBLE_ASYNC_DIR': f'{folder}/async',
            'ANSIBLE_KEEP_REMOTE_FILES': 'true',
            'TMPDIR': f'{folder}/temp',
            'ANSIBLE_LOG_PATH': f'{folder}/ansible.log',
            'ANSIBLE_DISPLAY_ARGS_TO_STDOUT': 'true',
            'ANSIBLE_CACHE_PLUGIN': 'ansible.builtin.jsonfile',
            'ANSIBLE_CACHE_PLUGIN_CONNECTION': f'{folder}/facts',
            'ANSIBLE_INVENTORY_CACHE': 'true',
            'ANSIBLE_INVENTORY_CACHE_PLUGIN': 'ansible.builtin.jsonfile',
            'ANSIBLE_INVENTORY_CACHE_CONNECTION': f'{folder}/inventory',
            'ANSIBLE_RETRY_FILES_ENABLED': 'true',
            'ANSIBLE_RETRY_FILES_SAVE_PATH': f'{folder}/retry',
            'ANSIBLE_LOAD_CALLBACK_PLUGINS': 'true',
            'ANSIBLE_CALLBACK_PLUGINS': str(HERE / 'callback_plugins'),
            'ANSIBLE_CALLBACKS_ENABLED': 'ansible.builtin.junit,ansible.builtin.tree,everything',
            'ANSIBLE_CALLBACK_TREE_DIR': f'{folder}/tree',
            'JUNIT_OUTPUT_DIR': f'{folder}/junit',
            'EVERYTHING_FILE': f'{folder}/callback',
            'JOURNAL_FILE': f'{folder}/journal',
            'ANSIBLE_NOCOLOR': 'true',
            'ANSIBLE_NOCOWS': 'true',
            'ANSIBLE_LOCALHOST_WARNING': 'false',
            'ANSIBLE_FORKS': '10',
        }

    def shown(self, name: str, output: str) -> None:
        """Keep what a command has printed."""
        (self.folder / name).write_text(output)

    @contextlib.contextmanager
    def command_lines(self, mark: str) -> Iterator[None]:
        """Keep what anyone can see of the processes that have a mark in their environment, as far as they live long enough to be seen."""
        seen: set[bytes] = set()
        over = threading.Event()

        def look() -> None:
            while not over.wait(0.02):
                for process in Path('/proc').glob('[0-9]*'):
                    # It may just have ended.
                    with contextlib.suppress(OSError):
                        if mark.encode() in (process / 'environ').read_bytes():
                            seen.add((process / 'cmdline').read_bytes())

        looking = threading.Thread(target=look)
        looking.start()
        try:
            yield
        finally:
            over.set()
            looking.join()
            (self.folder / 'command-lines').write_bytes(b'\n'.join(seen))

    def files(self) -> list[Path]:
        return [path for path in self.folder.rglob('*') if path.is_file() and not path.is_symlink()]

    def left(self) -> set[str]:
        """Where something was left at all."""
        return {path.relative_to(self.folder).parts[0] for path in self.files()}

    def leaks(self, text: str = TOKEN) -> set[str]:
        """Where a text is, as it is or in base64."""
        return {path.relative_to(self.folder).parts[0] for path in self.files() if any(form in path.read_bytes() for form in forms(text.encode()))}


def cut_off(folder: Path, way: str) -> dict[str, str]:
    """Variables of a host of which only the beginning comes to the controller, within or after the token."""
    ways = {
        'module': ('ansible_python_interpreter', f'{shlex.quote(interpreters.of_hosts())} "$@" | head -c 100'),
        'shell': ('ansible_shell_executable', '/bin/sh "$@" | grep -v "^imds-[0-9a-f]* end "'),
    }
    variable, command = ways[way]
    program = folder / 'cut_off'
    program.write_text(f'#!/bin/sh\n{command}\n')
    program.chmod(0o755)
    return {variable: str(program)}


def forms(text: bytes) -> list[bytes]:
    """A text as it is, and in base64 wherever it may begin within what was encoded."""
    encoded = [base64.b64encode(b'x' * before + text) for before in range(3)]
    # What stands at both ends depends on the neighbours.
    return [text, *(form[4:-4] for form in encoded)]
