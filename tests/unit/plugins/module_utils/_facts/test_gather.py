# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the service to the value of azure_imds: what is asked, and what C(query) says of it."""

import pytest
from ansible_collections.imds.azure.plugins.module_utils._facts.gather import absent, gather
from ansible_collections.imds.azure.plugins.module_utils._facts.subset import DEFAULT_SUBSET
from ansible_collections.imds.azure.plugins.module_utils._service.errors import OptionError
from ansible_collections.imds.azure.tests.unit.plugins.module_utils._facts import instance_documents as documents
from ansible_collections.imds.azure.tests.unit.plugins.module_utils._service.scripted_service import (
    NEWEST,
    ScriptedService,
    Taking,
    answer,
    not_found,
    unknown_version,
)

ENDPOINT = 'http://127.0.0.1:1'
PRESENT = {'transport': 'scripted', 'present': True, 'endpoint': ENDPOINT}


def test_one_request(service: ScriptedService) -> None:
    service.will(Taking(0.25, answer(body=documents.UNIFORM)))
    facts = gather(service.client(), ENDPOINT, DEFAULT_SUBSET)
    assert facts['compute_vm_id'] == documents.UNIFORM['compute']['vmId']
    assert facts['query'] == {
        'transport': 'scripted',
        'present': True,
        'endpoint': ENDPOINT,
        'api_version': NEWEST,
        'requests': 1,
        'retries': 0,
        'seconds': 0.25,
    }
    assert service.paths == ['/metadata/instance']


@pytest.mark.parametrize('subset', [['min'], ['!all', '!min'], ['tags'], ['document'], ['user_data', 'public_keys']])
def test_one_request_whatever_is_wanted(service: ScriptedService, subset: list[str]) -> None:
    service.will(answer(body=documents.SINGLE))
    assert 'query' in gather(service.client(), ENDPOINT, subset)


def test_two_requests_with_the_load_balancer(service: ScriptedService) -> None:
    service.will(answer(body=documents.UNIFORM), answer(body=documents.LOAD_BALANCER))
    facts = gather(service.client(), ENDPOINT, ['all'])
    assert service.paths == ['/metadata/instance', '/metadata/loadbalancer']
    assert facts['addresses']['public_ipv4'] == ['203.0.113.12', '203.0.113.80']
    assert facts['load_balancer']['inboundRules'][0]['frontendPort'] == 443
    assert facts['query']['requests'] == 2


def test_no_load_balancer(service: ScriptedService) -> None:
    service.will(answer(body=documents.UNIFORM), answer(404, {'error': 'No load balancer metadata is found.'}))
    assert gather(service.client(), ENDPOINT, ['load_balancer'])['load_balancer'] == {}


def test_a_load_balancer_that_fails(service: ScriptedService) -> None:
    service.will(answer(body=documents.UNIFORM), *[answer(500)] * 4)
    client = service.client(policy={'deadline': 10})
    facts = gather(client, ENDPOINT, ['load_balancer'])
    assert facts['placement']['scale_set'] == 'web'
    assert 'load_balancer' not in facts
    assert [warning for warning in client.warnings if '/loadbalancer' in warning and 'HTTP status 500' in warning]


def test_a_load_balancer_that_is_no_object(service: ScriptedService) -> None:
    service.will(answer(body=documents.UNIFORM), answer(body=[]))
    client = service.client()
    assert 'load_balancer' not in gather(client, ENDPOINT, ['load_balancer'])
    assert [warning for warning in client.warnings if 'not a JSON object' in warning]


def test_query_after_trouble(service: ScriptedService) -> None:
    service.will(answer(503), unknown_version('2024-07-17'), answer(429, retry_after='4'), answer(body=documents.SINGLE))
    facts = gather(service.client(), ENDPOINT, DEFAULT_SUBSET)
    assert facts['query'] == {
        'transport': 'scripted',
        'present': True,
        'endpoint': ENDPOINT,
        'api_version': '2024-07-17',
        'requests': 4,
        'retries': 2,
        'seconds': 5.0,
    }


def test_an_unknown_subset_sends_nothing(service: ScriptedService) -> None:
    with pytest.raises(OptionError):
        gather(service.client(), ENDPOINT, ['tokens'])
    assert service.asked == []


def test_a_classic_machine(service: ScriptedService) -> None:
    service.always(lambda seconds: answer(body=documents.CLASSIC))
    client = service.client()
    facts = gather(client, ENDPOINT, DEFAULT_SUBSET)
    assert facts['addresses']['private_ipv4'] == ['10.1.0.4']
    assert facts['placement']['location'] is None
    assert len(client.warnings) == 1


def test_an_older_fleet_without_a_load_balancer_path(service: ScriptedService) -> None:
    service.will(answer(body=documents.STACK), not_found())
    client = service.client(api_version='2019-06-04')
    assert 'load_balancer' not in gather(client, ENDPOINT, ['load_balancer'])
    assert client.warnings[0].startswith('No load balancer facts.')


def test_a_load_balancer_that_is_not_ready(service: ScriptedService) -> None:
    """Only one text of a 404 means that there is none."""
    service.will(answer(body=documents.UNIFORM), answer(404, {'error': "Load Balancer metadata API isn't available right now. Retry later"}))
    client = service.client()
    assert 'load_balancer' not in gather(client, ENDPOINT, ['load_balancer'])
    assert 'Retry later' in client.warnings[-1]
    assert 'run the task again in a few minutes' in client.warnings[-1], 'the remedy'
    assert 'case-sensitive' not in client.warnings[-1]


def test_absent(service: ScriptedService) -> None:
    assert absent(service.client(), ENDPOINT) == {
        'query': {'transport': 'scripted', 'present': False, 'endpoint': ENDPOINT, 'api_version': None, 'requests': 0, 'retries': 0, 'seconds': 0.0}
    }
