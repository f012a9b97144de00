# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole fleet, grouped by a file that says nothing but the plugin's name: every host is asked on the default endpoint."""

from __future__ import annotations

import pytest
from ansible_collections.imds.azure.tests.e2e.controller import Controller
from ansible_collections.imds.azure.tests.e2e.virtual_machine import VirtualMachine
from ansible_collections.imds.azure.tests.matrix.cores import EACH_CORE, programs_of

WEB = {'web_0', 'web_1', 'web_2', 'web_3'}
GROUPS = {
    'azure': WEB | {'db'},
    'azure_location_westeurope': WEB,
    'azure_location_northeurope': {'db'},
    'azure_zone_westeurope_1': {'web_0', 'web_3'},
    'azure_zone_westeurope_2': {'web_1'},
    'azure_zone_westeurope_3': {'web_2'},
    'azure_physical_zone_westeurope_az1': {'web_0', 'web_3'},
    'azure_physical_zone_westeurope_az2': {'web_1'},
    'azure_physical_zone_westeurope_az3': {'web_2'},
    # The plain groups are for people; across scale sets the numbers do not compare.
    'azure_fault_domain_0': {'web_0', 'web_3'},
    'azure_fault_domain_1': {'web_1', 'db'},
    'azure_fault_domain_2': {'web_2'},
    'azure_update_domain_0': WEB | {'db'},
    'azure_fault_domain_web_zone_1_0': {'web_0', 'web_3'},
    'azure_fault_domain_web_zone_2_1': {'web_1'},
    'azure_fault_domain_web_zone_3_2': {'web_2'},
    'azure_vmss_web': WEB,
    'azure_vmss_web_zone_1': {'web_0', 'web_3'},
    'azure_vmss_web_zone_2': {'web_1'},
    'azure_vmss_web_zone_3': {'web_2'},
    'azure_not_azure': {'onprem'},
}


@pytest.mark.parametrize('core', EACH_CORE)
def test_groups_and_facts(core: str, controller: Controller, machines: dict[str, VirtualMachine]) -> None:
    before = {name: len(machine.control('/requests')) for name, machine in machines.items()}
    inventory = controller.inventory(programs=programs_of(core))
    assert inventory.groups() == GROUPS
    for name in GROUPS['azure']:
        facts, document = inventory.facts(name), machines[name].control('')['document']
        assert facts['compute_vm_id'] == document['compute']['vmId']
        assert facts['query']['present'] is True
        assert facts['query']['endpoint'] == 'http://169.254.169.254'
        # One request is all it takes, and each host's own service got it.
        assert facts['query']['requests'] == 1
        assert len(machines[name].control('/requests')) == before[name] + 1
    assert inventory.facts('db')['tags'] == {'Role': 'db; primary'}
    placement = inventory.facts('web_2')['placement']
    assert (placement['location'], placement['zone'], placement['fault_domain'], placement['scale_set']) == ('westeurope', '3', 2, 'web')
    assert inventory.facts('db')['placement']['scale_set'] is None
