# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What docs/many-controllers.md tells users to do, with a real redis and controllers that share nothing else."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.imds.azure.tests.unit.roles.simulator.running_simulator import Simulator
from ansible_collections.imds.azure.tests.where_it_runs import pages
from ansible_collections.imds.azure.tests.where_it_runs.conftest import GROUPS, User, finished
from ansible_collections.imds.azure.tests.where_it_runs.running_redis import Redis, needs_redis, wait_until

pytestmark = pytest.mark.where_it_runs
SOURCE, BY_FACTS = 'inventory/90-fleet.azure_imds.yml', 'by-facts/90-fleet.azure_imds.yml'


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Redis]:
    needs_redis()
    with socket.create_server(('127.0.0.1', 0)) as free:
        port = free.getsockname()[1]
    running = Redis(tmp_path, port)
    yield running
    running.end()


class Controllers:
    """Each has its own home; the files of the page have the same path on all."""

    def __init__(self, programs: Path, folder: Path, simulator: Simulator, redis: Redis) -> None:
        self._programs, self._folder, self._simulator = programs, folder, simulator
        self.files = folder / 'files'
        pages.write(self.files, 'docs/many-controllers.md')
        for path in (self.files / 'ansible.cfg', self.files / SOURCE):
            assert 'redis.internal:6379' in path.read_text()
            path.write_text(path.read_text().replace('redis.internal:6379', redis.address))

    def controller(self, name: str, hosts: dict[str, str], **environment: str) -> User:
        """One that knows these hosts, by the names of the VMs that answer for them."""
        user = User(self._programs, self._folder / name, self._simulator)
        user.environment.update(environment)
        given = json.loads((user.home / 'hosts.yml').read_text())
        given['all']['hosts'] = {host: {'azure_imds_endpoint': self._simulator.vms[vm]} for host, vm in hosts.items()}
        (user.home / 'hosts.yml').write_text(json.dumps(given))
        return user

    def words(self, user: User, source: str = SOURCE) -> list[str]:
        return ['ansible-inventory', '-i', str(user.home / 'hosts.yml'), '-i', str(self.files / source), '--list', '--output', str(user.home / 'listed')]

    def requests(self) -> int:
        return sum(len(self._simulator.log(vm)) for vm in self._simulator.vms)


@pytest.fixture
def controllers(programs: Path, tmp_path: Path, simulator: Simulator, redis: Redis) -> Controllers:
    return Controllers(programs, tmp_path, simulator, redis)


def groups(user: User) -> dict[str, set[str]]:
    listed = json.loads((user.home / 'listed').read_text())

    def members(group: str) -> set[str]:
        entry: dict[str, Any] = listed.get(group, {})
        return {*entry.get('hosts', ()), *(host for child in entry.get('children', ()) for host in members(child))}

    return {name: members(name) for name in GROUPS}


WEB = {'web-1': 'web-1', 'web-2': 'web-2'}


def test_two_controllers_at_once_lose_no_answer(controllers: Controllers, redis: Redis) -> None:
    """Both have read the cache and asked their host before either can write."""
    earlier = controllers.controller('earlier', {'old': 'web-1'})
    earlier.run(*controllers.words(earlier))
    both = [controllers.controller('one', {'web-1': 'web-1'}), controllers.controller('two', {'web-2': 'web-2'})]
    redis.do('client', 'pause', '300000', 'write')
    running = [each.start(*controllers.words(each)) for each in both]
    wait_until(lambda: redis.waiting() == 2 or any(process.poll() is not None for process in running), 'both want to write')
    assert redis.waiting() == 2
    redis.do('client', 'unpause')
    assert [finished(process) for process in running] == ['', '']
    asked = controllers.requests()
    third = controllers.controller('three', {'old': 'web-1', **WEB})
    assert third.run(*controllers.words(third)) == ''
    assert groups(third) == {**{name: hosts | {'old'} if 'web-1' in hosts else hosts for name, hosts in GROUPS.items()}}
    assert controllers.requests() == asked, 'an answer was lost'
    assert not redis.do('keys', '*.lock').strip()


def test_controllers_that_gather_facts_and_one_that_groups(controllers: Controllers) -> None:
    facts = {'ANSIBLE_CONFIG': str(controllers.files / 'ansible.cfg')}
    both = [controllers.controller('one', {'web-1': 'web-1'}, **facts), controllers.controller('two', {'web-2': 'web-2'}, **facts)]
    gather = ['ansible-playbook', '-i', 'hosts.yml', str(controllers.files / 'gather.yml')]
    for process in [each.start(*gather) for each in both]:
        finished(process)
    asked = controllers.requests()
    third = controllers.controller('three', WEB, **facts)
    assert third.run(*controllers.words(third, BY_FACTS)) == ''
    assert groups(third) == GROUPS
    # And one that no network has asked.
    third = controllers.controller('four', {'late': 'web-1', **WEB}, **facts)
    said = third.run(*controllers.words(third, BY_FACTS))
    assert 'no stored facts for late' in ' '.join(said.split())
    assert groups(third) == GROUPS
    assert controllers.requests() == asked


def test_the_commands_of_the_page(controllers: Controllers) -> None:
    user = controllers.controller('one', WEB)
    (user.home / 'hosts.yml').rename(controllers.files / 'inventory/10-hosts.yml')
    before = controllers.requests()
    printed = [user.run('sh', '-c', f'cd {controllers.files} && {command}') for command in pages.commands('docs/many-controllers.md')]
    assert controllers.requests() == before + 4
    assert printed[0] == printed[2] != ''
    assert '|  |--@azure_zone_westeurope_1:' in printed[0]


def test_redis_is_gone(controllers: Controllers, redis: Redis) -> None:
    """All hosts are asked."""
    redis.end()
    user = controllers.controller('one', WEB)
    said = ' '.join(user.run(*controllers.words(user)).split())
    assert 'azure_imds: the cache cannot be read, so all hosts are asked: ' in said
    assert 'azure_imds: cannot write the cache: ' in said
    assert groups(user) == GROUPS


def test_a_controller_waits_for_one_that_writes(controllers: Controllers, redis: Redis) -> None:
    """Until its lock is gone, or has expired with a controller that died."""
    earlier = controllers.controller('earlier', {'old': 'web-1'})
    earlier.run(*controllers.words(earlier))
    (entry,) = (key for key in redis.do('keys', 'shop_*').split() if 'imds.azure.hosts' in key)
    # Newer releases of ansible-core put something of their own between.
    lock = f'{re.sub("^shop_(s[0-9]+_)?", "", entry)}.lock'
    redis.do('set', lock, 'dead', 'px', '600000')
    before, tries = redis.do('get', entry), redis.calls('set')
    user = controllers.controller('one', WEB)
    process = user.start(*controllers.words(user))
    wait_until(lambda: redis.calls('set') > tries + 5 or process.poll() is not None, 'it tries again and again')
    assert process.poll() is None
    assert redis.do('get', entry) == before
    redis.do('pexpire', lock, '1')
    assert finished(process) == ''
    assert redis.do('get', entry) != before
