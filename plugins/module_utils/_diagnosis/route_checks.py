# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""By which interface requests leave, and whether that can be right. No I/O.

The service answers only what comes from the primary IP address of the primary network interface (IMDS documentation).

This is a private part of the collection: its names may change in any release.
"""

import re
import socket
import sys

from ansible_collections.imds.azure.plugins.module_utils._diagnosis.commands import POSIX
from ansible_collections.imds.azure.plugins.module_utils._facts.derived import addresses
from ansible_collections.imds.azure.plugins.module_utils._service.errors import UnreachableError
from ansible_collections.imds.azure.plugins.module_utils._service.option_checks import DEFAULT_ENDPOINT, parse_endpoint

SERVICE_ADDRESS = parse_endpoint(DEFAULT_ENDPOINT)[0]
DEFAULT_ROUTE = '0.0.0.0'
# Flags of linux/route.h.
_UP, _REJECT = 0x1, 0x200


def judge_route(route, address, answered, document, commands=POSIX):
    """Gives (state, finding, remedy).

    :param route: C(source) (the IP address that requests come from) or C(error); C(interface), C(default_interface) and C(mac), None where not known.
    :param address: the host of the endpoint.
    :param answered: whether there was an answer, whatever it was.
    :param document: of /instance, None where there was none.
    """
    real = address == SERVICE_ADDRESS
    interface, source = route['interface'], route['source']
    if route['error'] is not None:
        return (
            'problem',
            'There is no route to %s (%s).' % (address, route['error']),
            '%s %s' % (UnreachableError.remedy, commands.add_route.format(address=address)) if real else 'Check the endpoint and the routes of this machine.',
        )
    if not (interface or source):
        return 'unknown', 'The route to %s cannot be looked up on this host.' % address, None
    way = 'Requests to %s leave%s%s' % (address, ' by %s' % interface if interface else '', ' from %s' % source if source else '')
    if not real:
        return 'ok', way + '.', None
    if source == address:
        return (
            'problem',
            '%s is an address of this machine itself: whatever answers there is not Azure.' % address,
            commands.own_address.format(address=address),
        )
    if document is not None:
        return _with_answer(route, way, addresses(document.get('network'), None))
    if not answered and interface and route['default_interface'] and interface != route['default_interface']:
        return (
            'problem',
            '%s, but the default route uses %s, and the service did not answer.' % (way, route['default_interface']),
            '%s %s' % (commands.replace_route.format(address=address, interface=route['default_interface']), UnreachableError.remedy),
        )
    return 'ok', way + '. Only Azure knows whether that is the primary interface.', None


def _with_answer(route, way, known):
    """The service says which interfaces and addresses the VM has; which one is primary it does not, but it did answer."""
    listed = (route['source'] in known['private_ipv4'], route['mac'] in known['mac'])
    if any(listed) or not (known['private_ipv4'] or known['mac']):
        return 'ok', way + '.', None
    return 'unknown', way + ', which is not an interface of the VM according to the service: is this a container or a separate network?', None


def interface_to(table, address, byteorder=sys.byteorder):
    """The interface by which packets to an IPv4 address leave, None where there is no route or where it cannot be told.

    :param table: the text of /proc/net/route.
    :param address: C(0.0.0.0) stands for whatever has no route of its own.
    :param byteorder: of the machine, which writes addresses as its numbers.
    """
    try:
        wanted = int.from_bytes(socket.inet_pton(socket.AF_INET, address), byteorder)
    except (OSError, ValueError):
        return None
    best: tuple = (-1, 0, None)
    for line in table.splitlines():
        fields = line.split()
        try:
            interface = fields[0]
            destination, flags, mask = (int(fields[place], 16) for place in (1, 3, 7))
            metric = int(fields[6])
        except (IndexError, ValueError):
            continue
        rank = (bin(mask).count('1'), -metric)
        if flags & _UP and wanted & mask == destination and rank > best[:2]:
            best = rank + (None if flags & _REJECT else interface,)
    return best[2]


def interface_in(output):
    """The interface in what C(route -n get) of the BSDs prints, or None."""
    found = re.search(r'^\s*interface:\s*(\S+)', output, re.MULTILINE)
    return found.group(1) if found else None
