# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Findings about hosts without facts, with old ones, or without a service.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import typing as t

from ansible_collections.imds.azure.plugins.module_utils._service.counted import counted

Finding = dict[str, t.Any]
LESS = 'so an outage may cost more than this report says'
AGAIN = 'Check the connection to them, then run the report again.'
DIAGNOSE = 'ansible HOST -m imds.azure.diagnose'
# State, severity, what is said of one host and of several, remedy.
STATES = (
    ('unreachable', 'warning', f'was unreachable, {LESS}.', f'were unreachable, {LESS}.', AGAIN),
    ('failed', 'warning', f'returned no facts, {LESS}.', f'returned no facts, {LESS}.', f'To find out why, run: {DIAGNOSE}'),
    ('unknown', 'warning', f'was not asked, {LESS}.', f'were not asked, {LESS}.', 'Run the report without --limit, or use the inventory imds.azure.hosts.'),
    (
        'not_azure',
        'note',
        'is not an Azure VM, so its placement is unknown.',
        'are not Azure VMs, so their placement is unknown.',
        f'Nothing to do if that is correct. Otherwise, run: {DIAGNOSE}',
    ),
)


def silence_findings(report: dict[str, t.Any]) -> t.Iterator[Finding]:
    """Findings on hosts without facts, with old ones, or without a service that anything could be said about."""
    hosts = report['hosts']
    for state, severity, one, several, remedy in STATES:
        names = report['missing'][state]
        if names:
            yield _finding(severity, state, f'{len(names)} of {counted(len(hosts), "host")} {one if len(names) == 1 else several}', remedy, names)
    stale = [host for host in hosts if host['stale']]
    if stale:
        oldest = max((host['age'] for host in stale if host['age'] is not None), default=None)
        age = '' if oldest is None else f', up to {age_text(oldest)} old,'
        text = f'{len(stale)} of {counted(len(hosts), "host")} did not answer. The cached facts{age} may be out of date.'
        yield _finding('warning', 'stale', text, AGAIN, [host['name'] for host in stale])
    if not hosts:
        remedy = 'Add hosts to the inventory, or list some of them in topology_report_hosts.'
        yield _finding('warning', 'no_hosts', 'There are no hosts to report on.', remedy, [])
    yield from _without_service(report)


def _without_service(report: dict[str, t.Any]) -> t.Iterator[Finding]:
    """Hosts that nothing was checked for."""
    hosts, tag = report['hosts'], report['service_tag']
    serving = {(host['scale_set'], host['availability_set']) for host in hosts if host['service']} | {(None, None)}
    asked = [host for host in hosts if host['state'] == 'present' and not host['service']]
    names = [host['name'] for host in asked if (host['scale_set'], host['availability_set']) in serving]
    if names:
        has = 'has' if len(names) == 1 else 'have'
        text = f'{len(names)} of {counted(len(hosts), "host")} {has} no tag {tag}, so the report cannot say what an outage would cost.'
        yield _finding('note', 'no_service', text, f'Set the tag {tag} to the name of the service.', names)


def _finding(severity: str, kind: str, text: str, remedy: str, hosts: list[str]) -> Finding:
    return {'severity': severity, 'kind': kind, 'subject': kind, 'text': text, 'remedy': remedy, 'hosts': hosts}


def age_text(seconds: float) -> str:
    """Such as C(3 hours), never more precise than it need be."""
    for unit, length in (('day', 86400), ('hour', 3600), ('minute', 60)):
        if seconds >= length:
            return counted(int(seconds // length), unit)
    return 'less than a minute'
