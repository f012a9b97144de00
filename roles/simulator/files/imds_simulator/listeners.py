# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the VMs listen: addresses and ports for a fleet, and the sockets for them."""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass

from .errors import FleetError
from .fleet import Fleet

_LOOPBACK = ipaddress.ip_network('127.0.0.0/8')
_BACKLOG = 256


@dataclass(frozen=True)
class Plan:
    """``address`` and ``port`` of the first VM; the next ones count the address or the port up. Port 0 means a free one for each."""

    address: str
    port: int
    count_addresses: bool
    allow_any_address: bool


def checked_address(address: str, allow_any: bool, where: str) -> str:
    """``address`` if this process may bind it. Raises FleetError."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError as error:
        raise FleetError(f'{where}: {address!r} is not an IP address') from error
    if not allow_any and (parsed.version != 4 or parsed not in _LOOPBACK):
        raise FleetError(f'{where}: {address} is not in 127.0.0.0/8, so real machines may use it. To allow it, add --allow-any-address')
    return str(parsed)


def addresses(fleet: Fleet, plan: Plan) -> dict[str, tuple[str, int]]:
    """``{name: (address, port)}`` for every VM. Raises FleetError."""
    first = ipaddress.ip_address(checked_address(plan.address, plan.allow_any_address, '--addresses' if plan.count_addresses else '--bind'))
    result = {}
    for vm in fleet.vms.values():
        where = f'VM {vm.name!r}'
        counted = first + vm.position if plan.count_addresses else first
        port = plan.port if plan.count_addresses or not plan.port else plan.port + vm.position
        address = checked_address(vm.given.get('address', str(counted)), plan.allow_any_address, f"{where}: key 'address'")
        port = vm.given.get('port', port)
        if port > 65535:
            raise FleetError(f'{where}: port {port} is too high. Use a lower --base-port, or --addresses')
        result[vm.name] = (address, port)
    return result


def listening_socket(address: str, port: int, where: str) -> socket.socket:
    """A socket that listens. Raises FleetError."""
    family = socket.AF_INET6 if ':' in address else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((address, port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise FleetError(f'{where}: cannot listen on {address} port {port}: {error.strerror}') from error
    listener.setblocking(False)
    return listener


def base_url(listener: socket.socket) -> str:
    """Where a listening socket is found."""
    return url_of(*listener.getsockname()[:2])


def url_of(address: str, port: int) -> str:
    """``http://address:port``; port 80 is left out."""
    host = f'[{address}]' if ':' in address else address
    return f'http://{host}' if port == 80 else f'http://{host}:{port}'
