# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole fleet while it runs."""

from __future__ import annotations

from typing import Any

from .compute_document import resource_name
from .errors import FleetError
from .fault_settings import activate
from .scheduled_events import Event, EventBoard
from .signing_authority import SigningAuthority
from .virtual_machine import VirtualMachine


class Fleet:
    """VMs by name, in the order of the fleet file, and what they share: events and the test certificate authority."""

    def __init__(self, vms: list[dict[str, Any]], source: str = 'the fleet') -> None:
        self.vms: dict[str, VirtualMachine] = {}
        self.events = EventBoard()
        self.authority = SigningAuthority()
        for position, given in enumerate(vms):
            if given['name'] in self.vms:
                raise FleetError(f"{source}: VM {given['name']!r}: key 'name': used twice")
            self.vms[given['name']] = VirtualMachine(given, position)

    def begin(self, now: float, wall: float) -> None:
        """Start the clocks: the faults and events of the fleet file count from here."""
        for vm in self.vms.values():
            vm.faults = activate(vm.settings['faults'], now)
            for event in vm.settings['events']:
                self.start_event(vm, event, now, wall)

    def start_event(self, vm: VirtualMachine, settings: dict[str, Any], now: float, wall: float) -> Event:
        """An event on ``vm`` and the other Resources, seen by them and by every VM of ``vm``'s scale set (else resource group)."""
        wanted = settings.get('Resources', [vm.name])
        named, resources = set(), []
        by_resource_name = {resource_name(each.settings): each for each in self.vms.values()}
        for name in wanted:
            other = self.vms.get(name) or by_resource_name.get(name)
            resources.append(name if other is None else resource_name(other.settings))
            if other is not None:
                named.add(other.name)
        group = _event_group(vm)
        audience = [name for name, each in self.vms.items() if name in named or _event_group(each) == group]
        return self.events.start(settings, resources, audience, now, wall)


def _event_group(vm: VirtualMachine) -> tuple[str, ...]:
    """VMs with the same key see each other's events."""
    keys = ('subscription_id', 'resource_group', 'scale_set')
    return tuple(str(vm.settings[key]).lower() for key in keys)
