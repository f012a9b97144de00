# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Refuse every connection and datagram that would leave this machine's loopback, before the system call is made.

A real virtual machine answers on 169.254.169.254, and no test may ever ask it. The tests' own process loads this file from
tests/conftest.py; Python processes that a test starts import it at their start, because its folder is on their PYTHONPATH.
A test that works inside a network namespace of its own starts its commands without that PYTHONPATH.
"""

import _socket  # what socket itself is made of, for every Python process that the tests start pays for what is imported here
import os
import sys

# By that name Python itself imports it; the tests' own process needs neither.
if __name__ == 'sitecustomize':
    for wanted, module in (('IMDS_TEST_PYTHON_WARNINGS', 'python_warnings'), ('IMDS_TEST_BYTECODE', 'kept_bytecode')):
        if wanted in os.environ:
            __import__(module)


class LeavesLoopback(RuntimeError):
    """Not an OSError: code that expects network trouble must not mistake this for such."""


# What was refused in this process; tests/conftest.py fails the test during which something came in.
refused: list = []


def is_loopback(family: int, address: object) -> bool:
    """Whether what is sent to this address stays on the machine."""
    if family in (getattr(_socket, 'AF_UNIX', None), getattr(_socket, 'AF_NETLINK', None)):
        return True
    host = str(address[0]) if isinstance(address, tuple) and address else ''
    if host == 'localhost':
        return True
    try:
        if family == _socket.AF_INET:
            return _socket.inet_pton(family, host)[0] == 127
        return family == _socket.AF_INET6 and _socket.inet_pton(family, host) == b'\0' * 15 + b'\1'
    except OSError:
        return False


def check(sock: _socket.socket, address: object) -> None:
    """Raise LeavesLoopback unless the address is on loopback."""
    # A datagram without an address goes where the socket was connected to, which was checked then.
    if address is not None and not is_loopback(sock.family, address):
        refused.append(address)
        raise LeavesLoopback(f'tests may reach 127.0.0.0/8 and ::1 only, not {address!r}: give the endpoint of a simulator explicitly')


def audit(event: str, arguments: tuple) -> None:
    """Audit hook: sees the sockets of C code too."""
    if event in ('socket.connect', 'socket.sendto', 'socket.sendmsg'):
        check(*arguments)


def patch(name: str, address_of) -> None:
    """Check before one method of socket.socket what an audit hook would see, for Python 3.6 and 3.7."""
    import socket

    original = getattr(socket.socket, name)

    def checked(self, *arguments):
        check(self, address_of(arguments))
        return original(self, *arguments)

    setattr(socket.socket, name, checked)


if hasattr(sys, 'addaudithook'):
    sys.addaudithook(audit)
else:
    patch('connect', lambda arguments: arguments[0])
    patch('connect_ex', lambda arguments: arguments[0])
    patch('sendto', lambda arguments: arguments[-1])
    patch('sendmsg', lambda arguments: arguments[3] if len(arguments) > 3 else None)
