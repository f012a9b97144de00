# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings of one VM: every key a fleet file may hold, its type and its default."""

from __future__ import annotations

import datetime
from typing import Any

from . import value_types as types
from .api_versions import EVENT_VERSIONS, INSTANCE_VERSIONS, NEWEST
from .compute_document import stable_id
from .errors import SettingError
from .event_settings import event
from .fault_settings import fault


def identity(value: Any) -> dict[str, Any]:
    """One managed identity: ``{client_id, object_id, msi_res_id, system_assigned}``."""
    keys: dict[str, Any] = {**dict.fromkeys(('client_id', 'object_id', 'msi_res_id'), types.name), 'system_assigned': types.boolean}
    return types.table(value, keys, required=('client_id',))


def load_balancer(value: Any) -> dict[str, Any]:
    """The three lists of /loadbalancer; one that is left out is empty. The wrapping object ``{"loadbalancer": ..}`` is taken too."""
    inner = types.mapping(value)
    if set(inner) == {'loadbalancer'}:
        inner = types.mapping(inner['loadbalancer'])
    rules = types.listing(types.json_object)
    lists = ('publicIpAddresses', 'inboundRules', 'outboundRules')
    return {**{key: [] for key in lists}, **types.table(inner, dict.fromkeys(lists, rules))}


def api_version(value: Any) -> str:
    """A version of /instance. YAML reads one without quotes as a date."""
    value = _written(value)
    if value not in INSTANCE_VERSIONS:
        raise SettingError(f'expected an api-version of /instance such as {NEWEST}, got {value!r}')
    return str(value)


def event_version(value: Any) -> str:
    """A version of /scheduledevents, or none for a cloud without scheduled events."""
    return types.choice(*EVENT_VERSIONS, 'none')(_written(value))


def _written(version: Any) -> Any:
    return version.isoformat() if isinstance(version, datetime.date) else version


# Keys that count at the start only: where a VM listens, who it is, and its first events (later ones have their own control request).
FIXED = ('name', 'port', 'address', 'events')

KEYS = {
    'name': types.name,
    'port': types.whole(0, 65535),
    'address': types.name,
    'location': types.text,
    'zone': types.text,
    'physical_zone': types.nullable(types.text),
    'fault_domain': types.text,
    'update_domain': types.text,
    'scale_set': types.text,
    'instance_id': types.text,
    'flexible': types.boolean,
    'resource_group': types.name,
    'subscription_id': types.name,
    'vm_size': types.text,
    'os_type': types.text,
    'tags': types.text_mapping,
    'private_ip': types.text,
    'public_ip': types.text,
    'mac': types.text,
    'compute': types.json_object,
    'network': types.json_object,
    'document': types.nullable(types.json_object),
    'load_balancer': types.nullable(load_balancer),
    'identities': types.listing(identity),
    'tenant_id': types.text,
    'cloud': types.text,
    'events': types.listing(event),
    'newest_api_version': api_version,
    'newest_event_version': event_version,
    'version_mode': types.choice('newest-versions', 'not-found'),
    'rate_limit': types.whole(0, 1_000_000),
    'identity_rate_limit': types.whole(0, 1_000_000),
    'retry_after': types.nullable(types.whole(0, 86400)),
    'vm_kind': types.choice('arm', 'classic'),
    'first_event_delay': types.number,
    'nonce_mode': types.choice('fresh', 'cached'),
    'faults': types.listing(fault),
}

DEFAULTS: dict[str, Any] = {
    'location': 'westeurope',
    'zone': '',
    'physical_zone': None,
    'fault_domain': '0',
    'update_domain': '0',
    'scale_set': '',
    'flexible': False,
    'resource_group': 'simulated',
    'subscription_id': '00000000-0000-4000-8000-000000000001',
    'vm_size': 'Standard_D2s_v5',
    'os_type': 'Linux',
    'tags': {},
    'public_ip': '',
    'compute': {},
    'network': {},
    'document': None,
    'load_balancer': None,
    'tenant_id': '00000000-0000-4000-8000-0000000000aa',
    'cloud': 'AzurePublicCloud',
    'events': [],
    'newest_api_version': NEWEST,
    'newest_event_version': EVENT_VERSIONS[-1],
    'version_mode': 'newest-versions',
    'rate_limit': 5,
    'identity_rate_limit': 20,
    'retry_after': None,
    'vm_kind': 'arm',
    'first_event_delay': 0.0,
    'nonce_mode': 'fresh',
    'faults': [],
}


def checked(value: Any) -> dict[str, Any]:
    """The keys that ``value`` gives, normalised. Raises SettingError naming the key."""
    return types.table(value, KEYS)


def patched(given: dict[str, Any], patch: Any) -> dict[str, Any]:
    """``given`` after a JSON merge patch (RFC 7396): null removes a key, so that its default holds again; objects merge."""
    for key in FIXED:
        if key in types.mapping(patch):
            raise SettingError(f'key {key!r}: cannot be changed while the simulator runs')
    unknown = [key for key in patch if key not in KEYS]
    if unknown:
        raise SettingError(f'unknown key {unknown[0]!r} (known: {", ".join(sorted(set(KEYS) - set(FIXED)))})')
    return checked(_merge_patch(given, patch))


def _merge_patch(target: Any, patch: Any) -> Any:
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = _merge_patch(result.get(key), value)
    return result


def complete(given: dict[str, Any], position: int) -> dict[str, Any]:
    """``given`` with every default filled in. ``position`` (0, 1, ..) is the VM's place in the fleet: addresses follow from it."""
    second, third, fourth = position // 62500 % 256, position // 250 % 250, position % 250 + 4
    client, principal = stable_id('client', given['name']), stable_id('principal', given['name'])
    group = given.get('resource_group', DEFAULTS['resource_group'])
    subscription = given.get('subscription_id', DEFAULTS['subscription_id'])
    assigned = f'/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{given["name"]}'
    in_set = bool(given.get('scale_set')) and given['name'].startswith(f'{given["scale_set"]}_')
    number = given['name'].rpartition('_')[2]
    return {
        **DEFAULTS,
        'instance_id': number if in_set and number.isdecimal() else str(position),
        'private_ip': f'10.{second}.{third}.{fourth}',
        'mac': f'000D3A{position & 0xFFFFFF:06X}',
        'identities': [{'client_id': client, 'object_id': principal, 'msi_res_id': assigned}],
        **given,
    }
