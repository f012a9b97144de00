# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the watcher does about events: drain, check, approve, and resume when they are over, also after a restart."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from ansible_collections.imds.azure.plugins.module_utils._scheduled_events.events import events_from_document
from ansible_collections.imds.azure.roles.maintenance.files.imds_maintenance.memory import Memory
from ansible_collections.imds.azure.roles.maintenance.files.imds_maintenance.watcher import Watcher

SETTINGS = {
    'event_types': ['Freeze', 'Reboot', 'Redeploy', 'Preempt', 'Terminate'],
    'drain_commands': ['drain one', ['drain', 'two']],
    'drain_timeout': 600,
    'check_command': 'check',
    'check_timeout': 300,
    'not_drained': 'fail',
    'approve': 'alone',
    'resume_commands': ['resume'],
    'resume_timeout': 100,
    'interval': 5,
}
NOW = 1_649_716_018
DATE = 'Mon, 11 Apr 2022 22:{:02d}:58 GMT'


class Host:
    """A VM whose commands take the seconds that a test says, and fail as it says; the clock moves with them."""

    def __init__(self, path: Path, **settings: Any) -> None:
        self.path = path
        self.settings = {**SETTINGS, **settings}
        self.now = 1000.0
        self.problems: dict[str, list[str]] = {}
        self.did: list[Any] = []
        self.limits: dict[str, float] = {}
        self.environments: list[dict[str, str]] = []
        self.said: list[str] = []
        self.restart()

    def restart(self) -> None:
        """The program begins anew, and knows what is on the disk."""
        self.watcher = Watcher(self.settings, self.approve, self.run, Memory(str(self.path)), self.said.append, self)

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def approve(self, ids: list[str]) -> list[str]:
        self.did.append(('approve', *ids))
        return ids

    def run(self, commands: list[Any], ends: float, environment: dict[str, str]) -> str:
        self.environments.append(environment)
        for command in commands:
            first = command.split()[0] if isinstance(command, str) else command[0]
            self.did.append(command)
            self.limits[first] = ends - self.now
            self.now += 1
            if self.problems.get(first):
                return self.problems[first].pop(0)
        return ''

    def look(self, *entries: dict[str, Any]) -> list[Any]:
        """One look at these events, and what was done about them."""
        self.did.clear()
        self.watcher.look(events_from_document({'Events': list(entries)}, NOW, 'web_0'))
        return list(self.did)


def event(number: int = 1, **changes: Any) -> dict[str, Any]:
    entry = {'EventId': f'id-{number}', 'EventType': 'Reboot', 'EventStatus': 'Scheduled', 'Resources': ['web_0'], 'NotBefore': DATE.format(41)}
    return {**entry, **changes}


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path / 'memory')


DRAINED = ['drain one', ['drain', 'two'], 'check']


def test_from_the_first_look_to_the_last(host: Host) -> None:
    assert host.look() == []
    assert host.look(event()) == [*DRAINED, ('approve', 'id-1')]
    assert host.look(event()) == [], 'once is enough'
    assert host.look(event(EventStatus='Started', NotBefore='')) == []
    assert host.look() == ['resume']
    assert host.look() == []


def test_a_restart_in_between(host: Host) -> None:
    """Wherever the VM goes down after the drain began, it is not drained again, and it is resumed."""
    host.look(event())
    host.restart()
    assert host.look(event(EventStatus='Started')) == []
    host.restart()
    assert host.look() == ['resume']
    host.restart()
    assert host.look() == []


def test_a_vm_that_goes_down_while_it_drains(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host, 'run', Mock(side_effect=KeyboardInterrupt))
    host.restart()
    with pytest.raises(KeyboardInterrupt):
        host.look(event())
    monkeypatch.undo()
    host.restart()
    assert host.look() == ['resume']


@pytest.mark.parametrize(
    'entry',
    [
        event(Resources=['web_1']),
        event(EventStatus='Started'),
        event(EventId=None),
        event(EventType='Unknown'),
        event(EventStatus=None),
        event(Resources=[]),
    ],
)
def test_what_is_left_alone(host: Host, entry: dict[str, Any]) -> None:
    assert host.look(entry) == []
    assert host.look() == []


def test_types(tmp_path: Path) -> None:
    host = Host(tmp_path / 'memory', event_types=['Preempt'])
    assert host.look(event()) == []
    assert host.look(event(), event(2, EventType='Preempt')) == [*DRAINED, ('approve', 'id-2')]
    assert host.look(event()) == ['resume']


def test_several_events_are_one_drain(host: Host) -> None:
    assert host.look(event(1), event(2)) == [*DRAINED, ('approve', 'id-1', 'id-2')]
    assert host.look(event(2)) == []
    assert host.look(event(2), event(3)) == [*DRAINED, ('approve', 'id-3')]
    assert host.look(event(3)) == []
    assert host.look() == ['resume']


@pytest.mark.parametrize(
    ('policy', 'resources', 'approved'),
    [
        ('alone', ['web_0'], True),
        ('alone', ['web_0', 'web_1'], False),
        ('leader', ['web_0', 'web_1'], True),
        ('always', ['web_0', 'web_1'], True),
        ('never', ['web_0'], False),
    ],
)
def test_which_events_are_approved(tmp_path: Path, policy: str, resources: list[str], approved: bool) -> None:
    host = Host(tmp_path / 'memory', approve=policy)
    assert host.look(event(Resources=resources)) == DRAINED + ([('approve', 'id-1')] if approved else [])
    assert host.look() == ['resume']


@pytest.mark.parametrize('step', ['drain', 'check'])
def test_a_drain_that_fails(host: Host, step: str) -> None:
    host.problems[step] = ['no luck'] * 1000
    assert ('approve', 'id-1') not in host.look(event())
    assert host.said[-1] == 'Reboot id-1: not drained, so not approved: no luck'
    assert host.look() == ['resume']


def test_a_drain_that_fails_and_does_not_matter(tmp_path: Path) -> None:
    host = Host(tmp_path / 'memory', not_drained='approve')
    host.problems['drain'] = ['no luck']
    assert host.look(event()) == ['drain one', ('approve', 'id-1')]
    assert 'Reboot id-1: not drained: no luck' in host.said


def test_a_check_that_passes_later(host: Host) -> None:
    host.problems['check'] = ['not yet', 'not yet']
    assert host.look(event()) == ['drain one', ['drain', 'two'], 'check', 'check', 'check', ('approve', 'id-1')]


def test_a_check_that_never_passes_ends(host: Host) -> None:
    host.problems['check'] = ['not yet'] * 1000
    begun = host.now
    host.look(event())
    assert host.now - begun <= 2 + 300


@pytest.mark.parametrize(('minute', 'left'), [(27, 60), (41, 600)])
def test_the_drain_ends_when_the_event_begins(host: Host, minute: int, left: int) -> None:
    """The first command has all of it, the second one second less, for the first one took that."""
    host.look(event(NotBefore=DATE.format(minute)))
    assert host.limits['drain'] == left - 1
    assert host.limits['check'] <= left - 2 or minute == 41


def test_an_event_that_is_late_is_still_drained_for(host: Host) -> None:
    """It is scheduled, and its time has passed: it may begin at any moment, and also much later."""
    assert host.look(event(NotBefore=DATE.format(20))) == [*DRAINED, ('approve', 'id-1')]
    assert host.limits['drain'] == 599


FAR = 'Mon, 18 Apr 2022 22:26:58 GMT'


def test_an_event_days_ahead_is_drained_for_when_it_is_near(host: Host) -> None:
    for _look in range(2):
        assert host.look(event(NotBefore=FAR)) == []
    assert host.said == ['Reboot id-1: far off, not before 2022-04-18T22:26:58Z']
    assert host.look(event()) == [*DRAINED, ('approve', 'id-1')]


def test_what_is_put_off_is_resumed_and_drained_for_again(host: Host) -> None:
    host.look(event())
    assert host.look(event(NotBefore=FAR)) == ['resume']
    host.restart()
    assert host.look(event(NotBefore=FAR)) == []
    assert host.look(event()) == [*DRAINED, ('approve', 'id-1')]


def test_what_is_days_ahead_keeps_nothing_else_waiting(host: Host) -> None:
    assert host.look(event(NotBefore=FAR), event(2, EventType='Preempt')) == [*DRAINED, ('approve', 'id-2')]
    assert host.look(event(NotBefore=FAR)) == ['resume']


@pytest.mark.parametrize('kind', ['Preempt', 'Terminate'])
def test_an_eviction_that_is_withdrawn(host: Host, kind: str) -> None:
    """Whichever run of the program finds it gone resumes."""
    host.look(event(EventType=kind))
    host.restart()
    assert host.look() == ['resume']


def test_an_event_that_does_not_say_when_it_begins(host: Host) -> None:
    host.look(event(NotBefore=''))
    assert host.limits['drain'] == 599


def test_what_commands_know(host: Host) -> None:
    host.look(event(1, Description="'; id #"), event(2, EventType='Freeze'))
    drained, checked = host.environments
    assert drained == checked
    assert drained['IMDS_EVENT_TYPES'] == 'Reboot Freeze'
    assert [each['event_id'] for each in json.loads(drained['IMDS_EVENTS'])] == ['id-1', 'id-2']
    assert json.loads(drained['IMDS_EVENTS'])[0]['description'] == "'; id #"


def test_a_resume_that_fails_is_not_repeated(host: Host) -> None:
    host.look(event())
    host.problems['resume'] = ['no luck']
    assert host.look() == ['resume']
    assert host.said[-1] == 'not resumed: no luck'
    assert host.look() == []


@pytest.mark.parametrize('content', ['', '{', '5', '{"a": 1}', '[1, null]', 'null', '\xff'])
def test_a_memory_that_cannot_be_read(tmp_path: Path, content: str) -> None:
    (tmp_path / 'memory').write_text(content, 'latin-1')
    host = Host(tmp_path / 'memory')
    assert host.look() == []
    assert host.look(event()) == [*DRAINED, ('approve', 'id-1')]
    assert Memory(str(tmp_path / 'memory')).event_ids == ['id-1']
