# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An inventory of one host, connections to it that need no network, and how hypothesis works here: the same examples in every run, nothing left on the disk,
and no failure because a machine is busy.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible import context
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import connection_loader
from ansible.utils.context_objects import CLIArgs
from ansible.utils.vars import load_extra_vars
from ansible_collections.imds.azure.plugins.plugin_utils._fleet.host_variables import HostVariables
from ansible_collections.imds.azure.tests.unit.plugins.inventory.three_hosts import ThreeHosts
from hypothesis import HealthCheck, settings

settings.register_profile('repeatable', deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile('repeatable')

FOLDER = str(Path(__file__).parent / 'connection_plugins')
# A function of what runs on the host, and optionally of what ends the connection.
Scripted = Callable[..., None]
OfHost = Callable[..., HostVariables]


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> Scripted:
    """C(scripted(run, end)): what becomes of a command over the connection C(scripted), and what the end of the connection does."""
    connection_loader.add_directory(FOLDER)
    plugin = connection_loader.get('scripted', class_only=True)

    def script(run: Callable[[Any], Any], end: Callable[[], None] = lambda: None) -> None:
        monkeypatch.setattr(plugin, 'run', staticmethod(run), raising=False)
        monkeypatch.setattr(plugin, 'end', staticmethod(end), raising=False)

    script(lambda connection: (0, b'', b''))
    return script


@pytest.fixture
def command_line(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """C(command_line(remote_user='ops')): what was said on the command line."""

    def say(**options: Any) -> None:
        monkeypatch.setattr(context, 'CLIARGS', CLIArgs(options))
        # Read once for the process, which is one run of Ansible elsewhere.
        monkeypatch.setattr(load_extra_vars, 'extra_vars', None, raising=False)

    say()
    return say


@pytest.fixture
def of_hosts(tmp_path: Path, command_line: Callable[..., None]) -> Callable[..., HostVariables]:
    """C(of_hosts({'a': {'ansible_port': 22}}, ansible_user='ops')): the variables of an inventory of hosts that have these, and what all have."""

    def make(hosts: dict[str, dict[str, Any]], **variables: Any) -> HostVariables:
        (tmp_path / 'hosts.json').write_text(json.dumps({'all': {'vars': variables, 'hosts': hosts}}))
        loader = DataLoader()
        return HostVariables(InventoryManager(loader=loader, sources=[str(tmp_path / 'hosts.json')])._inventory, loader)

    return make


@pytest.fixture
def of_host(of_hosts: Callable[..., HostVariables]) -> OfHost:
    """C(of_host(ansible_port=22)): the variables of an inventory whose only host, C(node), has these."""
    return lambda **variables: of_hosts({'node': variables})


@pytest.fixture
def fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scripted: Scripted, command_line: Callable[..., None]) -> ThreeHosts:
    """Three hosts that answer, and the inventory plugin with a cache."""
    fleet = ThreeHosts(tmp_path, monkeypatch)
    scripted(fleet.answer)
    return fleet
