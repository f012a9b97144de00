# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory plugin over three hosts that need no network."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible.errors import AnsibleConnectionFailure
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.utils.display import Display
from ansible_collections.imds.azure.plugins.inventory import hosts as plugin
from ansible_collections.imds.azure.plugins.plugin_utils._inventory.known_hosts import KnownHosts

NAMES = {'a', 'b', 'c'}
COMPUTE = {
    'vmId': '1',
    'location': 'westeurope',
    'zone': '1',
    'platformFaultDomain': '0',
    'vmScaleSetName': 'web',
    'tagsList': [{'name': 'Role', 'value': 'db'}],
}


class ThreeHosts:
    """Three hosts, the plugin's file and a folder for the cache."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._log = folder / 'asked'
        self._monkeypatch = monkeypatch
        self._folder = folder
        self.warnings: list[str] = []
        # What the documents of single hosts say besides.
        self.compute: dict[str, dict[str, Any]] = {}
        # Names or addresses of hosts that cannot be reached, whose bastion has too many connections, whose service refuses, and that are no VMs of Azure.
        self.silent: set[str] = set()
        self.closed_early: set[str] = set()
        self.broken: set[str] = set()
        self.no_vm: set[str] = set()
        self.known = folder / 'known'
        monkeypatch.setattr(Display, 'warning', lambda display, text, *_arguments, **_options: self.warnings.append(text))
        self.variables()
        self.options: dict[str, Any] = {
            'plugin': 'imds.azure.hosts',
            'endpoint': 'http://127.0.0.1:9',
            'cache': True,
            'cache_plugin': 'ansible.builtin.jsonfile',
            'cache_connection': str(self.known),
            'keyed_groups': [{'prefix': 'role', 'key': 'azure_imds.tags.Role'}],
        }
        self._sources = [folder / 'hosts.json', folder / 'fleet.azure_imds.yml']

    def variables(self, *, of_all: dict[str, Any] | None = None, **of_hosts: dict[str, Any]) -> None:
        """From now on, the first source says this of all hosts and of single ones, and nothing else."""
        hosts = {name: of_hosts.get(name, {}) for name in sorted(NAMES)}
        (self._folder / 'hosts.json').write_text(json.dumps({'all': {'hosts': hosts, 'vars': {'ansible_connection': 'scripted', **(of_all or {})}}}))

    def answer(self, connection: Any) -> tuple[int, bytes, bytes]:
        """What the command prints on a host; runs in a process of its own."""
        name = connection.get_option('remote_addr')
        with self._log.open('a') as log:
            log.write(f'{name}\n')
        if name in self.silent:
            raise AnsibleConnectionFailure('Connection timed out')
        if name in self.closed_early:
            raise AnsibleConnectionFailure('kex_exchange_identification: Connection closed by remote host')
        mark = re.search(r'imds-[0-9a-f]{16}', connection.command)
        assert mark
        if name in self.no_vm:
            return 0, f'\n{mark[0]} start\n{mark[0]} tag other\n{mark[0]} skipped\n'.encode(), b''
        if name in self.broken:
            return 0, f'\n{mark[0]} tag azure\n{mark[0]} curl\nHTTP/1.1 403 Forbidden\r\n\r\n\n{mark[0]} end 0\n'.encode(), b''
        document = json.dumps({'compute': {**COMPUTE, **self.compute.get(name, {})}, 'network': {}})
        return 0, f'\n{mark[0]} tag azure\n{mark[0]} curl\nHTTP/1.1 200 OK\r\n\r\n{document}\n{mark[0]} end 0\n'.encode(), b''

    @property
    def source(self) -> str:
        """The path of the plugin's file."""
        return str(self._sources[1])

    def groups(self, **options: Any) -> dict[str, set[str]]:
        """The groups after one run, with the members of each."""
        return {name: set(members) for name, members in self.inventory(**options).get_groups_dict().items()}

    def inventory(self, *later: Path, cached: bool = True, **options: Any) -> InventoryManager:
        """The inventory after one run, to which later sources may add.

        :param cached: C(False) for what C(--flush-cache) does.
        """
        self.warnings.clear()
        self._log.write_text('')
        self._sources[1].write_text(json.dumps({**self.options, **options}))
        return InventoryManager(loader=DataLoader(), sources=[str(source) for source in (*self._sources, *later)], cache=cached)

    def run(self, **options: Any) -> list[str]:
        """Who was asked in one run, after which nobody is missing anywhere."""
        groups = self.groups(**options)
        for group in ('azure', 'azure_location_westeurope', 'azure_zone_westeurope_1', 'azure_fault_domain_web_zone_1_0', 'azure_vmss_web'):
            assert groups[group] == NAMES, (group, self.warnings)
        return self.asked()

    def said(self, capsys: pytest.CaptureFixture[str]) -> str:
        """All warnings and errors in one line: newer releases of ansible-core tell errors in another way."""
        return ' '.join(' '.join([*self.warnings, capsys.readouterr().err]).split())

    def asked(self) -> list[str]:
        return sorted(self._log.read_text().split())

    def kept_differently(self, change: Callable[[Any], Any]) -> None:
        """From now on, the cache gives something else than it was given."""

        def known(stored: Any, *arguments: Any) -> KnownHosts:
            return KnownHosts(change(json.loads(json.dumps(stored))), *arguments)

        self._monkeypatch.setattr(plugin, 'KnownHosts', known)
