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

from ansible_collections.imds.azure.plugins.module_utils._service.counted import counted
from ansible_collections.imds.azure.plugins.plugin_utils._placement.rack_names import name
from ansible_collections.imds.azure.plugins.plugin_utils._placement.rack_plan import LEVELS, Plan, Spot

_LONGEST_OF = {'zone': 20, 'fault_domain': 20, 'update_domain': 20}
_HOST_NAME = re.compile(r'[A-Za-z0-9]([A-Za-z0-9_.-]{0,251}[A-Za-z0-9])?')
Row = dict[str, t.Any]


class RackError(Exception):
    """Hosts without what their rack is named after, or a level or default that is none; the text names them and says what to do."""


class Racks(t.NamedTuple):
    """The table of racks, and what people should know of it."""

    rows: list[Row]
    warnings: list[str]


def racks(facts: dict[str, t.Any], level: str = 'auto', default: t.Any = None, availability_set_tag: str | None = None) -> Racks:
    """One row a host: C(host), C(addresses) (private, valid), C(location), C(zone), C(physical_zone), C(fault_domain), C(update_domain), C(scale_set),
    C(availability_set), C(vm_size) (names, None where there is none), C(level), C(rack), C(rack_location) (where the whole rack stands, None where that is no
    one location), C(path) (of HDFS, always three levels deep), C(attributes) (the rack and all names that there are, as C(rack), C(azure_zone) and so on),
    C(nodes), C(short_name), C(shared) (see _tell_apart). But for C(host), nothing in it is as somebody said it: names are made of few characters, so that
    rows may go through variables and templates.

    Numbers of zones mean something only inside a location, so the location is part of the rack's name, as in the zone labels that Kubernetes gives its nodes
    on Azure; numbers of domains only inside a set, which is part of the name where there are several.

    :param facts: the value of C(azure_imds) of each host, anything else where there is none.
    :param level: one of LEVELS, or C(auto): the zone where the hosts have more than one, else the fault domain where that is visible.
    :param default: the rack of hosts that lack the level, None for none.
    :param availability_set_tag: the tag that names the availability set of a VM.
    :raises RackError: such hosts, and no default; an unknown level; a default of which no name can be made.
    """
    if level not in ('auto', *LEVELS):
        raise RackError(f'{level!r} is not a level. Use auto or one of {", ".join(LEVELS)}.')
    rest = name(default)
    if default is not None and not rest:
        raise RackError(f'the default {default!r} is not a valid name of a rack. Use letters and digits.')
    plan = Plan(facts, level, availability_set_tag)
    own = plan.racks()
    if not rest:
        _check(plan, own, level)
    rows = [_row(spot, plan) for spot in plan.spots]
    around: dict[str, set[str | None]] = {}
    for row in rows:
        if own[row['host']] and plan.level != 'location':
            around.setdefault(own[row['host']] or '', set()).add(row['location'])
    for row in rows:
        row['rack'] = own[row['host']] or rest
        # What is in two places cannot hang below both of them in a tree.
        places = around.get(row['rack'], set())
        row['rack_location'] = next(iter(places)) if len(places) == 1 else None
        row['attributes'] = {'rack': row['rack'], **{f'azure_{key}': row[key] for key in (*LEVELS, 'scale_set', 'availability_set') if row[key]}}
        row['path'] = f'/{row["location"] or row["rack"]}/zone-{row.pop("zone_in_path")}/fd-{row.pop("domain_in_path")}'
    _tell_apart(rows, {host: _computer_name(known) for host, known in facts.items()})
    return Racks(rows, plan.warnings)


def _check(plan: Plan, own: dict[str, str | None], level: str) -> None:
    """That no host lacks the level.

    :raises RackError:
    """
    lacking = [host for host, rack in own.items() if not rack]
    if not lacking:
        return
    has = 'has' if len(lacking) == 1 else 'have'
    none = f'{len(lacking)} of {counted(len(own), "host")} {has} no {plan.level.replace("_", " ")}'
    alone = set(plan.without_set())
    if plan.level in ('fault_domain', 'update_domain') and alone & set(lacking):
        raise RackError(
            f'{none} that can be compared, because the scale set or availability set is unknown: {", ".join(lacking)}. '
            'Set availability_set_tag to the tag with the name of the availability set, choose another level, or give a default.'
        )
    rest = len(own) - len(lacking)
    why = f', and {rest} {"has" if rest == 1 else "have"} one' if plan.level != level and rest else ''
    raise RackError(
        f'{none}{why}: {", ".join(lacking)}. Choose another level, or give a default. '
        'Hosts that are not Azure VMs, and hosts without facts, have no value at any level.'
    )


def _row(spot: Spot, plan: Plan) -> Row:
    known = _dict(spot.facts)
    place = _dict(known.get('placement'))
    zone, domain = plan.in_path(spot)
    row: Row = {'host': spot.host, 'level': plan.level, 'vm_size': name(known.get('compute_vm_size')), 'location': name(spot.location, 40)}
    row.update({key: name(place.get(key), _LONGEST_OF.get(key, 63)) for key in LEVELS if key != 'location'})
    for kind in ('scale_set', 'availability_set'):
        row[kind] = name(plan.set_names[spot.inside]) if spot.inside and spot.inside[0] == kind else None
    addresses = _dict(known.get('addresses')).get('private_ipv4')
    found = [_address(address) for address in addresses] if isinstance(addresses, list) else []
    return {**row, 'addresses': [address for address in found if address], 'zone_in_path': zone, 'domain_in_path': domain}


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
