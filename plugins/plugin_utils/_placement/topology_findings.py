# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with where a fleet stands, and what would happen.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import typing as t

from ansible_collections.imds.azure.plugins.plugin_utils._placement.topology_events import event_findings
from ansible_collections.imds.azure.plugins.plugin_utils._placement.topology_spread import NOWHERE, compares, is_known

Finding = dict[str, t.Any]
SEVERITIES = ('critical', 'warning', 'note')
# Hosts that one place may have more than another before that is worth a word.
UNEVEN = 1


def findings(report: dict[str, t.Any]) -> list[Finding]:
    """The findings on a report of _topology, worst first: C(severity), C(kind), C(subject), C(text) and the C(hosts) that it is about."""
    found = [*_without_zones(report), *_silent(report['hosts']), *_without_service(report), *event_findings(report)]
    for what, group in _subjects(report):
        found += _concentrated(what, group) or [*_uneven(what, group), *_updated_at_once(what, group)]
    return sorted(found, key=lambda finding: (SEVERITIES.index(finding['severity']), -len(finding['hosts']), finding['text']))


def _finding(severity: str, kind: str, subject: str, text: str, hosts: list[str]) -> Finding:
    return {'severity': severity, 'kind': kind, 'subject': subject, 'text': text, 'hosts': hosts}


def _subjects(report: dict[str, t.Any]) -> t.Iterator[tuple[str, dict[str, t.Any]]]:
    """Services, and scale sets of which no host names one."""
    for service in report['services']:
        yield f'service {service["name"]}', service
    serving = {host['scale_set'] for host in report['hosts'] if host['service']}
    for scale_set in report['scale_sets']:
        if scale_set['name'] not in serving:
            yield f'scale set {scale_set["name"]}', scale_set


def _hosts(places: list[dict[str, t.Any]]) -> list[str]:
    return [name for place in places for name in place['hosts']]


def _concentrated(what: str, group: dict[str, t.Any]) -> list[Finding]:
    """All hosts in one place, or perhaps so, for some do not tell where in their location they stand."""
    name, count = group['name'], group['count']
    held = [place for place in group['spread'] if place['count']]
    known, unknown = [place for place in held if is_known(place)], [place for place in held if not is_known(place)]
    if len(group['locations']) > 1 or len(known) > 1:
        return []
    lost = f'{known[0]["place"] if known else "one data center of " + group["locations"][0]} lost: {what}'
    if count == 1:
        return [_finding('note', 'single_host', name, f'{lost} loses 1 of 1', _hosts(held))]
    if known and not unknown:
        return [_finding('critical', 'single_place', name, f'{lost} loses {count} of {count}', _hosts(held))]
    if known:
        text = f'{lost} loses {known[0]["count"]} of {count}, and perhaps the others, which do not tell where in {group["locations"][0]} they stand'
        return [_finding('warning', 'unknown_place', name, text, _hosts(held))]
    return [_finding('warning', 'unknown_place', name, f'{lost} may lose {count} of {count}, for they tell neither zone nor fault domain', _hosts(held))]


def _uneven(what: str, group: dict[str, t.Any]) -> t.Iterator[Finding]:
    compared: dict[tuple[t.Any, ...], list[dict[str, t.Any]]] = {}
    for place in group['spread']:
        if is_known(place):
            compared.setdefault(compares(place), []).append(place)
    for places in compared.values():
        most, least = max(places, key=lambda place: place['count']), min(places, key=lambda place: place['count'])
        if most['count'] - least['count'] > UNEVEN:
            text = f'{most["place"]} lost: {what} loses {most["count"]} of {group["count"]}, while {least["place"]} has {least["count"]}'
            yield _finding('warning', 'uneven_spread', group['name'], text, most['hosts'])


def _updated_at_once(what: str, group: dict[str, t.Any]) -> t.Iterator[Finding]:
    """Where there are zones, Azure updates one of them after the other."""
    domains = group['update_domains']
    if not group['zonal'] and len(domains) == 1 and domains[0]['update_domain']:
        text = f'{domains[0]["place"]} updated: {what} loses {group["count"]} of {group["count"]} meanwhile'
        yield _finding('warning', 'single_update_domain', group['name'], text, domains[0]['hosts'])


def _without_zones(report: dict[str, t.Any]) -> t.Iterator[Finding]:
    zonal = {location['name'] or NOWHERE for location in report['locations'] if any(zone['name'] for zone in location['zones'])}
    for scale_set in report['scale_sets']:
        if not scale_set['zonal']:
            name, count, names = scale_set['name'], scale_set['count'], _hosts(scale_set['spread'])
            where = ', '.join(scale_set['locations'])
            lost = f'one data center of {where} lost: scale set {name} may lose {count} of {count}, for it uses no zones'
            if zonal & set(scale_set['locations']):
                yield _finding('warning', 'no_zones', name, f'{lost}, which {where} has', names)
            else:
                yield _finding('note', 'no_zones', name, lost, names)


def _silent(hosts: list[dict[str, t.Any]]) -> t.Iterator[Finding]:
    for state, severity, text in (
        ('unreachable', 'warning', 'could not be reached: what a lost place would cost may be more than is told here'),
        ('failed', 'warning', 'gave no facts: what a lost place would cost may be more than is told here'),
        ('unknown', 'warning', 'were not asked: what a lost place would cost may be more than is told here'),
        ('not_azure', 'note', 'told that they are not on Azure: what they would cost is not told'),
    ):
        names = [host['name'] for host in hosts if host['state'] == state]
        if names:
            yield _finding(severity, state, state, f'{len(names)} of {len(hosts)} hosts {text}', names)
    stale = [host for host in hosts if host['stale']]
    if stale:
        oldest = max((host['age'] for host in stale if host['age'] is not None), default=None)
        age = '' if oldest is None else f', up to {age_text(oldest)}'
        text = f'{len(stale)} of {len(hosts)} hosts could not be asked now: what is told of them is old{age}, and they may have moved'
        yield _finding('warning', 'stale', 'stale', text, [host['name'] for host in stale])
    if not hosts:
        yield _finding('warning', 'no_hosts', 'no_hosts', 'there are no hosts to report on: nothing is known of the fleet', [])


def _without_service(report: dict[str, t.Any]) -> t.Iterator[Finding]:
    """Hosts that nothing was checked for."""
    serving = {host['scale_set'] for host in report['hosts'] if host['service']}
    names = [
        host['name']
        for host in report['hosts']
        if host['state'] == 'present' and not host['service'] and (not host['scale_set'] or host['scale_set'] in serving)
    ]
    if names:
        text = f'{len(names)} of {len(report["hosts"])} hosts came without a tag {report["service_tag"]}: what a lost place costs their service is not told'
        yield _finding('note', 'no_service', 'no_service', text, names)


def age_text(seconds: float) -> str:
    """Such as C(3 hours), never more precise than it need be."""
    for unit, length in (('day', 86400), ('hour', 3600), ('minute', 60)):
        if seconds >= length:
            number = int(seconds // length)
            return f'{number} {unit}{"s" if number > 1 else ""}'
    return 'less than a minute'
