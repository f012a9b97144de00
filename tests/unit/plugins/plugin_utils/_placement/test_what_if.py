# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which services keep how many hosts if something fails, and questions that have no answer."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.imds.azure.plugins.filter.what_if import what_if
from ansible_collections.imds.azure.plugins.plugin_utils._placement.topology import topology
from ansible_collections.imds.azure.tests.unit.plugins.plugin_utils._placement.fleet import vm

EVENT = {'event_id': 'E1', 'event_type': 'Reboot', 'affects_this_host': True}
FLEET = {
    'db-1': vm('1', role='db', events=[EVENT]),
    'db-2': vm('1', role='db'),
    'db-3': vm('2', role='db', events=[{**EVENT, 'affects_this_host': False}]),
    'bastion': vm('1', role='bastion'),
    'web-1': vm('3', role='web'),
    'north-1': vm('1', role='web', location='northeurope'),
    'x-0': vm(domain=0, role='x', scale_set='x', update_domain=0, location='uksouth'),
    'x-1': vm(domain=1, role='x', scale_set='x', update_domain=1, location='uksouth'),
    'x-2': vm(domain=1, role='x', scale_set='x', update_domain=2, location='uksouth'),
    'y-0': vm(domain=0, scale_set='y', location='uksouth'),
    'y-1': vm(domain=0, scale_set='y', location='uksouth'),
    'alone': vm(domain=1, role='alone', location='uksouth'),
    'gone': {'state': 'unreachable'},
}
REPORT = topology(FLEET)


def texts(lost: dict[str, Any]) -> list[str]:
    return [service['text'] for service in what_if(REPORT, lost)['services']]


def test_a_zone_fails() -> None:
    outage = what_if(REPORT, {'location': 'WestEurope', 'zone': 1})
    assert (outage['lost'], outage['hosts']) == ('WestEurope zone 1', ['bastion', 'db-1', 'db-2'])
    assert outage['services'] == [
        {'name': 'bastion', 'count': 1, 'lost': 1, 'left': 0, 'hosts': ['bastion'], 'text': 'If WestEurope zone 1 fails, bastion loses its only host.'},
        {'name': 'db', 'count': 3, 'lost': 2, 'left': 1, 'hosts': ['db-1', 'db-2'], 'text': 'If WestEurope zone 1 fails, db keeps 1 of 3 hosts.'},
    ]
    assert outage['untouched'] == ['alone', 'web', 'x', 'scale set y']


@pytest.mark.parametrize(
    ('lost', 'expected'),
    [
        ({'location': 'westeurope'}, ['db loses all 3 hosts', 'bastion loses its only host', 'web keeps 1 of 2 hosts']),
        ({'zone': '3'}, ['web keeps 1 of 2 hosts']),
        ({'scale_set': 'x', 'fault_domain': 1}, ['x keeps 1 of 3 hosts']),
        ({'fault_domain': '1'}, ['x keeps 1 of 3 hosts']),
        ({'scale_set': 'x', 'update_domain': '0'}, ['x keeps 2 of 3 hosts']),
        ({'scale_set': 'y'}, ['scale set y loses both hosts']),
        ({'event': 'e1'}, ['db keeps 2 of 3 hosts']),
    ],
)
def test_what_is_left(lost: dict[str, Any], expected: list[str]) -> None:
    assert [text.split(', ', 1)[1] for text in texts(lost)] == [f'{text}.' for text in expected]


def test_how_a_place_is_named() -> None:
    begins = [texts(lost)[0].split(',')[0] for lost in ({'zone': '3'}, {'scale_set': 'x', 'fault_domain': 1}, {'fault_domain': 1, 'location': 'uksouth'})]
    assert begins == ['If zone 3 in westeurope fails', 'If fault domain 1 of scale set x in uksouth fails', 'If fault domain 1 in uksouth fails']
    assert texts({'update_domain': 0, 'scale_set': 'x'})[0].startswith('If update domain 0 of scale set x in uksouth is updated, ')
    assert texts({'event': 'E1'}) == ['During Reboot E1, db keeps 2 of 3 hosts.']


def test_several_places_are_told_each_on_its_own() -> None:
    assert [outage['lost'] for outage in what_if(REPORT, [{'location': 'uksouth'}, {'event': 'E1'}])] == ['uksouth', 'Reboot E1']


@pytest.mark.parametrize(
    ('lost', 'said'),
    [
        ({'zone': '1'}, 'zone 1 is in northeurope and in westeurope. Add the location.'),
        ({'zone': '9'}, 'no host is in zone 9. The zones are 1, 2, 3.'),
        ({'location': 'northeurope', 'zone': '2'}, 'no host is in northeurope zone 2. No host matches all of these at once.'),
        ({'physical_zone': 'az1'}, 'no host is in physical zone az1. No host has a physical zone.'),
        ({'availability_set': 'a'}, 'no host is in availability set a. No host has an availability set.'),
        ({'fault_domain': '0'}, 'fault domain 0 is in uksouth, scale set x and in uksouth, scale set y. Add scale_set, availability_set, location or zone.'),
        (
            {'scale_set': 'y', 'fault_domain': '0'},
            'both hosts of scale set y reported fault domain 0, which does not show which hosts fail together. Use a zone instead.',
        ),
        ({'event': 'E2'}, 'no host has the scheduled event E2. The events are E1.'),
        ({'event': 'E1', 'zone': '1'}, 'event cannot be combined with other keys. Remove them.'),
        ({'rack': '1'}, "'rack' is not known. Use some of location, zone"),
        ({'zone': ''}, "zone is ''. Set it to a name or a number."),
        ({'zone': True}, 'zone is True. Set it to a name or a number.'),
        ({'zone': None}, 'zone is None. Set it to a name or a number.'),
        ({'zone': ['1']}, "zone is ['1']. Set it to a name or a number."),
        ({}, '{} is not a place. Use some of location, zone'),
        ('westeurope', "'westeurope' is not a place. Use some of location, zone"),
    ],
)
def test_questions_without_an_answer(lost: Any, said: str) -> None:
    with pytest.raises(AnsibleFilterError) as caught:
        what_if(REPORT, lost)
    assert str(caught.value).startswith(f'imds.azure.what_if: {said}')


def test_zone_numbers_of_two_subscriptions() -> None:
    fleet = {'a': vm('1', role='db'), 'b': vm('1', role='db', subscription='s2')}
    with pytest.raises(AnsibleFilterError, match='zone 1 may be another zone in each of the subscriptions s1, s2. Use physical_zone instead'):
        what_if(topology(fleet), {'zone': '1'})
    for host in fleet.values():
        host['facts']['placement']['physical_zone'] = 'az3'
    assert what_if(topology(fleet), {'zone': '1'})['hosts'] == ['a', 'b']
    assert what_if(topology(fleet), {'physical_zone': 'AZ3'})['lost'] == 'physical zone AZ3'


def test_a_report_without_events() -> None:
    with pytest.raises(AnsibleFilterError, match='No host reported events. Set topology_report_scheduled_events'):
        what_if(topology({'a': vm('1')}), {'event': 'E'})
