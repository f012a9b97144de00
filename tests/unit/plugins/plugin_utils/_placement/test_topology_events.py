# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What scheduled events will do to a fleet."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.imds.azure.tests.unit.plugins.plugin_utils._placement.fleet import texts, vm

DAY = '2026-01-01T00:00:00Z'


def event(number: str | None = 'E1', kind: str = 'Reboot', affects: Any = True, not_before: str | None = DAY) -> dict[str, Any]:
    return {'event_id': number, 'event_type': kind, 'not_before': not_before, 'affects_this_host': affects}


def test_an_event_that_several_hosts_tell_of_is_one_finding() -> None:
    fleet = {
        'a': vm('1', role='db', events=[event(), event('E2', affects=False)]),
        'b': vm('2', role='db', events=[event()]),
        'c': vm('3', role='db', events=[event(affects=False)]),
        'd': vm('3', events=[event()]),
    }
    assert texts(fleet) == [f'warning: Reboot not before {DAY}: 2 of 3 db hosts and 1 host without a service restart.']


def test_an_event_that_takes_a_whole_service_is_critical() -> None:
    fleet = {'a': vm('1', role='db', events=[event()]), 'b': vm('2', role='db', events=[event(affects=None)])}
    assert texts(fleet) == [f'critical: Reboot not before {DAY}: 2 of 2 db hosts restart.']
    single = {'a': vm('1', role='db', events=[event(not_before=None)])}
    assert texts(single, 'scheduled_event') == ['warning: Reboot in progress: the only db host restarts.']


@pytest.mark.parametrize(
    ('kind', 'text'),
    [
        ('Freeze', 'warning: Freeze in progress: 2 of 2 db hosts pause.'),
        ('Redeploy', 'critical: Redeploy in progress: 2 of 2 db hosts move and restart.'),
        ('Preempt', 'critical: Preempt in progress: 2 of 2 db hosts are evicted.'),
        ('Terminate', 'critical: Terminate in progress: 2 of 2 db hosts are deleted.'),
        ('New', 'critical: New in progress: 2 of 2 db hosts are affected.'),
    ],
)
def test_what_each_type_does(kind: str, text: str) -> None:
    assert texts({name: vm(zone, role='db', events=[event(kind=kind, not_before=None)]) for name, zone in (('a', '1'), ('b', '2'))}) == [text]


def test_events_without_an_id_are_not_taken_for_one() -> None:
    fleet = {name: vm(zone, role='db', events=[event(None)]) for name, zone in (('a', '1'), ('b', '2'), ('c', '3'))}
    assert texts(fleet) == [f'warning: Reboot not before {DAY}: 1 of 3 db hosts restarts.'] * 3


def test_hosts_that_were_asked_for_events_in_vain() -> None:
    fleet = {'a': vm('1', events=False), 'b': vm('2', events=[]), 'c': vm('3')}
    assert texts(fleet) == ['warning: 1 of 3 hosts did not return scheduled events, so their scheduled maintenance is unknown.']
