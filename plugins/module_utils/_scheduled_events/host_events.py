# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The scheduled events as a host sees them.

This is a private part of the collection: its names may change in any release.
"""

import time

from ansible_collections.imds.azure.plugins.module_utils._scheduled_events.events import LEAD_TIME, events_from_document, incarnation, scheduled_events
from ansible_collections.imds.azure.plugins.module_utils._service.client import ImdsClient
from ansible_collections.imds.azure.plugins.module_utils._service.errors import ImdsError, MalformedAnswerError
from ansible_collections.imds.azure.plugins.module_utils._service.options import client_of
from ansible_collections.imds.azure.plugins.module_utils._service.retry import RetryPolicy

NAME_PATH = '/instance/compute/name'
# Only the first question for events takes long.
NAME_TIMEOUT = 5.0


class HostEvents:
    """Asks the service of a host: C(client), C(events) (see events_from_document), C(incarnation), and C(name), None where nothing needs it.

    :param options: C(name), what client_of needs, and C(lead_time) where events are told that are far off.
    :param transport: what carries the requests.
    :param warn: called with a sentence for the user.
    :param name_required: whether it is an error when the VM's own name cannot be found out.
    :raises ImdsError: one of its kinds.
    """

    def __init__(self, options, transport, warn, name_required):
        self.client = client_of(options, transport)
        document = scheduled_events(self.client)
        now = time.time()
        self.incarnation = incarnation(document)
        self.name = options['name'] or None
        if not self.name and events_from_document(document, now):
            try:
                self.name = own_name(options, transport, self.client.seconds_left())
            except ImdsError as error:
                if name_required:
                    raise
                warn('Cannot tell which events affect this host. %s' % error)
        self.events = events_from_document(document, now, self.name, warn, options.get('lead_time', LEAD_TIME))


def own_name(options, transport, seconds):
    """C(compute.name) of this VM.

    :param options: the timeout.
    :param transport: what carries the requests.
    :param seconds: that are left for all tries.
    :raises ImdsError: one of its kinds.
    """
    # Another client, because the versions of /instance are others.
    client = ImdsClient(transport, 'auto', min(options['timeout'], NAME_TIMEOUT), RetryPolicy(deadline=max(seconds, 0.001)))
    try:
        name = client.get(NAME_PATH, format='text').strip()
        if not name:
            raise MalformedAnswerError('the VM has no name', NAME_PATH, 200)
    except ImdsError as error:
        error.remedy += ' If the service does not return it, set name to the name of the VM.'
        raise
    return name
