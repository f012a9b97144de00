# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which hosts of a fleet stand where, by location, zone, fault domain, scale set and service. Pure: values of hosts are passed on as text.

Numbers of zones compare only inside a location, numbers of fault domains only inside a scale set or an availability set (IMDS documentation).

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import typing as t

from ansible_collections.imds.azure.plugins.plugin_utils._topology_findings import findings

Host = dict[str, t.Any]
STATES = ('present', 'not_azure', 'unreachable', 'failed', 'unknown')


def topology(fleet: dict[str, dict[str, t.Any]], service_tag: str = 'Role', tags: t.Sequence[str] = ()) -> dict[str, t.Any]:
    """The report on a fleet, a JSON value.

    :param fleet: for each host C(state), one of STATES, C(facts), the value of C(azure_imds), and C(events), those of scheduled_events_info.
    :param service_tag: the tag whose value names the service that a host is part of; names of tags have no case.
    :param tags: further tags to show.
    :returns: C(hosts), C(locations), C(scale_sets), C(services), C(findings) and C(summary), the numbers of hosts by state and of findings by severity.
    """
    hosts = [_host(name, fleet[name], service_tag, tags) for name in sorted(fleet)]
    present = [host for host in hosts if host['state'] == 'present']
    report: dict[str, t.Any] = {
        'hosts': hosts,
        'locations': [_location(name, members) for name, members in _by(present, 'location')],
        'scale_sets': [_group(name, members) for name, members in _by(present, 'scale_set') if name is not None],
        'services': [_group(name, members) for name, members in _by(present, 'service') if name is not None],
    }
    report['findings'] = findings(report)
    severities = [finding['severity'] for finding in report['findings']]
    states = [host['state'] for host in hosts]
    report['summary'] = {
        'hosts': len(hosts),
        **{state: states.count(state) for state in STATES},
        'stale': sum(host['stale'] for host in hosts),
        **{severity: severities.count(severity) for severity in ('critical', 'warning', 'note')},
    }
    return report


def _host(name: str, known: dict[str, t.Any], service_tag: str, tags: t.Sequence[str]) -> Host:
    facts = _dict(known.get('facts'))
    place, query = _dict(facts.get('placement')), _dict(facts.get('query'))
    own_tags = {str(key).lower(): str(value) for key, value in _dict(facts.get('tags')).items()}
    events = known.get('events')
    state = known.get('state')
    return {
        'name': name,
        'state': state if state in STATES else 'unknown',
        **{key: _text(place.get(key)) for key in ('location', 'zone', 'fault_domain', 'update_domain', 'scale_set')},
        # Only inside it do numbers of fault domains compare.
        'scope': _text(place.get('scale_set')) or _text(_dict(facts.get('resource')).get('resource_group')),
        'service': own_tags.get(service_tag.lower()) or None,
        'tags': {tag: own_tags[tag.lower()] for tag in tags if tag.lower() in own_tags},
        'stale': query.get('stale') is True,
        'age': query.get('age') if isinstance(query.get('age'), (int, float)) else None,
        'events': [event for event in events if isinstance(event, dict)] if isinstance(events, list) else [],
    }


def _location(name: str | None, members: list[Host]) -> dict[str, t.Any]:
    zones = [{'name': zone, 'scopes': _scopes(there), 'count': len(there)} for zone, there in _by(members, 'zone')]
    return {'name': name, 'count': len(members), 'zones': zones}


def _scopes(members: list[Host]) -> list[dict[str, t.Any]]:
    return [
        {
            'name': scope,
            'fault_domains': [
                {'name': domain, 'hosts': [{'name': host['name'], 'update_domain': host['update_domain'], 'service': host['service']} for host in there]}
                for domain, there in _by(inside, 'fault_domain')
            ],
        }
        for scope, inside in _by(members, 'scope')
    ]


def _group(name: str, members: list[Host]) -> dict[str, t.Any]:
    """A scale set or a service: how many of its hosts stand in each place. The places are zones where any of them has one, else fault domains."""
    level = 'zone' if any(host['zone'] for host in members) else 'fault_domain'
    spread: dict[str, list[str]] = {}
    for host in members:
        spread.setdefault(_place(host, level), []).append(host['name'])
    return {
        'name': name,
        'count': len(members),
        'level': level,
        'locations': sorted({host['location'] or 'unknown' for host in members}),
        'spread': [{'place': place, 'count': len(spread[place]), 'hosts': spread[place]} for place in sorted(spread)],
    }


def _place(host: Host, level: str) -> str:
    location = host['location'] or 'unknown location'
    if level == 'zone':
        return f'{location}, zone {host["zone"]}' if host['zone'] else f'{location}, no zone'
    return f'{location}, {host["scope"]}, fault domain {host["fault_domain"]}' if host['fault_domain'] else f'{location}, no fault domain'


def _by(hosts: list[Host], key: str) -> list[tuple[t.Any, list[Host]]]:
    """Hosts by the value of a key, sorted, those without one last."""
    found: dict[t.Any, list[Host]] = {}
    for host in hosts:
        found.setdefault(host[key], []).append(host)
    # Numbers of domains are sorted as numbers.
    length: t.Callable[[str], int] = len if key.endswith('domain') else bool
    return sorted(found.items(), key=lambda item: (item[0] is None, length(item[0] or ''), item[0] or ''))


def _text(value: t.Any) -> str | None:
    return str(value) if isinstance(value, (str, int)) and str(value) else None


def _dict(value: t.Any) -> dict[str, t.Any]:
    return value if isinstance(value, dict) else {}
