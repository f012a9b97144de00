# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The event source under ansible-rulebook."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.imds.azure.tests.rulebook.running_rulebook import NOBODY, RunningRulebook, needs_ansible_rulebook
from ansible_collections.imds.azure.tests.unit.extensions.eda.running_source import wait_until
from ansible_collections.imds.azure.tests.unit.roles.simulator.running_simulator import Simulator

pytestmark = pytest.mark.where_it_runs
Run = Callable[..., RunningRulebook]
FLEET = {'defaults': {'rate_limit': 0}, 'vms': [{'name': f'web_{number}', 'scale_set': 'web'} for number in range(2)]}


@pytest.fixture(autouse=True)
def _installed() -> None:
    needs_ansible_rulebook()


@pytest.fixture
def simulator(tmp_path: Path) -> Iterator[Simulator]:
    path = tmp_path / 'fleet.json'
    path.write_text(json.dumps(FLEET))
    running = Simulator('--fleet', str(path))
    yield running
    running.stop()


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    """Runs a rulebook that ends with the test."""
    running: list[RunningRulebook] = []

    def start(hosts: dict[str, Any], rulebook: Any, **variables: Any) -> RunningRulebook:
        running.append(RunningRulebook(tmp_path, hosts, rulebook, **variables))
        return running[-1]

    yield start
    for each in running:
        if each.process.poll() is None:
            each.end()


def rules(source: dict[str, Any], condition: str = 'event.change is defined') -> list[dict[str, Any]]:
    """A rulebook that runs a playbook for every event."""
    rule = {'name': 'all', 'condition': condition, 'action': {'run_playbook': {'name': 'play.yml'}}}
    return [{'name': 'test', 'hosts': 'all', 'sources': [{'name': 'events', 'imds.azure.scheduled_events': source}], 'rules': [rule]}]


def test_this_machine(simulator: Simulator, run: Run) -> None:
    """Events reach a playbook as they are, and nothing in them is a template to it."""
    rulebook = run({'localhost': {}}, rules({'endpoint': '{{ endpoint }}', 'interval': 0.5}), endpoint=simulator.vms['web_0'])
    description = "{{ lookup('ansible.builtin.pipe', 'echo run') }} {% if 1 %}run{% endif %}"
    event_id = simulator.control('POST', '/vms/web_0/events', {'EventType': 'Reboot', 'Description': description}).json['EventId']
    new = rulebook.event('localhost-new')
    assert new['vm_name'] == 'web_0'
    assert new['scheduled_event']['event_id'] == event_id
    assert new['scheduled_event']['affects_this_host'] is True
    assert new['scheduled_event']['description'] == description.replace('{{', '{ {').replace('{%', '{ %')
    assert new['meta']['source'] == {'name': 'events', 'type': 'imds.azure.scheduled_events'}
    simulator.control('PATCH', f'/vms/web_0/events/{event_id}', {'EventStatus': 'Started'})
    assert rulebook.event('localhost-status')['scheduled_event']['event_status'] == 'Started'
    simulator.control('PATCH', f'/vms/web_0/events/{event_id}', {'EventStatus': 'Completed'})
    assert rulebook.event('localhost-gone')['scheduled_event']['event_id'] == event_id


def test_hosts(simulator: Simulator, run: Run) -> None:
    """A playbook is limited to the host that the event came from; outages are events too; a program that was killed is started again."""
    hosts = {f'host_{number}': {'azure_imds_endpoint': simulator.vms[f'web_{number}']} for number in range(2)}
    source = {'inventory': '{{ inventory }}', 'hosts': 'all', 'interval': 1, 'deadline': 1, 'outage_after': 2, 'endpoint': NOBODY}
    rulebook = run(hosts, rules(source, 'event.change != "new" or event.scheduled_event.affects_this_host == true'))
    simulator.control('POST', '/vms/web_1/events', {})
    assert rulebook.event('host_1-new')['host'] == 'host_1'
    simulator.set_faults('web_0', {'kind': 'close'})
    assert 'GET /metadata' in rulebook.event('host_0-outage')['error']
    os.kill(rulebook.program(), signal.SIGKILL)
    simulator.set_faults('web_0')
    assert rulebook.event('host_0-recovered')['vm_name'] == 'web_0'
    simulator.control('POST', '/vms/web_0/events', {})
    assert rulebook.event('host_0-new')['meta']['hosts'] == 'host_0'
    assert not list(rulebook.out.iterdir())


def test_the_ready_rulebook(simulator: Simulator, run: Run, tmp_path: Path) -> None:
    """It drains, approves, waits and resumes, on the host that is meant and on no other, by the role's variables in the inventory."""

    def done(step: str) -> list[str]:
        return ['touch', f'{tmp_path}/out/{{{{ inventory_hostname }}}}-{step}']

    hosts = {
        f'host_{number}': {
            'azure_imds_endpoint': simulator.vms[f'web_{number}'],
            'maintenance_drain_commands': [done('drained')],
            'maintenance_resume_commands': [done('resumed')],
            'maintenance_interval': 1,
            'maintenance_record': f'{tmp_path}/host_{number}.json',
        }
        for number in range(2)
    }
    rulebook = run(hosts, 'imds.azure.maintenance')
    event_id = simulator.control('POST', '/vms/web_1/events', {'EventType': 'Reboot'}).json['EventId']

    def status() -> list[str]:
        return [event['EventStatus'] for event in simulator.control('GET', '/vms/web_1/events').json]

    rulebook.wait_until(lambda: status() == ['Started'], 'the event is approved')
    assert sorted(path.name for path in rulebook.out.iterdir()) == ['host_1-drained']
    simulator.control('PATCH', f'/vms/web_1/events/{event_id}', {'EventStatus': 'Completed'})
    rulebook.wait_until(lambda: len(list(rulebook.out.iterdir())) == 2, 'the host is back to work')
    assert sorted(path.name for path in rulebook.out.iterdir()) == ['host_1-drained', 'host_1-resumed']


def test_the_ready_rulebook_resumes_what_it_did_not_wait_for(simulator: Simulator, run: Run, tmp_path: Path) -> None:
    """Nothing is drained for what is far off; what is drained is resumed by another run, when the event is cancelled."""
    lines = tmp_path / 'lines'
    hosts = {
        'host_0': {
            'azure_imds_endpoint': simulator.vms['web_0'],
            'maintenance_drain_commands': [['sh', '-c', f'echo drained $IMDS_EVENT_TYPES >> {lines}']],
            'maintenance_resume_commands': [['sh', '-c', f'echo resumed >> {lines}']],
            'maintenance_approve': 'never',
            'maintenance_wait_timeout': 0,
            'maintenance_record': f'{tmp_path}/record',
        }
    }
    simulator.control('POST', '/vms/web_0/events', {'EventType': 'Redeploy', 'NotBefore': 500000})
    rulebook = run(hosts, 'imds.azure.maintenance')
    event_id = simulator.control('POST', '/vms/web_0/events', {'EventType': 'Reboot'}).json['EventId']
    rulebook.wait_until(lambda: lines.exists() and lines.read_text() == 'drained Reboot\n', 'the host is drained')
    simulator.control('PATCH', f'/vms/web_0/events/{event_id}', {'EventStatus': 'Completed'})
    rulebook.wait_until(lambda: lines.read_text() == 'drained Reboot\nresumed\n', 'the host is back to work')


@pytest.mark.parametrize('number', [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_nothing_is_left(simulator: Simulator, run: Run, number: int) -> None:
    hosts = {'host_0': {'azure_imds_endpoint': simulator.vms['web_0']}}
    rulebook = run(hosts, rules({'inventory': '{{ inventory }}', 'hosts': 'all', 'interval': 1, 'endpoint': NOBODY}))
    wait_until(lambda: simulator.log('web_0'), 'the first request')
    rulebook.end(number)


def test_an_argument_that_cannot_be_used(run: Run) -> None:
    rulebook = run({'localhost': {}}, rules({'endpoint': NOBODY, 'interval': 'often'}))
    assert rulebook.process.wait(60) == 1
    assert "argument 'interval' is of type str" in rulebook.log
