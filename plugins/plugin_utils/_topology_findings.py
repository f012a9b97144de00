# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with where a fleet stands, and what would happen.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import typing as t

Finding = dict[str, t.Any]
SEVERITIES = ('critical', 'warning', 'note')
# Hosts that one place may have more than another before that is worth a word.
UNEVEN = 1


def findings(report: dict[str, t.Any]) -> list[Finding]:
    """The findings on a report of _topology, worst first: C(severity), C(kind), C(subject), C(text) and the C(hosts) that it is about."""
    found = [
        *_concentrated(report['services']),
        *_uneven(report['services']),
        *_without_zones(report),
        *_silent(report['hosts']),
        *_events(report['hosts']),
    ]
    return sorted(found, key=lambda finding: SEVERITIES.index(finding['severity']))


def _finding(severity: str, kind: str, subject: str, text: str, hosts: list[str]) -> Finding:
    return {'severity': severity, 'kind': kind, 'subject': subject, 'text': text, 'hosts': hosts}


def _concentrated(services: list[dict[str, t.Any]]) -> t.Iterator[Finding]:
    for service in services:
        name, count = service['name'], service['count']
        if len(service['spread']) == 1:
            place = service['spread'][0]
            severity, kind = ('critical', 'single_place') if count > 1 else ('note', 'single_host')
            yield _finding(severity, kind, name, f'{place["place"]} lost: service {name} loses {count} of {count}', place['hosts'])


def _uneven(services: list[dict[str, t.Any]]) -> t.Iterator[Finding]:
    for service in services:
        spread = sorted(service['spread'], key=lambda place: -place['count'])
        if len(spread) > 1 and spread[0]['count'] - spread[-1]['count'] > UNEVEN:
            worst, name = spread[0], service['name']
            text = f'{worst["place"]} lost: service {name} loses {worst["count"]} of {service["count"]}, while {spread[-1]["place"]} has {spread[-1]["count"]}'
            yield _finding('warning', 'uneven_spread', name, text, worst['hosts'])


def _without_zones(report: dict[str, t.Any]) -> t.Iterator[Finding]:
    zonal = {location['name'] or 'unknown' for location in report['locations'] if any(zone['name'] for zone in location['zones'])}
    for scale_set in report['scale_sets']:
        if scale_set['level'] != 'zone':
            names = [name for place in scale_set['spread'] for name in place['hosts']]
            where = ', '.join(scale_set['locations'])
            if zonal & set(scale_set['locations']):
                text = f'{where} has zones, and scale set {scale_set["name"]} uses none: one data center lost may cost {len(names)} of {len(names)}'
                yield _finding('warning', 'no_zones', scale_set['name'], text, names)
            else:
                text = f'scale set {scale_set["name"]} uses no zones in {where}: one data center lost may cost {len(names)} of {len(names)}'
                yield _finding('note', 'no_zones', scale_set['name'], text, names)


def _silent(hosts: list[dict[str, t.Any]]) -> t.Iterator[Finding]:
    for state, severity, text in (
        ('unreachable', 'warning', 'cannot be reached: nobody knows where they stand'),
        ('failed', 'warning', 'gave no facts: the metadata service did not answer as it should'),
        ('unknown', 'warning', 'have no facts of Azure: they were not asked'),
        ('not_azure', 'note', 'are not Azure VMs'),
    ):
        names = [host['name'] for host in hosts if host['state'] == state]
        if names:
            yield _finding(severity, state, state, f'{len(names)} of {len(hosts)} hosts {text}', names)
    stale = [host['name'] for host in hosts if host['stale']]
    if stale:
        yield _finding('warning', 'stale', 'stale', f'{len(stale)} of {len(hosts)} hosts could not be asked now: what is shown of them is old', stale)


def _events(hosts: list[dict[str, t.Any]]) -> t.Iterator[Finding]:
    """Each event once, although every VM that it touches tells of it."""
    pending: dict[str, tuple[dict[str, t.Any], list[str]]] = {}
    for host in hosts:
        for event in host['events']:
            if event.get('affects_this_host') is not False:
                pending.setdefault(str(event.get('event_id')), (event, []))[1].append(host['name'])
    for key in sorted(pending):
        event, names = pending[key]
        when = f'not before {event["not_before"]}' if event.get('not_before') else 'started'
        yield _finding('warning', 'scheduled_event', key, f'{event.get("event_type")} of {len(names)} hosts, {when}', names)
