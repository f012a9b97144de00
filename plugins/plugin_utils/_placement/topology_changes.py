# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What changed between two reports on a fleet. Pure.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import typing as t

from ansible_collections.imds.azure.plugins.module_utils._service.counted import counted
from ansible_collections.imds.azure.plugins.plugin_utils._placement.moves import moves, where
from ansible_collections.imds.azure.plugins.plugin_utils._placement.outage_cost import Cost, cost_of, is_worse
from ansible_collections.imds.azure.plugins.plugin_utils._placement.topology_findings import subjects

Report = dict[str, t.Any]
HOST_CHANGES = ('moved', 'appeared', 'disappeared', 'silent', 'answers')
SERVICE_CHANGES = ('worse', 'better', 'appeared', 'disappeared')
WORDS = {
    'location': 'location', 'zone': 'zone', 'physical_zone': 'physical zone', 'scale_set': 'scale set', 'availability_set': 'availability set',
    'fault_domain': 'fault domain', 'update_domain': 'update domain',
}  # fmt: skip
SILENT = {'not_azure': 'is not an Azure VM', 'unreachable': 'is unreachable', 'failed': 'returned no facts', 'unknown': 'was not asked'}


def changes(before: Report, after: Report) -> dict[str, t.Any]:
    """What changed, a JSON value.

    :param before: a baseline, see baseline.py.
    :param after: a report of topology.
    :returns: C(since), the date of the baseline; C(hosts) with C(name), C(change) (one of HOST_CHANGES), C(moves) and C(text); C(services) with C(name),
        C(change) (one of SERVICE_CHANGES), C(before), C(after), C(places) and C(text); and C(summary), how many there are of each.
    """
    old, new = ({host['name']: host for host in report['hosts']} for report in (before, after))
    hosts = [found for name in sorted({*old, *new}) for found in [_host(name, old.get(name), new.get(name))] if found]
    # What a host that does not answer would change of a service is not known.
    silent = {host['name'] for host in hosts if host['change'] in ('silent', 'answers')}
    then, now = (dict(subjects(report)) for report in (before, after))
    services = [found for name in sorted({*then, *now}) for found in [_service(name, then.get(name), now.get(name), silent)] if found]
    hosts.sort(key=lambda host: HOST_CHANGES.index(host['change']))
    services.sort(key=lambda service: SERVICE_CHANGES.index(service['change']))
    return {
        'since': before['made_at'],
        'hosts': hosts,
        'services': services,
        'summary': {
            'hosts': {change: sum(host['change'] == change for host in hosts) for change in HOST_CHANGES},
            'services': {change: sum(service['change'] == change for service in services) for change in SERVICE_CHANGES},
        },
    }


def _host(name: str, before: Report | None, after: Report | None) -> dict[str, t.Any] | None:
    known_before, known_after = (bool(host and host['state'] == 'present') for host in (before, after))
    if before is None and after:
        return _host_change(name, 'appeared', f'{name} is new, in {where(after)}.' if known_after else f'{name} is new, and {SILENT[after["state"]]}.')
    if after is None and before:
        return _host_change(name, 'disappeared', f'{name} is gone. It was in {where(before)}.' if known_before else f'{name} is gone.')
    if before is None or after is None:
        return None
    if known_before and not known_after:
        return _host_change(name, 'silent', f'{name} {SILENT[after["state"]]}. It was in {where(before)}.')
    if known_after and not known_before:
        return _host_change(name, 'answers', f'{name} answers again, in {where(after)}.')
    found = moves(before, after) if known_after else []
    if not found:
        return None
    ways = [f'from {_place(move, "before")} to {_place(move, "after")}' for move in found]
    return _host_change(name, 'moved', f'{name} moved {" and ".join(ways)}.', found)


def _place(move: dict[str, t.Any], when: str) -> str:
    word = WORDS[move['what']]
    if move['what'] == 'location':
        return move[when] or 'an unknown location'
    return f'{word} {move[when]}' if move[when] else f'no {word}'


def _host_change(name: str, change: str, text: str, found: t.Sequence[t.Any] = ()) -> dict[str, t.Any]:
    return {'name': name, 'change': change, 'text': text, 'moves': list(found)}


def _service(name: str, before: Report | None, after: Report | None, silent: set[str]) -> dict[str, t.Any] | None:
    if before is None or after is None:
        names = [host for place in (after or before or {})['spread'] for host in place['hosts']]
        if silent.intersection(names):
            return None
        hosts = counted(len(names), 'host')
        change, text = ('appeared', f'{name} is new, with {hosts}.') if after else ('disappeared', f'{name} is gone. It had {hosts}.')
        return {'name': name, 'change': change, 'text': text, 'before': None, 'after': None, 'places': _places(before, after)}
    then, now = cost_of(before, silent), cost_of(after, silent)
    if not then or not now:
        return None
    if is_worse(then, now):
        whole = then.lost == then.hosts
        past = f'it lost {then.text}' if whole else f'no outage cost it more than {then.text}'
        loss = 'its only host' if now.hosts == 1 else f'{now.text} hosts'
        return _service_change(name, 'worse', f'If {now.place} fails, {name} now loses {loss}; before, {past}.', (before, then), (after, now))
    if is_worse(now, then):
        text = f'No outage now costs {name} more than {now.text} hosts; before, it could lose {then.text}.'
        return _service_change(name, 'better', text, (before, then), (after, now))
    return None


def _service_change(name: str, change: str, text: str, before: tuple[Report, Cost], after: tuple[Report, Cost]) -> dict[str, t.Any]:
    costs = {when: {'place': cost.place, 'lost': cost.lost, 'count': cost.hosts} for when, (_group, cost) in (('before', before), ('after', after))}
    return {'name': name, 'change': change, 'text': text, **costs, 'places': _places(before[0], after[0])}


def _places(before: Report | None, after: Report | None) -> list[dict[str, t.Any]]:
    """The numbers of hosts in each place, then and now, for a picture."""
    counts = [{place['place']: len(place['hosts']) for place in group['spread']} if group else {} for group in (before, after)]
    # Those of the newer report are in order already.
    names = list(dict.fromkeys([*counts[1], *counts[0]]))
    return [{'place': name, 'before': counts[0].get(name, 0), 'after': counts[1].get(name, 0)} for name in names]
