# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which hosts of a fleet stand where, by location, zone, fault domain, scale set, service and tag. Pure: values of hosts are passed on as text.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import collections
import typing as t

from ansible_collections.imds.azure.plugins.plugin_utils._placement.topology_findings import SEVERITIES, findings
from ansible_collections.imds.azure.plugins.plugin_utils._placement.topology_spread import Fleet, by_key, spread_of

Host = dict[str, t.Any]
# Seconds; what is older is no age.
MAX_AGE = 1e10
STATES = ('present', 'not_azure', 'unreachable', 'failed', 'unknown')


def topology(fleet: dict[str, dict[str, t.Any]], service_tag: str = 'Role', tags: t.Sequence[str] = ()) -> dict[str, t.Any]:
    """The report on a fleet, a JSON value.

    :param fleet: for each host C(state), one of STATES, C(facts), the value of C(azure_imds), C(reason), why there are none, and C(events), those of
        scheduled_events_info, or False where the host was asked and did not tell.
    :param service_tag: the tag whose value names the service that a host is part of; names of tags have no case.
    :param tags: further tags to show.
    :returns: C(hosts), C(locations), C(scale_sets), C(services), C(tags), C(findings) and C(summary), the numbers of hosts by state and of findings by
        severity.
    """
    hosts = [_host(name, fleet[name], service_tag, tags) for name in sorted(fleet)]
    present = [host for host in hosts if host['state'] == 'present']
    names = _scope_names(present)
    for host in hosts:
        host['scale_set'], host['scope'] = names.get(host['name'], (None, None))
    known = Fleet(present)
    report: dict[str, t.Any] = {
        'service_tag': service_tag,
        'hosts': hosts,
        'locations': [_location(name, members) for name, members in by_key(present, 'location')],
        'scale_sets': [spread_of(name, members, known) for name, members in by_key(present, 'scale_set') if name is not None],
        'services': [spread_of(name, members, known) for name, members in by_key(present, 'service') if name is not None],
        'tags': [{'name': tag, 'values': [spread_of(value, members, known) for value, members in _by_tag(present, tag)]} for tag in tags],
    }
    report['findings'] = findings(report)
    severities = [finding['severity'] for finding in report['findings']]
    states = [host['state'] for host in hosts]
    report['summary'] = {
        'hosts': len(hosts),
        **{state: states.count(state) for state in STATES},
        'stale': sum(host['stale'] for host in hosts),
        **{severity: severities.count(severity) for severity in SEVERITIES},
    }
    return report


def _host(name: str, known: dict[str, t.Any], service_tag: str, tags: t.Sequence[str]) -> Host:
    facts = _dict(known.get('facts'))
    place, query, resource = _dict(facts.get('placement')), _dict(facts.get('query')), _dict(facts.get('resource'))
    own_tags = {str(key).lower(): str(value) for key, value in _dict(facts.get('tags')).items()}
    events = known.get('events')
    state = known.get('state')
    return {
        'name': name,
        'state': state if state in STATES else 'unknown',
        'reason': _text(known.get('reason')),
        **{key: _text(place.get(key)) for key in ('location', 'zone', 'fault_domain', 'update_domain', 'scale_set')},
        **{key: _text(resource.get(key)) for key in ('subscription_id', 'resource_group')},
        'service': own_tags.get(service_tag.lower()) or None,
        'tags': {tag: own_tags[tag.lower()] for tag in tags if tag.lower() in own_tags},
        'stale': query.get('stale') is True,
        'age': query.get('age') if isinstance(query.get('age'), (int, float)) and 0 <= query['age'] < MAX_AGE else None,
        'events': [event for event in events if isinstance(event, dict)] if isinstance(events, list) else [],
        'events_missing': events is False,
    }


def _scope_names(hosts: list[Host]) -> dict[str, tuple[str | None, str | None]]:
    """For each host the name of its scale set, and that of the scope inside which numbers of fault domains compare: its scale set, else its resource group.

    Two scale sets may have one name, and so may two resource groups: then more is said, so that no two are taken for one.
    """
    written: dict[tuple[str, ...], list[str]] = {}
    identities = {}
    for host in hosts:
        parts = [host[key] or '' for key in ('subscription_id', 'resource_group', 'scale_set')[: 3 if host['scale_set'] else 2]]
        # Azure does not keep the case of these names.
        identities[host['name']] = identity = tuple(part.lower() for part in parts)
        written.setdefault(identity, parts)
    endings = collections.Counter((len(identity), identity[start:]) for identity in written for start in range(len(identity)))
    names = {}
    for identity, parts in written.items():
        start = next((start for start in reversed(range(len(parts))) if endings[len(parts), identity[start:]] == 1), 0)
        names[identity] = '/'.join(part for part in parts[start:] if part)
    return {host: _scope_name(names[identity], len(identity) == 3) for host, identity in identities.items()}


def _scope_name(name: str, is_scale_set: bool) -> tuple[str | None, str | None]:
    if is_scale_set:
        return name, f'scale set {name}'
    return None, f'resource group {name}' if name else None


def _location(name: str | None, members: list[Host]) -> dict[str, t.Any]:
    zones = [{'name': zone, 'count': len(there), 'scopes': _scopes(there)} for zone, there in by_key(members, 'zone')]
    return {'name': name, 'count': len(members), 'zones': zones}


def _scopes(members: list[Host]) -> list[dict[str, t.Any]]:
    return [
        {
            'name': scope,
            'count': len(inside),
            'fault_domains': [{'name': domain, 'count': len(there), 'hosts': _brief(there)} for domain, there in by_key(inside, 'fault_domain')],
            'update_domains': [{'name': domain, 'count': len(there)} for domain, there in by_key(inside, 'update_domain') if domain is not None],
        }
        for scope, inside in by_key(members, 'scope')
    ]


def _brief(hosts: list[Host]) -> list[dict[str, t.Any]]:
    return [{'name': host['name'], 'update_domain': host['update_domain'], 'service': host['service']} for host in hosts]


def _by_tag(hosts: list[Host], tag: str) -> list[tuple[str, list[Host]]]:
    found: dict[str, list[Host]] = {}
    for host in hosts:
        if tag in host['tags']:
            found.setdefault(host['tags'][tag], []).append(host)
    return sorted(found.items())


def _text(value: t.Any) -> str | None:
    return str(value) if isinstance(value, (str, int)) and str(value) else None


def _dict(value: t.Any) -> dict[str, t.Any]:
    return value if isinstance(value, dict) else {}
