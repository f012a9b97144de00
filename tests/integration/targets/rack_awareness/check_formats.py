# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read each file as the program it is for would, and compare with where the hosts stand."""

from __future__ import annotations

import configparser
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import javaproperties
import yaml

PLACES = {
    'kafka-1': {'rack': 'westeurope-1', 'azure_location': 'westeurope', 'azure_zone': '1', 'azure_physical_zone': 'westeurope-az1', 'azure_fault_domain': '0'},
    'kafka-2': {'rack': 'westeurope-2', 'azure_location': 'westeurope', 'azure_zone': '2', 'azure_physical_zone': 'westeurope-az2', 'azure_fault_domain': '1'},
    'kafka-3': {
        'rack': 'northeurope-1',
        'azure_location': 'northeurope',
        'azure_zone': '1',
        'azure_physical_zone': 'northeurope-az1',
        'azure_fault_domain': '0',
    },
}
ADDRESSES = {'kafka-1': '10.0.0.11', 'kafka-2': '10.0.0.12', 'kafka-3': '10.0.0.13'}
# Numbers of fault domains tell nothing here: two hosts are in no set, and one is alone in its own.
# The computer of an instance of a scale set has a name of its own.
PATHS = {
    'kafka-1': '/westeurope/zone-1/fd-none',
    'kafka-2': '/westeurope/zone-2/fd-none',
    'kafka-3': '/northeurope/zone-1/fd-none',
    'brokers000002': '/northeurope/zone-1/fd-none',
}
LABEL_VALUE = re.compile(r'([A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?')
# Calls the script as mongosh would, with a replica set that the test made up.
MONGO = """
const members = [
  {_id: 0, host: 'kafka-1:27017', tags: {use: 'kept', rack: 'old', azure_fault: 'gone'}}, {_id: 1, host: '10.0.0.12:27017'}, {_id: 2, host: 'stranger:27017'},
];
const printed = [], print = (text) => printed.push(text);
const rs = {conf: () => ({_id: 'rs0', members}), reconfig: (config) => console.log(JSON.stringify([config.members, printed]))};
require('vm').runInNewContext(require('fs').readFileSync(process.argv[1], 'utf-8'), {rs, print, Object});
"""


def attributes(host: str) -> dict[str, str]:
    update_domain = {'azure_update_domain': '0'}
    return {**PLACES[host], **update_domain, **({'azure_scale_set': 'brokers'} if host == 'kafka-3' else {})}


def tagged(host: str) -> dict[str, str]:
    return {} if host == 'kafka-3' else {'azure_tag_Role': 'broker'}


def check(folder: Path, host: str) -> None:
    properties = javaproperties.loads((folder / 'kafka.properties').read_text())
    assert properties == {'broker.rack': PLACES[host]['rack']}, properties
    properties = javaproperties.loads((folder / 'cassandra-rackdc.properties').read_text())
    assert properties == {'dc': PLACES[host]['azure_location'], 'rack': PLACES[host]['rack']}, properties

    settings = yaml.safe_load((folder / 'elasticsearch.yml').read_text())
    expected = {f'node.attr.{key}': value for key, value in {**attributes(host), **tagged(host)}.items()}
    assert settings == {'cluster.routing.allocation.awareness.attributes': 'rack', **expected}, settings

    assert json.loads((folder / 'consul.json').read_text()) == {'node_meta': {**attributes(host), **tagged(host)}}
    assert json.loads((folder / 'nomad.json').read_text()) == {'client': {'meta': {**attributes(host), **tagged(host)}}}

    config = configparser.ConfigParser()
    config.read_string((folder / 'ceph.conf').read_text())
    location, zone = PLACES[host]['azure_location'], PLACES[host]['azure_zone']
    assert config['osd']['crush location'] == f'root=default region={location} zone={location}-{zone} host={host}', dict(config['osd'])

    labels = kubelet_labels(folder)
    assert labels == {
        'azure-imds/rack': PLACES[host]['rack'],
        'topology.kubernetes.io/region': location,
        'topology.kubernetes.io/zone': f'{location}-{zone}',
        'node.kubernetes.io/instance-type': 'Standard_D2s_v5' if host == 'kafka-3' else 'Standard_D4s_v5',
    }, labels


def check_whole(folder: Path) -> None:
    """The files that tell of all hosts."""
    assert places(folder / 'topology.sh', *PATHS, *ADDRESSES.values(), '10.9.9.9') == [
        *PATHS.values(),
        *map(PATHS.get, ADDRESSES),
        '/default/zone-none/fd-none',
    ]
    table = dict(line.split() for line in (folder / 'topology.table').read_text().splitlines())
    assert table == {**PATHS, **{address: PATHS[name] for name, address in ADDRESSES.items()}}, table

    switches = topology(folder)
    assert switches == {
        'westeurope-1': {'Nodes': 'kafka-1'},
        'westeurope-2': {'Nodes': 'kafka-2'},
        'northeurope-1': {'Nodes': 'kafka-3'},
        'azure_location_northeurope': {'Switches': 'northeurope-1'},
        'azure_location_westeurope': {'Switches': 'westeurope-1,westeurope-2'},
        'azure': {'Switches': 'azure_location_northeurope,azure_location_westeurope'},
    }, switches

    members, printed = replica_set(folder)
    if members:
        assert printed == ['Not changed, because the inventory has no host with this name or address: stranger:27017'], printed
        assert members[0]['tags'] == {'use': 'kept', **attributes('kafka-1')}, members
        assert members[1]['tags'] == attributes('kafka-2'), members
        assert 'tags' not in members[2], members


def check_hostile(folder: Path) -> None:
    """Each file can be read, holds what the host says as a harmless name or as text, and nothing else."""
    location, zone, fleet = 'touch_CANARY', 'script_alert_1_scri', 'a_osd_b_c'
    rack = f'{location}-{zone}'
    # The service's client takes blanks out of a location and writes it in lower case.
    location, rack = 'touch_canary', rack.lower()
    tags: dict[str, str] = json.loads((folder / 'tags.json').read_text())
    assert javaproperties.loads((folder / 'kafka.properties').read_text()) == {'broker.rack': rack}
    assert javaproperties.loads((folder / 'cassandra-rackdc.properties').read_text()) == {'dc': location, 'rack': rack}
    meta = json.loads((folder / 'consul.json').read_text())['node_meta']
    assert (meta['rack'], meta['azure_zone'], meta['azure_scale_set']) == (rack, zone, fleet), meta
    assert all(meta[key(name)] == value for name, value in tags.items()), meta
    assert len(meta) == len({key(name) for name in tags}) + 7, meta
    assert json.loads((folder / 'nomad.json').read_text()) == {'client': {'meta': meta}}
    check_elasticsearch(folder, meta)
    config = configparser.ConfigParser()
    config.read_string((folder / 'ceph.conf').read_text())
    assert {section: dict(config[section]) for section in config.sections()} == {
        'osd': {'crush location': f'root=default region={location} zone={location}-{zone} host=hostile-1'}
    }
    assert all(LABEL_VALUE.fullmatch(value) for value in kubelet_labels(folder).values())
    assert places(folder / 'topology.sh', 'hostile-1', '10.0.0.31') == [f'/{location}/zone-{zone}/fd-none'] * 2
    assert topology(folder) == {rack: {'Nodes': 'hostile-1'}, 'azure': {'Switches': rack}}
    replica_set(folder)


def check_elasticsearch(folder: Path, meta: dict[str, str]) -> None:
    settings = yaml.safe_load((folder / 'elasticsearch.yml').read_text())
    expected = {f'node.attr.{name}': value.replace('${', '_{').strip() for name, value in meta.items()}
    assert settings == {'cluster.routing.allocation.awareness.attributes': 'rack', **expected}, settings


def key(tag: str) -> str:
    return 'azure_tag_' + re.sub('[^A-Za-z0-9_-]', '_', tag)[:100]


def places(script: Path, *nodes: str) -> list[str]:
    """As Hadoop does: the script is run with some nodes, and prints one path for each. With CANARY in its environment, what runs by mistake shows."""
    return subprocess.run([script, *nodes], check=True, capture_output=True, text=True, env=dict(os.environ)).stdout.split('\n')[:-1]


def kubelet_labels(folder: Path) -> dict[str, str]:
    (line,) = (folder / 'kubelet').read_text().splitlines()
    name, _separator, labels = line.partition('=--node-labels=')
    assert name == 'KUBELET_EXTRA_ARGS', line
    pairs = dict(pair.split('=') for pair in labels.split(','))
    assert all(LABEL_VALUE.fullmatch(value) for value in pairs.values()), pairs
    return pairs


def topology(folder: Path) -> dict[str, dict[str, str]]:
    """Lines of KEY=VALUE pairs, as in slurm.conf(5)."""
    lines = [line for line in (folder / 'topology.conf').read_text().splitlines() if not line.startswith('#')]
    rows = [dict(pair.split('=') for pair in line.split()) for line in lines]
    return {row.pop('SwitchName'): row for row in rows}


def replica_set(folder: Path) -> tuple[list[dict[str, Any]], list[str]]:
    """The members after the script and what it printed, by a real JavaScript engine where there is one."""
    node = shutil.which('node')
    if not node:
        print('Node.js is not installed: the script for mongosh was not run.')
        return [], []
    members, printed = json.loads(subprocess.run([node, '-e', MONGO, str(folder / 'tags.js')], check=True, capture_output=True, text=True).stdout)
    return members, printed


def main() -> None:
    here = Path(sys.argv[1])
    for host in PLACES:
        check(here / host, host)
    check_whole(here / 'kafka-1')
    check_hostile(here / 'hostile-1')


if __name__ == '__main__':
    main()
