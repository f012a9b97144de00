# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fleet files: what may stand in them, and what is said about one that is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.imds.azure.tests.unit.roles.simulator.running_simulator import Simulator, needs, refused

needs_yaml = needs('yaml')
YAML = """
defaults:
  newest_api_version: 2021-02-01
  tags: {Env: prod, cost: 42}
vms:
  - name: a
    zone: 1
    tags: {Env: test}
"""


@needs_yaml
def test_yaml(tmp_path: Path) -> None:
    (tmp_path / 'fleet.yml').write_text(YAML)
    simulator = Simulator('--fleet', str(tmp_path / 'fleet.yml'))
    compute = simulator.instance('a', '/compute', '2021-02-01').json
    simulator.stop()
    assert (compute['zone'], compute['tags']) == ('1', 'Env:test;cost:42')


def test_yaml_without_its_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / 'yaml.py').write_text('raise ImportError\n')
    monkeypatch.setenv('PYTHONPATH', str(tmp_path))
    (tmp_path / 'fleet.yml').write_text(YAML)
    said = refused('--fleet', str(tmp_path / 'fleet.yml'))
    assert 'PyYAML' in said
    assert 'JSON' in said
    (tmp_path / 'fleet').write_text(json.dumps({'vms': [{'name': 'a'}]}))
    simulator = Simulator('--fleet', str(tmp_path / 'fleet'))
    assert simulator.stop() == 0, 'JSON is known by its first character'


def test_order_and_defaults(start: Callable[..., Simulator]) -> None:
    defaults = {'location': 'uksouth', 'tags': {'a': '1', 'b': '2'}, 'compute': {'plan': {'name': 'n'}}}
    simulator = start({'defaults': defaults, 'vms': [{'name': 'z'}, {'name': 'a', 'location': 'ukwest', 'tags': {'b': '3'}, 'compute': {'priority': 'Spot'}}]})
    assert list(simulator.vms) == ['z', 'a']
    first, second = (simulator.instance(name, '/compute').json for name in simulator.vms)
    assert (first['location'], first['tags'], first['plan']['name'], first['priority']) == ('uksouth', 'a:1;b:2', 'n', '')
    assert (second['location'], second['tags'], second['plan']['name'], second['priority']) == ('ukwest', 'a:1;b:3', 'n', 'Spot')


def test_overlays(start: Callable[..., Simulator]) -> None:
    network = {'interface': [{'macAddress': 'X'}]}
    simulator = start(
        {
            'vms': [
                {'name': 'a', 'network': network, 'compute': {'storageProfile': {'dataDisks': []}}, 'private_ip': '10.9.8.7'},
                {'name': 'b', 'mac': 'Y', 'private_ip': '10.9.8.7'},
            ]
        }
    )
    document = simulator.instance('a').json
    assert document['network'] == network
    assert document['compute']['storageProfile']['dataDisks'] == []
    assert document['compute']['storageProfile']['osDisk']['name'] == 'a_os'
    interface = simulator.instance('b', '/network/interface/0').json
    assert interface['macAddress'] == 'Y'
    assert interface['ipv4'] == {'ipAddress': [{'privateIpAddress': '10.9.8.7', 'publicIpAddress': ''}], 'subnet': [{'address': '10.9.8.0', 'prefix': '24'}]}


def test_ports_and_addresses_of_one_vm(start: Callable[..., Simulator]) -> None:
    simulator = start({'vms': [{'name': 'a', 'address': '127.9.8.7'}, {'name': 'b'}]})
    assert simulator.vms['a'].startswith('http://127.9.8.7:')
    assert simulator.vms['b'].startswith('http://127.0.0.1:')
    assert simulator.instance('a').json['compute']['name'] == 'a'


@pytest.mark.parametrize(
    ('vm', 'said'),
    [
        ({'zon': 1}, "unknown key 'zon'"),
        ({'zone': []}, "key 'zone': expected a string, got a list"),
        ({'zone': True}, "key 'zone'"),
        ({'flexible': 'yes'}, "key 'flexible'"),
        ({'tags': ['a']}, "key 'tags'"),
        ({'tags': {'a': None}}, "key 'tags': 'a'"),
        ({'port': 70000}, "key 'port'"),
        ({'port': '80'}, "key 'port'"),
        ({'address': '10.0.0.1'}, "key 'address': 10.0.0.1 is not in 127.0.0.0/8"),
        ({'address': 'localhost'}, "key 'address'"),
        ({'rate_limit': 1.5}, "key 'rate_limit'"),
        ({'newest_api_version': '2020-01-01'}, "key 'newest_api_version'"),
        ({'newest_event_version': '2021-02-01'}, "key 'newest_event_version'"),
        ({'version_mode': 'odd'}, "key 'version_mode'"),
        ({'vm_kind': 'x'}, "key 'vm_kind'"),
        ({'nonce_mode': 'x'}, "key 'nonce_mode'"),
        ({'first_event_delay': -1}, "key 'first_event_delay'"),
        ({'identities': [{'object_id': 'x'}]}, "key 'identities': item 0: key 'client_id' is missing"),
        ({'load_balancer': {'odd': []}}, "key 'load_balancer': unknown key 'odd'"),
        ({'events': [{'EventType': 'x'}]}, "key 'events': item 0: key 'EventType'"),
        ({'faults': [{'kind': 'x'}]}, "key 'faults': item 0: key 'kind'"),
        ({'document': []}, "key 'document'"),
        ({'compute': 'x'}, "key 'compute'"),
    ],
)
def test_wrong_vm(tmp_path: Path, vm: dict[str, Any], said: str) -> None:
    path = tmp_path / 'fleet.json'
    path.write_text(json.dumps({'vms': [{'name': 'good'}, {'name': 'web', **vm}]}))
    text = refused('--fleet', str(path))
    assert text.startswith(f"imds_simulator: {path}: VM 'web': ")
    assert said in text


@pytest.mark.parametrize(
    ('content', 'said'),
    [
        ('[]', 'expected an object'),
        ('{}', 'no VM'),
        ('{"vms": []}', 'no VM'),
        ('{"vms": {}}', "'vms'"),
        ('{"machines": []}', "unknown key 'machines'"),
        ('{"vms": [{}]}', "VM item 0 of vms: key 'name' is missing"),
        ('{"vms": [{"name": ""}]}', "VM item 0 of vms: key 'name'"),
        ('{"vms": ["a"]}', 'VM item 0 of vms: expected an object, got a string'),
        ('{"vms": [{"name": "a"}, {"name": "a"}]}', "VM 'a': key 'name': used twice"),
        ('{"defaults": {"zone": {}}, "vms": [{"name": "a"}]}', "defaults: key 'zone'"),
        ('{"defaults": {"name": "x"}, "vms": [{"name": "a"}]}', "defaults: key 'name'"),
        ('{"generate": {}}', "generate: key 'count' is missing"),
        ('{"generate": {"count": 1, "odd": 1}}', "generate: unknown key 'odd'"),
        ('{"vms": ', 'not JSON'),
        ('[' * 100000, 'not JSON'),
    ],
)
def test_wrong_file(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / 'fleet.json'
    path.write_text(content)
    text = refused('--fleet', str(path))
    assert text.startswith(f'imds_simulator: {path}: ')
    assert said in text


@needs_yaml
@pytest.mark.parametrize(
    ('content', 'said'), [('vms: [', 'not YAML'), ('vms: [{name: a, compute: {built: 2020-01-01}}]', "VM 'a': key 'compute'"), ('a: &a [*a]', 'unknown key')]
)
def test_wrong_yaml(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / 'fleet.yml'
    path.write_text(content)
    assert said in refused('--fleet', str(path))


def test_no_text(tmp_path: Path) -> None:
    assert 'cannot be read' in refused('--fleet', str(tmp_path / 'missing.yml'))
    (tmp_path / 'binary').write_bytes(b'\xff\xfe\x00')
    assert 'not UTF-8' in refused('--fleet', str(tmp_path / 'binary'))
