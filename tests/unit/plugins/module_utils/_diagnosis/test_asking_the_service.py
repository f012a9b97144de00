# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked of a service, how often and when, and what is remembered of the answers."""

import socket
from typing import Any

import pytest
from ansible_collections.imds.azure.plugins.module_utils._diagnosis import service_observation
from ansible_collections.imds.azure.plugins.module_utils._diagnosis.checks import checks_of, verdict
from ansible_collections.imds.azure.plugins.module_utils._diagnosis.service_observation import PAUSE, connect, observe_service
from ansible_collections.imds.azure.plugins.module_utils._service.errors import OptionError
from ansible_collections.imds.azure.plugins.module_utils._service.http_transport import HttpTransport
from ansible_collections.imds.azure.tests.unit.roles.simulator.running_simulator import NEWEST, Simulator

HOST: dict[str, Any] = {
    'tag': None,
    'environment': {},
    'windows': None,
    'agent': {'installed': False, 'running': False, 'log': None},
    'product_uuid': None,
    'route': {'source': '127.0.0.1', 'error': None, 'interface': None, 'default_interface': None, 'mac': None},
}


def observe(endpoint: str, **options: Any) -> dict[str, Any]:
    return observe_service({'endpoint': endpoint, 'api_version': 'auto', 'timeout': 5, 'deadline': 30, **options}, HttpTransport(endpoint), connect)


def problems(seen: dict[str, Any]) -> list[str]:
    return [check['name'] for check in checks_of(HOST, seen) if check['state'] == 'problem']


def asked(simulator: Simulator) -> list[tuple[str, int]]:
    return [(request['path'].removeprefix('/metadata'), request['status']) for request in simulator.log('a')]


def test_a_service_without_trouble(simulator: Simulator) -> None:
    """Four requests, of which two are meant to be refused, each well after the one before it."""
    seen = observe(simulator.vms['a'])
    assert problems(seen) == []
    assert asked(simulator) == [('/instance', 200), ('/versions', 200), ('/instance', 400), ('/instance', 400)]
    log = simulator.log('a')
    assert ['metadata' in request['headers'] for request in log] == [True, True, False, True]
    assert ['x-forwarded-for' in request['headers'] for request in log] == [False, False, False, True]
    assert all(later['time'] - earlier['time'] >= PAUSE for earlier, later in zip(log, log[1:], strict=False))
    assert 1 / PAUSE < 5, 'more than the service allows'
    assert (seen['status'], seen['version'], seen['without_header'], seen['forwarded']) == (200, NEWEST, 400, 400)
    assert verdict(checks_of(HOST, seen)).startswith('No problems found. The connection took ')


@pytest.fixture
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests of what is asked, not of when."""
    monkeypatch.setattr(service_observation, 'PAUSE', 0.0)


def test_an_older_fleet(simulator: Simulator, no_pauses: None) -> None:
    simulator.control('PATCH', '/vms/a', {'newest_api_version': '2021-02-01', 'version_mode': 'not-found'})
    try:
        seen = observe(simulator.vms['a'])
    finally:
        simulator.control('PATCH', '/vms/a', {'newest_api_version': None, 'version_mode': None})
    assert problems(seen) == []
    assert seen['version'] == '2021-02-01'
    assert len(asked(simulator)) == 6


def test_a_version_that_nobody_knows(simulator: Simulator, no_pauses: None) -> None:
    assert problems(observe(simulator.vms['a'], api_version='2031-01-01')) == ['service', 'api_versions']


@pytest.mark.parametrize(
    ('fault', 'requests', 'expected'),
    [
        ({'kind': 'status', 'status': 403}, 1, ['security_protocol', 'service']),
        ({'kind': 'status', 'status': 429, 'headers': {'Retry-After': '60'}}, 1, ['service']),
        ({'kind': 'status', 'status': 410}, 4, ['service']),
        ({'kind': 'status', 'status': 500}, 4, ['service']),
        ({'kind': 'status', 'status': 404, 'path': '/instance'}, 5, ['service', 'header_rules']),
        ({'kind': 'html'}, 4, ['service', 'header_rules']),
        ({'kind': 'html', 'status': 503, 'via': '1.1 proxy'}, 4, ['service']),
        ({'kind': 'redirect', 'location': '/metadata/versions'}, 4, ['service', 'header_rules']),
        ({'kind': 'hang'}, 1, ['reachability']),
        ({'kind': 'drip', 'endless': True, 'interval': 0.01}, 1, ['reachability']),
        ({'kind': 'reset'}, 1, ['reachability']),
        ({'kind': 'close'}, 1, ['reachability']),
        ({'kind': 'garbage'}, 1, ['reachability']),
        ({'kind': 'truncated'}, 1, ['reachability']),
        ({'kind': 'oversized'}, 1, ['reachability']),
        ({'kind': 'bad_utf8', 'times': 1}, 4, ['service']),
        ({'kind': 'not_json', 'times': 1}, 4, ['service']),
        ({'kind': 'not_object', 'times': 1}, 4, ['service']),
        ({'kind': 'deep', 'times': 1}, 4, ['service']),
        ({'kind': 'partial'}, 4, ['freshness']),
        ({'kind': 'partial', 'drop': ['compute.vmId']}, 4, ['freshness']),
        ({'kind': 'partial', 'drop': ['network']}, 4, ['freshness']),
        ({'kind': 'status', 'status': 500, 'path': '/versions'}, 4, []),
        ({'kind': 'status', 'status': 200, 'body': {'compute': {'vmId': 'x'}, 'network': {}}}, 4, ['header_rules']),
        ({'kind': 'status', 'status': 200, 'headers': {'Date': 'Sun, 06 Nov 1994 08:49:37 GMT'}, 'times': 1}, 4, ['clock', 'freshness']),
    ],
)
def test_a_service_in_trouble(simulator: Simulator, no_pauses: None, fault: dict[str, Any], requests: int, expected: list[str]) -> None:
    """Each problem is found, nothing is asked a second time, and who says no is left alone."""
    simulator.set_faults('a', fault)
    seen = observe(simulator.vms['a'], timeout=1)
    assert problems(seen) == expected
    assert len(asked(simulator)) == requests
    if 'status' in fault and fault.get('path') != '/versions':
        assert seen['status'] == fault['status']


def test_nothing_listens() -> None:
    with socket.create_server(('127.0.0.1', 0)) as listener:
        endpoint = f'http://127.0.0.1:{listener.getsockname()[1]}'
    seen = observe(endpoint)
    assert problems(seen) == ['reachability']
    assert seen['connect_error'] == 'Connection refused'
    assert (seen['status'], seen['document']) == (None, None)


def test_connections_are_accepted_by_nobody() -> None:
    """As with a firewall that drops packets: the time-out of the connection counts."""
    with socket.create_server(('127.0.0.1', 0), backlog=0) as listener:
        endpoint = f'http://127.0.0.1:{listener.getsockname()[1]}'
        # The queue holds one more than it was told; what comes then gets no answer.
        fillers = [socket.create_connection(listener.getsockname())]
        assert problems(observe(endpoint, timeout=0.5)) == ['reachability']
        for filler in fillers:
            filler.close()


def test_the_deadline_ends_everything(simulator: Simulator) -> None:
    """What there is no time for is not known, and no problem."""
    seen = observe(simulator.vms['a'], deadline=PAUSE / 2)
    assert asked(simulator) == [('/instance', 200)]
    assert problems(seen) == []
    assert {check['name']: check['state'] for check in checks_of(HOST, seen)}['header_rules'] == 'unknown'


@pytest.mark.parametrize(
    'options',
    [{'timeout': 0}, {'timeout': float('nan')}, {'deadline': -1}, {'api_version': 'newest'}, {'endpoint': 'ftp://127.0.0.1'}],
)
def test_options_that_cannot_be_used(simulator: Simulator, options: dict[str, Any]) -> None:
    with pytest.raises(OptionError):
        observe(**{'endpoint': simulator.vms['a'], **options})
    assert asked(simulator) == []
