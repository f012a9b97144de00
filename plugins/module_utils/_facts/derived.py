# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts that are derived from a document: typed, and None where they do not apply.

Numbers of fault domains mean something only inside one scale set or availability set, numbers of zones only inside one
location and subscription (IMDS documentation).

This is a private part of the collection: its names may change in any release.
"""

from socket import AF_INET, AF_INET6, inet_pton

_DIGITS = frozenset('0123456789')
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


def placement(compute):
    """Where the VM stands. The location is in lower case and without spaces, because the service's spelling varies."""
    # A uniform scale set is named and stands in the id of its instances, /virtualMachineScaleSets/SET/virtualMachines/N; of a flexible one the id is given.
    parts = _id_parts(compute)
    uniform = len(parts) == 11 and parts[7].lower() == 'virtualmachinescalesets'
    flexible = compute.get('virtualMachineScaleSet')
    scale_set = _text(compute, 'vmScaleSetName') or (parts[8] if uniform else isinstance(flexible, dict) and _id_parts(flexible, 'id')[-1]) or None
    return {
        'location': ''.join((_text(compute, 'location') or '').split()).lower() or None,
        'zone': _text(compute, 'zone'),
        'physical_zone': _text(compute, 'physicalZone'),
        'fault_domain': _number(compute, 'platformFaultDomain'),
        'update_domain': _number(compute, 'platformUpdateDomain'),
        'scale_set': scale_set,
        'scale_set_instance': parts[10] if uniform else None if any(parts) else _instance(_text(compute, 'name') or '', scale_set or ''),
        'placement_group': _text(compute, 'placementGroupId'),
    }


def resource(compute):
    """What the VM is to Azure Resource Manager; the type is that of the id, without the provider."""
    parts = _id_parts(compute)
    return {
        'subscription_id': _text(compute, 'subscriptionId') or parts[2] or None,
        'resource_group': _text(compute, 'resourceGroupName') or parts[4] or None,
        'provider': _text(compute, 'provider') or parts[6] or None,
        'type': '/'.join(parts[7::2]) or None,
        'name': _text(compute, 'name') or parts[-1] or None,
        'id': _text(compute, 'resourceId'),
    }


def cloud(compute):
    """The cloud by azEnvironment; all None before api-version 2018-10-01, which introduced it."""
    return cloud_named(_text(compute, 'azEnvironment'))


def cloud_named(name):
    """What is known of a cloud by its name, whose case varies; of an unknown one the name alone."""
    row = [row for row in _CLOUDS if row[0].lower() == (name or '').lower()] or [(name, None, None, None, None, None)]
    return dict(zip(_CLOUD_KEYS, row[0]))


def addresses(network, load_balancer):
    """All addresses of all interfaces, each once, in the order of the document (which the service does not promise to keep)."""
    found: dict = {'private_ipv4': {}, 'public_ipv4': {}, 'ipv6': {}, 'mac': {}, 'subnets': {}}

    def add(key, value):
        if value:
            found[key][value] = None

    def add_address(key, item, name):
        text, bits = _address(item, name)
        add('ipv6' if bits == 128 else key, text)

    for interface in _objects(network, 'interface'):
        add('mac', _mac(interface))
        for family in ('ipv4', 'ipv6'):
            for item in _objects(interface.get(family), 'ipAddress'):
                add_address('private_ipv4', item, 'privateIpAddress')
                add_address('public_ipv4', item, 'publicIpAddress')
            # As api-version 2017-03-01 named them.
            for item in _objects(interface.get(family), 'ipaddress'):
                add_address('private_ipv4', item, 'ipaddress')
                add_address('public_ipv4', item, 'publicip')
            for item in _objects(interface.get(family), 'subnet'):
                text, bits = _address(item, 'address')
                length = _number(item, 'prefix')
                add('subnets', '%s/%d' % (text, length) if text and length is not None and length <= bits else None)
    # A public IP of the Standard SKU is visible nowhere else.
    for item in _objects(load_balancer, 'publicIpAddresses'):
        add_address('public_ipv4', item, 'frontendIpAddress')
    # On Python 3.6 too dictionaries keep their order.
    return {key: list(values) for key, values in found.items()}


def _id_parts(container, key='resourceId'):
    """The parts of /subscriptions/S/resourceGroups/G/providers/P/TYPE/NAME[/TYPE/NAME], empty ones where there is no such id."""
    parts = (_text(container, key) or '').split('/')
    return parts if len(parts) in (9, 11) and parts[1].lower() == 'subscriptions' and parts[5].lower() == 'providers' else [''] * 7


def _objects(container, key):
    items = container.get(key) if isinstance(container, dict) else None
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def _text(container, key):
    """A string that says something, else None: the service gives "" for what does not apply."""
    value = container.get(key)
    if isinstance(value, int) and not isinstance(value, bool):
        return '%d' % value
    return value.strip() or None if isinstance(value, str) else None


def _number(container, key):
    text = _text(container, key) or ''
    return int(text) if _is_number(text) else None


def _is_number(text):
    return 0 < len(text) < 10 and set(text) <= _DIGITS


def _instance(name, scale_set):
    """The number of <set>_<n>, which is how instances of uniform scale sets are named."""
    number = name[len(scale_set) + 1 :]
    return number if scale_set and name[: -len(number)].lower() == scale_set.lower() + '_' and _is_number(number) else None


def _address(container, key):
    """A valid IP address and its length in bits, else (None, 0); /loadbalancer writes IPv6 in brackets."""
    text = (_text(container, key) or '').strip('[]')
    for family, bits in ((AF_INET, 32), (AF_INET6, 128)):
        try:
            inet_pton(family, text)
        except (OSError, ValueError):
            continue
        return text, bits
    return None, 0


def _mac(interface):
    digits = (_text(interface, 'macAddress') or _text(interface, 'mac') or '').replace(':', '').replace('-', '').lower()
    return ':'.join(digits[i : i + 2] for i in range(0, 12, 2)) if len(digits) == 12 and set(digits) <= _DIGITS.union('abcdef') else None
