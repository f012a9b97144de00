# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is done about events, step by step, without knowing how the service is asked or a command is run."""

import json

from ansible_collections.imds.azure.plugins.module_utils._scheduled_events.events import seconds_for_draining, select_events


class Watcher:
    """Keeps a VM drained while events are due or under way.

    :param settings: names and values as in the role's defaults, without the prefix C(maintenance_).
    :param approve: called with the ids of events, gives those that were approved; what hinders it is not raised.
    :param run: as run_commands, without the clock.
    :param memory: see Memory.
    :param say: called with a line for the log.
    :param clock: has C(monotonic()) and C(sleep(seconds)), as the module time.
    """

    def __init__(self, settings, approve, run, memory, say, clock):
        self._settings = settings
        self._approve = approve
        self._run = run
        self._memory = memory
        self._say = say
        self._clock = clock
        self._put_off = set()

    def look(self, events):
        """Does what the events call for, which may take as long as the limits of the steps allow.

        :param events: all that there are, see events_from_document.
        """
        known = self._memory.event_ids
        mine = select_events(events, self._settings['event_types'], ['Scheduled'], this_host=True)
        self._tell_far_off([event for event in mine if event['far_off']])
        new = [event for event in mine if event['event_id'] and event['event_id'] not in known and not event['far_off']]
        if new:
            self._prepare(new)
        elif known and not {event['event_id'] for event in events if not event['far_off']}.intersection(known):
            self._resume()

    def _tell_far_off(self, events):
        for event in events:
            if event['event_id'] not in self._put_off:
                self._say('%s: far off, not before %s' % (self._names([event]), event['not_before']))
        self._put_off = {event['event_id'] for event in events}

    def _prepare(self, events):
        ids = [event['event_id'] for event in events]
        # First of all, for the VM may go down at any time from here on, and must be resumed afterwards.
        self._memory.keep(self._memory.event_ids + ids)
        self._say('%s: draining' % self._names(events))
        left = seconds_for_draining(events)
        problem = self._drain(float('inf') if left is None else self._clock.monotonic() + left, events)
        if problem and self._settings['not_drained'] == 'fail':
            self._say('%s: not drained, so not approved: %s' % (self._names(events), problem))
            return
        self._say('%s: %s' % (self._names(events), 'not drained: %s' % problem if problem else 'drained'))
        policy = self._settings['approve']
        wanted = [event['event_id'] for event in events if policy in ('always', 'leader') or (policy == 'alone' and len(event['resources']) == 1)]
        approved = self._approve(wanted) if wanted else []
        self._say('approved: %s' % (', '.join(approved) or 'none'))

    def _drain(self, begins, events):
        settings, monotonic = self._settings, self._clock.monotonic
        environment = {'IMDS_EVENTS': json.dumps(events), 'IMDS_EVENT_TYPES': ' '.join(event['event_type'] or '' for event in events)}
        problem = self._run(settings['drain_commands'], min(monotonic() + settings['drain_timeout'], begins), environment)
        if problem or not settings['check_command']:
            return problem
        ends = min(monotonic() + settings['check_timeout'], begins)
        while True:
            problem = self._run([settings['check_command']], ends, environment)
            if not problem or monotonic() + settings['interval'] >= ends:
                return problem
            self._clock.sleep(settings['interval'])

    def _resume(self):
        self._say('%s: over or postponed, resuming' % ', '.join(self._memory.event_ids))
        problem = self._run(self._settings['resume_commands'], self._clock.monotonic() + self._settings['resume_timeout'], {})
        self._say('not resumed: %s' % problem if problem else 'resumed')
        self._memory.keep([])

    @staticmethod
    def _names(events):
        return ', '.join('%s %s' % (event['event_type'], event['event_id']) for event in events)
