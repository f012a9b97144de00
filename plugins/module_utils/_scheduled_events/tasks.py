# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What scheduled_events_info and scheduled_events_approve do, wherever they run.

This is a private part of the collection: its names may change in any release.
"""

from ansible_collections.imds.azure.plugins.module_utils._scheduled_events.approval import approve, check_event_ids, plan_approval
from ansible_collections.imds.azure.plugins.module_utils._scheduled_events.events import EVENT_STATUSES, EVENT_TYPES, LEAD_TIME, check_lead_time, select_events
from ansible_collections.imds.azure.plugins.module_utils._scheduled_events.host_events import HostEvents
from ansible_collections.imds.azure.plugins.module_utils._service.options import service_options, transport_option

INFO = dict(
    argument_spec=dict(
        event_types=dict(type='list', elements='str', choices=list(EVENT_TYPES)),
        event_statuses=dict(type='list', elements='str', choices=list(EVENT_STATUSES)),
        this_host=dict(type='bool', default=False),
        lead_time=dict(type='float', default=LEAD_TIME),
        name=dict(type='str'),
        **service_options(timeout=130, deadline=180),
        **transport_option(),
    ),
)
APPROVE = dict(
    argument_spec=dict(
        event_ids=dict(type='list', elements='str'),
        event_types=dict(type='list', elements='str', choices=list(EVENT_TYPES)),
        this_host=dict(type='bool', default=True),
        leader_only=dict(type='bool', default=False),
        name=dict(type='str'),
        **service_options(timeout=130, deadline=180),
        **transport_option(),
    ),
    mutually_exclusive=[('event_ids', 'event_types')],
)


def scheduled_events_info(options, transport, warn, check_mode=False):
    """The result of a task, see C(answer) in _service.options."""
    check_lead_time(options['lead_time'])
    found = HostEvents(options, transport, warn, name_required=options['this_host'])
    return dict(
        events=select_events(found.events, options['event_types'], options['event_statuses'], options['this_host']),
        document_incarnation=found.incarnation,
        name=found.name,
        api_version=found.client.api_version,
        query=found.client.query(),
    )


def scheduled_events_approve(options, transport, warn, check_mode=False):
    """The result of a task, see C(answer) in _service.options: what became of each event."""
    ids = options['event_ids']
    check_event_ids(ids)
    found = HostEvents(options, transport, warn, name_required=options['leader_only'] or (ids is None and options['this_host']))
    leader_name = found.name or '' if options['leader_only'] else None
    plan, others = plan_approval(found.events, ids, options['event_types'], options['this_host'], leader_name)
    for event in others:
        warn('Cannot approve event %r with status %r.' % (event['event_id'], event['event_status']))
    if plan['approved'] and not check_mode:
        approve(found.client, plan['approved'])
    return dict(plan, changed=bool(plan['approved']), query=found.client.query())
