# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person runs on each kind of system to mend or to see what a check found.

This is a private part of the collection: its names may change in any release.
"""

import collections

Commands = collections.namedtuple('Commands', 'clock agent uuid add_route replace_route own_address')

POSIX = Commands(
    clock='Synchronize the clock, for example with chrony: chronyc makestep',
    agent='Run: systemctl status azure-proxy-agent',
    uuid='Run this task with become: true. Machines without SMBIOS, such as containers, have no UUID.',
    add_route='On Linux, with the primary interface: ip route add {address}/32 dev INTERFACE',
    replace_route='If {interface} is the primary interface, send the requests there: ip route replace {address}/32 dev {interface}.',
    own_address='Find what uses the address (ip -4 addr) and remove it, unless it is a simulator.',
)
# The routes are those that the documentation of the service names for Windows.
WINDOWS = Commands(
    clock='Synchronize the clock: w32tm /resync',
    agent='Run: Get-Service GuestProxyAgent',
    uuid='Containers have no UUID.',
    add_route='With the address of the primary interface, run: route add {address}/32 INTERFACE_ADDRESS metric 1 -p',
    replace_route='If {interface} is the primary interface, send the requests there: route add {address}/32 INTERFACE_ADDRESS metric 1 -p.',
    own_address='Find what uses the address (Get-NetIPAddress {address}) and remove it, unless it is a simulator.',
)
