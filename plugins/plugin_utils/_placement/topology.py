# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which region, zone, fault domain, set and service each host of a fleet is in. Pure: values of hosts are passed on as text.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import typing as t

from ansible_collections.imds.azure.plugins.plugin_utils._placement.places import fault_domain_of, set_of, tag_of, update_domain_of
from ansible_collections.imds.azure.plugins.plugin_utils._placement.set_names import set_names, set_title
from ansible_collections.imds.azure.plugins.plugin_utils._placement.topology_findings import SEVERITIES, findings
from ansible_collections.imds.azure.plugins.plugin_utils._placement.topology_silence import age_text
from ansible_collections.imds.azure.plugins.plugin_utils._placement.topology_spread import Fleet, Member, by, spread_of
from ansible_collections.imds.azure.plugins.plugin_utils._placement.zones import Zones

Host = dict[str, t.Any]
# Seconds; what is older is no age.
MAX_AGE = 1e10
STATES = ('present', 'not_azure', 'unreachable', 'failed', 'unknown')
# Of the report as JSON. A change that an older comparison would misread makes it one more.
FORMAT = 1


def topology(
    fleet: dict[str, dict[str, t.Any]],
    service_tag: str = 'Role',
    tags: t.Sequence[str] = (),
    availability_set_tag: str = '',
    made_at: str | None = None,
) -> dict[str, t.Any]:
    """The report on a fleet, a JSON value.

    :param fleet: for each host C(state), one of STATES, C(facts), the value of C(azure_imds), C(reason), why there are none, and C(events), those of
        scheduled_events_info, or False where the host was asked and did not tell.
    :param service_tag: the tag whose value names the service that a host is part of; names of tags have no case.
    :param tags: further tags to show.
    :param availability_set_tag: the tag whose value names the availability set that a host is in, '' for none.
    :param made_at: when the report is made, as text.
    :returns: C(format), C(made_at), C(oldest_facts), C(hosts), C(missing), C(locations), C(scale_sets), C(availability_sets), C(services), C(tags),
        C(findings) and C(summary), the numbers of hosts by state and of findings by severity.
    """
    hosts = {name: _host(name, fleet[name], service_tag, tags) for name in sorted(fleet)}
    present = {name: _dict(fleet[name].get('facts')) for name, host in hosts.items() if host['state'] == 'present'}
    members = _members(present, hosts, availability_set_tag)
    known = Fleet(members)
    report: dict[str, t.Any] = {
        'format': FORMAT,
        'made_at': made_at,
        'oldest_facts': _oldest(hosts.values()),
        'service_tag': service_tag,
        'availability_set_tag': availability_set_tag,
        'hosts': list(hosts.values()),
        'missing': {state: [name for name, host in hosts.items() if host['state'] == state] for state in STATES[1:]},
        'locations': [_location(name, there) for name, there in by(members, lambda member: member.location)],
        **{kind: [spread_of(name, inside, known) for name, inside in _named(members, kind[:-1])] for kind in ('scale_sets', 'availability_sets')},
        'services': [spread_of(name, serving, known) for name, serving in _named(members, 'service')],
        'tags': [{'name': tag, 'values': [spread_of(value, tagged, known) for value, tagged in _by_tag(members, tag)]} for tag in tags],
    }
    report['findings'] = findings(report, known)
    severities = [finding['severity'] for finding in report['findings']]
    states = [host['state'] for host in report['hosts']]
    report['summary'] = {
        'hosts': len(hosts),
        **{state: states.count(state) for state in STATES},
        'stale': sum(host['stale'] for host in report['hosts']),
        **{severity: severities.count(severity) for severity in SEVERITIES},
    }
    return report


def _host(name: str, known: dict[str, t.Any], service_tag: str, tags: t.Sequence[str]) -> Host:
    facts = _dict(known.get('facts'))
    place, query, resource, addresses = (_dict(facts.get(key)) for key in ('placement', 'query', 'resource', 'addresses'))
    events, age = known.get('events'), query.get('age')
    private = addresses.get('private_ipv4')
    state = known.get('state')
    return {
        'name': name,
        'state': state if state in STATES else 'unknown',
        'reason': _text(known.get('reason')),
        **{key: _text(place.get(key)) for key in ('location', 'zone', 'physical_zone', 'fault_domain', 'update_domain', 'placement_group')},
        'scale_set': None,
        'availability_set': None,
        **{key: _text(resource.get(key)) for key in ('subscription_id', 'resource_group')},
        'vm_name': _text(resource.get('name')),
        'vm_size': _text(facts.get('compute_vm_size')),
        'addresses': [address for address in private if _text(address)] if isinstance(private, list) else [],
        'service': tag_of(facts, service_tag),
        'tags': {tag: value for tag in tags for value in [tag_of(facts, tag)] if value is not None},
        'stale': query.get('stale') is True,
        'age': age if isinstance(age, (int, float)) and not isinstance(age, bool) and 0 <= age < MAX_AGE else None,
        'events': [event for event in events if isinstance(event, dict)] if isinstance(events, list) else [],
        'events_missing': events is False,
    }


def _members(present: dict[str, dict[str, t.Any]], hosts: dict[str, Host], availability_set_tag: str) -> list[Member]:
    """The hosts that told where they are, with their places. Each host is given the name of its set."""
    sets = {name: tag_of(facts, availability_set_tag) for name, facts in present.items()}
    names = set_names([(facts, sets[name]) for name, facts in present.items()])
    zones = Zones(present.values())
    members = []
    for name, facts in present.items():
        inside = set_of(facts, sets[name])
        if inside:
            hosts[name][inside[0]] = names[inside]
        title = set_title(inside, names[inside]) if inside else None
        domains = fault_domain_of(facts, sets[name]), update_domain_of(facts, sets[name])
        members.append(Member(hosts[name], hosts[name]['location'], zones.of(facts), inside, title, *domains))
    return members


def _location(name: str | None, members: list[Member]) -> dict[str, t.Any]:
    zones = by(members, lambda member: member.zone.title if member.zone else None)
    return {'name': name, 'count': len(members), 'zones': [{'name': title, 'count': len(there), 'scopes': _scopes(there)} for title, there in zones]}


def _scopes(members: list[Member]) -> list[dict[str, t.Any]]:
    return [
        {
            'name': title,
            'count': len(inside),
            'fault_domains': [{'name': domain, 'count': len(there), 'hosts': _brief(there)} for domain, there in by(inside, _shown('fault_domain'))],
            'update_domains': [{'name': domain, 'count': len(there)} for domain, there in by(inside, _shown('update_domain')) if domain is not None],
        }
        for title, inside in by(members, lambda member: member.title)
    ]


def _brief(members: list[Member]) -> list[dict[str, t.Any]]:
    return [{key: member.host[key] for key in ('name', 'update_domain', 'service')} for member in members]


def _shown(key: str) -> t.Callable[[Member], str | None]:
    return lambda member: t.cast('str | None', member.host[key])


def _named(members: list[Member], key: str) -> list[tuple[str, list[Member]]]:
    return [(name, there) for name, there in by(members, _shown(key)) if name is not None]


def _by_tag(members: list[Member], tag: str) -> list[tuple[str, list[Member]]]:
    return [(value, there) for value, there in by(members, lambda member: member.host['tags'].get(tag)) if value is not None]


def _oldest(hosts: t.Iterable[Host]) -> dict[str, t.Any] | None:
    """The host whose facts are known to be the oldest, and their age in seconds."""
    aged = [host for host in hosts if host['age'] is not None]
    oldest = max(aged, key=lambda host: (host['age'], host['name']), default=None)
    return {'host': oldest['name'], 'age': oldest['age'], 'text': age_text(oldest['age'])} if oldest else None


def _text(value: t.Any) -> str | None:
    return str(value) if isinstance(value, (str, int)) and str(value) else None


def _dict(value: t.Any) -> dict[str, t.Any]:
    return value if isinstance(value, dict) else {}
