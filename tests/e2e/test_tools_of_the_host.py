# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts on which there is only one thing to send a request with; on most of them no Python."""

from __future__ import annotations

import importlib.util
import json
import shutil
from pathlib import Path

import pytest
from ansible_collections.imds.azure.tests.e2e.controller import Controller
from ansible_collections.imds.azure.tests.e2e.virtual_machine import TOOL_PORTS, VirtualMachine
from ansible_collections.imds.azure.tests.matrix.cores import EACH_CORE, programs_of


def on_port(tool: str) -> str:
    return f'{tool}_only ansible_host=10.99.0.13 ansible_port={TOOL_PORTS[tool]}'


@pytest.mark.parametrize('tool', ['curl', 'wget', 'python3'])
def test_one_tool_is_enough(tool: str, controller: Controller, machines: dict[str, VirtualMachine]) -> None:
    if tool != 'python3' and not shutil.which(tool, path='/usr/bin'):
        pytest.skip(f'/usr/bin/{tool} is not installed')
    controller.hosts([on_port(tool)])
    found = controller.run('ansible', 'all', '-m', 'ansible.builtin.raw', '-a', 'command -v curl; command -v wget; command -v python3; true').stdout
    assert [other for other in ('curl', 'wget', 'python3') if f'/{other}\n' in found.replace('\r', '')] == [tool], found
    machines['web_3'].control('/requests', 'DELETE')
    inventory = controller.inventory()
    assert inventory.members('azure_vmss_web_zone_1') == {f'{tool}_only'}
    assert inventory.facts(f'{tool}_only')['compute_vm_id'] == machines['web_3'].control('')['document']['compute']['vmId']
    agents = [request['headers'].get('user-agent', 'python3').lower() for request in machines['web_3'].control('/requests')]
    assert [agent.startswith(tool) for agent in agents] == [True], agents


def test_nothing_to_ask_with(controller: Controller) -> None:
    """Such a host has failed, with a remedy, and is not lost; the others are grouped."""
    controller.hosts([on_port('nothing'), 'web_0 ansible_host=10.99.0.10'])
    inventory = controller.inventory()
    assert inventory.members('azure_failed') == {'nothing_only'}
    assert inventory.members('azure') == {'web_0'}
    assert 'Install or repair curl, wget or python3' in ' '.join(controller.run('ansible-inventory', '--list', '-v').stdout.split())


@pytest.mark.parametrize('core', EACH_CORE)
def test_tasks_need_no_python(core: str, controller: Controller, machines: dict[str, VirtualMachine]) -> None:
    """Facts, events, an approval, a token and a document of a host on which everything is BusyBox."""
    if not shutil.which('busybox'):
        pytest.skip('busybox is not installed')
    programs = programs_of(core)
    controller.hosts([f'{on_port("busybox")} ansible_python_interpreter=/nonexistent/python3'])
    machine = machines['web_3']
    machine.control('/events', 'POST', {'EventType': 'Freeze', 'NotBefore': 900})
    machine.control('/requests', 'DELETE')
    known = {'vm_id': machine.control('')['document']['compute']['vmId'], 'attested': importlib.util.find_spec('cryptography') is not None}
    try:
        controller.run('ansible-playbook', str(Path(__file__).parent / 'without_python.yml'), '-e', json.dumps(known), programs=programs)
        requests = machine.control('/requests')
    finally:
        for event in machine.control('/events'):
            machine.control(f'/events/{event["EventId"]}', 'PATCH', {'EventStatus': 'Completed'})
    assert {request['headers'].get('user-agent', '').lower() for request in requests} == {'wget'}
    assert [request['path'] for request in requests if request['method'] == 'POST'] == ['/metadata/scheduledevents']
