# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the state of a machine says of its way to the metadata service. No I/O; every function gives (state, finding, remedy).

This is a private part of the collection: its names may change in any release.
"""

import ipaddress
import uuid

from ansible_collections.imds.azure.plugins.module_utils._service.errors import NotAzureError, SecurityProtocolError
from ansible_collections.imds.azure.plugins.module_utils._service.platform import is_azure_vm

# HTTP_PROXY is minded by fewer programs than http_proxy; https_proxy by none for this service, which speaks plain HTTP.
PROXY_VARIABLES = ('http_proxy', 'HTTP_PROXY', 'all_proxy', 'ALL_PROXY')
EXCEPTION_VARIABLES = ('no_proxy', 'NO_PROXY')


def judge_chassis(tag, asked):
    """
    :param tag: the SMBIOS chassis asset tag, None where it cannot be read.
    :param asked: whether the service was asked.
    """
    azure = is_azure_vm(tag)
    if azure:
        return 'ok', 'The SMBIOS chassis asset tag is that of an Azure VM.', None
    if azure is None:
        return (
            'unknown',
            'The SMBIOS chassis asset tag cannot be read, as in many containers, so this machine may be no Azure VM.',
            None if asked else NotAzureError.remedy,
        )
    if asked:
        return 'unknown', 'The SMBIOS chassis asset tag is not that of an Azure VM; detect or endpoint say to ask all the same.', None
    return 'problem', 'This is not an Azure VM: its SMBIOS chassis asset tag is another one.', NotAzureError.remedy


def judge_proxies(environment, address):
    """Other programs than this collection mind these variables.

    :param environment: names and values; values may hold passwords and are never repeated.
    :param address: the host of the endpoint.
    """
    names = [name for name in PROXY_VARIABLES if environment.get(name)]
    if not names:
        return 'ok', 'No proxy is set in the environment.', None
    spared = [_spares(environment[name], address) for name in EXCEPTION_VARIABLES if environment.get(name)]
    told = '%s %s set in the environment' % (' and '.join(names), 'is' if len(names) == 1 else 'are')
    remedy = 'Add %s to no_proxy and NO_PROXY. This collection itself never uses a proxy.' % address
    if not spared or None in spared:
        return (
            'problem',
            '%s, and %s is not excepted (no_proxy, NO_PROXY): curl, SDKs and other programs send their requests to the proxy.' % (told, address),
            remedy,
        )
    if 'network' in spared:
        return 'unknown', '%s, and no_proxy names a network that %s is in, which not every program understands.' % (told, address), remedy
    return 'ok', '%s, and no_proxy names %s.' % (told, address), None


def _spares(exceptions, address):
    """How a value of no_proxy covers an address: by C(name), by C(network), or None."""
    found = None
    for entry in exceptions.lower().replace(' ', ',').split(','):
        # A port may stand behind it.
        name = entry.lstrip('.') if ':' in address else entry.lstrip('.').partition(':')[0]
        if entry == '*' or name == address or (name and address.endswith('.' + name)):
            return 'name'
        if '/' in entry and _in_network(address, entry):
            found = 'network'
    return found


def _in_network(address, network):
    try:
        return ipaddress.ip_address(address) in ipaddress.ip_network(network, strict=False)
    except (ValueError, TypeError):
        return False


def judge_security_protocol(agent, status):
    """
    :param agent: of the Metadata Security Protocol: C(installed), C(running) and C(log), the path of its log or None.
    :param status: HTTP status of the answer to /instance, None where there was none.
    """
    if status == 403:
        if not (agent['installed'] or agent['running']):
            return (
                'problem',
                'The request was refused (HTTP status 403), and there is no sign of the Azure proxy agent that enforces the Metadata Security Protocol.',
                SecurityProtocolError.remedy,
            )
        return (
            'problem',
            'The Azure proxy agent, which enforces the Metadata Security Protocol, is here, and the request was refused (HTTP status 403).',
            'Allow this user and its programs in the access control profile of the VM. What was refused is logged in %s.' % (agent['log'] or 'its log'),
        )
    if agent['running']:
        if status is None:
            return 'unknown', 'The Azure proxy agent, which enforces the Metadata Security Protocol, runs here, and there was no answer.', None
        return 'ok', 'The Azure proxy agent runs here and lets the requests of this user pass. It may refuse those of others.', None
    if agent['installed'] and status != 200:
        return (
            'unknown',
            'The Azure proxy agent, which enforces the Metadata Security Protocol, is installed but was not seen running.',
            'Look at: systemctl status azure-proxy-agent',
        )
    return 'ok', 'No Azure proxy agent, which enforces the Metadata Security Protocol, was seen here.', None


def judge_vm_id(document, product_uuid):
    """VMs of generation 1 have the first three fields of the UUID in the other byte order.

    :param document: of /instance.
    :param product_uuid: the UUID of the SMBIOS, None where it cannot be read.
    """
    compute = document.get('compute')
    told, own = _uuid(compute.get('vmId') if isinstance(compute, dict) else None), _uuid(product_uuid)
    if told is None:
        return 'skipped', 'The document has no vmId to compare.', None
    if own is None:
        return (
            'unknown',
            'The UUID of the machine cannot be read, so it is not known whether the document describes this VM.',
            'Run this with become: true. A machine without SMBIOS, such as a container, has none.',
        )
    if told.bytes in (own.bytes, own.bytes_le):
        return 'ok', 'The document describes this VM: its vmId is the UUID of the machine.', None
    return (
        'problem',
        'The document describes another VM: its vmId is not the UUID of the machine.',
        'Look at what answers: a proxy, a port that is forwarded, or a simulator. In a nested VM this is as it should be.',
    )


def _uuid(text):
    try:
        return uuid.UUID(text.strip()) if isinstance(text, str) else None
    except ValueError:
        return None
