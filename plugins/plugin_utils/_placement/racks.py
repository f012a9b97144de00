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
# What label values of Kubernetes, names of CRUSH, of switches in Slurm and of paths in HDFS may all consist of, and how long they may be. Racks are made
# of two names, so that these have to be shorter.
_OTHER_CHARACTERS = re.compile(r'[^A-Za-z0-9_.-]+')
_LONGEST = 63
_LONGEST_OF = {'location': 40, 'zone': 20, 'fault_domain': 20, 'update_domain': 20}
_HOST_NAME = re.compile(r'[A-Za-z0-9]([A-Za-z0-9_.-]{0,251}[A-Za-z0-9])?')
Row = dict[str, t.Any]


class RackError(Exception):
    """Hosts without what their rack is named after, or a level or default that is none; the text names them and says what to do."""


def racks(facts: dict[str, t.Any], level: str = 'auto', default: t.Any = None) -> list[Row]:
    """One row a host: C(host), C(addresses) (private, valid), C(location), C(zone), C(physical_zone), C(fault_domain), C(update_domain), C(scale_set),
    C(vm_size) (names, None where there is none), C(level), C(rack), C(rack_location) (where the whole rack stands, None where that is no one location),
    C(path) (of HDFS, always three levels deep), C(attributes) (the rack and all names that there are, as C(rack), C(azure_zone) and so on), C(nodes),
    C(short_name), C(shared) (see _tell_apart). But for C(host), nothing in it is as somebody said it: names are made of few characters, so that rows may go
    through variables and templates.

    Numbers of zones mean something only inside a location (IMDS documentation), so the location is part of the rack's name, as in the zone labels that
    Kubernetes gives its nodes on Azure.

    :param facts: the value of C(azure_imds) of each host, anything else where there is none.
    :param level: one of LEVELS, or C(auto): the zone where any host has one, else the fault domain.
    :param default: the rack of hosts that lack the level, None for none.
    :raises RackError: such hosts, and no default; an unknown level; a default of which no name can be made.
    """
    if level not in ('auto', *LEVELS):
        raise RackError(f'{level!r} is no level. Use auto or one of {", ".join(LEVELS)}.')
    rest = name(default)
    if default is not None and not rest:
        raise RackError(f'the default {default!r} is no name of a rack. Use letters and digits.')
    rows = [_placed(host, known) for host, known in facts.items()]
    chosen = level if level != 'auto' else 'zone' if any(row['zone'] for row in rows) else 'fault_domain'
    own = {row['host']: _rack(row, chosen) for row in rows}
    lacking = [host for host, rack in own.items() if not rack]
    if lacking and not rest:
        why = f', and {len(rows) - len(lacking)} have one' if chosen != level and len(rows) > len(lacking) else ''
        raise RackError(
            f'{len(lacking)} of {len(rows)} hosts have no {chosen.replace("_", " ")}{why}: {", ".join(lacking)}. Choose another level, or a default for '
            'them; hosts that are not Azure VMs or whose facts were not gathered have none of the levels.'
        )
    around: dict[str, set[str | None]] = {}
    for row in rows:
        if own[row['host']] and chosen != 'location':
            around.setdefault(own[row['host']] or '', set()).add(row['location'])
    for row in rows:
        row['level'], row['rack'] = chosen, own[row['host']] or rest
        # What stands in two places cannot hang below both of them in a tree.
        places = around.get(row['rack'], set())
        row['rack_location'] = next(iter(places)) if len(places) == 1 else None
        row['attributes'] = {'rack': row['rack'], **{f'azure_{key}': row[key] for key in (*LEVELS, 'scale_set') if row[key]}}
        row['path'] = f'/{row["location"] or row["rack"]}/zone-{row["zone"] or "none"}/fd-{row["fault_domain"] or "none"}'
    _tell_apart(rows, {host: _computer_name(known) for host, known in facts.items()})
    return rows


def name(value: t.Any, longest: int = _LONGEST) -> str | None:
    """A name that every format takes; what a host says may hold anything."""
    text = str(value) if isinstance(value, (str, int)) else ''
    return _OTHER_CHARACTERS.sub('_', text)[:longest].strip('-_.') or None


def _placed(host: str, facts: t.Any) -> Row:
    known = _dict(facts)
    place = _dict(known.get('placement'))
    row: Row = {key: name(place.get(key), _LONGEST_OF.get(key, _LONGEST)) for key in (*LEVELS, 'scale_set')}
    addresses = _dict(known.get('addresses')).get('private_ipv4')
    found = [_address(address) for address in addresses] if isinstance(addresses, list) else []
    return {'host': host, 'addresses': [address for address in found if address], 'vm_size': name(known.get('compute_vm_size')), **row}


def _rack(row: Row, level: str) -> str | None:
    value, location = row[level], row['location']
    if not value or level in ('location', 'physical_zone'):
        return value
    short = {'zone': '', 'fault_domain': 'fd', 'update_domain': 'ud'}[level]
    return f'{location}-{short}{value}' if location else None


def _tell_apart(rows: list[Row], computers: dict[str, str | None]) -> None:
    """Give each row C(nodes), the addresses and names by which other programs may ask for the host; C(short_name), as C(hostname -s) would print it;
    C(shared), which lists, as texts for people, what belongs to several hosts: C(names) (left out of C(nodes)), C(addresses), C(short_names).

    A name of the inventory belongs to its host, whatever the computers call themselves. Hosts at one place may share names and addresses: they may well be
    one computer. But the short name must tell hosts apart at one place too.
    """
    inventory = {row['host'] for row in rows}
    for row in rows:
        row['computer'] = [computer for computer in [computers[row['host']]] if computer and (computer == row['host'] or computer not in inventory)]
        row['short_name'] = _short_name(row['host'], computers[row['host']])
    # The name of a host may be an address, and another host may say that it has it.
    addressed = _owners(rows, lambda row: [*row['addresses'], *filter(None, [_address(row['host'])])])
    named = _owners(rows, lambda row: row['computer'])
    short = _owners(rows, lambda row: [row['short_name']])
    for row in rows:
        computer = row.pop('computer')
        row['shared'] = {
            'names': [_told(item, named[item]) for item in computer if _places(named[item]) > 1],
            'addresses': [_told(item, addressed[item]) for item in row['addresses'] if _places(addressed[item]) > 1],
            'short_names': [_told(item, short[item]) for item in [row['short_name']] if len(short[item]) > 1],
        }
        names = [item for item in [row['host']] if _HOST_NAME.fullmatch(item)] + [item for item in computer if _places(named[item]) == 1]
        row['nodes'] = list(dict.fromkeys([*row['addresses'], *names]))


def _owners(rows: list[Row], of: t.Callable[[Row], list[str]]) -> dict[str, list[Row]]:
    owners: dict[str, list[Row]] = {}
    for row in rows:
        for item in dict.fromkeys(of(row)):
            owners.setdefault(item, []).append(row)
    return owners


def _places(rows: list[Row]) -> int:
    return len({(row['path'], *row['attributes'].items()) for row in rows})


def _told(item: str, rows: list[Row]) -> str:
    # These texts get into comments of files.
    return f'{item} ({", ".join(name(row["host"]) or "?" for row in rows)})'


def _computer_name(facts: t.Any) -> str | None:
    known = _dict(facts)
    found = known.get('compute_os_profile_computer_name') or known.get('compute_name')
    return found if isinstance(found, str) and _HOST_NAME.fullmatch(found) else None


def _short_name(host: str, computer: str | None) -> str:
    # The first part of an address tells nothing.
    if _address(host):
        return name(computer.split('.')[0] if computer and not _address(computer) else host) or host
    return name(host.split('.')[0]) or name(host) or 'host'


def _dict(value: t.Any) -> dict[str, t.Any]:
    return value if isinstance(value, dict) else {}


def _address(value: t.Any) -> str | None:
    """The address as it is usually written. One with a scope, behind a percent sign, means something on its own host only, and the scope may be any text."""
    try:
        return str(ipaddress.ip_address(value)) if isinstance(value, str) and '%' not in value else None
    except ValueError:
        return None
