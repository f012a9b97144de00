# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible as its user runs it on the controller, which reaches the hosts by ssh only."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import subprocess
import sys
import termios
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ansible_collections.imds.azure.tests.e2e.private_world import PrivateWorld

PROGRAMS = Path(sys.executable).parent


def plain(value: Any) -> Any:
    """Without the mark that newer releases of ansible-core print with each string that is not trusted."""
    if isinstance(value, dict):
        return value['__ansible_unsafe'] if set(value) == {'__ansible_unsafe'} else {key: plain(child) for key, child in value.items()}
    return [plain(child) for child in value] if isinstance(value, list) else value


class Inventory:
    """What C(ansible-inventory --list) says."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        self.variables: dict[str, dict[str, Any]] = plain(document['_meta']['hostvars'])

    def members(self, group: str) -> set[str]:
        """The hosts of a group and of the groups below it."""
        entry = self._document.get(group, {})
        return set(entry.get('hosts', ())).union(*(self.members(child) for child in entry.get('children', ())))

    def groups(self) -> dict[str, set[str]]:
        """All groups that the plugin has made, with their members."""
        return {name: self.members(name) for name in self._document if name.startswith('azure')}

    def facts(self, host: str) -> dict[str, Any]:
        return self.variables[host]['azure_imds']


class Controller:
    """A folder with an inventory of its own."""

    def __init__(self, world: PrivateWorld, folder: Path, ssh_config: Path) -> None:
        self._world = world
        self._ssh_config = ssh_config
        self.folder = folder
        (folder / 'fleet.azure_imds.yml').write_text('plugin: imds.azure.hosts\n')

    def hosts(self, lines: Iterable[str]) -> None:
        """Write the inventory in which the hosts are listed."""
        # Connections that ssh keeps open are kept from one run to the next, as they would be for a user, but not from one test to the next.
        kept = f'/run/home/{self.folder.stat().st_ino}'
        variables = [f'ansible_control_path_dir={kept}', f'ansible_ssh_common_args=-F {self._ssh_config}', f'ansible_python_interpreter={sys.executable}']
        (self.folder / 'hosts.ini').write_text('\n'.join([*lines, '[all:vars]', *variables]) + '\n')

    def options(self, **options: Any) -> None:
        """Give the plugin options; without this it has none at all."""
        (self.folder / 'fleet.azure_imds.yml').write_text(json.dumps({'plugin': 'imds.azure.hosts', **options}))

    def words(self, name: str, *arguments: str, programs: Path = PROGRAMS) -> list[str]:
        sources = [self.folder / 'hosts.ini', self.folder / 'fleet.azure_imds.yml']
        return [str(programs / name), *(word for source in sources for word in ('-i', str(source))), *arguments]

    def run(self, name: str, *arguments: str, programs: Path = PROGRAMS) -> subprocess.CompletedProcess[str]:
        return self._world.run(*self.words(name, *arguments, programs=programs))

    def inventory(self, *arguments: str, programs: Path = PROGRAMS) -> Inventory:
        return Inventory(json.loads(self.run('ansible-inventory', '--list', *arguments, programs=programs).stdout))

    def inventory_on_terminal(self, *arguments: str) -> tuple[Inventory, str]:
        """As in the hands of a user who types nothing: the inventory, and all that the terminal showed."""
        output = self.folder / 'inventory.json'
        master, slave = pty.openpty()
        process = subprocess.Popen(
            self._world.command(*self.words('ansible-inventory', '--list', '--output', str(output), *arguments)),
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**self._world.environment, 'TERM': 'xterm'},
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(slave)
        shown = b''
        try:
            # A terminal that nobody has open any more reads as an error.
            while data := os.read(master, 65536):
                shown += data
        except OSError:
            pass
        finally:
            os.close(master)
        assert process.wait(timeout=60) == 0, shown
        return Inventory(json.loads(output.read_text())), shown.decode()
