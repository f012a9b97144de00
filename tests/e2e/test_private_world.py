# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What these tests rely on: nothing of a private world is seen outside, and nothing of it stays."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.imds.azure.tests.e2e.closed_network import lay
from ansible_collections.imds.azure.tests.e2e.private_world import PrivateWorld, eventually
from ansible_collections.imds.azure.tests.e2e.virtual_machine import SERVICE, Machine


def seen_outside() -> tuple[list[str], list[str], bool]:
    """What the machine's own namespaces show: network devices, mounts that are made, named network namespaces of this test."""
    mounts = [line for line in Path('/proc/self/mounts').read_text().splitlines() if line.split()[1].startswith(('/run', '/dev/shm', '/etc', '/sys/class'))]
    devices = [line.split(':')[0].strip() for line in Path('/proc/self/net/dev').read_text().splitlines()[2:]]
    return sorted(devices), mounts, Path('/run/netns/shortlived').exists()


@pytest.mark.parametrize('end', [PrivateWorld.end, PrivateWorld.kill_holder])
def test_nothing_stays(end: Callable[[PrivateWorld], None], namespaces: None, tmp_path: Path) -> None:
    before = seen_outside()
    with PrivateWorld({}) as world:
        world.furnish()
        lay(world, [Machine('shortlived', '10.99.0.10', {})])
        process = world.start('sh', '-c', 'setsid sleep 3600 & exec sleep 3600', host='shortlived', log=tmp_path / 'log')
        eventually(lambda: len(world.inhabitants()) >= 3, 'the processes did not start')
        assert seen_outside() == before
        end(world)
        eventually(lambda: not world.inhabitants(), 'processes are left')
    process.wait(timeout=30)
    assert seen_outside() == before


def test_controller_has_no_route_to_the_service(world: PrivateWorld) -> None:
    assert world.run('ip', 'route', 'get', SERVICE, check=False).returncode != 0
    assert world.run('ip', 'route', 'show', 'default').stdout == ''
