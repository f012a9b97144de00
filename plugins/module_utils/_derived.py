# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts that are derived from a document: typed, and None where they do not apply.

Numbers of fault domains mean something only inside one scale set or availability set, numbers of zones only inside one
location and subscription (IMDS documentation).

This is a private part of the collection: its names may change in any release.
"""

import re
from socket import AF_INET, AF_INET6, inet_pton

# Names of the IMDS documentation; addresses of `az cloud show`; certificate domains of the attested document.
_CLOUD_KEYS = ('name', 'resource_manager', 'active_directory', 'key_vault_dns_suffix', 'storage_dns_suffix', 'metadata_certificate_domain')
_CLOUDS = (
    (
        'AzurePublicCloud',
        'https://management.azure.com',
        'https://login.microsoftonline.com',
        'vault.azure.net',
        'core.windows.net',
        'metadata.azure.com',
    ),
    (
        'AzureUSGovernmentCloud',
        'https://management.usgovcloudapi.net',
        'https://login.microsoftonline.us',
        'vault.usgovcloudapi.net',
        'core.usgovcloudapi.net',
        'metadata.azure.us',
    ),
    (
        'AzureChinaCloud',
        'https://management.chinacloudapi.cn',
        'https://login.chinacloudapi.cn',
        'vault.azure.cn',
        'core.chinacloudapi.cn',
        'metadata.azure.cn',
    ),
    (
        'AzureGermanCloud',
        'https://management.microsoftazure.de',
        'https://login.microsoftonline.de',
        'vault.microsoftazure.de',
        'core.cloudapi.de',
        'metadata.microsoftazure.de',
    ),
    # Every Azure Stack Hub has addresses of its own.
    ('AzureStack', None, None, None, None, None),
)


def placement(compute: dict) -> dict:
    """Where the VM stands. The location is in lower case and without spaces, because the service's spelling varies."""
    location = _text(compute.get('location'))
    identity = _resource_id(compute)
    scale_set = _text(compute.get('vmScaleSetName')) or _flexible_scale_set(compute) or identity.get('scale_set')
    return {
        'location': location and ''.join(location.split()).lower(),
        'zone': _text(compute.get('zone')),
        'physical_zone': _text(compute.get('physicalZone')),
        'fault_domain': _number(compute.get('platformFaultDomain')),
        'update_domain': _number(compute.get('platformUpdateDomain')),
        'scale_set': scale_set,
        'scale_set_instance': identity.get('scale_set_instance') or _instance_from_name(_text(compute.get('name')), scale_set),
        'placement_group': _text(compute.get('placementGroupId')),
    }


def resource(compute: dict) -> dict:
    """What the VM is to Azure Resource Manager; the type is that of the id, without the provider."""
    identity = _resource_id(compute)
    return {
        'subscription_id': _text(compute.get('subscriptionId')) or identity.get('subscription_id'),
        'resource_group': _text(compute.get('resourceGroupName')) or identity.get('resource_group'),
        'provider': _text(compute.get('provider')) or identity.get('provider'),
        'type': identity.get('type'),
        'name': _text(compute.get('name')) or identity.get('name'),
        'id': _text(compute.get('resourceId')),
    }


def cloud(compute: dict) -> dict:
    """The cloud by azEnvironment, whose case varies; all None before api-version 2018-10-01, which introduced it."""
    given = _text(compute.get('azEnvironment'))
    for row in _CLOUDS:
        if given and row[0].lower() == given.lower():
            return dict(zip(_CLOUD_KEYS, row))
    return dict.fromkeys(_CLOUD_KEYS, None) if given is None else dict(dict.fromkeys(_CLOUD_KEYS, None), name=given)


def addresses(network, load_balancer) -> dict:
    """All addresses of all interfaces, each once, in the order of the document (which the service does not promise to keep)."""
    found = {'private_ipv4': [], 'public_ipv4': [], 'ipv6': [], 'mac': [], 'subnets': []}

    def add(key, value):
        if value and value not in found[key]:
            found[key].append(value)

    def add_address(value, key):
        family, address = _address(value)
        add('ipv6' if family == AF_INET6 else key, address)

    for interface in _objects(_object(network).get('interface')):
        add('mac', _mac(interface.get('macAddress')))
        for section in (_object(interface.get('ipv4')), _object(interface.get('ipv6'))):
            for item in _objects(section.get('ipAddress')):
                add_address(item.get('privateIpAddress'), 'private_ipv4')
                add_address(item.get('publicIpAddress'), 'public_ipv4')
            for item in _objects(section.get('subnet')):
                add('subnets', _cidr(item.get('address'), item.get('prefix')))
    # A public IP of the Standard SKU is visible nowhere else.
    for item in _objects(_object(load_balancer).get('publicIpAddresses')):
        add_address(item.get('frontendIpAddress'), 'public_ipv4')
    return found


def _object(value) -> dict:
    return value if isinstance(value, dict) else {}


def _objects(value) -> list:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _text(value):
    """A string that says something, else None: the service gives "" for what does not apply."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    return value.strip() or None if isinstance(value, str) else None


def _number(value):
    text = _text(value)
    return int(text) if text and re.match('[0-9]{1,9}$', text) else None


def _resource_id(compute: dict) -> dict:
    """The parts of /subscriptions/S/resourceGroups/G/providers/P/TYPE/NAME[/TYPE/NAME...], whose case varies."""
    parts = (_text(compute.get('resourceId')) or '').strip('/').split('/')
    if len(parts) < 8 or len(parts) % 2 or [part.lower() for part in parts[0:6:2]] != ['subscriptions', 'resourcegroups', 'providers']:
        return {}
    in_scale_set = [part.lower() for part in parts[6::2]] == ['virtualmachinescalesets', 'virtualmachines']
    return {
        'subscription_id': parts[1],
        'resource_group': parts[3],
        'provider': parts[5],
        'type': '/'.join(parts[6::2]),
        'name': parts[-1],
        'scale_set': parts[7] if in_scale_set else None,
        'scale_set_instance': parts[9] if in_scale_set else None,
    }


def _flexible_scale_set(compute: dict):
    """Flexible scale sets leave vmScaleSetName empty and give the id of the set instead."""
    identity = _text(_object(compute.get('virtualMachineScaleSet')).get('id'))
    return identity.rstrip('/').rsplit('/', 1)[-1] or None if identity else None


def _instance_from_name(name, scale_set):
    """Uniform scale sets name their instances <set>_<n>; api-versions without resourceId tell the number in no other way."""
    number = name[len(scale_set) + 1 :] if name and scale_set and name.lower().startswith(scale_set.lower() + '_') else ''
    return number if re.match('[0-9]+$', number) else None


def _address(value) -> tuple:
    """(family, address) of a valid IP address, else (None, None); /loadbalancer writes IPv6 in brackets."""
    text = value.strip().strip('[]') if isinstance(value, str) else ''
    for family in (AF_INET, AF_INET6):
        try:
            inet_pton(family, text)
        except (OSError, ValueError):
            continue
        return family, text
    return None, None


def _cidr(address, prefix):
    family, text = _address(address)
    length = _number(prefix)
    return '%s/%d' % (text, length) if text and length is not None and length <= (128 if family == AF_INET6 else 32) else None


def _mac(value):
    digits = re.sub('[:.-]', '', value).lower() if isinstance(value, str) else ''
    return ':'.join(digits[i : i + 2] for i in range(0, 12, 2)) if re.match('[0-9a-f]{12}$', digits) else None
