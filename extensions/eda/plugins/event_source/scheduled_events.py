# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
short_description: Receive the scheduled events of Azure VMs
version_added: 0.1.0
author:
  - Contributors to the imds.azure collection (@imds-azure)
description:
  - An ansible-rulebook event source that asks the Azure Instance Metadata Service for scheduled events (Freeze, Reboot, Redeploy, Preempt, Terminate) and
    sends one event for each change.
  - Without O(hosts) it asks the service of the machine that ansible-rulebook runs on, which must be an Azure VM.
  - With O(hosts) it asks the hosts of an inventory over their own Ansible connections. One short shell command is run on each host, which needs curl,
    wget or python3 there and nothing else. Connection variables, vaults and C(ansible.cfg) count as they do for C(ansible-playbook).
  - The first request of all switches scheduled events on for a VM, for which the service takes up to two minutes.
    It switches them off again when nobody asked for a day.
  - The Python that runs ansible-rulebook must have ansible-core 2.16 or later.
options:
  hosts:
    description:
      - Which hosts of O(inventory) are asked, as an Ansible pattern or a list of such.
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
      - Seconds from an answer to the next question to the same VM, at least 0.2. Microsoft advises one second.
      - The default is 1 for this machine, and 10 with O(hosts).
      - A VM that does not answer is asked after twice as long each time, up to a minute.
    type: float
  lead_time:
    description:
      - An event that may start only after so many seconds is V(far_off). It is V(new) when it is nearer, so that nothing is drained days before.
      - Give more than draining takes.
    type: float
    default: 1200
  outage_after:
    description:
      - How many questions to a VM in a row must fail before that is an outage. One lasts as long as O(deadline) where asking again may help.
    type: int
    default: 3
  forks:
    description:
      - How many hosts are asked at the same time. It needs O(hosts). The default is 50.
    type: int
  refresh:
    description:
      - After how many seconds the inventory is read again. It needs O(hosts). The default is 600.
    type: float
  endpoint:
    description:
      - Scheme, host and port of the service.
    type: str
    default: http://169.254.169.254
  api_version:
    description:
      - Version of the scheduled events API, such as V(2020-07-01). With V(auto) the newest one that the VM knows.
    type: str
    default: auto
  timeout:
    description:
      - Seconds for one request. The first one to a VM may take 130 seconds.
    type: float
    default: 5
  deadline:
    description:
      - Seconds in which a VM is asked again that does not answer as it should. After that the question has failed, see O(outage_after).
    type: float
    default: 90
  detect:
    description:
      - V(auto) looks at the SMBIOS chassis tag before the default endpoint is asked, and asks where the tag cannot be read.
        V(always) asks only where the tag is that of an Azure VM. V(never) asks without looking.
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
    - name: Something is going to happen to this VM
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
  rules:
    - name: Something is going to happen to a host
      condition: event.change == "new" and event.scheduled_event.affects_this_host == true
      action:
        run_playbook:
          name: drain.yml
    - name: A host cannot be asked any more
      condition: event.change == "outage"
      action:
        print_event:
"""

# An event, as rules and playbooks see it.
RETURN = r"""
change:
  description:
    - V(new) for an event that starts within O(lead_time) and was not there, or V(far_off), before, also where it was there before ansible-rulebook began.
    - V(far_off) for one that starts later, such as a predicted failure of hardware in some days; V(status) when it has started; V(not_before) when it was
      moved; V(gone) when it is over or was cancelled.
    - V(outage) once when O(outage_after) questions to a VM in a row have failed, and V(recovered) when it answers again.
  type: str
  returned: always
  sample: new
scheduled_event:
  description:
    - The event, with the keys of RV(imds.azure.scheduled_events_info#module:events). What is gone is as it was last seen.
  type: dict
  returned: unless RV(change) is V(outage) or V(recovered)
host:
  description: Name of the host in the inventory, or null for this machine.
  type: str
  returned: always
meta:
  description: Holds C(hosts), the name of the host, to which ansible-rulebook limits a playbook.
  type: dict
  returned: with O(hosts)
vm_name:
  description: Name of the VM in Azure, or null where the service does not tell.
  type: str
  returned: unless RV(change) is V(outage)
api_version:
  description: Version of the scheduled events API that was used.
  type: str
  returned: unless RV(change) is V(outage)
state:
  description: V(unreachable) for the host itself, V(not_azure) for one that is no Azure VM, V(failed) for all else.
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
    while True:
        async with program(arguments) as process:
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
                for event in news.of(answer):
                    log(event)
                    await queue.put(event)
        # It ends with 0 to read the inventory again.
        if process.returncode != 0:
            pause = min(2**failures, LONGEST_PAUSE)
            failures += 1
            logger.error('Scheduled events: the program that asks ended with %s and is started again in %d seconds.', process.returncode, pause)
            await asyncio.sleep(pause)


@contextlib.asynccontextmanager
async def program(arguments: dict[str, Any]) -> AsyncIterator[asyncio.subprocess.Process]:
    """The program that asks. It ends with its standard input, and so also where ansible-rulebook is killed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(PROGRAM), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, start_new_session=True, limit=LINE_LIMIT
    )
    stdin = cast(asyncio.StreamWriter, process.stdin)
    try:
        stdin.write(json.dumps(arguments, default=str).encode() + b'\n')
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


def log(event: dict[str, Any]) -> None:
    """Outages, for those whose rules do not look at them."""
    if event['change'] == 'outage':
        logger.warning('Scheduled events: %s gives none: %s', event['host'] or 'this machine', event['error'])
    elif event['change'] == 'recovered':
        logger.warning('Scheduled events: %s answers again.', event['host'] or 'this machine')
