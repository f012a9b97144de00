# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the VMs of an event source are, asked beside their scheduled events, but more rarely, and whether they have moved.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import typing as t

from ansible_collections.imds.azure.plugins.module_utils._facts.facts import facts_from_document
from ansible_collections.imds.azure.plugins.module_utils._service.client import ImdsClient
from ansible_collections.imds.azure.plugins.module_utils._service.errors import ImdsError, MalformedAnswerError
from ansible_collections.imds.azure.plugins.module_utils._service.retry import RetryPolicy
from ansible_collections.imds.azure.plugins.plugin_utils._events.output import inert
from ansible_collections.imds.azure.plugins.plugin_utils._placement.moves import moves

PATH = '/instance/compute'
# After failures in a row an interval is up to so many times as long.
LONGEST_BACK_OFF = 16
PLACES = ('location', 'zone', 'physical_zone', 'fault_domain', 'update_domain', 'scale_set')

Answer = dict[str, t.Any]
Known = dict[str, dict[str, t.Any]]


class Placements:
    """Asks each VM for its place when that is due.

    :param options: C(placement_interval), seconds, None where nobody wants to know; C(timeout) and C(deadline).
    :param known: what an earlier process told as C(placement) of each VM, by its host, so that nobody is asked sooner for a new process.
    """

    def __init__(self, options: dict[str, t.Any], known: Known) -> None:
        self._options = options
        self._known = dict(known)

    def add(self, host: str, answer: Answer, transport: t.Any, clock: t.Any) -> Answer:
        """The answer of a VM about its events, where its place was due with that as C(placement): C(asked_at), C(failures) in a row, C(spot), the place,
        C(before), the place before, C(moves), as moves gives them, and C(error), why it did not tell.

        :param clock: as the module time.
        """
        interval = self._options['placement_interval']
        last = self._known.get(host, {'asked_at': None, 'failures': 0, 'spot': None})
        if interval is None or (last['asked_at'] is not None and clock.monotonic() < last['asked_at'] + _wait(interval, last['failures'])):
            return answer
        try:
            spot, error = self._ask(transport, clock), None
        except ImdsError as refused:
            # Its events are worth more, and are told all the same.
            spot, error = None, str(refused)
        found = {
            'asked_at': clock.monotonic(),
            'failures': last['failures'] + 1 if error else 0,
            'spot': spot or last['spot'],
            'before': last['spot'],
            'moves': moves(last['spot'], spot) if spot and last['spot'] else [],
            'error': error,
        }
        self._known[host] = found
        return {**answer, 'placement': found}

    def _ask(self, transport: t.Any, clock: t.Any) -> dict[str, str | None]:
        client = ImdsClient(transport, 'auto', self._options['timeout'], RetryPolicy(deadline=self._options['deadline']), clock)
        facts = facts_from_document({'compute': client.get(PATH)})
        said = {**{key: facts['placement'].get(key) for key in PLACES}, **{key: facts['resource'].get(key) for key in ('subscription_id', 'resource_group')}}
        if not said['location']:
            raise MalformedAnswerError('the answer names no location', PATH, 200)
        # As it will be read again by another process.
        return t.cast('dict[str, str | None]', inert({key: None if value is None else str(value) for key, value in said.items()}))


def _wait(interval: float, failures: int) -> float:
    return float(interval * min(2 ** min(failures, 32), LONGEST_BACK_OFF))
