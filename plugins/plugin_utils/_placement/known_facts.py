# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known of the hosts that a filter is given: the facts that a play has gathered, else those of the inventory.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import typing as t
from collections.abc import Iterable, Mapping


class HostsError(Exception):
    """What was given as hosts is no list of them; the text says what to do."""


def known_facts(variables: Mapping[str, t.Any]) -> t.Any:
    """The value of C(azure_imds) among the variables of a host, None where there is none."""
    gathered = (variables.get('ansible_facts') or {}).get('azure_imds')
    return variables.get('azure_imds') if gathered is None else gathered


def facts_of_hosts(hosts: t.Any, hostvars: Mapping[str, t.Any]) -> dict[str, t.Any]:
    """What known_facts gives for each host, in the order given.

    :raises HostsError: it is no list, or the inventory does not know a host.
    """
    if isinstance(hosts, (str, Mapping)) or not isinstance(hosts, Iterable):
        raise HostsError(f'it needs a list of host names, not {hosts!r}.')
    hosts = list(hosts)
    unknown = [str(host) for host in hosts if not isinstance(host, str) or host not in hostvars]
    if unknown:
        raise HostsError(f'{", ".join(unknown)}: not in the inventory. Correct the list of hosts, or add them to the inventory.')
    return {host: known_facts(hostvars[host]) for host in hosts}
