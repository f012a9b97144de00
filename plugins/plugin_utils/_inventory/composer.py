# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What expressions of the user's make of hosts: variables, groups, and the name of an availability set.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleError, AnsibleParserError, AnsibleUndefinedVariable
from ansible.inventory.helpers import get_group_vars
from ansible.plugins.inventory import BaseInventoryPlugin, Constructable
from ansible.utils.display import Display
from ansible.utils.vars import combine_vars
from ansible_collections.imds.azure.plugins.plugin_utils._inventory.allowed_groups import AllowedGroups, GuardedInventory
from ansible_collections.imds.azure.plugins.plugin_utils._placement.places import spelled
from ansible_collections.imds.azure.plugins.plugin_utils._placement.printable import printable

display = Display()


class Composer(Constructable, BaseInventoryPlugin):
    """An inventory plugin with expressions that see what the plugin itself gave a host, and what earlier sources gave it and its groups."""

    inventory: t.Any
    _naming_groups = False

    def availability_sets(self, names: t.Collection[str]) -> dict[str, str]:
        """The availability sets of hosts, as the option names them, without those that have none.

        :param names: of hosts outside scale sets, for whose variables the expression is meant.
        :raises AnsibleParserError: the expression is wrong for a host, and the option strict is set.
        """
        expression = self.get_option('availability_set')
        found, errors = {}, {}
        for name in names:
            variables = combine_vars(self._group_variables(name), self.inventory.hosts[name].get_vars())
            try:
                value = self._compose(expression, variables)
            except AnsibleUndefinedVariable:
                # The host has no such tag.
                continue
            except Exception as error:
                errors[name] = f'{error}'
                continue
            if value is None or isinstance(value, str) or _is_integer(value):
                found[name] = spelled(value)
            else:
                errors[name] = f'{printable(repr(value))} is not a name'
        if errors:
            # Imported here, because Ansible compiles each file of a collection in every run.
            from ansible_collections.imds.azure.plugins.module_utils._service.counted import counted

            first = next(iter(errors))
            if self.get_option('strict'):
                raise AnsibleParserError(f'availability_set fails for host {first}, and strict is true: {errors[first]}')
            hosts = f'{len(errors)} of {counted(len(names), "host")}'
            display.warning(f'azure_imds: availability_set fails for {hosts}, so their availability set is unknown. {first}: {errors[first]}')
        return {name: value for name, value in found.items() if value}

    def compose_all(self, names: t.Collection[str], allowed: AllowedGroups) -> None:
        """What compose, groups and keyed_groups make of hosts. One with values of which no group can be made takes no other down."""
        if not any(self.get_option(option) for option in ('compose', 'groups', 'keyed_groups')):
            return
        errors = {}
        whole, self.inventory = self.inventory, GuardedInventory(self.inventory, allowed)
        for name in names:
            try:
                self._compose_host(name)
            except Exception as error:
                errors[name] = error
        self.inventory = whole
        # Where it is so for all of them, the options are wrong.
        if errors and (self.get_option('strict') or len(errors) == len(names)):
            raise next(iter(errors.values()))
        if errors:
            # Imported here as in availability_sets.
            from ansible_collections.imds.azure.plugins.module_utils._service.counted import counted

            first = next(iter(errors))
            hosts = f'{len(errors)} of {counted(len(names), "host")} {"is" if len(errors) == 1 else "are"}'
            display.warning(f'azure_imds: {hosts} missing from some groups of keyed_groups. {first}: {errors[first]}')

    def _compose_host(self, name: str) -> None:
        host, strict = self.inventory.hosts[name], self.get_option('strict')
        of_groups = self._group_variables(name)
        self._set_composite_vars(self.get_option('compose'), combine_vars(of_groups, host.get_vars()), name, strict=strict)
        variables = combine_vars(of_groups, host.get_vars())
        self._add_host_to_composed_groups(self.get_option('groups'), variables, name, strict=strict, fetch_hostvars=False)
        self._add_host_to_keyed_groups(self.get_option('keyed_groups'), variables, name, strict=strict, fetch_hostvars=False)

    def _group_variables(self, name: str) -> t.Any:
        """Those of earlier sources, as for ansible.builtin.constructed."""
        return get_group_vars([self.inventory.groups['all'], *self.inventory.hosts[name].get_groups()])

    def _compose(self, template: t.Any, variables: t.Any, *args: t.Any, **options: t.Any) -> t.Any:
        value = super()._compose(template, variables, *args, **options)
        return _as_part_of_a_name(value) if self._naming_groups else value

    def _add_host_to_keyed_groups(self, *args: t.Any, **options: t.Any) -> None:
        """As in every constructed inventory, and integers count: Ansible takes 0 for nothing and refuses other numbers."""
        self._naming_groups = True
        try:
            super()._add_host_to_keyed_groups(*args, **options)
        finally:
            self._naming_groups = False

    def _add_host_to_composed_groups(self, groups: t.Any, variables: t.Any, host: str, strict: bool = False, fetch_hostvars: bool = True) -> None:
        """As in every constructed inventory, and 0 is false and other integers are true: from ansible-core 2.19 on, only a boolean is a condition."""
        for group, condition in (groups or {}).items():
            try:
                super()._add_host_to_composed_groups({group: condition}, variables, host, strict=True, fetch_hostvars=fetch_hostvars)
            except AnsibleError:
                number = self._integer(condition, variables)
                again = {group: condition if number is None else bool(number)}
                super()._add_host_to_composed_groups(again, variables, host, strict=strict, fetch_hostvars=fetch_hostvars)

    def _integer(self, expression: t.Any, variables: t.Any) -> int | None:
        """The value of an expression, if it is an integer."""
        try:
            value = self._compose(expression, variables)
        except Exception:
            return None
        return value if _is_integer(value) else None


def _as_part_of_a_name(value: t.Any) -> t.Any:
    """What Ansible makes the same of with each of its versions: nothing is '' and an integer is its digits."""
    if value is None:
        return ''
    return str(value) if _is_integer(value) else value


def _is_integer(value: t.Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
