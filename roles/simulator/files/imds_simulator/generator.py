# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Made-up fleets: N VMs spread over locations, zones, fault domains, scale sets and single VMs. The same knobs give the same fleet."""

from __future__ import annotations

import hashlib
from typing import Any

from . import value_types as types

_KNOBS = {
    'count': types.whole(1, 100_000),
    'seed': types.whole(0, 1 << 62),
    'locations': types.listing(types.name),
    'zones': types.whole(0, 9),
    'fault_domains': types.whole(1, 99),
    'scale_sets': types.nullable(types.whole(0, 100_000)),
    'singles': types.whole(0, 100),
}
_DEFAULTS: dict[str, Any] = {'seed': 0, 'locations': ['westeurope', 'northeurope'], 'zones': 3, 'fault_domains': 3, 'scale_sets': None, 'singles': 25}
_SET_ROLES = ('web', 'api', 'worker', 'cache', 'batch', 'stream')
_SINGLE_ROLES = ('db', 'queue', 'bastion', 'monitor')
_ENVIRONMENTS = ('prod', 'stage', 'test')
_SIZES = ('Standard_D2s_v5', 'Standard_D4s_v5', 'Standard_E8s_v5', 'Standard_F4s_v2')


def generator_knobs(value: Any) -> dict[str, Any]:
    """Checked knobs with their defaults: ``scale_sets`` None means one for about every ten VMs, ``singles`` is a percentage.

    Raises SettingError.
    """
    knobs = {**_DEFAULTS, **types.table(value, _KNOBS, required=('count',))}
    if not knobs['locations']:
        knobs['locations'] = _DEFAULTS['locations']
    return knobs


def generated_vms(knobs: dict[str, Any]) -> list[dict[str, Any]]:
    """Settings of ``count`` VMs, as a fleet file would give them."""
    count = knobs['count']
    singles = count if knobs['scale_sets'] == 0 else count * knobs['singles'] // 100
    members = count - singles
    sets = knobs['scale_sets'] or max(1, min(60, members // 10))
    return [_set_member(knobs, number % sets, number // sets) for number in range(members)] + [_single(knobs, number) for number in range(singles)]


def _pick(knobs: dict[str, Any], what: str, number: int, choices: tuple[str, ...]) -> str:
    return choices[_digest(knobs, what, number)[0] % len(choices)]


def _digest(knobs: dict[str, Any], what: str, number: int) -> bytes:
    return hashlib.sha256(f'{knobs["seed"]}/{what}/{number}'.encode()).digest()


def _shared(knobs: dict[str, Any], role: str, environment: str, index: int) -> dict[str, Any]:
    """What a VM has from its place in the row (``index``): location, zone and fault domain go round one after the other."""
    locations, zones = knobs['locations'], knobs['zones']
    seed = int.from_bytes(_digest(knobs, 'subscription', 0)[:6], 'big')
    domain = str(index // max(1, zones) % knobs['fault_domains'])
    return {
        'location': locations[0],
        'zone': str(index % zones + 1) if zones else '',
        'fault_domain': domain,
        'update_domain': domain,
        'resource_group': f'{role}-{environment}',
        'subscription_id': f'00000000-0000-4000-8000-{seed:012x}',
        'tags': {'Env': environment, 'Role': role},
    }


def _set_member(knobs: dict[str, Any], number: int, index: int) -> dict[str, Any]:
    """Instance ``index`` of scale set ``number``: a set lies in one location, and every third one is Flexible."""
    role = _SET_ROLES[number % len(_SET_ROLES)]
    scale_set = role if number < len(_SET_ROLES) else f'{role}{number // len(_SET_ROLES) + 1}'
    environment = _pick(knobs, 'environment', number, _ENVIRONMENTS)
    flexible = number % 3 == 2
    suffix = hashlib.sha256(f'{knobs["seed"]}/{scale_set}/{index}'.encode()).hexdigest()[:8]
    vm = _shared(knobs, role, environment, index)
    vm['tags']['Team'] = f'team-{number % 4 + 1}'
    if index % 7 == 6:
        # A value that the tags string cannot be read back from.
        vm['tags']['Owner'] = 'a;b:c'
    return {
        **vm,
        'name': f'{scale_set}_{suffix}' if flexible else f'{scale_set}_{index}',
        'location': knobs['locations'][number % len(knobs['locations'])],
        'scale_set': scale_set,
        'instance_id': str(index),
        'flexible': flexible,
        'vm_size': _pick(knobs, 'size', number, _SIZES),
    }


def _single(knobs: dict[str, Any], number: int) -> dict[str, Any]:
    role = _SINGLE_ROLES[number % len(_SINGLE_ROLES)]
    environment = _pick(knobs, 'single', number, _ENVIRONMENTS)
    locations = knobs['locations']
    vm = _shared(knobs, role, environment, number // len(locations))
    windows = number % 8 == 7
    return {
        **vm,
        'name': f'{role}-{number + 1:04d}',
        'location': locations[number % len(locations)],
        'os_type': 'Windows' if windows else 'Linux',
        'vm_size': _pick(knobs, 'single-size', number, _SIZES),
    }
