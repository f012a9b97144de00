# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which rack a host stands in, what is said where there is none, and that nothing of a host's own words gets through unchanged."""

from __future__ import annotations

import re
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.imds.azure.plugins.filter.racks import racks as racks_filter
from ansible_collections.imds.azure.plugins.module_utils._facts.facts import facts_from_document
from ansible_collections.imds.azure.plugins.plugin_utils._placement import racks as table
from ansible_collections.imds.azure.plugins.plugin_utils._placement.rack_names import different_names, name
from ansible_collections.imds.azure.plugins.plugin_utils._placement.racks import LEVELS, RackError
from ansible_collections.imds.azure.tests.places import fleet as places
from hypothesis import given
from hypothesis import strategies as st

NAME = re.compile(r'[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?')


def facts(location: Any = 'westeurope', zone: Any = '', domain: Any = '0', **compute: Any) -> dict[str, Any]:
    interface = {'ipv4': {'ipAddress': [{'privateIpAddress': '10.0.0.4', 'publicIpAddress': ''}]}}
    document = {'compute': {'location': location, 'zone': zone, 'platformFaultDomain': domain, **compute}, 'network': {'interface': [interface]}}
    return facts_from_document(document)


def racks(fleet: dict[str, Any], level: str = 'auto', default: Any = None) -> list[dict[str, Any]]:
    return table.racks(fleet, level, default).rows


def rack_of(known: Any, level: str = 'auto', default: Any = None) -> str:
    (row,) = racks({'one': known}, level, default)
    return str(row['rack'])


def test_auto_takes_the_zone_where_there_is_one() -> None:
    rows = racks({'a': facts(zone='1'), 'b': facts(zone='2', domain='3')})
    assert [(row['host'], row['level'], row['rack']) for row in rows] == [('a', 'zone', 'westeurope-1'), ('b', 'zone', 'westeurope-2')]


@pytest.mark.parametrize('row', places._table('racks'), ids=lambda row: f'{row["of"]}-{row["tag"]}-{row["level"]}')
def test_the_table(row: dict[str, str]) -> None:
    fleet = {host: places.FACTS.get(host) for host in places.hosts_of(row['of'])}
    if row['becomes'] == 'error':
        with pytest.raises(RackError, match=f'^{len(row["racks"].split())} of {len(fleet)} hosts? ha(s|ve) no .*: {", ".join(row["racks"].split())}. '):
            table.racks(fleet, row['level'])
        return
    found = table.racks(fleet, row['level'], availability_set_tag=row['tag'])
    wanted = {rack.strip(): hosts.split() for rack, hosts in (part.split(':') for part in row['racks'].split('|'))}
    assert {rack: [one['host'] for one in found.rows if one['rack'] == rack] for rack in wanted} == wanted
    assert {one['level'] for one in found.rows} == {row['becomes']}
    assert len(found.warnings) == (row['warned'] == 'yes'), found.warnings
    # In a path a host is never with one that it does not share a rack with, unless the rack is no place in the path.
    assert len({one['path'] for one in found.rows}) >= len(wanted) or row['level'] == 'update_domain'


def test_warnings_say_why_and_what_to_choose() -> None:
    def warning(*hosts: str, level: str = 'auto') -> str:
        (text,) = table.racks({host: places.FACTS[host] for host in hosts}, level).warnings
        return text

    hidden = 'all its hosts report the same fault domain, and Azure spreads the hosts of Flexible and zonal sets across as many racks as it can'
    assert warning('batch_0', 'batch_1') == (
        f'The spread of scale set batch is unknown: {hidden}. Therefore, each location is one rack. To avoid this warning, set the level to location.'
    )
    assert 'Fault domains of tool cannot be compared' in warning('tool', 'shop_0', 'shop_1')
    assert 'set the level to zone' in warning('web_0', 'web_3')
    assert 'Use the level physical_zone' in warning('web_0', 'cache_0', level='zone')
    assert 'With the level fault_domain, they are one rack anyway' in warning('batch_0', 'batch_1', level='fault_domain')


def test_zones_of_subscriptions_without_physical_ones_do_not_compare() -> None:
    fleet = {host: {**places.FACTS[host], 'placement': {**places.FACTS[host]['placement'], 'physical_zone': None}} for host in ('web_0', 'web_1', 'cache_0')}
    found = table.racks(fleet)
    assert [(row['level'], row['rack'], row['path']) for row in found.rows] == [('location', 'westeurope', '/westeurope/zone-none/fd-none')] * 3
    assert 'facts of api-version 2023-11-15 or later' in found.warnings[0]


def test_names_that_would_be_one_are_told_apart() -> None:
    names = different_names({('a',): 'web a', ('b',): 'web_a', ('c',): 'WEB_A', ('d',): 'x' * 99})
    assert len({one.lower() for one in names.values()}) == 4
    assert all(NAME.fullmatch(one) for one in names.values())
    assert names[('a',)] == different_names({('a',): 'web a', ('z',): 'web_a'})[('a',)]


@pytest.mark.parametrize(
    ('level', 'rack'),
    [
        ('zone', 'westeurope-2'),
        ('physical_zone', 'westeurope-AZ01'),
        ('fault_domain', 'westeurope-2-fd4'),
        ('update_domain', 'westeurope-2-ud3'),
        ('location', 'westeurope'),
    ],
)
def test_each_level(level: str, rack: str) -> None:
    known = facts(zone='2', domain='4', physicalZone='westeurope-AZ01', platformUpdateDomain='3', vmScaleSetName='web')
    assert rack_of(known, level) == rack


def test_fault_domain_0_counts() -> None:
    assert rack_of(facts(domain='0', vmScaleSetName='web'), 'fault_domain') == 'westeurope-fd0'


def test_hosts_that_lack_the_level_are_all_named() -> None:
    fleet = {'a': facts(zone='1'), 'b': facts(), 'c': {'query': {'present': False}}, 'd': None}
    with pytest.raises(RackError, match='3 of 4 hosts have no zone, and 1 has one: b, c, d. '):
        racks(fleet)
    assert [row['rack'] for row in racks(fleet, default='no rack')] == ['westeurope-1', 'no_rack', 'no_rack', 'no_rack']


def test_an_unknown_level_names_those_that_there_are() -> None:
    with pytest.raises(RackError, match="'rack' is not a level. Use auto or one of zone, physical_zone"):
        racks({}, 'rack')


@pytest.mark.parametrize('default', ['', '--', [], {}])
def test_a_default_that_is_no_name_is_refused(default: Any) -> None:
    with pytest.raises(RackError, match='is not a valid name of a rack. Use letters and digits.'):
        racks({'a': None}, default=default)


def test_a_default_may_be_a_number() -> None:
    assert rack_of(None, default=0) == '0'


def test_there_may_be_no_hosts() -> None:
    assert racks({}) == []


def test_paths_are_equally_deep() -> None:
    web = {'zone': '1', 'vmScaleSetName': 'web'}
    fleet = {'a': facts(**web), 'b': facts(domain='1', **web), 'c': facts(domain='', vmScaleSetName='db'), 'd': None}
    assert [row['path'] for row in racks({host: fleet[host] for host in 'abd'}, default='none')] == [
        '/westeurope/zone-1/fd-0', '/westeurope/zone-1/fd-1', '/none/zone-none/fd-none',
    ]  # fmt: skip
    # Of several sets, the numbers do not compare.
    assert [row['path'] for row in racks(fleet, default='none')][:3] == [
        '/westeurope/zone-1/fd-web-0', '/westeurope/zone-1/fd-web-1', '/westeurope/zone-none/fd-none',
    ]  # fmt: skip


def test_attributes_hold_what_there_is() -> None:
    (row,) = racks({'a': facts(zone='1', vmScaleSetName='web')})
    assert row['attributes'] == {
        'rack': 'westeurope-1',
        'azure_zone': '1',
        'azure_fault_domain': '0',
        'azure_location': 'westeurope',
        'azure_scale_set': 'web',
    }


def test_addresses_that_are_none_are_left_out() -> None:
    known = facts(zone='1')
    known['addresses']['private_ipv4'] = ['10.0.0.4', '$(id)', 'FD00::1', 'fe80::1%\n10.0.0.5\tevil', '10.0.0.4\n', 7, None]
    (row,) = racks({'a': known})
    assert row['addresses'] == ['10.0.0.4', 'fd00::1']


def place_of(level: str, default: str | None = None, **fleet: Any) -> dict[str, str | None]:
    return {row['host']: row['rack_location'] for row in racks(fleet, level, default)}


def test_a_rack_stands_in_its_location() -> None:
    here, there = (facts(location, zone='1', physicalZone=f'{location}-az1', vmScaleSetName='web') for location in ('westeurope', 'northeurope'))
    for level in ('zone', 'physical_zone', 'fault_domain'):
        assert place_of(level, a=here, b=there) == {'a': 'westeurope', 'b': 'northeurope'}
    assert place_of('location', a=here, b=there) == {'a': None, 'b': None}


def test_a_rack_in_two_locations_stands_in_neither() -> None:
    assert place_of('physical_zone', a=facts(physicalZone='az1'), b=facts(location='northeurope', physicalZone='az1')) == {'a': None, 'b': None}
    # One without the level may be given the rack of others, and then stands where that does.
    assert place_of('zone', 'rest', a=facts(zone='1'), b=facts()) == {'a': 'westeurope', 'b': None}
    assert place_of('zone', 'westeurope-1', a=facts(zone='1'), b=facts(location='northeurope')) == {'a': 'westeurope', 'b': 'westeurope'}


def at(address: str, computer: str = '', **place: Any) -> dict[str, Any]:
    known = facts(**{'zone': '1', **place}, name='resource', **({'osProfile': {'computerName': computer}} if computer else {}))
    known['addresses']['private_ipv4'] = [address]
    return known


def test_hosts_are_known_by_address_and_by_both_names() -> None:
    rows = racks({'a.example': at('10.0.0.1', 'vm-a'), 'b': at('10.0.0.2'), 'c c': at('10.0.0.3', 'c c'), '10.0.0.4': at('10.0.0.4', 'd.example')})
    assert [row['nodes'] for row in rows] == [
        ['10.0.0.1', 'a.example', 'vm-a'],
        ['10.0.0.2', 'b', 'resource'],
        ['10.0.0.3'],
        ['10.0.0.4', 'd.example'],
    ]
    assert [row['short_name'] for row in rows] == ['a', 'b', 'c_c', 'd']
    assert all(row['shared'] == {'names': [], 'addresses': [], 'short_names': []} for row in rows)


def test_what_hosts_at_different_places_share_is_told() -> None:
    rows = racks({'a.east': at('10.0.0.1', 'vm'), 'a.west': at('10.0.0.1', 'vm', zone='2')})
    assert [row['nodes'] for row in rows] == [['10.0.0.1', 'a.east'], ['10.0.0.1', 'a.west']]
    for row in rows:
        assert row['shared'] == {
            'names': ['vm (a.east, a.west)'],
            'addresses': ['10.0.0.1 (a.east, a.west)'],
            'short_names': ['a (a.east, a.west)'],
        }


def test_one_computer_may_have_two_names() -> None:
    rows = racks({'a': at('10.0.0.1', 'vm'), 'b': at('10.0.0.1', 'vm')})
    assert [row['nodes'] for row in rows] == [['10.0.0.1', 'a', 'vm'], ['10.0.0.1', 'b', 'vm']]
    assert all(row['shared']['addresses'] == row['shared']['names'] == [] for row in rows)


def test_no_computer_takes_the_name_of_another_host() -> None:
    rows = racks({'a': at('10.0.0.1', 'b'), 'b': at('10.0.0.2', 'b', zone='2'), '10.0.0.9': at('10.0.0.3', zone='3'), 'd': at('10.0.0.9')})
    assert [row['nodes'] for row in rows][:2] == [['10.0.0.1', 'a'], ['10.0.0.2', 'b']]
    assert rows[3]['shared']['addresses'] == ['10.0.0.9 (10.0.0.9, d)']


HOSTILE = ['"><script>', '$(id)', '{{ 1 + 1 }}', '../../etc', 'a b', 'a=b,c', "';--", 'é', '\n[osd]', 'x' * 400, '-', '..', '\x00']


@pytest.mark.parametrize('text', HOSTILE)
def test_names_are_harmless(text: str) -> None:
    found = name(text)
    assert found is None or NAME.fullmatch(found), found


@pytest.mark.parametrize('level', LEVELS)
@pytest.mark.parametrize('text', HOSTILE)
def test_nothing_a_host_says_gets_through(text: str, level: str) -> None:
    said = dict.fromkeys((*LEVELS, 'scale_set'), text)
    known = {'placement': said, 'addresses': {'private_ipv4': [text]}, 'compute_vm_size': text, 'compute_os_profile_computer_name': text}
    (row,) = racks({'one': known}, level, 'none')
    names = [row[key] for key in ('rack', 'rack_location', 'vm_size', *LEVELS) if row[key]] + list(row['attributes'].values())
    assert all(map(NAME.fullmatch, names)), names
    assert set(row['nodes']) <= {'one', text}
    assert row['nodes'] == ['one'] or re.fullmatch('[a-z0-9.-]+', text)


def test_racks_of_long_names_stay_apart() -> None:
    rows = racks({'a': facts(location='x' * 400, zone='1'), 'b': facts(location='x' * 400, zone='2')})
    assert [len(row['rack']) for row in rows] == [42, 42]
    assert rows[0]['rack'] != rows[1]['rack']


@given(st.text())
def test_any_text_is_a_name_or_none(text: str) -> None:
    found = name(text)
    assert found is None or NAME.fullmatch(found), found


ANY = st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8)


@given(
    st.dictionaries(st.text(min_size=1), st.fixed_dictionaries({}, optional={'placement': ANY, 'addresses': ANY, 'compute_vm_size': ANY}) | ANY),
    st.sampled_from(LEVELS),
)
def test_whatever_hosts_say_gives_rows(fleet: dict[str, Any], level: str) -> None:
    rows = racks(fleet, level, 'none')
    assert [row['host'] for row in rows] == list(fleet)
    for row in rows:
        assert all(re.fullmatch('[A-Za-z0-9_.-]+', part) for part in row['path'].split('/')[1:])
        assert len(row['path'].split('/')) == 4
        assert all(re.fullmatch('[A-Za-z0-9_.-]+', value) for value in row['attributes'].values())


def test_the_filter_takes_gathered_facts_first() -> None:
    hostvars = {'a': {'ansible_facts': {'azure_imds': facts(zone='1')}, 'azure_imds': facts(zone='2')}, 'b': {'azure_imds': facts(zone='3')}}
    assert [row['rack'] for row in racks_filter(['a', 'b'], hostvars)] == ['westeurope-1', 'westeurope-3']


def test_the_filter_says_what_is_wrong() -> None:
    with pytest.raises(AnsibleFilterError, match='1 of 1 host has no location: a'):
        racks_filter(['a'], {'a': {}})
    for hosts in ('all', {'a': 1}, 7, None):
        with pytest.raises(AnsibleFilterError, match='needs a list of host names, not'):
            racks_filter(hosts, {})
    with pytest.raises(AnsibleFilterError, match='b, 7: not in the inventory. Correct the list'):
        racks_filter(['a', 'b', 7], {'a': {}})
    assert racks_filter(iter([]), {}) == []
