# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables of hosts as a play sees them.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import copy
import os
import typing as t

import ansible.errors
import ansible.release
from ansible import constants as C
from ansible import context
from ansible.inventory.helpers import get_group_vars, sort_groups
from ansible.inventory.manager import InventoryManager
from ansible.template import Templar
from ansible.utils.collection_loader._collection_finder import _get_collection_playbook_path
from ansible.vars.hostvars import HostVars
from ansible.vars.manager import VariableManager
from ansible.vars.plugins import get_vars_from_inventory_sources, get_vars_from_path

# What newer releases of ansible-core raise where a template gives C(omit); older ones give a word that stands for it.
_OMITTED: t.Any = getattr(ansible.errors, 'AnsibleValueOmittedError', ())


class HostVariables:
    """The variables of hosts as a play sees them: inventory, group_vars and host_vars files, facts, what C(-e) says, and what Ansible itself gives a host,
    such as C(hostvars) and C(groups).

    :param inventory: the inventory data of the sources so far.
    """

    def __init__(self, inventory: t.Any, loader: t.Any) -> None:
        self._inventory = inventory
        self._loader = _loader_of_play(loader)
        # The real manager does not know this source before it is done.
        manager = InventoryManager(loader=self._loader, sources=None, parse=False)
        manager._inventory = inventory
        manager._sources = self._sources = [*inventory.processed_sources, inventory.current_source]
        # The first manager of variables in a run decides what ansible_version is in all of its plays.
        self._manager = VariableManager(loader=self._loader, inventory=manager, version_info=t.cast(t.Any, _version_info()))
        # The manager keeps it.
        HostVars(manager, self._manager, self._loader)
        self._complete = False

    def of(self, name: str) -> tuple[dict[str, t.Any], Templar]:
        """The variables of a host, and what renders templates with them.

        What Ansible does after the last source has then been done to the inventory: hosts and groups are in C(all) and C(ungrouped).
        """
        if not self._complete:
            self._inventory.reconcile_inventory()
            self._complete = True
        variables = self._manager.get_vars(host=self._inventory.get_host(name), use_cache=False)
        return variables, Templar(loader=self._loader, variables=variables)

    def few(self, names: t.Iterable[str], wanted: frozenset[str]) -> dict[str, dict[str, t.Any]]:
        """Those of the wanted variables that hosts have, as they are written and without facts: all variables of 10,000 hosts would take seconds.

        What Ansible cannot read is left out, such as files that are encrypted where nobody gave the password.
        """
        hosts = [self._inventory.hosts[name] for name in names]
        # One look at all files, for most fleets have nothing of this in them.
        in_files = bool(wanted & self._of_plugins(hosts).keys())
        extra = _picked(self._manager.extra_vars, wanted)
        of_groups: dict[tuple[t.Any, ...], dict[str, t.Any]] = {}
        found = {}
        for host in hosts:
            groups = tuple(host.get_groups())
            if groups not in of_groups:
                of_groups[groups] = {**_picked(self._of_groups(host), wanted), **extra}
            found[host.name] = of_groups[groups]
            # Most hosts have none of their own.
            if in_files or not wanted.isdisjoint(host.vars):
                of_host = _picked(self._of_plugins([host]), wanted) if in_files else {}
                found[host.name] = {**of_groups[groups], **_picked(host.vars, wanted), **of_host, **extra}
        return found

    def _of_groups(self, host: t.Any) -> dict[str, t.Any]:
        """What a host has from its groups, each layer over the one before it, in the order that Ansible's setting gives."""
        # What is in no group will be in this one after the last source.
        groups = [group for group in host.get_groups() if group.name != 'all'] or [self._inventory.groups['ungrouped']]
        values: dict[str, t.Any] = {}
        for layer in C.VARIABLE_PRECEDENCE:
            whose, _underline, kind = layer.partition('_')
            entities = [self._inventory.groups['all']] if whose == 'all' else sort_groups(groups)
            if kind == 'inventory':
                values.update(get_group_vars(entities))
            elif kind == 'plugins_inventory':
                values.update(_readable(self._of_sources, entities))
            elif kind == 'plugins_play':
                values.update(_readable(self._beside_the_play, entities))
        return values

    def _of_plugins(self, entities: list[t.Any]) -> dict[str, t.Any]:
        return {**_readable(self._of_sources, entities), **_readable(self._beside_the_play, entities)}

    def _of_sources(self, entities: list[t.Any]) -> dict[str, t.Any]:
        return get_vars_from_inventory_sources(self._loader, self._sources, entities, 'task')

    def _beside_the_play(self, entities: list[t.Any]) -> dict[str, t.Any]:
        return get_vars_from_path(self._loader, self._loader.get_basedir(), entities, 'task') if self._manager.safe_basedir else {}


def _readable(read: t.Callable[[list[t.Any]], dict[str, t.Any]], entities: list[t.Any]) -> dict[str, t.Any]:
    """What hosts or groups have together, without those of which nothing can be read."""
    try:
        return read(entities)
    except Exception:
        values: dict[str, t.Any] = {}
        for entity in entities if len(entities) > 1 else ():
            values.update(_readable(read, [entity]))
        return values


def _picked(values: t.Mapping[str, t.Any], wanted: frozenset[str]) -> dict[str, t.Any]:
    return {name: values[name] for name in wanted & values.keys()}


class NotLiteralError(Exception):
    """A value has to be rendered, where none may be."""


def rendered(variables: dict[str, t.Any], templar: Templar | None, names: t.Iterable[t.Any]) -> dict[str, t.Any]:
    """The values of those variables that there are and that do not come to C(omit).

    :param templar: None where nothing may be rendered, for that may take long.
    :raises NotLiteralError: something has to be.
    """
    values = {}
    for name in names:
        if name in variables:
            value = variables[name]
            if not _is_literal(value):
                if not templar:
                    raise NotLiteralError
                try:
                    value = templar.template(value)
                except _OMITTED:
                    continue
            if not (isinstance(value, str) and value == variables.get('omit')):
                values[name] = value
    return values


def _is_literal(value: t.Any) -> bool:
    """Whether rendering would not change it. What is encrypted is no text, and a first line of Jinja may set other delimiters."""
    return '{' not in value and not value.startswith('#jinja2:') if isinstance(value, str) else value is None or isinstance(value, (int, float))


def _loader_of_play(loader: t.Any) -> t.Any:
    """One that also reads the group_vars and host_vars beside the playbook of the command line, and knows its folder as C(playbook_dir)."""
    playbooks = context.CLIARGS.get('args')
    playbook = playbooks[0] if isinstance(playbooks, (list, tuple)) and playbooks else None
    if not isinstance(playbook, str):
        return loader
    in_collection = _get_collection_playbook_path(playbook)
    path = in_collection[1] if in_collection else playbook
    if not os.path.isfile(path):
        return loader
    own = copy.copy(loader)
    own.set_basedir(os.path.dirname(os.path.abspath(path)))
    return own


def _version_info() -> dict[str, t.Any]:
    """The value of C(ansible_version), as the programs of Ansible make it."""
    text = ansible.release.__version__
    numbers = [int(part) if part.isdigit() else part for part in text.split('.')]
    return {'string': text, 'full': text, 'major': numbers[0], 'minor': numbers[1], 'revision': numbers[2]}
