# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: scheduled_events_info
short_description: Get the scheduled events of an Azure VM, such as maintenance and eviction
version_added: 1.0.0
author:
  - Contributors to the imds.azure collection (@imds-azure)
description:
  - Asks the Azure Instance Metadata Service (IMDS) on the host for upcoming events, such as reboots, freezes, redeployments, the eviction
    of a Spot VM and the deletion of a scale set instance.
  - B(The first request turns on scheduled events) for this VM and can take up to 2 minutes. Azure turns them off again after 24 hours
    without requests. While they are on, Azure waits for an approval or until RV(events[].not_before) before it starts an event.
  - All VMs in an availability set, in a placement group of a scale set or in a cloud service get the same events. O(this_host=true)
    returns only those that affect the host itself.
extends_documentation_fragment:
  - imds.azure.task_transport
  - imds.azure.attributes
  - imds.azure.scheduled_events
  - imds.azure.service
options:
  event_types:
    description: Return only events of these types.
    type: list
    elements: str
    choices: [Freeze, Reboot, Redeploy, Preempt, Terminate]
  event_statuses:
    description: Return only events with one of these statuses.
    type: list
    elements: str
    choices: [Scheduled, Started]
  this_host:
    description: Return only events that affect this host.
    type: bool
    default: false
  lead_time:
    description:
      - Events that start later than this number of seconds are RV(events[].far_off). Predicted hardware failures are announced up to 7 days ahead.
    type: float
    default: 1200
notes:
  - Events are data from the host. Ansible does not run templates in them.
  - The service answers 5 requests per second for each VM. Azure recommends one request per second when waiting for events.
  - Fails on Azure Stack Hub and Azure Arc, which have no scheduled events.
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

- name: Skip the host if it is about to restart
  ansible.builtin.meta: end_host
  when: scheduled.events | rejectattr('far_off') | list | length > 0

- name: Show the events
  ansible.builtin.debug:
    msg: "{{ item.event_type }} in {{ item.seconds_left }} seconds: {{ item.description }}"
  loop: "{{ scheduled.events }}"
  loop_control:
    label: "{{ item.event_id }}"

- name: Fail if a reboot is scheduled
  imds.azure.scheduled_events_info:
    event_types: [Reboot, Redeploy]
    event_statuses: [Scheduled]
    this_host: true
  register: scheduled
  failed_when: scheduled.events | length > 0

- name: Wait up to ten minutes for running events on this host to end
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
  description: The events, in the order in which the service returns them.
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
      description: ID of the event, a GUID.
      returned: success
      type: str
    event_type:
      description:
        - V(Freeze) pauses the VM for a few seconds, V(Reboot) restarts it, V(Redeploy) restarts it on another machine without its temporary disk,
          V(Preempt) evicts a Spot VM, V(Terminate) deletes it.
        - The usual notice is 15 minutes for V(Freeze) and V(Reboot), 10 for V(Redeploy), 5 to 15 as set by the user for V(Terminate), and 30 seconds
          for V(Preempt). It can be shorter.
      returned: success
      type: str
    event_status:
      description: V(Scheduled), or V(Started) after the approval or RV(events[].not_before). Events that are over are not returned.
      returned: success
      type: str
    event_source:
      description: Cause of the event, V(Platform) or V(User). V(null) in versions before 2019-08-01.
      returned: success
      type: str
    resource_type:
      description: Type of the affected resources, V(VirtualMachine).
      returned: success
      type: str
    resources:
      description: Names of the affected VMs as the service writes them. In a scale set these are C(<scale set>_<number>).
      returned: success
      type: list
      elements: str
    affects_this_host:
      description: Whether the name of this VM is in RV(events[].resources), ignoring case. V(null) if its name is unknown.
      returned: success
      type: bool
    not_before:
      description: Earliest start of the event in UTC. V(null) if it has started or the service does not return it.
      returned: success
      type: str
    seconds_left:
      description: Seconds until RV(events[].not_before) by the clock of the host, at least 0. V(null) if that is unknown.
      returned: success
      type: int
    far_off:
      description: Whether the event starts later than O(lead_time), so that it is too early to prepare for it.
      returned: success
      type: bool
    duration_in_seconds:
      description: Expected duration of the event. V(-1) if Azure does not know it, V(null) in versions before 2020-07-01.
      returned: success
      type: int
    description:
      description: Description of the event by Azure. V(null) in versions before 2019-04-01.
      returned: success
      type: str
document_incarnation:
  description: A number that changes whenever the list of events changes.
  returned: success
  type: int
  sample: 3
name:
  description: Name of this VM. V(null) if it was neither set nor needed.
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
from ansible_collections.imds.azure.plugins.module_utils._scheduled_events.tasks import INFO, scheduled_events_info
from ansible_collections.imds.azure.plugins.module_utils._service.options import answer


def main():
    answer(AnsibleModule(supports_check_mode=True, **INFO), scheduled_events_info)


if __name__ == '__main__':
    main()
