# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Without hosts the source asks the service of the machine that it runs on; here that is a simulated VM."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.imds.azure.plugins.module_utils._service.platform import AZURE_CHASSIS_TAG, chassis_asset_tag
from ansible_collections.imds.azure.tests.unit.extensions.eda.running_source import (
    COLLECTION,
    RunningSource,
    processes,
    refused,
    start_in_a_process,
    wait_until,
)
from ansible_collections.imds.azure.tests.unit.roles.simulator.running_simulator import Simulator

Watch = Callable[..., RunningSource]
StartEvent = Callable[..., str]


def asked(simulator: Simulator, vm: str = 'web_0', path: str = '/metadata/scheduledevents') -> int:
    return sum(each['path'] == path for each in simulator.log(vm))


def wait_for_requests(simulator: Simulator, more: int, vm: str = 'web_0') -> None:
    """Until the VM was asked so many times more."""
    count = asked(simulator, vm)
    wait_until(lambda: asked(simulator, vm) >= count + more, f'{more} more requests')


def events_document(**changed: Any) -> dict[str, Any]:
    event = {'EventId': 'A', 'EventType': 'Redeploy', 'ResourceType': 'VirtualMachine', 'Resources': ['web_0'], 'EventStatus': 'Scheduled'}
    return {'DocumentIncarnation': 1, 'Events': [{**event, 'NotBefore': 'Mon, 11 Apr 2022 22:26:58 GMT', **changed}]}


def answer_with(simulator: Simulator, body: Any) -> None:
    simulator.set_faults('web_0', {'kind': 'status', 'status': 200, 'path': '/scheduledevents', 'body': body})


def test_the_life_of_an_event(simulator: Simulator, start_event: StartEvent, watch: Watch) -> None:
    source = watch(endpoint=simulator.vms['web_0'])
    wait_for_requests(simulator, 2)
    assert source.silent
    event_id = start_event('web_0', EventType='Reboot', NotBefore=900, DurationInSeconds=9, EventSource='User', Description='An update.')
    new = source.next()
    event = new.pop('scheduled_event')
    assert new == {'change': 'new', 'host': None, 'vm_name': 'web_0', 'api_version': '2020-07-01'}
    assert 0 < event.pop('seconds_left') <= 900
    assert event.pop('not_before').endswith('Z')
    assert event == {
        'event_id': event_id,
        'event_type': 'Reboot',
        'resource_type': 'VirtualMachine',
        'resources': ['web_0'],
        'event_status': 'Scheduled',
        'description': 'An update.',
        'event_source': 'User',
        'duration_in_seconds': 9,
        'affects_this_host': True,
        'far_off': False,
    }
    wait_for_requests(simulator, 3)
    assert source.silent
    simulator.control('PATCH', f'/vms/web_0/events/{event_id}', {'EventStatus': 'Started'})
    started = source.next()
    assert (started['change'], started['scheduled_event']['event_status'], started['scheduled_event']['not_before']) == ('status', 'Started', None)
    simulator.control('PATCH', f'/vms/web_0/events/{event_id}', {'EventStatus': 'Completed'})
    gone = source.next()
    assert (gone['change'], gone['scheduled_event']) == ('gone', started['scheduled_event'])
    wait_for_requests(simulator, 2)
    assert source.silent


def test_what_is_there_at_the_start_is_new(simulator: Simulator, start_event: StartEvent, watch: Watch) -> None:
    event_ids = {start_event('web_0'), start_event('web_1')}
    source = watch(endpoint=simulator.vms['web_0'])
    told = {event['scheduled_event']['event_id']: event['scheduled_event']['affects_this_host'] for event in (source.next(), source.next())}
    assert set(told) == event_ids
    assert sorted(told.values()) == [False, True]


def test_an_event_is_moved(simulator: Simulator, watch: Watch) -> None:
    answer_with(simulator, events_document())
    source = watch(endpoint=simulator.vms['web_0'])
    assert source.next()['change'] == 'new'
    answer_with(simulator, events_document(NotBefore='Mon, 11 Apr 2022 22:36:58 GMT'))
    moved = source.next()
    assert (moved['change'], moved['scheduled_event']['not_before']) == ('not_before', '2022-04-11T22:36:58Z')


def test_an_event_days_ahead_is_not_new_before_it_is_near(simulator: Simulator, watch: Watch) -> None:
    """So a rule for what is new drains nothing days before."""
    answer_with(simulator, events_document(NotBefore='Thu, 11 Apr 2222 22:26:58 GMT'))
    source = watch(endpoint=simulator.vms['web_0'])
    far = source.next()
    assert (far['change'], far['scheduled_event']['far_off']) == ('far_off', True)
    wait_for_requests(simulator, 2)
    assert source.silent
    answer_with(simulator, events_document())
    near = source.next()
    assert (near['change'], near['scheduled_event']['far_off']) == ('new', False)


def test_what_is_near_is_an_option(simulator: Simulator, start_event: StartEvent, watch: Watch) -> None:
    start_event('web_0', NotBefore=900)
    assert watch(endpoint=simulator.vms['web_0'], lead_time=300).next()['change'] == 'far_off'


def test_the_name_is_asked_once_and_the_events_in_one_request(simulator: Simulator, watch: Watch) -> None:
    watch(endpoint=simulator.vms['web_0'])
    wait_for_requests(simulator, 4)
    assert asked(simulator, path='/metadata/instance/compute/name') == 1
    assert {each['status'] for each in simulator.log('web_0')} == {200}


def test_an_older_version_is_found_once(simulate: Callable[[dict[str, Any]], Simulator], watch: Watch) -> None:
    simulator = simulate({'vms': [{'name': 'web_0', 'rate_limit': 0, 'newest_event_version': '2019-01-01'}]})
    source = watch(endpoint=simulator.vms['web_0'])
    simulator.control('POST', '/vms/web_0/events', {'EventType': 'Preempt'})
    event = source.next()
    assert event['api_version'] == '2019-01-01'
    assert event['scheduled_event']['description'] is None
    simulator.control('DELETE', '/vms/web_0/requests')
    wait_for_requests(simulator, 3)
    assert {each['status'] for each in simulator.log('web_0')} == {200}


def test_a_vm_that_moved_to_where_its_version_is_not_known(simulator: Simulator, start_event: StartEvent, watch: Watch) -> None:
    source = watch(endpoint=simulator.vms['web_0'])
    wait_for_requests(simulator, 1)
    simulator.control('PATCH', '/vms/web_0', {'newest_event_version': '2019-08-01'})
    start_event('web_0')
    event = source.next()
    assert (event['change'], event['api_version']) == ('new', '2019-08-01')


def test_a_version_that_was_given_is_used_as_it_is(simulator: Simulator, start_event: StartEvent, watch: Watch) -> None:
    source = watch(endpoint=simulator.vms['web_0'], api_version='2019-08-01')
    start_event('web_0')
    assert source.next()['api_version'] == '2019-08-01'


def test_a_cloud_without_scheduled_events(simulate: Callable[[dict[str, Any]], Simulator], watch: Watch) -> None:
    simulator = simulate({'vms': [{'name': 'web_0', 'rate_limit': 0, 'newest_event_version': 'none'}]})
    outage = watch(endpoint=simulator.vms['web_0'], outage_after=1).next()
    assert outage['change'] == 'outage'
    assert 'has no scheduled events' in outage['error']


def test_a_vm_whose_name_nobody_tells(simulate: Callable[[dict[str, Any]], Simulator], watch: Watch) -> None:
    simulator = simulate({'vms': [{'name': 'web_0', 'rate_limit': 0, 'vm_kind': 'classic', 'events': [{'EventType': 'Freeze'}]}]})
    event = watch(endpoint=simulator.vms['web_0']).next()
    assert (event['vm_name'], event['scheduled_event']['affects_this_host']) == (None, None)


def test_the_first_answer_may_take_its_time(simulate: Callable[[dict[str, Any]], Simulator], watch: Watch) -> None:
    """The service switches the feature on with the first request, for which it needs up to two minutes."""
    simulator = simulate({'vms': [{'name': 'web_0', 'rate_limit': 0, 'first_event_delay': 2, 'events': [{'EventType': 'Freeze'}]}]})
    source = watch(endpoint=simulator.vms['web_0'], timeout=0.3, deadline=0.5)
    assert source.next()['change'] == 'new'
    wait_for_requests(simulator, 2)
    assert source.silent


def test_templates_are_not_handed_on(simulator: Simulator, watch: Watch) -> None:
    """Ansible would run them, for ansible-rulebook hands the event to the playbook as extra variables."""
    simulator.control('PATCH', '/vms/web_0', {'compute': {'name': '{% raw %}'}})
    answer_with(simulator, events_document(EventId='{{ 1 }}', Description="{{ lookup('pipe', 'id') }}", Resources=['{# x']))
    event = watch(endpoint=simulator.vms['web_0']).next()
    assert event['vm_name'] == '{ % raw %}'
    assert event['scheduled_event']['event_id'] == '{ { 1 }}'
    assert event['scheduled_event']['description'] == "{ { lookup('pipe', 'id') }}"
    assert event['scheduled_event']['resources'] == ['{ # x']


def test_an_event_that_is_broken_loses_no_other(simulator: Simulator, watch: Watch) -> None:
    entries = [None, 7, 'x', {}, {'EventId': 3, 'Resources': 'web_0', 'NotBefore': 'never'}, *events_document()['Events']]
    answer_with(simulator, {'Events': entries})
    source = watch(endpoint=simulator.vms['web_0'])
    assert {source.next()['scheduled_event']['event_id'] for _number in range(2)} == {None, 'A'}


@pytest.mark.parametrize(
    'fault',
    [
        {'kind': 'status', 'status': 500},
        {'kind': 'status', 'status': 403},
        {'kind': 'status', 'status': 429},
        {'kind': 'status', 'status': 410},
        {'kind': 'hang'},
        {'kind': 'close'},
        {'kind': 'reset'},
        {'kind': 'garbage'},
        {'kind': 'html'},
        {'kind': 'not_json'},
        {'kind': 'not_object'},
        {'kind': 'bad_utf8'},
        {'kind': 'truncated'},
        {'kind': 'oversized'},
        {'kind': 'deep'},
        {'kind': 'redirect', 'location': 'http://127.0.0.1:1/'},
        {'kind': 'drip', 'endless': True},
        {'kind': 'status', 'status': 200, 'body': {'Events': {}}},
    ],
    ids=lambda fault: '-'.join(str(value) for value in fault.values() if not isinstance(value, bool)),
)
def test_an_outage(simulator: Simulator, start_event: StartEvent, watch: Watch, fault: dict[str, Any]) -> None:
    """It is told once, however long it is, and what happened meanwhile is told after it."""
    source = watch(endpoint=simulator.vms['web_0'], timeout=0.5, deadline=0.5, outage_after='2')
    event_id = start_event('web_0')
    assert source.next()['change'] == 'new'
    simulator.set_faults('web_0', fault)
    outage = source.next()
    assert outage['change'] == 'outage'
    assert outage['state'] == 'failed'
    assert 'GET /metadata/scheduledevents: ' in outage['error']
    wait_for_requests(simulator, 2)
    assert source.silent
    simulator.control('PATCH', f'/vms/web_0/events/{event_id}', {'EventStatus': 'Started'})
    simulator.set_faults('web_0')
    assert [source.next()['change'] for _number in range(2)] == ['recovered', 'status']


def test_a_hiccup_is_no_outage(simulator: Simulator, start_event: StartEvent, watch: Watch) -> None:
    source = watch(endpoint=simulator.vms['web_0'])
    wait_for_requests(simulator, 1)
    simulator.set_faults('web_0', {'kind': 'status', 'status': 500, 'times': 1}, {'kind': 'close', 'times': 1})
    wait_for_requests(simulator, 4)
    start_event('web_0')
    assert source.next()['change'] == 'new'


def test_bad_answers_now_and_then_are_no_outage(simulator: Simulator, start_event: StartEvent, watch: Watch) -> None:
    """By default three in a row are; here come two, a good one, and two again. What happens after them is told as ever."""
    source = watch(endpoint=simulator.vms['web_0'])
    wait_for_requests(simulator, 1)
    bad = {'kind': 'status', 'status': 403, 'path': '/scheduledevents', 'times': 2}
    simulator.set_faults('web_0', bad, {'kind': 'none', 'path': '/scheduledevents', 'times': 1}, bad)
    wait_until(lambda: [each['status'] for each in simulator.log('web_0')].count(403) == 4, 'all bad answers')
    start_event('web_0')
    assert source.next()['change'] == 'new'
    simulator.set_faults('web_0', {**bad, 'times': None})
    assert [source.next()['change']] == ['outage']
    assert [each['status'] for each in simulator.log('web_0')].count(403) >= 7


def test_pauses_grow_while_nobody_answers(simulator: Simulator, watch: Watch) -> None:
    simulator.set_faults('web_0', {'kind': 'status', 'status': 403})
    watch(endpoint=simulator.vms['web_0'])
    wait_until(lambda: len(simulator.log('web_0')) >= 5, 'five requests')
    times = [each['time'] for each in simulator.log('web_0')][:5]
    pauses = [later - earlier for earlier, later in zip(times, times[1:], strict=False)]
    assert all(pause >= 0.2 * 2**number for number, pause in enumerate(pauses, 1))


def test_a_service_that_comes_later(simulate: Callable[[dict[str, Any]], Simulator], watch: Watch) -> None:
    simulator = simulate({'vms': [{'name': 'web_0', 'events': [{}]}]})
    simulator.set_faults('web_0', {'kind': 'close'})
    source = watch(endpoint=simulator.vms['web_0'], deadline=0.5, outage_after=1)
    assert source.next()['change'] == 'outage'
    simulator.set_faults('web_0')
    assert [source.next()['change'] for _number in range(2)] == ['recovered', 'new']


def test_the_program_is_killed(simulator: Simulator, start_event: StartEvent, watch: Watch) -> None:
    """It is started again; nothing is told twice, and nothing is lost."""
    source = watch(endpoint=simulator.vms['web_0'])
    event_id = start_event('web_0')
    assert source.next()['change'] == 'new'
    for _time in range(2):
        source.kill()
        wait_for_requests(simulator, 2)
    assert source.silent
    source.kill()
    simulator.control('PATCH', f'/vms/web_0/events/{event_id}', {'EventStatus': 'Completed'})
    assert source.next()['change'] == 'gone'


@pytest.mark.parametrize('fault', [{'kind': 'none'}, {'kind': 'hang'}])
def test_cancelled(simulator: Simulator, watch: Watch, fault: dict[str, Any]) -> None:
    """Also in the midst of a request that nobody answers, nothing is left."""
    simulator.set_faults('web_0', fault)
    source = watch(endpoint=simulator.vms['web_0'])
    wait_until(lambda: simulator.log('web_0'), 'the first request')
    source.cancel()


def test_cancelled_before_anything_was_asked(simulator: Simulator, watch: Watch) -> None:
    watch(endpoint=simulator.vms['web_0']).cancel()


@pytest.mark.parametrize('number', [signal.SIGKILL, signal.SIGTERM])
@pytest.mark.parametrize('fault', [{'kind': 'none'}, {'kind': 'hang'}])
def test_nothing_is_left_when_ansible_rulebook_is_killed(simulator: Simulator, number: int, fault: dict[str, Any]) -> None:
    simulator.set_faults('web_0', fault)
    process, mark = start_in_a_process(endpoint=simulator.vms['web_0'], interval=0.2, timeout=300, deadline=300)
    wait_until(lambda: simulator.log('web_0'), 'the first request')
    assert len(processes(mark)) == 2
    process.send_signal(number)
    process.wait()
    wait_until(lambda: not processes(mark), 'the program has ended too')


def test_not_an_azure_vm(simulator: Simulator) -> None:
    if chassis_asset_tag(lambda words: (1, '', '')) == AZURE_CHASSIS_TAG:
        pytest.skip('this is an Azure VM')
    assert 'not an Azure VM' in refused(endpoint=simulator.vms['web_0'], detect='always')
    assert not simulator.log('web_0')


def test_from_a_checkout(simulator: Simulator, start_event: StartEvent, watch: Watch, tmp_path: Path) -> None:
    """It needs no certain path, as with the option --source-dir of ansible-rulebook."""
    for folder in ('extensions', 'plugins'):
        shutil.copytree(COLLECTION / folder, tmp_path / 'checkout' / folder)
    source = watch(collection=tmp_path / 'checkout', endpoint=simulator.vms['web_0'])
    start_event('web_0')
    assert source.next()['change'] == 'new'


def test_nobody_else_is_imported_in_its_place(
    simulator: Simulator, start_event: StartEvent, watch: Watch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another version of the collection that Python or Ansible would find has nothing to say."""
    decoy = tmp_path / 'ansible_collections/imds/azure/plugins/plugin_utils'
    decoy.mkdir(parents=True)
    for folder in (decoy, *decoy.parents[:5]):
        (folder / '__init__.py').write_text('raise SystemExit("the decoy was imported")\n')
    monkeypatch.setenv('PYTHONPATH', f'{os.environ["PYTHONPATH"]}{os.pathsep}{tmp_path}')
    monkeypatch.setenv('ANSIBLE_COLLECTIONS_PATH', str(tmp_path))
    source = watch(endpoint=simulator.vms['web_0'])
    start_event('web_0')
    assert source.next()['change'] == 'new'
