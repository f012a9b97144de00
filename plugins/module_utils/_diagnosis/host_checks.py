# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the state of a machine says of its way to the metadata service. No I/O; every function gives (state, finding, remedy).

This is a private part of the collection: its names may change in any release.
"""

import fnmatch
import ipaddress
import re
import uuid

from ansible_collections.imds.azure.plugins.module_utils._diagnosis.commands import POSIX
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
            'The SMBIOS chassis asset tag cannot be read, as in many containers, so this machine may not be an Azure VM.',
            None if asked else NotAzureError.remedy,
        )
    if asked:
        return 'unknown', 'The SMBIOS chassis asset tag is not that of an Azure VM. The service was asked because of detect or endpoint.', None
    return 'problem', 'This is not an Azure VM: its SMBIOS chassis asset tag is not the one of Azure.', NotAzureError.remedy


def judge_proxies(environment, windows, address):
    """Other programs than this collection use these settings.

    :param environment: names and values; values may hold passwords and are never repeated.
    :param windows: for each setting of Windows that names a proxy, its name and its list of exceptions.
    :param address: the host of the endpoint.
    """
    unspared = [name for name, exceptions in windows if not _is_excepted(exceptions, address)]
    if unspared:
        return (
            'problem',
            '%s %s a proxy without an exception for %s: programs that use the setting send their requests to the proxy.'
            % (' and '.join(unspared), 'names' if len(unspared) == 1 else 'name', address),
            'Add %s to the exceptions of the proxy. For WinHTTP, run: netsh winhttp set proxy proxy-server="PROXY" bypass-list="%s"' % (address, address),
        )
    names = [name for name in PROXY_VARIABLES if environment.get(name)]
    if not names:
        return 'ok', 'The environment sets no proxy.', None
    spared = [_spares(environment[name], address) for name in EXCEPTION_VARIABLES if environment.get(name)]
    told = '%s %s set in the environment' % (' and '.join(names), 'is' if len(names) == 1 else 'are')
    remedy = 'Add %s to no_proxy and NO_PROXY. This collection itself never uses a proxy.' % address
    if not spared or None in spared:
        return (
            'problem',
            '%s, and no_proxy (NO_PROXY) does not include %s: curl, SDKs and other programs send their requests to the proxy.' % (told, address),
            remedy,
        )
    if 'network' in spared:
        return 'unknown', '%s, and no_proxy contains a network that includes %s, which not every program understands.' % (told, address), remedy
    return 'ok', '%s, and no_proxy includes %s.' % (told, address), None


def _is_excepted(exceptions, address):
    """Whether a list of exceptions of Windows has an address: between semicolons or spaces, with C(*) for any text, perhaps after C(http://)."""
    patterns = [entry.rpartition('://')[2] for entry in re.split('[; ]', exceptions.lower()) if entry]
    return any(fnmatch.fnmatchcase(address, re.sub(r'(:[0-9]+)?$', '', pattern) if ':' not in address else pattern) for pattern in patterns)


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


def judge_firewall(firewall, address, answered):
    """
    :param firewall: of Windows: C(blocks), whether it blocks outgoing connections that no rule allows, and C(rules), the names of rules that block this one.
        None if it cannot be read.
    :param address: the host of the endpoint.
    :param answered: whether there was an answer, whatever it was.
    """
    if answered:
        return 'ok', 'The firewall lets the requests through.', None
    if firewall is None:
        return 'unknown', 'The rules of Windows Defender Firewall cannot be read.', None
    if firewall['rules']:
        return (
            'problem',
            'Rules of Windows Defender Firewall block requests to %s: %s.' % (address, ', '.join(firewall['rules'])),
            'Disable them, for example: Disable-NetFirewallRule -DisplayName "%s"' % firewall['rules'][0],
        )
    if firewall['blocks']:
        return (
            'problem',
            'Windows Defender Firewall blocks outgoing connections that no rule allows, and there was no answer.',
            'Allow the requests: New-NetFirewallRule -DisplayName IMDS -Direction Outbound -Protocol TCP -RemoteAddress %s -Action Allow' % address,
        )
    return 'ok', 'No rule of Windows Defender Firewall blocks the requests.', None


def judge_security_protocol(agent, status, commands=POSIX):
    """
    :param agent: of the Metadata Security Protocol: C(installed), C(running) and C(log), the path of its log or None.
    :param status: HTTP status of the answer to /instance, None where there was none.
    """
    if status == 403:
        if not (agent['installed'] or agent['running']):
            return (
                'problem',
                'The request was refused (HTTP status 403), but the Azure proxy agent, which enforces the Metadata Security Protocol, was not found.',
                SecurityProtocolError.remedy,
            )
        return (
            'problem',
            'The Azure proxy agent, which enforces the Metadata Security Protocol, is installed, and the request was refused (HTTP status 403).',
            'Allow this user and its programs in the access control profile of the VM. Refused requests are logged in %s.' % (agent['log'] or 'its log'),
        )
    if agent['running']:
        if status is None:
            return 'unknown', 'The Azure proxy agent, which enforces the Metadata Security Protocol, is running, and there was no answer.', None
        return 'ok', 'The Azure proxy agent is running and allows the requests of this user. It may refuse those of others.', None
    if agent['installed'] and status != 200:
        return (
            'unknown',
            'The Azure proxy agent, which enforces the Metadata Security Protocol, is installed but does not seem to be running.',
            commands.agent,
        )
    return 'ok', 'The Azure proxy agent, which enforces the Metadata Security Protocol, is not installed.', None


def judge_vm_id(document, product_uuid, commands=POSIX):
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
            'The UUID of the machine cannot be read, so the document cannot be matched to this VM.',
            commands.uuid,
        )
    if told.bytes in (own.bytes, own.bytes_le):
        return 'ok', 'The document describes this VM: its vmId is the UUID of the machine.', None
    return (
        'problem',
        'The document describes another VM: its vmId is not the UUID of the machine.',
        'Check what answers: a proxy, a forwarded port, or a simulator. In a nested VM this is normal.',
    )


def _uuid(text):
    try:
        return uuid.UUID(text.strip()) if isinstance(text, str) else None
    except ValueError:
        return None
