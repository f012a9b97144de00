# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks at what a diagnosis needs to know of the machine. Reads only, and sends nothing.

This is a private part of the collection: its names may change in any release.
"""

import os
import socket

from ansible_collections.imds.azure.plugins.module_utils._diagnosis.host_checks import EXCEPTION_VARIABLES, PROXY_VARIABLES
from ansible_collections.imds.azure.plugins.module_utils._diagnosis.route_checks import DEFAULT_ROUTE, interface_in, interface_to
from ansible_collections.imds.azure.plugins.module_utils._service.option_checks import parse_endpoint

AGENT = 'azure-proxy-agent'
AGENT_FILES = ('/usr/sbin/%s', '/usr/lib/systemd/system/%s.service', '/etc/systemd/system/%s.service', '/var/lib/%s')
# The documentation names the first, the agent itself writes the second.
AGENT_LOGS = ('/var/lib/%s/ProxyAgent.Connection.log', '/var/log/%s/ProxyAgent.Connection.log')


def observe_host(tag, endpoint, run_command, root='/', environment=None):
    """What checks_of needs of the machine.

    :param tag: the SMBIOS chassis asset tag, or None.
    :param endpoint: to which the route is looked up, None for no such look: a name would have to be resolved.
    :param run_command: called with a list of words, gives (exit status, stdout, stderr).
    :param root: where the file system of the machine begins.
    :param environment: of this process, unless another one is given.
    :returns: C(tag), C(environment), C(agent), C(product_uuid) and C(route), and C(windows): None, or on Windows C(firewall) and C(proxies) for host_checks.
    """
    variables = os.environ if environment is None else environment
    return {
        'tag': tag,
        'environment': {name: variables[name] for name in PROXY_VARIABLES + EXCEPTION_VARIABLES if name in variables},
        'agent': _agent(root),
        'product_uuid': _product_uuid(run_command, root),
        'windows': None,
        'route': observe_route(parse_endpoint(endpoint), run_command, root) if endpoint else None,
    }


def observe_route(host_and_port, run_command, root='/'):
    """What judge_route needs. A datagram socket that is connected learns the way and sends nothing."""
    seen: dict = {'source': None, 'error': None, 'interface': None, 'default_interface': None, 'mac': None}
    try:
        family, kind, protocol, _name, address = socket.getaddrinfo(host_and_port[0], host_and_port[1], 0, socket.SOCK_DGRAM)[0]
        with socket.socket(family, kind, protocol) as sock:
            sock.connect(address)
            seen['source'] = sock.getsockname()[0]
    except OSError as error:
        seen['error'] = error.strerror or str(error)
        return seen
    table = _read(root, '/proc/net/route')
    if table is not None:
        seen['interface'], seen['default_interface'] = interface_to(table, address[0]), interface_to(table, DEFAULT_ROUTE)
    elif os.path.exists(_below(root, '/sbin/route')):
        seen['interface'] = interface_in(run_command([_below(root, '/sbin/route'), '-n', 'get', address[0]])[1])
        seen['default_interface'] = interface_in(run_command([_below(root, '/sbin/route'), '-n', 'get', 'default'])[1])
    if seen['interface']:
        seen['mac'] = (_read(root, '/sys/class/net/%s/address' % seen['interface']) or '').strip().lower() or None
    return seen


def _agent(root):
    logs = [path % AGENT for path in AGENT_LOGS if os.path.exists(_below(root, path % AGENT))]
    return {
        'installed': any(os.path.exists(_below(root, path % AGENT)) for path in AGENT_FILES),
        'running': AGENT[:15] in _programs(root),
        'log': logs[0] if logs else None,
    }


def _programs(root):
    """Names of the processes that can be seen; the kernel keeps 15 characters of each."""
    try:
        numbers = [name for name in os.listdir(_below(root, '/proc')) if name.isdigit()]
    except OSError:
        return set()
    return {(_read(root, '/proc/%s/comm' % number) or '').strip() for number in numbers}


def _product_uuid(run_command, root):
    text = _read(root, '/sys/class/dmi/id/product_uuid')
    if text is None and os.path.exists(_below(root, '/bin/kenv')):
        status, text = run_command([_below(root, '/bin/kenv'), '-q', 'smbios.system.uuid'])[:2]
        return text.strip() if status == 0 else None
    return text.strip() if text else None


def _read(root, path):
    try:
        with open(_below(root, path), 'rb') as file:
            return file.read(1 << 20).decode('utf-8', 'replace')
    except OSError:
        return None


def _below(root, path):
    return os.path.join(root, path.lstrip('/'))
