# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which scheduled events to approve, and how that is said to the service.

This is a private part of the collection: its names may change in any release.
"""

import re

from ansible_collections.imds.azure.plugins.module_utils._scheduled_events.events import PATH, is_leader, select_events
from ansible_collections.imds.azure.plugins.module_utils._service.errors import BadRequestError, OptionError

_EVENT_ID = re.compile(r'[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}', re.I)


def check_event_ids(event_ids):
    """Refuses what cannot be the id of an event, before anything is sent.

    :raises OptionError:
    """
    for event_id in event_ids or ():
        if not _EVENT_ID.fullmatch(event_id):
            raise OptionError('%r is not the id of an event' % (event_id,), remedy='Ids are GUIDs, such as C7061BAC-AFDC-4513-B24B-AA5F13A16123.')


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
    try:
        client.post(PATH, {'StartRequests': [{'EventId': event_id} for event_id in event_ids]})
    except BadRequestError as error:
        error.remedy = 'One of the events may have ended in this moment: ask for the events again, and approve what is still scheduled.'
        raise


def _id(event):
    return (event['event_id'] or '').lower()
