# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which scheduled events to approve, and how that is said to the service.

This is a private part of the collection: its names may change in any release.
"""

import re

from ansible_collections.imds.azure.plugins.module_utils._scheduled_events.events import PATH, events_from_document, is_leader, select_events
from ansible_collections.imds.azure.plugins.module_utils._service.errors import BadRequestError, ImdsError, MalformedAnswerError, OptionError, UnreachableError

# GUIDs as a rule, but others have been seen.
_EVENT_ID = re.compile(r'[0-9a-z][0-9a-z._-]{7,127}', re.I)


def check_event_ids(event_ids):
    """Refuses what cannot be the id of an event, before anything is sent.

    :raises OptionError:
    """
    for event_id in event_ids or ():
        if not _EVENT_ID.fullmatch(event_id):
            raise OptionError(
                '%r is not an event ID' % (event_id,),
                remedy='Use the IDs that scheduled_events_info returns, such as C7061BAC-AFDC-4513-B24B-AA5F13A16123.',
            )


def plan_approval(events, event_ids=None, types=None, this_host=True, leader_name=None):
    """What is to be done with events, decided without asking anybody.

    :param events: see events_from_document.
    :param event_ids: the events that are meant, in any case of letters. None means those that C(types) and C(this_host) choose.
    :param leader_name: approve only where the VM of this name is the leader; None approves in any case.
    :returns: (plan, others): a dict of lists of ids, C(approved) (to be sent), C(started), C(gone), C(left_to_leader), and with C(events) the first of these
        as events; and the events that are neither scheduled nor started, or have no id, of which nothing can be said.
    """
    if event_ids is None:
        chosen, gone = select_events(events, types, this_host=this_host), []
    else:
        wanted = {event_id.lower(): event_id for event_id in event_ids}
        chosen = [event for event in events if _id(event) in wanted]
        found = {_id(event) for event in chosen}
        gone = [event_id for key, event_id in wanted.items() if key not in found]
    plan = dict(approved=[], started=[], gone=gone, left_to_leader=[], events=[])
    others = []
    for event in chosen:
        status = (event['event_status'] or '').lower()
        if not event['event_id'] or status not in ('scheduled', 'started'):
            others.append(event)
        elif status == 'started':
            plan['started'].append(event['event_id'])
        elif leader_name is not None and not is_leader(event, leader_name):
            plan['left_to_leader'].append(event['event_id'])
        else:
            plan['approved'].append(event['event_id'])
            plan['events'].append(event)
    return plan, others


def approve(client, event_ids):
    """Tells the service that these events may start at once. It counts for all their resources and cannot be taken back.

    :param client: the one that asked for the events, because an approval goes by the same version.
    :raises ImdsError: one of its kinds.
    """
    retries = client.retries
    try:
        client.post(PATH, {'StartRequests': [{'EventId': event_id} for event_id in event_ids]})
    except (BadRequestError, UnreachableError, MalformedAnswerError) as error:
        # Where an answer was lost, the approval may have arrived all the same, and a second one is refused.
        if (client.retries > retries or not isinstance(error, BadRequestError)) and not _still_scheduled(client, event_ids):
            return
        if isinstance(error, BadRequestError):
            error.remedy = 'One of the events may have just ended: get the events again, and approve those that are still scheduled.'
        raise


def _still_scheduled(client, event_ids):
    """Whether any of these events waits for an approval; also where that cannot be found out."""
    wanted = {event_id.lower() for event_id in event_ids}
    try:
        events = events_from_document(client.get(PATH), 0)
    except ImdsError:
        return True
    return any(_id(event) in wanted and (event['event_status'] or '').lower() == 'scheduled' for event in events)


def _id(event):
    return (event['event_id'] or '').lower()
