# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Racks of a fleet: for each host the name of what it would fail with, in a form that every configuration file takes.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import ipaddress
import re
import typing as t

LEVELS = ('zone', 'physical_zone', 'fault_domain', 'update_domain', 'location')
# What label values of Kubernetes, names of CRUSH, of switches in Slurm and of paths in HDFS may all consist of, and how long they may be.
_OTHER_CHARACTERS = re.compile(r'[^A-Za-z0-9_.-]+')
_LONGEST = 63
Row = dict[str, t.Any]


class RackError(Exception):
    """Hosts without what their rack is named after; the text lists them and says what to do."""


def racks(facts: dict[str, t.Any], level: str = 'auto', default: str | None = None) -> list[Row]:
    """One row a host: C(host), C(addresses) (private, valid), C(location), C(zone), C(physical_zone), C(fault_domain), C(update_domain), C(scale_set),
    C(vm_size) (names, None where there is none), C(level), C(rack), C(path) (of HDFS, always three levels deep), C(attributes) (the rack and all names that
    there are, as C(rack), C(azure_zone) and so on). Nothing in it is as the host said it:
    names are made of few characters, so that rows may go through variables and templates.

    Numbers of zones mean something only inside a location (IMDS documentation), so the location is part of the rack's name, as in the zone labels that
    Kubernetes gives its nodes on Azure.

    :param facts: the value of C(azure_imds) of each host, anything else where there is none.
    :param level: one of LEVELS, or C(auto): the zone where any host has one, else the fault domain.
    :param default: the rack of hosts that lack the level.
    :raises RackError: such hosts, and no default.
    """
    if level not in ('auto', *LEVELS):
        raise RackError(f'{level!r} is no level. Use auto or one of {", ".join(LEVELS)}.')
    rows = [_placed(host, known) for host, known in facts.items()]
    chosen = level if level != 'auto' else 'zone' if any(row['zone'] for row in rows) else 'fault_domain'
    for row in rows:
        row['level'], row['rack'] = chosen, _rack(row, chosen) or (default and name(default))
    lacking = [row['host'] for row in rows if not row['rack']]
    if lacking:
        why = f', and {len(rows) - len(lacking)} have one' if chosen != level and len(rows) > len(lacking) else ''
        raise RackError(
            f'{len(lacking)} of {len(rows)} hosts have no {chosen.replace("_", " ")}{why}: {", ".join(lacking)}. Choose another level, or a default for '
            'them; hosts that are not Azure VMs or whose facts were not gathered have none of the levels.'
        )
    for row in rows:
        row['attributes'] = {'rack': row['rack'], **{f'azure_{key}': row[key] for key in (*LEVELS, 'scale_set') if row[key]}}
        row['path'] = f'/{row["location"] or row["rack"]}/zone-{row["zone"] or "none"}/fd-{row["fault_domain"] or "none"}'
    return rows


def name(value: t.Any) -> str | None:
    """A name that every format takes; what a host says may hold anything."""
    text = str(value) if isinstance(value, (str, int)) else ''
    return _OTHER_CHARACTERS.sub('_', text)[:_LONGEST].strip('-_.') or None


def _placed(host: str, facts: t.Any) -> Row:
    known = facts if isinstance(facts, dict) else {}
    place = _dict(known.get('placement'))
    row: Row = {key: name(place.get(key)) for key in (*LEVELS, 'scale_set')}
    addresses = _dict(known.get('addresses')).get('private_ipv4')
    return {
        'host': host,
        'addresses': [address for address in addresses if _is_address(address)] if isinstance(addresses, list) else [],
        'vm_size': name(known.get('compute_vm_size')),
        **row,
    }


def _rack(row: Row, level: str) -> str | None:
    value, location = row[level], row['location']
    if not value or level in ('location', 'physical_zone'):
        return value
    short = {'zone': '', 'fault_domain': 'fd', 'update_domain': 'ud'}[level]
    return f'{location}-{short}{value}' if location else None


def _dict(value: t.Any) -> dict[str, t.Any]:
    return value if isinstance(value, dict) else {}


def _is_address(value: t.Any) -> bool:
    try:
        return isinstance(value, str) and bool(ipaddress.ip_address(value))
    except ValueError:
        return False
