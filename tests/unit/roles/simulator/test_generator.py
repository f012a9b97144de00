# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Made-up fleets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from ansible_collections.imds.azure.tests.unit.roles.simulator.running_simulator import Simulator, refused


def computes(simulator: Simulator) -> dict[str, dict[str, Any]]:
    return {name: each['document']['compute'] for name, each in simulator.control('GET', '/vms').json.items()}


def documents(simulator: Simulator) -> dict[str, Any]:
    return {name: each['document'] for name, each in simulator.control('GET', '/vms').json.items()}


def test_the_same_every_time(start: Callable[..., Simulator]) -> None:
    first, again, other = (start(None, '--generate', '60', '--seed', seed) for seed in ('7', '7', '8'))
    assert list(first.vms) == list(again.vms)
    assert documents(first) == documents(again)
    assert documents(first) != documents(other)


def test_spread(start: Callable[..., Simulator]) -> None:
    made = computes(start(None, '--generate', '240')).values()
    assert len(made) == 240
    assert len({each['vmId'] for each in made}) == 240
    members = [each for each in made if each['vmScaleSetName'] or each['virtualMachineScaleSet']['id']]
    assert len(members) == 180
    assert {each['location'] for each in made} == {'westeurope', 'northeurope'}
    places = Counter((each['location'], each['zone'], each['platformFaultDomain']) for each in made)
    assert len(places) == 2 * 3 * 3
    assert max(places.values()) <= 2 * min(places.values())
    assert len({each['vmScaleSetName'] for each in members if each['vmScaleSetName']}) == 12
    assert len({each['virtualMachineScaleSet']['id'] for each in members if not each['vmScaleSetName']}) == 6
    assert {each['osType'] for each in made} == {'Linux', 'Windows'}
    assert len({each['tags'] for each in made}) > 5
    assert all(each['tags'] for each in made)
    for scale_set in {each['vmScaleSetName'] for each in members}:
        own = [each for each in members if scale_set and each['vmScaleSetName'] == scale_set]
        assert len({each['location'] for each in own}) <= 1, 'a scale set lies in one location'


def test_knobs(start: Callable[..., Simulator]) -> None:
    options = ['--locations', 'uksouth', '--zones', '2', '--fault-domains', '5', '--scale-sets', '1', '--singles', '10']
    made = list(computes(start(None, '--generate', '50', *options)).values())
    assert {each['location'] for each in made} == {'uksouth'}
    assert {each['zone'] for each in made} == {'1', '2'}
    assert {each['platformFaultDomain'] for each in made} == set('01234')
    assert Counter(each['vmScaleSetName'] for each in made) == {'web': 45, '': 5}


def test_only_single_vms_without_zones(start: Callable[..., Simulator]) -> None:
    made = computes(start(None, '--generate', '8', '--scale-sets', '0', '--zones', '0')).values()
    assert {(each['vmScaleSetName'], each['zone']) for each in made} == {('', '')}


def test_in_a_fleet_file(start: Callable[..., Simulator]) -> None:
    fleet = {'defaults': {'vm_size': 'Mine', 'tags': {'All': 'x'}}, 'vms': [{'name': 'extra'}], 'generate': {'count': 4, 'locations': ['uksouth']}}
    simulator = start(fleet)
    made = computes(simulator)
    assert list(made) == ['extra', 'web_0', 'web_1', 'web_2', 'db-0001']
    assert made['web_0']['location'] == 'uksouth'
    assert made['extra']['vmSize'] == 'Mine'
    assert made['extra']['tags'] == 'All:x'
    assert made['web_0']['tags'].startswith('All:x;Env:')


def test_wrong_knobs() -> None:
    assert '0' in refused('--generate', '0')
    assert "'zones'" in refused('--generate', '3', '--zones', '-1')
    assert "'locations'" in refused('--generate', '3', '--locations', 'a,,b')
