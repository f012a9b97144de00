# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many hosts each service keeps if a place fails, or during a scheduled event. Pure.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import typing as t

from ansible_collections.imds.azure.plugins.plugin_utils._placement.moves import where
from ansible_collections.imds.azure.plugins.plugin_utils._placement.topology_findings import every_host, subjects

Report = dict[str, t.Any]
Host = dict[str, t.Any]
SETS = ('scale_set', 'availability_set')
DOMAINS = ('fault_domain', 'update_domain')
KEYS = ('location', 'zone', 'physical_zone', *DOMAINS, *SETS, 'event')


class WhatIfError(Exception):
    """A question that has no answer; the text says why, and what to ask."""


def what_if(report: Report, lost: t.Any) -> dict[str, t.Any]:
    """What is left if a place of a report fails.

    :param lost: some of KEYS, all of which a host must match; C(event) is the id of a scheduled event, and goes with nothing else.
    :returns: C(lost), the place in words; C(hosts), their names; C(services), those that lose hosts, the worst first, with C(name), C(count), C(lost),
        C(left), C(hosts) and C(text); and C(untouched), the names of the others.
    :raises WhatIfError: nothing is in that place, or it is more than one.
    """
    wanted = _wanted(lost)
    hosts, place, begin = _of_event(report, wanted['event']) if 'event' in wanted else _of_place(report, wanted)
    names = {host['name'] for host in hosts}
    services, untouched = [], []
    for name, group in subjects(report):
        taken = [host for spot in group['spread'] for host in spot['hosts'] if host in names]
        if taken:
            left = group['count'] - len(taken)
            everything = 'its only host' if group['count'] == 1 else every_host(group['count'])
            text = f'{begin}, {name} keeps {left} of {group["count"]} hosts.' if left else f'{begin}, {name} loses {everything}.'
            services.append({'name': name, 'count': group['count'], 'lost': len(taken), 'left': left, 'hosts': taken, 'text': text})
        else:
            untouched.append(name)
    services.sort(key=lambda service: (service['left'] / service['count'], -service['count'], service['name']))
    return {'lost': place, 'hosts': sorted(names), 'services': services, 'untouched': untouched}


def _wanted(lost: t.Any) -> dict[str, str]:
    known = f'Use some of {", ".join(KEYS)}, such as {{location: westeurope, zone: "1"}}.'
    if not isinstance(lost, dict) or not lost:
        raise WhatIfError(f'{lost!r} is not a place. {known}')
    wrong = [key for key in lost if key not in KEYS]
    if wrong:
        raise WhatIfError(f'{wrong[0]!r} is not known. {known}')
    values = {key: '' if isinstance(value, (bool, float, list, dict)) or value is None else str(value).strip() for key, value in lost.items()}
    empty = [key for key, value in values.items() if not value]
    if empty:
        raise WhatIfError(f'{empty[0]} is {lost[empty[0]]!r}. Set it to a name or a number.')
    if 'event' in values and len(values) > 1:
        raise WhatIfError('event cannot be combined with other keys. Remove them.')
    return values


def _of_event(report: Report, event_id: str) -> tuple[list[Host], str, str]:
    hosts, types, seen = [], set(), set()
    for host in report['hosts']:
        for event in host['events']:
            if event.get('affects_this_host') is False or not event.get('event_id'):
                continue
            seen.add(str(event['event_id']))
            if str(event['event_id']).lower() == event_id.lower():
                hosts.append(host)
                types.add(str(event.get('event_type')))
    if not hosts:
        known = f'The events are {", ".join(sorted(seen))}.' if seen else 'No host reported events. Set topology_report_scheduled_events, or query them first.'
        raise WhatIfError(f'no host has the scheduled event {event_id}. {known}')
    place = f'{"/".join(sorted(types))} {event_id}'
    return hosts, place, f'During {place}'


def _of_place(report: Report, wanted: dict[str, str]) -> tuple[list[Host], str, str]:
    present = [host for host in report['hosts'] if host['state'] == 'present']
    hosts = [host for host in present if all(_same(host, key, value) for key, value in wanted.items())]
    # Outside of sets a number of a domain says nothing.
    domain = next((key for key in DOMAINS if key in wanted), None)
    if domain:
        hosts = [host for host in hosts if _set(host)]
    place = _words(wanted)
    if not hosts:
        raise WhatIfError(f'no host is in {place}. {_there(present, wanted)}')
    if domain:
        _check_domain(present, hosts, domain, wanted[domain])
    elif 'zone' in wanted:
        _check_zone(hosts, wanted['zone'])
    if not {'location', 'physical_zone'} & set(wanted):
        place += ' in ' + ' and '.join(sorted({host['location'] or 'unknown location' for host in hosts}))
    return hosts, place, f'If {place} {"is updated" if domain == "update_domain" else "fails"}'


def _check_zone(hosts: list[Host], zone: str) -> None:
    """A number of a zone is one place only inside one location and subscription, or where the physical zone is one."""
    locations = sorted({host['location'] or 'unknown location' for host in hosts})
    if len(locations) > 1:
        raise WhatIfError(f'zone {zone} is in {" and in ".join(locations)}. Add the location.')
    subscriptions = sorted({str(host['subscription_id']).lower() for host in hosts})
    physical = {host['physical_zone'] for host in hosts}
    if len(subscriptions) > 1 and (len(physical) > 1 or None in physical):
        raise WhatIfError(f'zone {zone} may be another zone in each of the subscriptions {", ".join(subscriptions)}. Use physical_zone instead.')


def _check_domain(present: list[Host], hosts: list[Host], domain: str, number: str) -> None:
    """A number of a domain is one place only inside one set, and one zone of it; and none where all of a scale set say it."""
    word = domain.replace('_', ' ')
    inside = {_scope(host): host for host in hosts}
    if len(inside) > 1:
        places = sorted(where({**host, 'fault_domain': None}) for host in inside.values())
        raise WhatIfError(f'{word} {number} is in {" and in ".join(places)}. Add scale_set, availability_set, location or zone.')
    (scope,) = inside
    others = [host for host in present if _scope(host) == scope]
    if scope[0] == 'scale_set' and len({host[domain] for host in others if host[domain]}) == 1:
        every = 'the only host' if len(others) == 1 else every_host(len(others))
        raise WhatIfError(f'{every} of {_title(hosts[0])} reported {word} {number}, which does not show which hosts fail together. Use a zone instead.')


def _scope(host: Host) -> tuple[str, ...]:
    kind = _set(host) or ''
    return kind, *(str(host.get(key) or '').lower() for key in (kind, 'location', 'zone', 'subscription_id', 'resource_group'))


def _set(host: Host) -> str | None:
    return next((kind for kind in SETS if host[kind]), None)


def _title(host: Host) -> str:
    kind = _set(host) or ''
    return f'{kind.replace("_", " ")} {host[kind]}'


def _same(host: Host, key: str, value: str) -> bool:
    return str(host[key] if host[key] is not None else '').strip().lower() == value.lower()


def _words(wanted: dict[str, str]) -> str:
    """Such as C(fault domain 0 of scale set web in westeurope zone 1)."""
    domains = [f'{key.replace("_", " ")} {wanted[key]}' for key in DOMAINS if key in wanted]
    sets = [f'{key.replace("_", " ")} {wanted[key]}' for key in SETS if key in wanted]
    zones = [f'{key.replace("_", " ")} {wanted[key]}' for key in ('zone', 'physical_zone') if key in wanted]
    region = ' '.join([*([wanted['location']] if 'location' in wanted else []), *zones])
    inside = ' of '.join([' and '.join(domains)] * bool(domains) + [' and '.join(sets)] * bool(sets))
    return f'{inside} in {region}' if inside and region else inside or region


def _there(present: list[Host], wanted: dict[str, str]) -> str:
    """What there is instead of the first thing that no host has."""
    for key, value in wanted.items():
        if not any(_same(host, key, value) for host in present):
            found = sorted({str(host[key]) for host in present if host[key]})
            word = key.replace('_', ' ')
            return f'The {word}s are {", ".join(found)}.' if found else f'No host has {"a" if word[0] not in "au" else "an"} {word}.'
    return 'No host matches all of these at once.'
