# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All checks together: always the same ones, those that make no sense are left out, and one line says it all."""

from typing import Any

import pytest
from ansible_collections.imds.azure.plugins.module_utils._diagnosis.checks import NAMES, checks_of, verdict
from ansible_collections.imds.azure.plugins.module_utils._service.errors import SecurityProtocolError, UnreachableError
from ansible_collections.imds.azure.plugins.module_utils._service.platform import AZURE_CHASSIS_TAG
from ansible_collections.imds.azure.tests.unit.plugins.module_utils._facts import instance_documents as documents
from ansible_collections.imds.azure.tests.unit.plugins.module_utils._service.scripted_service import NEWEST

ADDRESS = '169.254.169.254'


def host(**parts: Any) -> dict[str, Any]:
    """An Azure VM in order."""
    return {
        'tag': AZURE_CHASSIS_TAG,
        'environment': {},
        'agent': {'installed': False, 'running': False, 'log': None},
        'product_uuid': documents.SINGLE['compute']['vmId'],
        'windows': None,
        'route': {'source': '10.1.0.4', 'error': None, 'interface': 'eth0', 'default_interface': 'eth0', 'mac': '00:0d:3a:33:82:e8'},
        **parts,
    }


def service(**parts: Any) -> dict[str, Any]:
    """A service in order."""
    return {
        'address': ADDRESS,
        'connect_seconds': 0.001,
        'connect_error': None,
        'status': 200,
        'seconds': 0.02,
        'received': 784_111_777.5,
        'date': 'Sun, 06 Nov 1994 08:49:37 GMT',
        'document': documents.SINGLE,
        'error': None,
        'no_answer': None,
        'version': NEWEST,
        'offered': {'apiVersions': [NEWEST]},
        'without_header': 400,
        'forwarded': 400,
        **parts,
    }


SILENT = {
    'connect_seconds': None,
    'connect_error': 'timed out',
    'status': None,
    'seconds': None,
    'received': None,
    'date': None,
    'document': None,
    'offered': None,
    'without_header': None,
    'forwarded': None,
}


def states(checks: list[dict[str, Any]]) -> dict[str, str]:
    assert [check['name'] for check in checks] == [name for name in NAMES if name != 'firewall']
    for check in checks:
        assert list(check) == ['name', 'state', 'finding', 'remedy']
        assert check['finding'].endswith('.')
        assert check['remedy'] or check['remedy'] is None
        assert check['remedy'] or check['state'] != 'problem'
    return {check['name']: check['state'] for check in checks}


def test_all_in_order() -> None:
    checks = checks_of(host(), service())
    assert set(states(checks).values()) == {'ok'}
    assert verdict(checks) == 'No problems found. The connection took 0.001 seconds, the answer 0.020.'


def test_not_azure() -> None:
    checks = checks_of(host(tag='Amazon EC2', route=None))
    found = states(checks)
    assert found.pop('chassis_tag') == 'problem'
    assert set(found.values()) == {'skipped'}
    assert verdict(checks) == 'No request was sent. This is not an Azure VM: its SMBIOS chassis asset tag is not the one of Azure.'


def test_a_tag_that_is_wanted_and_cannot_be_read() -> None:
    """With detect=always nothing is sent then, and the verdict must not sound as if all were well."""
    checks = checks_of(host(tag=None, route=None))
    assert states(checks)['chassis_tag'] == 'unknown'
    assert verdict(checks).startswith('No request was sent. The SMBIOS chassis asset tag cannot be read')


def test_no_route() -> None:
    route = {'source': None, 'error': 'Network is unreachable', 'interface': None, 'default_interface': None, 'mac': None}
    checks = checks_of(host(route=route), service(**SILENT))
    found = states(checks)
    assert [name for name, state in found.items() if state == 'problem'] == ['route', 'reachability']
    assert [name for name, state in found.items() if state == 'skipped'] == ['service', 'header_rules', 'api_versions', 'clock', 'freshness', 'vm_id']
    assert verdict(checks) == '2 problems (route, reachability). There is no route to 169.254.169.254 (Network is unreachable).'
    assert verdict(checks_of(host(route=route, tag=None), service(**SILENT))).endswith(' It may not be an Azure VM.')


def test_what_comes_first_is_said_first() -> None:
    """Proxy variables are no reason for anything else here, and so come last."""
    proxies = {'http_proxy': 'http://p'}
    checks = checks_of(host(environment=proxies), service(**SILENT, error=UnreachableError('x')))
    assert verdict(checks).startswith('2 problems (reachability, proxies). Cannot connect to 169.254.169.254')
    assert verdict(checks_of(host(environment=proxies), service())).startswith('1 problem (proxies). http_proxy is set')


def test_refused() -> None:
    error = SecurityProtocolError('the request is refused', '/instance', 403, b'no')
    checks = checks_of(host(), service(status=403, document=None, error=error, offered=None, without_header=None, forwarded=None))
    found = states(checks)
    assert [name for name, state in found.items() if state == 'problem'] == ['security_protocol', 'service']
    assert found['freshness'] == found['vm_id'] == 'skipped'
    assert [check['finding'] for check in checks if check['name'] == 'vm_id'] == ['The service returned no document.']


@pytest.mark.parametrize('parts', [{'product_uuid': None}, {'tag': None}])
def test_what_is_not_known_is_said(parts: dict[str, Any]) -> None:
    assert verdict(checks_of(host(**parts), service())).endswith(f'Unknown: {"vm_id" if "product_uuid" in parts else "chassis_tag"}.')
