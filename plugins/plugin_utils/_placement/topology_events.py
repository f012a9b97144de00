# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What scheduled events of a fleet will do.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import collections
import typing as t

from ansible_collections.imds.azure.plugins.module_utils._service.counted import counted

# What one host and several do in a type of event, as the documentation of scheduled events says.
WORK = {
    'Freeze': ('pauses', 'pause'),
    'Reboot': ('restarts', 'restart'),
    'Redeploy': ('moves and restarts', 'move and restart'),
    'Preempt': ('is evicted', 'are evicted'),
    'Terminate': ('is deleted', 'are deleted'),
}


def event_findings(report: dict[str, t.Any]) -> t.Iterator[dict[str, t.Any]]:
    """A finding on each event of the hosts of a report of _topology, although every VM that it touches tells of it, and one on hosts that told nothing."""
    pending: dict[str, tuple[dict[str, t.Any], list[dict[str, t.Any]]]] = {}
    for host in report['hosts']:
        for number, event in enumerate(host['events']):
            if event.get('affects_this_host') is not False:
                # One without an id is nobody else's.
                key = str(event.get('event_id') or f'{host["name"]} {number}')
                pending.setdefault(key, (event, []))[1].append(host)
    sizes = {service['name']: service['count'] for service in report['services']}
    for key in sorted(pending):
        yield _finding(key, *pending[key], sizes)
    silent = [host['name'] for host in report['hosts'] if host['events_missing']]
    if silent:
        text = f'{len(silent)} of {counted(len(report["hosts"]), "host")} did not return scheduled events, so their scheduled maintenance is unknown.'
        remedy = 'To find out why, run: ansible HOST -m imds.azure.diagnose'
        yield {'severity': 'warning', 'kind': 'events_unknown', 'subject': 'events_unknown', 'text': text, 'remedy': remedy, 'hosts': silent}


def _finding(key: str, event: dict[str, t.Any], hosts: list[dict[str, t.Any]], sizes: dict[str, int]) -> dict[str, t.Any]:
    touched = collections.Counter(host['service'] for host in hosts)
    kind = str(event.get('event_type'))
    work = WORK.get(kind, ('is affected', 'are affected'))[len(hosts) > 1]
    known = sorted(name for name in touched if name in sizes)
    cost = [f'the only {name} host' if sizes[name] == 1 else f'{touched[name]} of {sizes[name]} {name} hosts' for name in known]
    others = sum(number for name, number in touched.items() if name not in sizes)
    if others:
        cost.append(f'{counted(others, "host")} without a service')
    who = ' and '.join([*([', '.join(cost[:-1])] if cost[1:] else []), cost[-1]])
    at_once = kind != 'Freeze' and any(1 < sizes[name] == touched[name] for name in known)
    when = f'not before {event["not_before"]}' if event.get('not_before') else 'in progress'
    return {
        'severity': 'critical' if at_once else 'warning',
        'kind': 'scheduled_event',
        'subject': key,
        'text': f'{kind} {when}: {who} {work}.',
        'remedy': 'Drain the hosts before the event starts, for example with the role imds.azure.maintenance.',
        'hosts': [host['name'] for host in hosts],
    }
