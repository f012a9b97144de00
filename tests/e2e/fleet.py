# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who the hosts are."""

from __future__ import annotations

from ansible_collections.imds.azure.tests.e2e.virtual_machine import AZURE_TAG, Machine

WEB = {'location': 'westeurope', 'resource_group': 'shop', 'scale_set': 'web'}
MACHINES = [
    Machine('web_0', '10.99.0.10', {**WEB, 'zone': 1, 'fault_domain': 0, 'tags': {'Role': 'web'}}, AZURE_TAG),
    # No tag can be read on most of them, as in many containers: these are asked too.
    Machine('web_1', '10.99.0.11', {**WEB, 'zone': 2, 'fault_domain': 1}),
    Machine('web_2', '10.99.0.12', {**WEB, 'zone': 3, 'fault_domain': 2}),
    Machine('web_3', '10.99.0.13', {**WEB, 'zone': 1, 'fault_domain': 0}),
    Machine('db', '10.99.0.14', {'location': 'northeurope', 'resource_group': 'shop-data', 'fault_domain': 1, 'tags': {'Role': 'db; primary'}}),
    # Another cloud's machine: something answers on the same address, and must not be asked.
    Machine('onprem', '10.99.0.15', {'location': 'elsewhere'}, 'Amazon EC2'),
]
# Another address of web_0, under which nobody knows its host key.
STRANGER = '10.99.0.200'
# Their lines in an inventory.
KNOWN = [f'{machine.name} ansible_host={machine.address}' for machine in MACHINES]
