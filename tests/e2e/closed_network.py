# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The network between controller and hosts: a bridge in the controller's namespace, and no way out of any of them."""

from __future__ import annotations

import json

from ansible_collections.imds.azure.tests.e2e.private_world import PrivateWorld
from ansible_collections.imds.azure.tests.e2e.virtual_machine import SERVICE, Machine

NETWORK = '10.99.0.0/24'
CONTROLLER = '10.99.0.1/24'


def lay(world: PrivateWorld, machines: list[Machine]) -> None:
    """Make a namespace for each machine, join them all, and make sure that nothing leads anywhere else."""
    lines = ['ip link set lo up', 'ip link add hosts type bridge', f'ip addr add {CONTROLLER} dev hosts', 'ip link set hosts up']
    for machine in machines:
        inside = f'ip -n {machine.name}'
        lines += [
            f'ip netns add {machine.name}',
            f'ip link add {machine.name} type veth peer name eth0 netns {machine.name}',
            f'ip link set {machine.name} master hosts up',
            f'{inside} addr add {machine.address}/24 dev eth0',
            f'{inside} addr add {SERVICE}/32 dev lo',
            f'{inside} link set lo up',
            f'{inside} link set eth0 up',
        ]
    world.run('sh', '-eu', stdin='\n'.join(lines))
    assert_closed(world, None)
    for machine in machines:
        assert_closed(world, machine.name)


def assert_closed(world: PrivateWorld, host: str | None) -> None:
    """No route leads beyond the bridge, and the service's address is a host's own or nobody's."""
    for family in ('-4', '-6'):
        routes = json.loads(world.run('ip', '-json', family, 'route', 'show', 'table', 'all', host=host).stdout or '[]')
        for route in routes:
            assert 'gateway' not in route, route
            assert route.get('type', 'unicast') in ('local', 'broadcast', 'anycast', 'multicast') or route['dst'] in (NETWORK, 'fe80::/64', '::1'), route
    devices = json.loads(world.run('ip', '-json', 'link', host=host).stdout)
    kinds = {device['ifname'] for device in devices if device['link_type'] == 'ether'}
    assert host is None or kinds == {'eth0'}, devices
    found = world.run('ip', 'route', 'get', SERVICE, host=host, check=False)
    if host is None:
        assert found.returncode != 0, found.stdout
        assert 'unreachable' in found.stderr
    else:
        assert found.stdout.startswith(f'local {SERVICE} dev lo'), found.stdout
