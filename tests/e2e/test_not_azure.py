# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A machine whose chassis tag is another maker's: nothing is sent on it, although something would answer."""

from __future__ import annotations

from ansible_collections.imds.azure.tests.e2e.controller import Controller
from ansible_collections.imds.azure.tests.e2e.virtual_machine import VirtualMachine


def test_no_packet_is_sent(controller: Controller, machines: dict[str, VirtualMachine]) -> None:
    opened = {name: machines[name].connections_opened() for name in ('onprem', 'web_0')}
    inventory = controller.inventory()
    assert machines['onprem'].connections_opened() == opened['onprem']
    # On a machine with Azure's own tag the same counter moves, so it does count.
    assert machines['web_0'].connections_opened() == opened['web_0'] + 1
    assert machines['onprem'].control('/requests') == []
    assert inventory.members('azure_not_azure') == {'onprem'}
    assert 'onprem' not in inventory.members('azure')
    assert inventory.facts('onprem')['query']['present'] is False


def test_it_is_asked_when_told_so(controller: Controller, machines: dict[str, VirtualMachine]) -> None:
    """What keeps the packet back is the tag and nothing else."""
    controller.options(hosts='onprem', detect='never')
    assert controller.inventory().members('azure_location_elsewhere') == {'onprem'}
    assert len(machines['onprem'].control('/requests')) == 1
    machines['onprem'].control('/requests', 'DELETE')


def test_azure_tag_is_enough_for_always(controller: Controller) -> None:
    """With detect=always only a machine that says so itself is asked; where no tag can be read, nothing is."""
    controller.options(detect='always')
    inventory = controller.inventory()
    assert inventory.members('azure') == {'web_0'}
    assert inventory.members('azure_not_azure') == {'web_1', 'web_2', 'web_3', 'db', 'onprem'}
