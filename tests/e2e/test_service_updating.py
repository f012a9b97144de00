# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A service that answers 410 while it is updated is asked again, and its host is not lost."""

from __future__ import annotations

from ansible_collections.imds.azure.tests.e2e.controller import Controller
from ansible_collections.imds.azure.tests.e2e.virtual_machine import VirtualMachine


def test_410_for_a_few_seconds(controller: Controller, machines: dict[str, VirtualMachine]) -> None:
    # The pauses between tries are seconds, so two of these answers stand for a few of them, however slow the machine of the test is.
    machines['web_1'].control('/faults', 'PUT', [{'kind': 'status', 'status': 410, 'times': 2}])
    inventory = controller.inventory()
    assert inventory.members('azure') == {'web_0', 'web_1', 'web_2', 'web_3', 'db'}
    query = inventory.facts('web_1')['query']
    assert query['present'] is True
    assert query['retries'] == 2
    assert query['requests'] == 3
    assert inventory.facts('web_2')['query']['retries'] == 0
