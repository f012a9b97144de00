# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From what was seen of a machine and its metadata service to a list of checks, and to one line. No I/O.

A check is a dict with C(name), C(state) (ok, problem, unknown or skipped), C(finding) and C(remedy) (None where nothing is to be done).
What is checked is what the documentation of the service tells people to look at (https://aka.ms/azureimds, "Frequently asked questions").

This is a private part of the collection: its names may change in any release.
"""

from ansible_collections.imds.azure.plugins.module_utils._diagnosis import host_checks, service_checks
from ansible_collections.imds.azure.plugins.module_utils._diagnosis.commands import POSIX, WINDOWS
from ansible_collections.imds.azure.plugins.module_utils._diagnosis.route_checks import judge_route

NAMES = (
    'chassis_tag',
    'route',
    'firewall',
    'reachability',
    'security_protocol',
    'service',
    'header_rules',
    'api_versions',
    'clock',
    'freshness',
    'vm_id',
    'proxies',
)


def checks_of(host, service=None):
    """All checks, in the order in which one thing leads to the next.

    :param host: as observe_host gives it.
    :param service: as observe_service gives it, None where nothing may be sent.
    """
    windows = host['windows'] is not None
    commands = WINDOWS if windows else POSIX
    judged = {'chassis_tag': host_checks.judge_chassis(host['tag'], asked=service is not None)}
    missing = 'Nothing was sent.'
    if service is not None:
        answered = service['status'] is not None
        judged['route'] = judge_route(host['route'], service['address'], answered, service['document'], commands)
        if windows:
            judged['firewall'] = host_checks.judge_firewall(host['windows']['firewall'], service['address'], answered)
        judged['reachability'] = service_checks.judge_reachability(service)
        judged['security_protocol'] = host_checks.judge_security_protocol(host['agent'], service['status'], commands)
        judged['proxies'] = host_checks.judge_proxies(host['environment'], host['windows']['proxies'] if windows else (), service['address'])
        missing = 'The service did not answer.'
    if service is not None and service['status'] is not None:
        judged['service'] = service_checks.judge_service(service['error'], service['version'])
        judged['header_rules'] = service_checks.judge_header_rules(service['without_header'], service['forwarded'])
        judged['api_versions'] = service_checks.judge_versions(service['offered'], service['version'], service['error'])
        judged['clock'] = service_checks.judge_clock(service['date'], service['received'], service['seconds'], commands)
        missing = 'The service returned no document.'
    if service is not None and service['document'] is not None:
        judged['freshness'] = service_checks.judge_freshness(service['document'], service['version'])
        judged['vm_id'] = host_checks.judge_vm_id(service['document'], host['product_uuid'], commands)
    names = [name for name in NAMES if windows or name != 'firewall']
    return [dict(zip(('name', 'state', 'finding', 'remedy'), (name,) + judged.get(name, ('skipped', missing, None)))) for name in names]


def verdict(checks):
    """The diagnosis in one line."""
    found = {check['name']: check for check in checks}
    problems = [check for check in checks if check['state'] == 'problem']
    unsure = [check['name'] for check in checks if check['state'] == 'unknown']
    if found['reachability']['state'] == 'skipped':
        return 'No request was sent. %s' % found['chassis_tag']['finding']
    if problems:
        text = '%d %s (%s). %s' % (
            len(problems),
            'problem' if len(problems) == 1 else 'problems',
            ', '.join(check['name'] for check in problems),
            problems[0]['finding'],
        )
        return text + (' It may not be an Azure VM.' if 'chassis_tag' in unsure and found['service']['state'] == 'skipped' else '')
    return 'No problems found. %s%s' % (found['reachability']['finding'], ' Unknown: %s.' % ', '.join(unsure) if unsure else '')
