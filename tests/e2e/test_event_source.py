# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The event source for ansible-rulebook on a controller, which reaches the hosts by ssh only, and their services at the address that they really have."""

from __future__ import annotations

import json
import sys
from functools import partial
from pathlib import Path

from ansible_collections.imds.azure.tests.e2e.controller import Controller
from ansible_collections.imds.azure.tests.e2e.private_world import PrivateWorld, eventually
from ansible_collections.imds.azure.tests.e2e.virtual_machine import VirtualMachine

SOURCE = Path(__file__).parents[2] / 'extensions/eda/plugins/event_source/scheduled_events.py'
# Prints so many events as ansible-rulebook would get them.
RUN = """
import asyncio, json, runpy, sys

async def run(main, arguments, count):
    queue = asyncio.Queue()
    task = asyncio.create_task(main(queue, arguments))
    for _number in range(count):
        print(json.dumps(await asyncio.wait_for(queue.get(), 90)), flush=True)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

asyncio.run(run(runpy.run_path(sys.argv[1])['main'], json.loads(sys.argv[2]), int(sys.argv[3])))
"""


def accepted(machine: VirtualMachine) -> int:
    return machine.log().count('Accepted publickey')


def told_of(output: Path, change: str) -> bool:
    return f'"change": "{change}"' in output.read_text()


def test_over_ssh(world: PrivateWorld, controller: Controller, machines: dict[str, VirtualMachine]) -> None:
    """An event from its beginning to its end, over one connection to each host; another cloud's machine is not asked."""
    before = {name: accepted(machine) for name, machine in machines.items()}
    opened = machines['onprem'].connections_opened()
    event_id = machines['web_0'].control('/events', 'POST', {'EventType': 'Freeze'})['EventId']
    arguments = {'inventory': str(controller.folder / 'hosts.ini'), 'hosts': 'all', 'interval': 0.5, 'outage_after': 1}
    output = controller.folder / 'events'
    process = world.start(sys.executable, '-B', '-c', RUN, str(SOURCE), json.dumps(arguments), '4', log=output)
    for change, status in (('new', 'Started'), ('status', 'Completed')):
        eventually(partial(told_of, output, change), f'nothing is {change}', 90)
        machines['web_0'].control(f'/events/{event_id}', 'PATCH', {'EventStatus': status})
    assert process.wait(90) == 0
    told = [json.loads(line) for line in output.read_text().splitlines() if line.startswith('{')]
    assert {(each['host'], each['state']) for each in told if each['change'] == 'outage'} == {('onprem', 'not_azure')}
    assert machines['onprem'].connections_opened() == opened
    changes = [each for each in told if each['change'] != 'outage']
    assert [(each['host'], each['vm_name'], each['change']) for each in changes] == [('web_0', 'web_0', change) for change in ('new', 'status', 'gone')]
    assert {each['scheduled_event']['event_id'] for each in changes} == {event_id}
    assert {each['scheduled_event']['affects_this_host'] for each in changes} == {True}
    assert machines['web_1'].control('/requests')
    assert {name: accepted(machine) - before[name] for name, machine in machines.items()} == dict.fromkeys(machines, 1)
