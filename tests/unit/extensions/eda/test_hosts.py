# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""With hosts the source asks the hosts of an inventory over their own connections; here the connection is local, and each host is a simulated VM."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
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
NOBODY = 'http://127.0.0.1:1'


@pytest.fixture
def inventory(tmp_path: Path) -> Callable[[dict[str, Any]], str]:
    """Writes an inventory with these hosts and their variables."""

    def write(hosts: dict[str, Any]) -> str:
        path = tmp_path / 'inventory.yml'
        path.write_text(yaml.safe_dump({'all': {'vars': {'ansible_connection': 'local'}, 'hosts': hosts}}))
        return str(path)

    return write


@pytest.fixture
def vms(simulator: Simulator) -> dict[str, Any]:
    """The simulated VMs as hosts of an inventory, with other names than their own."""
    return {name.replace('web', 'host'): {'azure_imds_endpoint': endpoint} for name, endpoint in simulator.vms.items()}


@pytest.fixture
def watch_hosts(watch: Watch, inventory: Callable[[dict[str, Any]], str]) -> Callable[..., RunningSource]:
    def start(hosts: dict[str, Any], /, **arguments: Any) -> RunningSource:
        return watch(**{'inventory': inventory(hosts), 'hosts': 'all', 'endpoint': NOBODY, 'deadline': 1, 'outage_after': 1, **arguments})

    return start


@pytest.fixture
def silence() -> Iterator[str]:
    """An endpoint that takes connections and never answers."""
    with socket.create_server(('127.0.0.1', 0)) as server:
        yield f'http://127.0.0.1:{server.getsockname()[1]}'


def wait_for_requests(simulator: Simulator, vm: str, more: int) -> None:
    count = len(simulator.log(vm))
    wait_until(lambda: len(simulator.log(vm)) >= count + more, f'{more} more requests to {vm}')


def test_the_life_of_an_event(simulator: Simulator, start_event: StartEvent, vms: dict[str, Any], watch_hosts: Watch) -> None:
    """Every VM of the scale set sees it, and each says whether it is meant."""
    source = watch_hosts(vms)
    event_id = start_event('web_0', EventType='Reboot')
    told = {event['host']: event for event in (source.next() for _host in vms)}
    assert set(told) == set(vms)
    for host, event in told.items():
        assert event['change'] == 'new'
        assert event['meta'] == {'hosts': host}
        assert event['vm_name'] == host.replace('host', 'web')
        assert event['scheduled_event']['event_id'] == event_id
        assert event['scheduled_event']['affects_this_host'] is (host == 'host_0')
        assert set(event) == {'change', 'scheduled_event', 'host', 'vm_name', 'api_version', 'meta'}
    for status, change in (('Started', 'status'), ('Completed', 'gone')):
        simulator.control('PATCH', f'/vms/web_0/events/{event_id}', {'EventStatus': status})
        assert source.changes(3) == {(host, change) for host in vms}
    assert source.silent


def test_after_the_first_answer_one_command_is_enough(simulator: Simulator, vms: dict[str, Any], watch_hosts: Watch) -> None:
    watch_hosts(vms)
    wait_for_requests(simulator, 'web_1', 5)
    paths = [each['path'] for each in simulator.log('web_1')]
    assert paths[:2] == ['/metadata/instance/compute/name', '/metadata/scheduledevents']
    assert set(paths[2:]) == {'/metadata/scheduledevents'}


def test_only_the_hosts_of_the_pattern(simulator: Simulator, vms: dict[str, Any], watch_hosts: Watch) -> None:
    watch_hosts(vms, hosts=['host_*', '!host_1'])
    wait_for_requests(simulator, 'web_0', 3)
    wait_for_requests(simulator, 'web_2', 3)
    assert not simulator.log('web_1')


def test_bad_hosts_take_no_other_down(simulator: Simulator, start_event: StartEvent, vms: dict[str, Any], watch_hosts: Watch, silence: str) -> None:
    bad = {
        'refuses': {'azure_imds_endpoint': NOBODY},
        'unknown_connection': {'ansible_connection': 'carrier_pigeon'},
        'broken_template': {'ansible_connection': '{{ nothing }}'},
        'broken_endpoint': {'azure_imds_endpoint': 'file:///etc/passwd'},
        'unreachable': {'ansible_connection': 'ssh', 'ansible_host': '127.0.0.1', 'ansible_port': 1},
        'no_imds': {'azure_imds_endpoint': simulator.ready['control']},
        'hangs': {'azure_imds_endpoint': silence},
    }
    source = watch_hosts({**bad, **vms}, deadline=30)
    outages = {event['host']: event for event in (source.next() for _host in range(len(bad) - 1))}
    assert set(outages) == set(bad) - {'hangs'}
    assert {event['change'] for event in outages.values()} == {'outage'}
    assert [host for host, event in outages.items() if event['state'] == 'unreachable'] == ['unreachable']
    assert all(event['error'] for event in outages.values())
    assert 'carrier_pigeon' in outages['unknown_connection']['error']
    start_event('web_0')
    assert source.changes(3) == {(host, 'new') for host in vms}


def test_an_outage_of_one_host(simulator: Simulator, start_event: StartEvent, vms: dict[str, Any], watch_hosts: Watch) -> None:
    source = watch_hosts(vms, timeout=0.5)
    wait_for_requests(simulator, 'web_0', 2)
    simulator.set_faults('web_0', {'kind': 'garbage'})
    outage = source.next()
    assert (outage['change'], outage['host'], outage['state']) == ('outage', 'host_0', 'failed')
    start_event('web_0')
    assert source.changes(2) == {('host_1', 'new'), ('host_2', 'new')}
    simulator.set_faults('web_0')
    assert [(event['host'], event['change']) for event in (source.next(), source.next())] == [('host_0', 'recovered'), ('host_0', 'new')]


def test_the_inventory_is_read_again(simulator: Simulator, start_event: StartEvent, vms: dict[str, Any], watch_hosts: Watch, inventory: Any) -> None:
    """Hosts come and go; what was told of a host that stays is not told again."""
    start_event('web_0')
    one, two, three = vms.items()
    source = watch_hosts(dict([one, two]), refresh=2)
    assert source.changes(2) == {(one[0], 'new'), (two[0], 'new')}
    inventory(dict([two, three]))
    assert source.changes(1) == {(three[0], 'new')}
    simulator.control('DELETE', '/requests')
    wait_for_requests(simulator, 'web_2', 3)
    assert not simulator.log('web_0')
    assert source.silent


def test_hosts_that_join_and_leave_the_fleet(simulator: Simulator, vms: dict[str, Any], watch_hosts: Watch, inventory: Any) -> None:
    """Each is told once, and a host that is back is new again."""
    one, two, three = vms.items()
    source = watch_hosts(dict([one, two]), refresh=1, placement_interval=3600)
    wait_for_requests(simulator, 'web_1', 2)
    for hosts, expected in (
        ([two, three], {(three[0], 'joined'), (one[0], 'left')}),
        ([one, two, three], {(one[0], 'joined')}),
        ([one, two], {(three[0], 'left')}),
    ):
        inventory(dict(hosts))
        events = [source.next() for _change in expected]
        assert {(event['host'], event['change']) for event in events} == expected
        assert all(set(event) == ({'change', 'host'} | ({'meta'} if event['change'] == 'joined' else set())) for event in events)
    assert source.silent


def test_an_inventory_that_is_broken_for_a_while(
    simulator: Simulator, start_event: StartEvent, vms: dict[str, Any], watch_hosts: Watch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Once it has worked, trouble with it does not end the source."""
    source = watch_hosts(vms, refresh=1)
    wait_for_requests(simulator, 'web_0', 2)
    good = (tmp_path / 'inventory.yml').read_text()
    (tmp_path / 'inventory.yml').unlink()
    wait_until(lambda: 'inventory.yml' in caplog.text and 'does not exist' in caplog.text, 'the trouble is in the log')
    (tmp_path / 'inventory.yml').write_text(good)
    start_event('web_0')
    assert source.changes(3) == {(host, 'new') for host in vms}


def test_a_vault(simulator: Simulator, start_event: StartEvent, watch_hosts: Watch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Variables are decrypted as ansible-playbook would do it."""
    (tmp_path / 'password').write_text('secret\n')
    monkeypatch.setenv('ANSIBLE_VAULT_PASSWORD_FILE', str(tmp_path / 'password'))
    (tmp_path / 'host_vars').mkdir()
    (tmp_path / 'host_vars/host_0.yml').write_text(f'azure_imds_endpoint: {simulator.vms["web_0"]}\n')
    subprocess.run([Path(sys.executable).parent / 'ansible-vault', 'encrypt', tmp_path / 'host_vars/host_0.yml'], check=True, capture_output=True)
    start_event('web_0')
    assert watch_hosts({'host_0': {}}).next()['change'] == 'new'


def test_ansibles_own_output_does_not_come_between(
    simulator: Simulator, start_event: StartEvent, vms: dict[str, Any], watch_hosts: Watch, tmp_path: Path
) -> None:
    script = tmp_path / 'noisy.py'
    script.write_text('#!/bin/sh\necho noise >&2\necho \'{"all": {"vars": {"ansible_connection": "local"}}}\'\n')
    script.chmod(0o755)
    source = watch_hosts(vms, inventory=[str(tmp_path / 'inventory.yml'), str(script)])
    start_event('web_0')
    assert source.changes(3) == {(host, 'new') for host in vms}


def test_templates_are_not_handed_on(simulator: Simulator, vms: dict[str, Any], watch_hosts: Watch) -> None:
    simulator.set_faults('web_0', {'kind': 'status', 'status': 404, 'body': "{{ lookup('pipe', 'id') }}"})
    outage = watch_hosts(vms).next()
    assert "{ { lookup('pipe', 'id') }}" in outage['error']


@pytest.mark.parametrize('number', [signal.SIGKILL, signal.SIGTERM])
def test_the_program_is_killed(simulator: Simulator, start_event: StartEvent, vms: dict[str, Any], watch_hosts: Watch, number: int) -> None:
    source = watch_hosts(vms)
    event_id = start_event('web_0')
    assert source.changes(3) == {(host, 'new') for host in vms}
    os.kill(source.program(), number)
    wait_for_requests(simulator, 'web_0', 3)
    assert source.silent
    simulator.control('PATCH', f'/vms/web_0/events/{event_id}', {'EventStatus': 'Completed'})
    assert source.changes(3) == {(host, 'gone') for host in vms}


def test_the_program_is_killed_while_a_host_hangs(simulator: Simulator, vms: dict[str, Any], watch_hosts: Watch, silence: str) -> None:
    """The question outlives the program for as long as it may take, and holds nobody up."""
    source = watch_hosts({**vms, 'hangs': {'azure_imds_endpoint': silence}}, timeout=300, deadline=300)
    wait_for_requests(simulator, 'web_0', 2)
    source.kill()
    wait_for_requests(simulator, 'web_0', 2)
    for number, _command in source.processes():
        with contextlib.suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)


def test_cancelled_while_a_host_hangs(simulator: Simulator, vms: dict[str, Any], watch_hosts: Watch, silence: str) -> None:
    source = watch_hosts({**vms, 'hangs': {'azure_imds_endpoint': silence}}, timeout=300, deadline=300)
    wait_for_requests(simulator, 'web_0', 2)
    assert any(silence in command for _number, command in source.processes())
    source.cancel()


@pytest.mark.parametrize('number', [signal.SIGKILL, signal.SIGTERM])
def test_nothing_is_left_when_ansible_rulebook_is_killed(simulator: Simulator, vms: dict[str, Any], inventory: Any, silence: str, number: int) -> None:
    hosts = {**vms, 'hangs': {'azure_imds_endpoint': silence}}
    process, mark = start_in_a_process(hosts='all', inventory=inventory(hosts), endpoint=NOBODY, interval=0.2, timeout=300, deadline=300)
    wait_for_requests(simulator, 'web_0', 2)
    wait_until(lambda: any(silence in command for _number, command in processes(mark)), 'the host hangs')
    process.send_signal(number)
    process.wait()
    wait_until(lambda: not processes(mark), 'all processes have ended')


@pytest.mark.parametrize('number', [signal.SIGTERM, signal.SIGHUP])
def test_no_temporary_folder_stays_when_the_program_is_told_to_end(
    simulator: Simulator, vms: dict[str, Any], watch_hosts: Watch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    monkeypatch.setenv('ANSIBLE_LOCAL_TEMP', str(tmp_path / 'temporary'))
    source = watch_hosts(vms)
    wait_for_requests(simulator, 'web_0', 2)
    folders = list((tmp_path / 'temporary').iterdir())
    assert folders
    os.kill(source.program(), number)
    wait_until(lambda: not any(folder.exists() for folder in folders), 'the temporary folder is removed')


def test_cancelled_before_anything_was_asked(vms: dict[str, Any], watch_hosts: Watch) -> None:
    watch_hosts(vms).cancel()


def test_its_own_version_is_used(
    simulator: Simulator, start_event: StartEvent, vms: dict[str, Any], watch_hosts: Watch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another version of the collection that Ansible would find first has nothing to say."""
    decoy = tmp_path / 'elsewhere/ansible_collections/imds/azure/plugins/plugin_utils'
    decoy.mkdir(parents=True)
    monkeypatch.setenv('ANSIBLE_COLLECTIONS_PATH', str(tmp_path / 'elsewhere'))
    source = watch_hosts(vms)
    start_event('web_0')
    assert source.changes(3) == {(host, 'new') for host in vms}


def test_a_checkout_must_be_where_ansible_looks(simulator: Simulator, start_event: StartEvent, vms: dict[str, Any], watch_hosts: Watch, tmp_path: Path) -> None:
    checkout = tmp_path / 'checkout'
    for folder in ('extensions', 'meta', 'plugins'):
        shutil.copytree(COLLECTION / folder, checkout / folder)
    (tmp_path / 'ansible_collections/imds').mkdir(parents=True)
    link = tmp_path / 'ansible_collections/imds/azure'
    link.symlink_to(checkout)
    assert 'ansible_collections/imds/azure' in refused(checkout, hosts='all', inventory='localhost,', endpoint=NOBODY)
    source = watch_hosts(vms, collection=link)
    start_event('web_0')
    assert source.changes(3) == {(host, 'new') for host in vms}


def test_an_inventory_without_sense(tmp_path: Path) -> None:
    (tmp_path / 'hosts.yml').write_text('{{{')
    assert 'matches no host in the inventory' in refused(hosts='web', inventory=str(tmp_path / 'hosts.yml'), endpoint=NOBODY)


def moved(simulator: Simulator, vm: str, zone: str) -> None:
    answer = simulator.control('PATCH', f'/vms/{vm}', {'zone': zone})
    assert answer.status == 200, answer.text


def asked_for_place(simulator: Simulator, vm: str) -> int:
    return len([each for each in simulator.log(vm) if each['path'] == '/metadata/instance/compute'])


def test_a_host_that_moved_is_told_once(simulator: Simulator, start_event: StartEvent, vms: dict[str, Any], watch_hosts: Watch) -> None:
    for vm in simulator.vms:
        moved(simulator, vm, '1')
    source = watch_hosts(vms, placement_interval=1)
    wait_until(lambda: all(asked_for_place(simulator, vm) for vm in simulator.vms), 'all were asked where they are')
    moved(simulator, 'web_1', '{{ 2 }}')
    event = source.next()
    assert (event['change'], event['host'], event['vm_name'], event['meta']) == ('moved', 'host_1', 'web_1', {'hosts': 'host_1'})
    # Nothing that a host says is a template for playbooks.
    assert event['moves'] == [{'what': 'zone', 'before': '1', 'after': '{ { 2 }}'}]
    assert (event['placement_before']['zone'], event['placement']['zone'], event['placement']['scale_set']) == ('1', '{ { 2 }}', 'web')
    count = asked_for_place(simulator, 'web_1')
    wait_until(lambda: asked_for_place(simulator, 'web_1') > count, 'it is asked again')
    start_event('web_0')
    assert source.changes(3) == {(host, 'new') for host in vms}


def test_where_hosts_are_is_not_asked_more_often_than_told(simulator: Simulator, vms: dict[str, Any], watch_hosts: Watch) -> None:
    """Neither at each question about events, nor when the inventory is read again."""
    source = watch_hosts(vms, placement_interval=3600, refresh=1)
    # A new program asks for the name again.
    names = '/metadata/instance/compute/name'
    wait_until(lambda: len([each for each in simulator.log('web_0') if each['path'] == names]) > 2, 'the inventory was read again')
    assert [asked_for_place(simulator, vm) for vm in simulator.vms] == [1, 1, 1]
    simulator.control('PATCH', '/vms/web_0', {'zone': '2'})
    assert source.silent


def test_a_host_that_moved_while_the_inventory_was_read_is_told(simulator: Simulator, vms: dict[str, Any], watch_hosts: Watch) -> None:
    moved(simulator, 'web_2', '1')
    source = watch_hosts(vms, placement_interval=1)
    wait_until(lambda: asked_for_place(simulator, 'web_2'), 'it was asked')
    wait_for_requests(simulator, 'web_2', 2)
    source.kill()
    moved(simulator, 'web_2', '3')
    event = source.next()
    assert (event['change'], event['host'], event['moves']) == ('moved', 'host_2', [{'what': 'zone', 'before': '1', 'after': '3'}])


def test_a_host_that_does_not_tell_its_place_still_tells_its_events(
    simulator: Simulator, start_event: StartEvent, vms: dict[str, Any], watch_hosts: Watch
) -> None:
    source = watch_hosts(vms, placement_interval=1)
    wait_until(lambda: asked_for_place(simulator, 'web_0'), 'it was asked')
    simulator.set_faults('web_0', {'kind': 'status', 'status': 403, 'path': '/instance'})
    count = asked_for_place(simulator, 'web_0')
    wait_until(lambda: asked_for_place(simulator, 'web_0') > count, 'it was asked again')
    start_event('web_0')
    assert source.changes(3) == {(host, 'new') for host in vms}
