# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Findings on hosts of which a report knows little.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import typing as t

Finding = dict[str, t.Any]
LESS = 'so a failure may cost more than this report tells'
STATES = (
    ('unreachable', 'warning', f'could not be reached, {LESS}.', 'Make them reachable, and make the report again.'),
    ('failed', 'warning', f'gave no facts, {LESS}.', 'See the reason of each host. The module imds.azure.diagnose tells why the service does not answer.'),
    ('unknown', 'warning', f'were not asked, {LESS}.', 'Run the report on all hosts, without --limit, or use the inventory imds.azure.hosts.'),
    ('not_azure', 'note', 'are not Azure VMs: where they stand is not known.', 'Nothing, if that is so. Otherwise see the module imds.azure.diagnose.'),
)


def silence_findings(report: dict[str, t.Any]) -> t.Iterator[Finding]:
    """Findings on hosts without facts, with old ones, or without a service that anything could be said about."""
    hosts = report['hosts']
    for state, severity, text, remedy in STATES:
        names = report['missing'][state]
        if names:
            yield _finding(severity, state, f'{len(names)} of {len(hosts)} hosts {text}', remedy, names)
    stale = [host for host in hosts if host['stale']]
    if stale:
        oldest = max((host['age'] for host in stale if host['age'] is not None), default=None)
        age = '' if oldest is None else f', up to {age_text(oldest)} old'
        text = f'{len(stale)} of {len(hosts)} hosts could not be asked now. Their facts are from a cache{age}, and they may have moved.'
        yield _finding('warning', 'stale', text, 'Make them reachable, and make the report again.', [host['name'] for host in stale])
    if not hosts:
        yield _finding('warning', 'no_hosts', 'There are no hosts to report on.', 'Name hosts of the inventory in topology_report_hosts.', [])
    yield from _without_service(report)


def _without_service(report: dict[str, t.Any]) -> t.Iterator[Finding]:
    """Hosts that nothing was checked for."""
    hosts, tag = report['hosts'], report['service_tag']
    serving = {(host['scale_set'], host['availability_set']) for host in hosts if host['service']} | {(None, None)}
    asked = [host for host in hosts if host['state'] == 'present' and not host['service']]
    names = [host['name'] for host in asked if (host['scale_set'], host['availability_set']) in serving]
    if names:
        text = f'{len(names)} of {len(hosts)} hosts have no tag {tag}, so what a failure costs their service is not known.'
        yield _finding('note', 'no_service', text, f'Give them the tag {tag} with the name of their service.', names)


def _finding(severity: str, kind: str, text: str, remedy: str, hosts: list[str]) -> Finding:
    return {'severity': severity, 'kind': kind, 'subject': kind, 'text': text, 'remedy': remedy, 'hosts': hosts}


def age_text(seconds: float) -> str:
    """Such as C(3 hours), never more precise than it need be."""
    for unit, length in (('day', 86400), ('hour', 3600), ('minute', 60)):
        if seconds >= length:
            number = int(seconds // length)
            return f'{number} {unit}{"s" if number > 1 else ""}'
    return 'less than a minute'
