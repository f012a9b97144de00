# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: scheduled_events_info
short_description: Get the scheduled events of an Azure VM, such as maintenance and eviction
version_added: 0.1.0
author:
  - Contributors to the imds.azure collection (@imds-azure)
description:
  - Asks the Azure Instance Metadata Service (IMDS) on the host itself which maintenance is about to come, reboots, freezes, redeployments, the eviction
    of a Spot VM and the deletion of a scale set instance.
  - B(The first question switches the feature on) for this VM, and the answer to it can take up to 2 minutes. Azure switches it off again when nobody has
    asked for 24 hours. With the feature on, Azure waits for an approval or until RV(events[].not_before) before it starts an event.
  - Every VM of an availability set, of a placement group of a scale set or of a cloud service is told of the events of all its VMs. O(this_host=true)
    gives only those that affect the host itself.
extends_documentation_fragment:
  - imds.azure.attributes
  - imds.azure.scheduled_events
  - imds.azure.service
  - imds.azure.task_transport
options:
  event_types:
    description: Give only events of these types.
    type: list
    elements: str
    choices: [Freeze, Reboot, Redeploy, Preempt, Terminate]
  event_statuses:
    description: Give only events with one of these statuses.
    type: list
    elements: str
    choices: [Scheduled, Started]
  this_host:
    description: Give only events that affect this host.
    type: bool
    default: false
  lead_time:
    description:
      - An event that may start only after so many seconds is RV(events[].far_off). A predicted failure of hardware is announced up to 7 days ahead.
    type: float
    default: 1200
notes:
  - Events are data that a host gave. Ansible does not run templates in them.
  - The service answers 5 requests a second for a VM. Asking once a second is what Azure recommends to those who wait for events.
  - There are no scheduled events on Azure Stack Hub and Azure Arc, which is an error of this module.
seealso:
  - module: imds.azure.scheduled_events_approve
  - name: Scheduled Events
    description: Documentation of the service.
    link: https://learn.microsoft.com/azure/virtual-machines/linux/scheduled-events
"""

EXAMPLES = r"""
- name: Get the events that affect this host
  imds.azure.scheduled_events_info:
    this_host: true
  register: scheduled

- name: Leave a host alone that is about to restart, and not one that will in some days
  ansible.builtin.meta: end_host
  when: scheduled.events | rejectattr('far_off') | list | length > 0

- name: Show what comes, and when
  ansible.builtin.debug:
    msg: "{{ item.event_type }} in {{ item.seconds_left }} seconds: {{ item.description }}"
  loop: "{{ scheduled.events }}"
  loop_control:
    label: "{{ item.event_id }}"

- name: Stop an update where a reboot is about to come
  imds.azure.scheduled_events_info:
    event_types: [Reboot, Redeploy]
    event_statuses: [Scheduled]
    this_host: true
  register: scheduled
  failed_when: scheduled.events | length > 0

- name: Wait up to ten minutes until no event is under way on this host
  imds.azure.scheduled_events_info:
    event_statuses: [Started]
    this_host: true
  register: scheduled
  until: scheduled is succeeded and scheduled.events == []
  retries: 60
  delay: 10
"""

RETURN = r"""
events:
  description: The events that were asked for, in the order in which the service gives them.
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
  contains:
    event_id:
      description: Id of the event, a GUID.
      returned: success
      type: str
    event_type:
      description:
        - V(Freeze) pauses the VM for some seconds, V(Reboot) and V(Redeploy) restart it (the latter on another machine, without its temporary disk),
          V(Preempt) evicts a Spot VM, V(Terminate) deletes it.
        - The usual notice is 15 minutes for V(Freeze) and V(Reboot), 10 for V(Redeploy), 5 to 15 as set by the user for V(Terminate), and 30 seconds
          for V(Preempt). Shorter ones have been seen.
      returned: success
      type: str
    event_status:
      description: V(Scheduled), or V(Started) from the approval or RV(events[].not_before) on. An event that is over is not in the list.
      returned: success
      type: str
    event_source:
      description: Who caused it, V(Platform) or V(User). V(null) in versions before 2019-08-01.
      returned: success
      type: str
    resource_type:
      description: What the event affects, V(VirtualMachine).
      returned: success
      type: str
    resources:
      description: Names of the VMs which the event affects, as the service writes them. In a scale set these are C(<scale set>_<number>).
      returned: success
      type: list
      elements: str
    affects_this_host:
      description: Whether the name of this VM is among RV(events[].resources), without regard to case. V(null) where its name is not known.
      returned: success
      type: bool
    not_before:
      description: When the event starts at the earliest, in UTC; it may be later. V(null) where it has started or the service does not say.
      returned: success
      type: str
    seconds_left:
      description: Seconds until RV(events[].not_before), by the clock of the host, and never below 0. V(null) where that is not known.
      returned: success
      type: int
    far_off:
      description: Whether the event starts only after O(lead_time), so that it is too early to prepare for it.
      returned: success
      type: bool
    duration_in_seconds:
      description: How long the event is expected to take. V(-1) means that Azure does not know, V(null) that the version (before 2020-07-01) has no such thing.
      returned: success
      type: int
    description:
      description: What Azure says about the event. V(null) in versions before 2019-04-01.
      returned: success
      type: str
document_incarnation:
  description: A number that changes whenever the list of events changes.
  returned: success
  type: int
  sample: 3
name:
  description: Name of this VM. V(null) where it was neither given nor needed.
  returned: success
  type: str
  sample: web_0
api_version:
  description: Version of the API that was used.
  returned: success
  type: str
  sample: "2020-07-01"
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
from ansible_collections.imds.azure.plugins.module_utils._scheduled_events.tasks import INFO, scheduled_events_info
from ansible_collections.imds.azure.plugins.module_utils._service.options import answer


def main():
    answer(AnsibleModule(supports_check_mode=True, **INFO), scheduled_events_info)


if __name__ == '__main__':
    main()
