# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: scheduled_events_approve
short_description: Let scheduled events of an Azure VM start now
version_added: 1.0.0
author:
  - Contributors to the imds.azure collection (@imds-azure)
description:
  - Tells the Azure Instance Metadata Service (IMDS) on the host that the host is ready, so that events start without waiting for their scheduled time.
  - B(An approval applies to all VMs) in an event and cannot be withdrawn. If the event names other VMs, make sure
    that they are ready too, for example by using O(leader_only=true) after all of them have been drained.
  - Only scheduled events are approved. Events that have started or ended do not cause a change or a failure.
  - Gets the events first, which B(turns on scheduled events) for this VM. See M(imds.azure.scheduled_events_info).
extends_documentation_fragment:
  - imds.azure.task_transport
  - imds.azure.attributes
  - imds.azure.scheduled_events
  - imds.azure.service
attributes:
  check_mode:
    details: Gets the events, which turns on scheduled events for the VM. Approves nothing.
  diff_mode:
    support: none
    details: The result lists the approved events.
options:
  event_ids:
    description:
      - IDs of events to approve, regardless of their types and of the VMs that they affect. With an empty list, nothing is approved.
      - Use the IDs that M(imds.azure.scheduled_events_info) returns. Case does not matter.
    type: list
    elements: str
  event_types:
    description: Approve only events of these types.
    type: list
    elements: str
    choices: [Freeze, Reboot, Redeploy, Preempt, Terminate]
  this_host:
    description:
      - Approve only events that affect this host. V(false) approves all events of the availability set or placement group.
      - Ignored with O(event_ids).
    type: bool
    default: true
  leader_only:
    description:
      - Approve only if this host is the leader of the event, so that one host approves for all.
      - The leader is the first of RV(imds.azure.scheduled_events_info#module:events[].resources) in sorted order, ignoring case. If the leader is
        not in the play or not running, no host approves the event, and it starts at its scheduled time.
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

- name: Approve these events
  imds.azure.scheduled_events_approve:
    event_ids: "{{ scheduled.events | selectattr('event_source', 'equalto', 'User') | map(attribute='event_id') }}"

- name: Approve each event on one host, when all hosts are ready
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
  description: IDs of the approved events; in check mode, of those that would be approved.
  returned: success
  type: list
  elements: str
  sample: [C7061BAC-AFDC-4513-B24B-AA5F13A16123]
started:
  description: IDs of the events that had already started.
  returned: success
  type: list
  elements: str
  sample: []
gone:
  description: IDs from O(event_ids) that do not exist, because the events are over, were canceled, or never applied to this VM.
  returned: success
  type: list
  elements: str
  sample: []
left_to_leader:
  description: IDs of the events that another host has to approve, with O(leader_only=true).
  returned: success
  type: list
  elements: str
  sample: []
events:
  description: The events in RV(approved) before the approval. See RV(imds.azure.scheduled_events_info#module:events).
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
      description: Number of HTTP requests.
      returned: always
      type: int
      sample: 1
    retries:
      description: Number of retries among them.
      returned: always
      type: int
      sample: 0
    seconds:
      description: Total seconds that they took.
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
