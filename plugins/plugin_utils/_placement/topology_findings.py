# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an outage would cost a fleet, and what to do about it.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import typing as t

from ansible_collections.imds.azure.plugins.plugin_utils._placement.topology_events import event_findings
from ansible_collections.imds.azure.plugins.plugin_utils._placement.topology_silence import silence_findings
from ansible_collections.imds.azure.plugins.plugin_utils._placement.topology_spread import NOWHERE, Fleet, compares, zone_text

Finding = dict[str, t.Any]
SEVERITIES = ('critical', 'warning', 'note')
# Hosts that one place may have more than another before that is worth a word.
UNEVEN = 1
SPREAD = 'Spread the hosts across zones, or across the fault domains of one set.'


def findings(report: dict[str, t.Any], fleet: Fleet) -> list[Finding]:
    """The findings on a report of topology, worst first: C(severity), C(kind), C(subject), C(text), C(remedy) and the C(hosts) that it is about."""
    found = [*_not_visible(fleet), *_without_zones(report), *silence_findings(report), *event_findings(report)]
    for what, group in subjects(report):
        found += _concentrated(what, group) or [*_uneven(what, group), *_updated_at_once(what, group)]
    return sorted(found, key=lambda finding: (SEVERITIES.index(finding['severity']), -len(finding['hosts']), finding['text']))


def _finding(severity: str, kind: str, subject: str, text: str, remedy: str, hosts: list[str]) -> Finding:
    return {'severity': severity, 'kind': kind, 'subject': subject, 'text': text, 'remedy': remedy, 'hosts': hosts}


def subjects(report: dict[str, t.Any]) -> t.Iterator[tuple[str, dict[str, t.Any]]]:
    """Services, and sets of which no host names one."""
    for service in report['services']:
        yield service['name'], service
    for kind in ('scale_set', 'availability_set'):
        serving = {host[kind] for host in report['hosts'] if host['service']}
        for group in report[f'{kind}s']:
            if group['name'] not in serving:
                yield f'{kind.replace("_", " ")} {group["name"]}', group


def every_host(count: int) -> str:
    """Such as C(all 3 hosts); of more than one."""
    return 'both hosts' if count == 2 else f'all {count} hosts'


def _hosts(places: list[dict[str, t.Any]]) -> list[str]:
    return [name for place in places for name in place['hosts']]


def _concentrated(what: str, group: dict[str, t.Any]) -> list[Finding]:
    """All hosts in one place, or perhaps so, for it is not known where some of them stand, or their places do not compare."""
    name, count = group['name'], group['count']
    held = [place for place in group['spread'] if place['count']]
    known = [place for place in held if place['known']]
    if len(group['locations']) > 1 or len(known) > len({compares(place) for place in known}):
        return []
    if count == 1:
        text = f'If {known[0]["place"]} fails, {what} loses its only host.' if known else f'{what} has only one host.'
        return [_finding('note', 'single_host', name, text, 'If the service must survive the loss of this host, add one in another zone.', _hosts(held))]
    if len(held) == 1 and known:
        return [_finding('critical', 'single_place', name, f'If {known[0]["place"]} fails, {what} loses {count} of {count} hosts.', SPREAD, _hosts(held))]
    if len(known) == 1:
        rest = count - known[0]['count']
        text = f'If {known[0]["place"]} fails, {what} loses {known[0]["count"]} of {count} hosts, and possibly {rest} more, whose placement is unknown.'
        return [_finding('warning', 'unknown_place', name, text, SPREAD, _hosts(held))]
    if len(held) == 1 and held[0]['scope']:
        # Azure spreads the hosts of one set, and a note on that set says so.
        return []
    where = group['locations'][0]
    if all(place['scope'] for place in held):
        places = ' and '.join(place['place'] for place in held) if len(held) == 2 else f'{len(held)} places'
        text = f'{what} may lose {count} of {count} hosts at once: Azure does not say whether {places} are separate.'
        return [_finding('warning', 'unknown_place', name, text, 'Move the hosts to one scale set, or to several zones.', _hosts(held))]
    text = f'If a data center in {where} fails, {what} may lose {count} of {count} hosts: they have no zone, and their fault domains cannot be compared.'
    remedy = (
        'If the hosts are in an availability set, tag them with its name and set availability_set_tag to that tag. '
        'Otherwise, move them to a scale set or to several zones.'
    )
    return [_finding('warning', 'unknown_place', name, text, remedy, _hosts(held))]


def _uneven(what: str, group: dict[str, t.Any]) -> t.Iterator[Finding]:
    compared: dict[tuple[t.Any, ...], list[dict[str, t.Any]]] = {}
    for place in group['spread']:
        if place['known']:
            compared.setdefault(compares(place), []).append(place)
    for places in compared.values():
        most, least = max(places, key=lambda place: place['count']), min(places, key=lambda place: place['count'])
        if most['count'] - least['count'] > UNEVEN:
            text = f'If {most["place"]} fails, {what} loses {most["count"]} of {group["count"]} hosts, while {least["place"]} has {least["count"] or "none"}.'
            yield _finding('warning', 'uneven_spread', group['name'], text, f'Move some {what} hosts to {least["place"]}, or add hosts there.', most['hosts'])


def _updated_at_once(what: str, group: dict[str, t.Any]) -> t.Iterator[Finding]:
    """Where there are zones, Azure updates one of them after the other."""
    domains = group['update_domains']
    if not group['zonal'] and len(domains) == 1 and domains[0]['update_domain'] and group['count'] > 1:
        text = f'When Azure updates {domains[0]["place"]}, {what} loses {group["count"]} of {group["count"]} hosts.'
        yield _finding('warning', 'single_update_domain', group['name'], text, f'Add {what} hosts in other update domains of the set.', domains[0]['hosts'])


def _not_visible(fleet: Fleet) -> t.Iterator[Finding]:
    """Sets, and zones of sets, whose hosts all say one number."""
    inside: dict[tuple[str, str], list[t.Any]] = {}
    for member in fleet.members:
        if member.title and member.fault_domain and member.visible_in not in fleet.visible:
            where = zone_text(member.location, member.zone) if member.zone else member.location or NOWHERE
            inside.setdefault((member.title, where), []).append(member)
    for (title, where), members in inside.items():
        if len(members) > 1:
            number = members[0].host['fault_domain']
            text = (
                f'{every_host(len(members)).capitalize()} of {title} in {where} report fault domain {number}, so their spread across racks is unknown. '
                'Flexible and zonal scale sets have one fault domain by default (max spreading): Azure spreads their hosts across as many racks as it can.'
            )
            remedy = 'Nothing to do if the set uses max spreading. To see fault domains, create the set with a fixed number of them.'
            yield _finding('note', 'spreading_not_visible', title.split(' ', 2)[2], text, remedy, [member.host['name'] for member in members])


def _without_zones(report: dict[str, t.Any]) -> t.Iterator[Finding]:
    zonal = {location['name'] or NOWHERE for location in report['locations'] if any(zone['name'] for zone in location['zones'])}
    for scale_set in report['scale_sets']:
        if not scale_set['zonal'] and scale_set['count'] > 1:
            name, count, names = scale_set['name'], scale_set['count'], _hosts(scale_set['spread'])
            where = ', '.join(scale_set['locations'])
            text = f'If a data center in {where} fails, scale set {name} may lose {count} of {count} hosts: it does not use zones'
            remedy = 'Use a scale set that spans zones.'
            if zonal & set(scale_set['locations']):
                yield _finding('warning', 'no_zones', name, f'{text}, although {where} has them.', remedy, names)
            else:
                yield _finding('note', 'no_zones', name, f'{text}.', f'{remedy} Not every region has zones.', names)
