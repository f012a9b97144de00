# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
short_description: Receive the scheduled events of Azure VMs
version_added: 1.0.0
author:
  - Contributors to the imds.azure collection (@imds-azure)
description:
  - Event source for ansible-rulebook that gets scheduled events (Freeze, Reboot, Redeploy, Preempt, Terminate) from the Azure Instance Metadata Service and
    sends one event for each change.
  - Without O(hosts), asks the service of the machine that runs ansible-rulebook, which must be an Azure VM.
  - With O(hosts), asks the hosts of an inventory over their own Ansible connections, with one short shell command. Hosts need curl,
    wget or python3. Connection variables, vaults and C(ansible.cfg) work as with C(ansible-playbook).
  - The first request turns on scheduled events for a VM, which takes up to two minutes.
    Azure turns them off again after a day without requests.
  - The Python that runs ansible-rulebook must have ansible-core 2.16 or later.
options:
  hosts:
    description:
      - Hosts of O(inventory) to ask, as a pattern or a list of patterns.
    type: list
    elements: str
  inventory:
    description:
      - Paths of inventories, or lists of hosts with a comma.
      - The variables C(azure_imds_endpoint), C(azure_imds_api_version), C(azure_imds_timeout) and C(azure_imds_detect) of a host override the options of these
        names.
    type: list
    elements: str
  interval:
    description:
      - Seconds between an answer and the next request to the same VM, at least 0.2. Microsoft recommends one second.
      - The default is 1 for this machine, and 10 with O(hosts).
      - The interval doubles while a VM does not answer, up to a minute.
    type: float
  lead_time:
    description:
      - Events that start later than this number of seconds are V(far_off), and become V(new) later, so that hosts are not drained days ahead.
      - Set it to more than the time that draining takes.
    type: float
    default: 1200
  outage_after:
    description:
      - Number of failed requests in a row that count as an outage. A request with retries takes up to O(deadline).
    type: int
    default: 3
  forks:
    description:
      - Number of hosts to ask at the same time. Needs O(hosts). The default is 50.
    type: int
  refresh:
    description:
      - Seconds until the inventory is read again. Needs O(hosts). The default is 600.
    type: float
  placement_interval:
    description:
      - Seconds between two requests for the zone, the fault domain and so on of a VM, at least 1. By default, they are not requested.
      - If a request fails, the time to the next one doubles, up to 16 times O(placement_interval). Scheduled events are not affected.
    type: float
  endpoint:
    description:
      - Scheme, host and port of the service.
    type: str
    default: http://169.254.169.254
  api_version:
    description:
      - Version of the API for scheduled events, such as V(2020-07-01). V(auto) uses the newest one that the service supports.
    type: str
    default: auto
  timeout:
    description:
      - Timeout in seconds for one request. The first one to a VM can take 130 seconds.
    type: float
    default: 5
  deadline:
    description:
      - Timeout in seconds for all attempts together. After that, the request has failed. See O(outage_after).
    type: float
    default: 90
  detect:
    description:
      - V(auto) checks the SMBIOS chassis asset tag if O(endpoint) is the default, and sends requests if the tag cannot be read.
        V(always) sends requests only if the tag is the one of Azure. V(never) does not check.
    type: str
    choices: [auto, always, never]
    default: auto
"""

EXAMPLES = r"""
# On the VM itself
- name: Maintenance of this VM
  hosts: localhost
  sources:
    - name: this VM
      imds.azure.scheduled_events:
  rules:
    - name: An event is scheduled for this VM
      condition: event.change == "new" and event.scheduled_event.affects_this_host == true
      action:
        run_playbook:
          name: drain.yml

# From a controller: the playbook is limited to the host that the event came from
- name: Maintenance of a fleet
  hosts: all
  execution_strategy: parallel
  sources:
    - name: the fleet
      imds.azure.scheduled_events:
        inventory: inventory.yml
        hosts: azure
        placement_interval: 3600
  rules:
    - name: An event is scheduled for a host
      condition: event.change == "new" and event.scheduled_event.affects_this_host == true
      action:
        run_playbook:
          name: drain.yml
    - name: A host is in another zone or domain
      condition: event.change == "moved"
      action:
        print_event:
    - name: A host no longer answers
      condition: event.change == "outage"
      action:
        print_event:
"""

# An event, as rules and playbooks see it.
RETURN = r"""
change:
  description:
    - V(new) for an event that starts within O(lead_time), once, including events that exist when ansible-rulebook starts.
    - V(far_off) for one that starts later, such as a predicted hardware failure; V(status) when it has started; V(not_before) when it was
      moved; V(gone) when it is over or was canceled.
    - With O(placement_interval), V(moved) when the VM is in another zone, domain or scale set than before; V(joined) for a host that is new in the inventory,
      and V(left) for one that is no longer in it.
    - V(outage) once after O(outage_after) failed requests to a VM in a row, and V(recovered) when it answers again.
  type: str
  returned: always
  sample: new
scheduled_event:
  description:
    - The event, with the keys of RV(imds.azure.scheduled_events_info#module:events), for V(gone) as it was last seen.
  type: dict
  returned: when RV(change) is V(new), V(far_off), V(status), V(not_before) or V(gone)
placement:
  description: Where the VM is, with the keys of RV(imds.azure.instance_facts#module:ansible_facts.azure_imds.placement).
  type: dict
  returned: when RV(change) is V(moved)
  sample: {location: westeurope, zone: "2", physical_zone: null, fault_domain: "0", update_domain: null, scale_set: web}
placement_before:
  description: Where it was.
  type: dict
  returned: when RV(change) is V(moved)
moves:
  description: What changed, each with C(what), C(before) and C(after).
  type: list
  elements: dict
  returned: when RV(change) is V(moved)
  sample: [{what: zone, before: "1", after: "2"}]
host:
  description: Name of the host in the inventory, or null for this machine.
  type: str
  returned: always
meta:
  description: Contains C(hosts), the name of the host, to which ansible-rulebook limits playbooks.
  type: dict
  returned: with O(hosts), unless RV(change) is V(left)
vm_name:
  description: Name of the VM in Azure, or null if the service does not return it.
  type: str
  returned: unless RV(change) is V(outage), V(joined) or V(left)
api_version:
  description: Version of the scheduled events API that was used.
  type: str
  returned: unless RV(change) is V(outage), V(joined) or V(left)
state:
  description: V(unreachable) if the host is unreachable, V(not_azure) if it is not an Azure VM, otherwise V(failed).
  type: str
  returned: when RV(change) is V(outage)
error:
  description: Cause and remedy.
  type: str
  returned: when RV(change) is V(outage)
"""

import asyncio
import contextlib
import json
import logging
import os
import runpy
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

COLLECTION = Path(__file__).absolute().parents[4]
PROGRAM = COLLECTION / 'extensions/eda/watch_scheduled_events.py'
# An event source is run by its path and cannot import its collection.
CHANGES = runpy.run_path(str(COLLECTION / 'plugins/plugin_utils/_events/changes.py'))

# Of one answer, whose body is at most 1 MiB.
LINE_LIMIT = 16 * 1024 * 1024
LONGEST_PAUSE = 60
SECONDS_TO_END = 5

logger = logging.getLogger('imds.azure.scheduled_events')


async def main(queue: asyncio.Queue, args: dict[str, Any]) -> None:
    """Called by ansible-rulebook; ends only when it is cancelled.

    :raises ValueError: the arguments cannot be used.
    """
    arguments = {name: value for name, value in args.items() if name != 'eda_feedback_queue'}
    news, failures = None, 0
    # By host; the program ends now and then, and the next one must not ask sooner for that.
    placements: dict[str, Any] = {}
    while True:
        async with program({'arguments': arguments, 'placements': placements}) as process:
            async for line in cast(asyncio.StreamReader, process.stdout):
                if not line.endswith(b'\n'):
                    break  # it was killed in the midst of it
                answer = json.loads(line)
                if 'refused' in answer and not news:
                    raise ValueError(answer['refused'])
                if 'refused' in answer:
                    logger.error('Scheduled events: %s', answer['refused'])
                    continue
                failures = 0
                # Only now is it known that the arguments can be used.
                news = news or CHANGES['News'](int(float(args.get('outage_after') or CHANGES['OUTAGE_AFTER'])))
                if 'placement' in answer:
                    log_placement(answer, placements)
                for event in news.of_hosts(answer['hosts']) if 'hosts' in answer else news.of(answer):
                    log(event)
                    await queue.put(event)
        # It ends with 0 to read the inventory again.
        if process.returncode != 0:
            pause = min(2**failures, LONGEST_PAUSE)
            failures += 1
            plural = '' if pause == 1 else 's'
            logger.error('Scheduled events: the program that asks for them ended with %s. Restarting it in %d second%s.', process.returncode, pause, plural)
            await asyncio.sleep(pause)


@contextlib.asynccontextmanager
async def program(task: dict[str, Any]) -> AsyncIterator[asyncio.subprocess.Process]:
    """The program that asks. It ends with its standard input, and so also where ansible-rulebook is killed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(PROGRAM), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, start_new_session=True, limit=LINE_LIMIT
    )
    stdin = cast(asyncio.StreamWriter, process.stdin)
    try:
        stdin.write(json.dumps(task, default=str).encode() + b'\n')
        yield process
    finally:
        try:
            stdin.close()
            with contextlib.suppress(ProcessLookupError, asyncio.TimeoutError):
                process.terminate()
                await asyncio.wait_for(process.wait(), SECONDS_TO_END)
        finally:
            # Whatever it could not end itself, such as an ssh that hangs, is in the session that it leads.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()


def log_placement(answer: dict[str, Any], placements: dict[str, Any]) -> None:
    """Keeps what was told of a placement, and warns once where a VM does not tell it."""
    placement = answer['placement']
    placements[answer['host'] or ''] = {key: placement[key] for key in ('asked_at', 'failures', 'spot')}
    if placement['failures'] == 1:
        logger.warning('Scheduled events: %s did not return its placement: %s', answer['host'] or 'this machine', placement['error'])


def log(event: dict[str, Any]) -> None:
    """Outages, for those whose rules do not look at them."""
    if event['change'] == 'outage':
        logger.warning('Scheduled events: %s failed: %s', event['host'] or 'this machine', event['error'])
    elif event['change'] == 'recovered':
        logger.warning('Scheduled events: %s answers again.', event['host'] or 'this machine')
