# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The program: asks the metadata service again and again, and tells the watcher."""

import json
import sys
import time

from ansible_collections.imds.azure.plugins.module_utils._scheduled_events.approval import approve, plan_approval
from ansible_collections.imds.azure.plugins.module_utils._scheduled_events.events import events_from_document, scheduled_events
from ansible_collections.imds.azure.plugins.module_utils._scheduled_events.host_events import own_name
from ansible_collections.imds.azure.plugins.module_utils._service.errors import ImdsError, NotAzureError
from ansible_collections.imds.azure.plugins.module_utils._service.http_transport import HttpTransport
from ansible_collections.imds.azure.plugins.module_utils._service.options import client_of
from ansible_collections.imds.azure.plugins.module_utils._service.platform import chassis_asset_tag, may_ask

from .commands import run_commands
from .memory import Memory
from .watcher import Watcher

# The first question switches the feature on, which may take 2 minutes; later ones are answered at once.
FIRST = {'timeout': 130.0, 'deadline': 180.0}
LATER = {'timeout': 10.0, 'deadline': 30.0}
LONGEST_PAUSE = 60.0


class HostService:
    """The metadata service of this VM.

    :param endpoint: where it answers.
    :param lead_time: see events_from_document.
    """

    def __init__(self, endpoint, lead_time):
        self._options = dict(FIRST, endpoint=endpoint, api_version='auto')
        self._lead_time = lead_time
        self._name = None

    def events(self):
        """All events, see events_from_document. Raises ImdsError."""
        client = client_of(self._options)
        document = scheduled_events(client)
        now = time.time()
        self._options.update(LATER, api_version=client.api_version)
        if self._name is None and events_from_document(document, now):
            self._name = own_name(self._options, HttpTransport(self._options['endpoint']), self._options['deadline'])
        return events_from_document(document, now, self._name, say, self._lead_time)

    def approve(self, event_ids, leader_only):
        """Approves events that are still scheduled, and gives their ids. What hinders it is said and not raised: an event starts by itself in the end."""
        try:
            plan, _others = plan_approval(self.events(), event_ids, leader_name=self._name if leader_only else None)
            if plan['approved']:
                client = client_of(self._options)
                approve(client, plan['approved'])
            return plan['approved']
        except ImdsError as error:
            say('not approved: %s' % error)
            return []


def say(line):
    """Writes a line of the log: what comes from the service cannot make two of it."""
    sys.stderr.write(''.join(character if character.isprintable() else ' ' for character in line) + '\n')
    sys.stderr.flush()


def main(arguments):
    """Runs until it is ended. Gives 2 where there is no use in starting it again."""
    settings_path, memory_path = arguments
    with open(settings_path, encoding='utf-8') as source:
        settings = json.load(source)
    if may_ask('auto', settings['endpoint'], lambda: chassis_asset_tag(lambda words: (1, '', ''))) is False:
        say(str(NotAzureError(NotAzureError.CAUSE)))
        return 2
    service = HostService(settings['endpoint'], settings['lead_time'])
    watcher = Watcher(settings, lambda ids: service.approve(ids, settings['approve'] == 'leader'), run_commands, Memory(memory_path), say, time)
    failures, trouble = 0, None
    while True:
        try:
            events = service.events()
        except ImdsError as error:
            failures += 1
            # The same trouble again and again is one line.
            if (error.__class__, error.status) != trouble:
                trouble = error.__class__, error.status
                say(str(error))
        else:
            failures, trouble = 0, None
            watcher.look(events)
        time.sleep(min(settings['interval'] * 2 ** min(failures, 10), max(LONGEST_PAUSE, settings['interval'])))
