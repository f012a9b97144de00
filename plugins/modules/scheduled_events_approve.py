# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: scheduled_events_approve
short_description: Let scheduled events of an Azure VM start now
version_added: 0.1.0
author:
  - Contributors to the imds.azure collection (@imds-azure)
description:
  - Tells the Azure Instance Metadata Service (IMDS) on the host itself that this host is ready, so that an event need not wait until its time has come.
  - B(An approval counts for all VMs) that an event names, not only for this host, and it cannot be taken back. Where others are named too, make sure
    that they are ready as well, for instance with O(leader_only=true) after all of them have been drained.
  - Only events that are scheduled are approved. One that has started already, or is not among the events any more, is no change and no failure.
  - The service is asked for its events first, which B(switches the feature on) for this VM where it was off; see M(imds.azure.scheduled_events_info).
extends_documentation_fragment:
  - imds.azure.attributes
  - imds.azure.scheduled_events
  - imds.azure.service
  - imds.azure.task_transport
attributes:
  check_mode:
    details: The events are asked for, which switches the feature on where it was off. Nothing is approved.
  diff_mode:
    support: none
    details: The result tells which events were approved.
options:
  event_ids:
    description:
      - The events to approve, whatever their types and whomever they affect. Nothing is approved where the list is empty.
      - Ids as M(imds.azure.scheduled_events_info) returns them, in any case of letters. Something else is an error, and then nothing is sent.
    type: list
    elements: str
  event_types:
    description: Approve only events of these types.
    type: list
    elements: str
    choices: [Freeze, Reboot, Redeploy, Preempt, Terminate]
  this_host:
    description:
      - Approve only events that affect this host. With V(false) all events of the whole availability set or placement group are approved.
      - Has no meaning with O(event_ids).
    type: bool
    default: true
  leader_only:
    description:
      - Approve only where this host is the leader of the event, so that only one of the hosts that it names approves.
      - The leader is the first of RV(imds.azure.scheduled_events_info#module:events[].resources) in plain sorted order without regard to case, which
        every host finds out by itself. Where the leader is not in the play, or not running, nobody approves, and the event starts when its time has come.
    type: bool
    default: false
seealso:
  - module: imds.azure.scheduled_events_info
  - name: Scheduled Events
    description: Documentation of the service.
    link: https://learn.microsoft.com/azure/virtual-machines/linux/scheduled-events
"""

EXAMPLES = r"""
- name: Approve all reboots and freezes of this host
  imds.azure.scheduled_events_approve:
    event_types: [Reboot, Freeze]

- name: Get the events that a user caused
  imds.azure.scheduled_events_info:
    event_statuses: [Scheduled]
    this_host: true
  register: scheduled

- name: Approve just these
  imds.azure.scheduled_events_approve:
    event_ids: "{{ scheduled.events | selectattr('event_source', 'equalto', 'User') | map(attribute='event_id') }}"

- name: Let one host of those that an event names approve it, when all of them are ready
  hosts: web
  gather_facts: false
  any_errors_fatal: true
  tasks:
    - name: Drain the host
      ansible.builtin.command: systemctl stop app
      changed_when: true

    - name: Approve
      imds.azure.scheduled_events_approve:
        leader_only: true
"""

RETURN = r"""
approved:
  description: Ids of the events that were approved now; in check mode, that would have been.
  returned: success
  type: list
  elements: str
  sample: [C7061BAC-AFDC-4513-B24B-AA5F13A16123]
started:
  description: Ids of the events that had started already.
  returned: success
  type: list
  elements: str
  sample: []
gone:
  description: Those of O(event_ids) that are not among the events, because they are over, were cancelled, or this VM never saw them.
  returned: success
  type: list
  elements: str
  sample: []
left_to_leader:
  description: Ids of the events that another host is to approve, with O(leader_only=true).
  returned: success
  type: list
  elements: str
  sample: []
events:
  description: The events of RV(approved) as they were before, in the form of RV(imds.azure.scheduled_events_info#module:events).
  returned: success
  type: list
  elements: dict
  sample:
    - event_id: C7061BAC-AFDC-4513-B24B-AA5F13A16123
      event_type: Reboot
      event_status: Scheduled
      event_source: Platform
      resource_type: VirtualMachine
      resources: [web_0, web_1]
      affects_this_host: true
      not_before: "2022-04-11T22:26:58Z"
      seconds_left: 894
      far_off: false
      duration_in_seconds: -1
      description: Host server is undergoing maintenance.
query:
  description: How the service was asked.
  returned: success
  type: dict
  sample: {"transport": "shell", "requests": 1, "retries": 0, "seconds": 0.012}
  contains:
    transport:
      description: V(shell) for a shell command over the connection of the task, V(module) for the module on the host. See O(transport).
      returned: always
      type: str
      sample: shell
    requests:
      description: HTTP requests that were sent.
      returned: always
      type: int
      sample: 1
    retries:
      description: How many of these were another try.
      returned: always
      type: int
      sample: 0
    seconds:
      description: Seconds they took together.
      returned: always
      type: float
      sample: 0.012
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.imds.azure.plugins.module_utils._scheduled_events.tasks import APPROVE, scheduled_events_approve
from ansible_collections.imds.azure.plugins.module_utils._service.options import answer


def main():
    answer(AnsibleModule(supports_check_mode=True, **APPROVE), scheduled_events_approve)


if __name__ == '__main__':
    main()
