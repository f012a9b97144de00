# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documents that are as large as an answer may be: no host costs the controller more than its share."""

from typing import Any

import pytest
from ansible_collections.imds.azure.plugins.module_utils._facts.derived import addresses
from ansible_collections.imds.azure.plugins.module_utils._facts.facts import VALUES_LIMIT, facts_from_document
from ansible_collections.imds.azure.plugins.module_utils._facts.tags_string import tags_from_string
from ansible_collections.imds.azure.plugins.module_utils._service.errors import MalformedAnswerError
from ansible_collections.imds.azure.tests.growth import growth


def interfaces(count: int, addresses_of_each: int) -> dict[str, Any]:
    given = [{'privateIpAddress': f'10.0.{number // 250}.{number % 250}', 'publicIpAddress': ''} for number in range(addresses_of_each)]
    return {'interface': [{'ipv4': {'ipAddress': given, 'subnet': [{'address': '10.0.0.0', 'prefix': '16'}]}, 'macAddress': '000D3A3382E8'}] * count}


@pytest.mark.parametrize('text', [';', 'a:;', 'a:b;A:c;', 'abc;', ':;', ';:', 'a' * 500 + ';', 'x:' + 'y' * 300 + ';'])
@pytest.mark.parametrize('begin', ['', 'a', 'a:'])
def test_a_long_tags_string_takes_no_more_time_for_each_character(text: str, begin: str) -> None:
    assert growth(tags_from_string, lambda size: begin + text * (size // len(text)), 60_000) < 30


def test_a_long_tags_string_is_read_as_a_short_one() -> None:
    assert tags_from_string('a:' + ';' * 1_000_000) == ({'a': ';' * 1_000_000}, False)
    assert tags_from_string(';' * 1_000_000) == ({';' * 1_000_000: ''}, False)
    assert tags_from_string(';' * 1_000_000 + 'a:b') == ({';' * 1_000_000 + 'a': 'b'}, False)


def test_many_addresses_take_no_more_time_for_each() -> None:
    def network(size: int) -> dict[str, Any]:
        given = [{'privateIpAddress': f'10.{number >> 16}.{number >> 8 & 255}.{number & 255}'} for number in range(size)]
        return {'interface': [{'ipv4': {'ipAddress': given}}]}

    assert growth(lambda given: addresses(given, {}), network, 2_000) < 30


def test_the_largest_vms_are_far_from_the_limit() -> None:
    """Eight network interfaces with 256 addresses each, 64 data disks and 50 tags."""
    disk = {'lun': '0', 'name': 'data', 'caching': 'None', 'managedDisk': {'id': 'x', 'storageAccountType': 'x'}, 'diskSizeGB': '32', 'image': {'uri': ''}}
    compute = {'vmId': 'x', 'storageProfile': {'dataDisks': [disk] * 64}, 'tagsList': [{'name': f'tag{number}', 'value': 'x'} for number in range(50)]}
    facts = facts_from_document({'compute': compute, 'network': interfaces(8, 256)})
    assert len(facts) < VALUES_LIMIT / 3
    assert len(facts['tags']) == 50


@pytest.mark.parametrize(
    'document',
    [
        {'compute': {'a': [0] * VALUES_LIMIT}},
        {'compute': {f'a{number}': '' for number in range(VALUES_LIMIT)}},
        {'other': [[]] * VALUES_LIMIT},
        {'network': interfaces(100, 256)},
        {'compute': {'tagsList': [{'name': str(number), 'value': ''} for number in range(VALUES_LIMIT)]}},
        {'compute': {'tags': ';'.join(f'a{number}:' for number in range(VALUES_LIMIT))}},
    ],
    ids=['a list', 'an object', 'a list of lists', 'addresses', 'tags', 'tags as text'],
)
@pytest.mark.parametrize('subset', [['compute', 'network', 'tags'], ['document', 'tags']])
def test_more_values_than_any_vm_has_are_an_error_that_names_the_limit(document: dict[str, Any], subset: list[str]) -> None:
    with pytest.raises(MalformedAnswerError, match='GET /metadata/instance: the answer contains more than 20000 values'):
        facts_from_document(document, subset=subset)


def test_a_load_balancer_with_too_many_rules() -> None:
    def rules(count: int) -> dict[str, Any]:
        return {'loadbalancer': {'inboundRules': [{'frontendPort': '80'}] * count}}

    assert len(facts_from_document({}, load_balancer=rules(1500))['load_balancer']['inboundRules']) == 1500
    with pytest.raises(MalformedAnswerError, match='/loadbalancer: the answer contains more than 20000 values'):
        facts_from_document({}, load_balancer=rules(VALUES_LIMIT))
