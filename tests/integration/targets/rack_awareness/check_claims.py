# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the files about hosts of which the inventory holds nothing that can be trusted: only harmless names are left, and tags as texts."""

from __future__ import annotations

import configparser
import json
import re
import sys
from pathlib import Path
from typing import Any

import claims
import javaproperties
from check_formats import check_elasticsearch, key, kubelet_labels, places, replica_set, topology

NAME = re.compile(r'[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?')
LEVELS = ['location', 'zone', 'physical_zone', 'fault_domain', 'update_domain', 'scale_set']
PLACE = re.compile(r'/[A-Za-z0-9_.-]{1,63}/zone-[A-Za-z0-9_.-]{1,63}/fd-[A-Za-z0-9_.-]{1,63}')


def check(folder: Path, host: str) -> None:
    rack = javaproperties.loads((folder / 'kafka.properties').read_text())
    assert list(rack) == ['broker.rack'], rack
    assert NAME.fullmatch(rack['broker.rack']), rack
    assert (rack['broker.rack'] == 'nowhere') == (host in claims.NAMELESS), rack
    center = javaproperties.loads((folder / 'cassandra-rackdc.properties').read_text())
    assert sorted(center) == ['dc', 'rack'], center
    assert center['rack'] == rack['broker.rack'], center
    assert NAME.fullmatch(center['dc']), center

    said: dict[str, str] = {} if host in claims.NAMELESS else claims.tags()
    tags = {key(tag): value for tag, value in said.items()}
    assert len(tags) == len(said)
    tags |= {'azure_tag_Role': '7'} if host == 'claims-4' else {}
    meta = json.loads((folder / 'nomad.json').read_text())['client']['meta']
    check_meta(meta, tags)
    check_elasticsearch(folder, meta)
    # The limits of Consul are in bytes.
    meta = json.loads((folder / 'consul.json').read_text())['node_meta']
    check_meta(meta, {tag: value.encode()[:512].decode(errors='ignore') for tag, value in tags.items()})
    assert len(meta) <= 64
    assert all(re.fullmatch('[a-zA-Z0-9_-]{1,128}', tag) and not tag.startswith('consul-') for tag in meta), meta
    # Nomad's parser takes no half of a pair of escapes.
    assert not re.search(r'\\u[dD][89a-fA-F]', (folder / 'nomad.json').read_text())

    config = configparser.ConfigParser(interpolation=None)
    config.read_string((folder / 'ceph.conf').read_text())
    assert {section: list(config[section]) for section in config.sections()} == {'osd': ['crush location']}
    location = dict(pair.split('=') for pair in config['osd']['crush location'].split(' '))
    assert set(location) <= {'root', 'region', 'zone', 'host'}, location
    assert all(map(NAME.fullmatch, location.values())), location
    assert len(set(location.values())) == len(location), location

    assert set(kubelet_labels(folder)) <= {
        'azure-imds/rack',
        'topology.kubernetes.io/region',
        'topology.kubernetes.io/zone',
        'node.kubernetes.io/instance-type',
    }


def check_meta(meta: dict[str, Any], tags: dict[str, str]) -> None:
    assert {name: value for name, value in meta.items() if name.startswith('azure_tag_')} == tags, meta
    names = {name: value for name, value in meta.items() if name not in tags}
    assert set(names) <= {'rack', *(f'azure_{level}' for level in LEVELS)}, names
    assert all(map(NAME.fullmatch, names.values())), names


def check_whole(folder: Path) -> None:
    """The files that tell of all hosts."""
    hosts = [*claims.HOSTS, *claims.NAMELESS]
    nodes = hosts + [f'10.7.0.{number}' for number in range(len(claims.HOSTS))]
    table = [line.split('\t') for line in (folder / 'topology.table').read_text().splitlines()]
    # None of the computers says a name that a computer can have.
    assert sorted(node for node, _path in table) == sorted(nodes), table
    assert all(PLACE.fullmatch(path) for _node, path in table), table
    strangers = ['10.0.0.12', 'fe80::1', '10.7.0.9', '$(touch "$CANARY")', "'", '', '*', '?laims-1']
    assert places(folder / 'topology.sh', *(node for node, _path in table), *strangers) == [
        *(path for _node, path in table),
        *['/default/zone-none/fd-none'] * len(strangers),
    ]
    switches = topology(folder)
    assert all(NAME.fullmatch(switch.removeprefix('azure_location_')) for switch in switches), switches
    assert sorted(','.join(row['Nodes'] for row in switches.values() if 'Nodes' in row).split(',')) == sorted(hosts), switches
    below = ','.join(row['Switches'] for row in switches.values() if 'Switches' in row).split(',')
    assert sorted([*below, 'azure']) == sorted(switches), switches
    members, printed = replica_set(folder)
    assert len(printed) == len(members), members


def main() -> None:
    here = Path(sys.argv[1])
    for host in [*claims.HOSTS, *claims.NAMELESS]:
        check(here / host, host)
    check_whole(here / claims.HOSTS[0])


if __name__ == '__main__':
    main()
