# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a VM is asked for an event source: its scheduled events, and once its name.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import typing as t

from ansible_collections.imds.azure.plugins.module_utils._scheduled_events.events import events_from_document, scheduled_events
from ansible_collections.imds.azure.plugins.module_utils._service.client import ImdsClient
from ansible_collections.imds.azure.plugins.module_utils._service.errors import BadVersionError, NoSuchElementError
from ansible_collections.imds.azure.plugins.module_utils._service.retry import RetryPolicy

# The first request of all switches the feature on for the VM, which takes up to 2 minutes (IMDS documentation).
FIRST_ANSWER_SECONDS = 130.0
LONGEST_PAUSE = 60.0

Answer = dict[str, t.Any]


def ask_events(transport: t.Any, clock: t.Any, options: dict[str, t.Any], last: Answer | None) -> Answer:
    """C({"vm_name": .., "api_version": .., "events": [..]}), where the name is None for a classic VM.

    :param clock: as the module time.
    :param options: C(api_version), C(timeout), C(deadline) and C(lead_time).
    :param last: the last answer of this VM, or None before the first one.
    :raises ImdsError: one of its kinds.
    """

    def client(api_version: str, least: float = 0.0) -> ImdsClient:
        policy = RetryPolicy(deadline=max(options['deadline'], least))
        return ImdsClient(transport, api_version, max(options['timeout'], least), policy, clock)

    name = last['vm_name'] if last else _name(client('auto'))
    asking = client(last['api_version']) if last else client(options['api_version'], FIRST_ANSWER_SECONDS)
    try:
        document = scheduled_events(asking)
    except (BadVersionError, NoSuchElementError):
        if asking.api_version == options['api_version'] or not last:
            raise
        # The VM may have moved to where that version is not known.
        asking = client('auto')
        document = scheduled_events(asking)
    return {'vm_name': name, 'api_version': asking.api_version, 'events': events_from_document(document, clock.time(), name, lead_time=options['lead_time'])}


def pause(interval: float, failures: int) -> float:
    """Seconds until a VM is asked again that failed so many times in a row."""
    return max(interval, min(interval * 2 ** min(failures, 32), LONGEST_PAUSE))


def _name(client: ImdsClient) -> str | None:
    try:
        return str(client.get('/instance/compute/name', 'text')) or None
    except NoSuchElementError:
        return None
