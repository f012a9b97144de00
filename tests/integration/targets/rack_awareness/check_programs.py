# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Give the files to the programs that they are for, as far as these are installed: Slurm, Ceph and Kubernetes."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import claims
from check_formats import kubelet_labels, topology

LEVELS = {
    'zone': {
        'kafka-1': ['region westeurope', 'zone westeurope-1'],
        'kafka-2': ['region westeurope', 'zone westeurope-2'],
        'kafka-3': ['region northeurope', 'zone northeurope-1'],
        'hdfs-1': ['zone rack-default'],
        'hdfs-2': ['zone rack-default'],
    },
    'physical_zone': {
        'kafka-1': ['region westeurope', 'zone westeurope-az1'],
        'kafka-2': ['region westeurope', 'zone westeurope-az2'],
        'kafka-3': ['region northeurope', 'zone northeurope-az1'],
        'hdfs-1': ['zone rack-default'],
        'hdfs-2': ['zone rack-default'],
    },
    'fault_domain': {
        'kafka-1': ['region westeurope', 'rack westeurope-1-kafka-fd0'],
        'kafka-2': ['region westeurope', 'rack westeurope-2-kafka-fd1'],
        'kafka-3': ['region northeurope', 'rack northeurope-1-brokers-fd0'],
        'hdfs-1': ['region westeurope', 'rack westeurope-hdfs-fd0'],
        'hdfs-2': ['region westeurope', 'rack westeurope-hdfs-fd1'],
    },
    'location': {
        'kafka-1': ['region westeurope'],
        'kafka-2': ['region westeurope'],
        'kafka-3': ['region northeurope'],
        'hdfs-1': ['region westeurope'],
        'hdfs-2': ['region westeurope'],
    },
}
# The types of a new Ceph cluster. The number of a bucket must be below zero.
CRUSH = """
%s
type 0 osd
type 1 host
type 2 chassis
type 3 rack
type 4 row
type 5 pdu
type 6 pod
type 7 room
type 8 datacenter
type 9 zone
type 10 region
type 11 root
root default {
    id -1
    alg straw2
    hash 0
}
"""
# As little as a controller of Slurm needs. Nodes in the state FUTURE are known and never talked to.
SLURM = """
ClusterName=test
SlurmctldHost=localhost(127.0.0.1)
SlurmUser=root
AuthType=auth/none
CredType=cred/none
StateSaveLocation={folder}
SlurmctldPidFile={folder}/pid
MailProg=/bin/true
MpiDefault=none
ProctrackType=proctrack/pgid
TopologyPlugin=topology/tree
NodeName={nodes} NodeAddr=127.0.0.1 State=FUTURE
PartitionName=all Nodes=ALL Default=YES
"""
# A controller listens on all addresses or on those of the name of the machine, so it gets a network that is nothing but loopback, and dies with the command.
ALONE = ['unshare', *([] if os.getuid() == 0 else ['--user', '--map-root-user']), '--net', '--pid', '--fork', '--kill-child', 'sh', '-euc']
# Slurm resolves addresses, which the C library does only where there is one besides 127.0.0.1.
ASK_SLURM = """
ip link set lo up
ip address add 192.0.2.1/32 dev lo
slurmctld -D -f "$SLURM_CONF" >"$1" 2>&1 &
while ! scontrol show topology 2>&1 | tee "$2" | grep -q ^SwitchName=; do
    kill -0 $!
    sleep 0.2
done
"""


def run(*command: str | Path, **settings: Any) -> str:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=60, check=False, **settings)
    assert done.returncode == 0, (command, done.stdout, done.stderr)
    return done.stdout


def installed(*programs: str) -> bool:
    missing = [program for program in programs if not shutil.which(program)]
    if missing:
        print(f'{" and ".join(missing)} not installed: what is written for it was not given to it.')
    return not missing


def can_be_alone() -> bool:
    possible = subprocess.run([*ALONE, 'ip link set lo up'], capture_output=True, check=False).returncode == 0
    if not possible:
        print('No network namespace can be made here: Slurm was not given its file.')
    return possible


def check_slurm(file: Path, nodes: list[str]) -> None:
    """The switches that a controller has made of the file are those that are in it, and reach all nodes."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copy(file, folder / 'topology.conf')
        config, log, answer = folder / 'slurm.conf', folder / 'log', folder / 'answer'
        config.write_text(SLURM.format(folder=folder, nodes=','.join(nodes)))
        settings = {**os.environ, 'SLURM_CONF': str(config)}
        asked = subprocess.run([*ALONE, ASK_SLURM, 'sh', log, answer], env=settings, timeout=60, capture_output=True, check=False)
        said = log.read_text()
        assert asked.returncode == 0, (asked.stderr, said)
        assert not [line for line in said.splitlines() if 'switch' in line.lower()], said
        rows = [dict(pair.split('=', 1) for pair in line.split()) for line in answer.read_text().splitlines()]
        switches = topology(file.parent)
        assert {row['SwitchName'] for row in rows} == set(switches), (rows, switches)
        for row in rows:
            children = {kind: set(expanded(row[kind], settings)) for kind in switches[row['SwitchName']]}
            assert children == {kind: set(names.split(',')) for kind, names in switches[row['SwitchName']].items()}, (row, switches)
        (top,) = (row for row in rows if row['SwitchName'] == 'azure')
        assert set(expanded(top['Nodes'], settings)) == set(nodes), top


def tree(hosts: dict[str, list[str]]) -> dict[str, set[str]]:
    """What is below each switch, for hosts that stand in these buckets of CRUSH."""
    children: dict[str, set[str]] = {}
    for host, path in hosts.items():
        *above, rack = [bucket.split(' ')[1] for bucket in path]
        chain = ['azure', *(f'azure_location_{location}' for location in above), rack.removeprefix('rack-'), host]
        for parent, child in itertools.pairwise(chain):
            children.setdefault(parent, set()).add(child)
    return children


def expanded(names: str, settings: dict[str, str]) -> list[str]:
    return run('scontrol', 'show', 'hostnames', names, env=settings).split()


def crush_places(files: dict[str, Path]) -> dict[str, list[str]]:
    """Where an OSD of each host comes to stand, from below the root down to its host, when all are put into one map as they start one after the other."""
    with tempfile.TemporaryDirectory() as name:
        text, crush_map = Path(name) / 'text', Path(name) / 'map'
        text.write_text(CRUSH % '\n'.join(f'device {number} osd.{number}' for number in range(len(files))))
        run('crushtool', '-c', text, '-o', crush_map)
        for number, file in enumerate(files.values()):
            location = run('ceph-conf', '-c', file, '--name', f'osd.{number}', '--lookup', 'crush location').strip()
            pairs = [part for pair in location.split(' ') for part in ('--loc', *pair.split('='))]
            run('crushtool', '-i', crush_map, '--update-item', str(number), '1.0', f'osd.{number}', *pairs, '-o', crush_map)
        buckets = json.loads(run('crushtool', '-i', crush_map, '--dump'))['buckets']
    above = {item['id']: bucket for bucket in buckets for item in bucket['items']}
    assert sum(len(bucket['items']) for bucket in buckets) == len(above), buckets
    found = {}
    for number, host in enumerate(files):
        path: list[str] = []
        child = number
        while child in above:
            path.insert(0, f'{above[child]["type_name"]} {above[child]["name"]}')
            child = above[child]['id']
        assert path[0] == 'root default', path
        found[host] = path[1:]
    return found


def check_kubernetes(folder: Path) -> None:
    labels = kubelet_labels(folder)
    node = json.dumps({'apiVersion': 'v1', 'kind': 'Node', 'metadata': {'name': 'node'}})
    pairs = [f'{key}={value}' for key, value in labels.items()]
    # It looks for a server even so; there is none on this port.
    options = ['--local', '--server=http://127.0.0.1:9', '-f', '-', '-o', 'json']
    labelled = run('kubectl', 'label', *options, *pairs, input=node, env={**os.environ, 'KUBECONFIG': os.devnull})
    assert json.loads(labelled)['metadata']['labels'] == labels, labelled


def main() -> None:
    here = Path(sys.argv[1])
    os.environ['PATH'] += ':/usr/sbin:/sbin'
    kafka = ['kafka-1', 'kafka-2', 'kafka-3']
    claimed = [*claims.HOSTS, *claims.NAMELESS]
    if installed('slurmctld', 'scontrol', 'ip') and can_be_alone():
        print(run('slurmctld', '-V'))
        check_slurm(here / 'kafka-1' / 'topology.conf', kafka)
        check_slurm(here / 'claims-1' / 'topology.conf', claimed)
        for level, hosts in LEVELS.items():
            check_slurm(here / level / 'topology.conf', list(hosts))
            children = {name: set(below.split(',')) for name, row in topology(here / level).items() for below in row.values()}
            assert children == tree(hosts), (level, children)
    if installed('crushtool', 'ceph-conf'):
        print(run('ceph-conf', '--version'))
        for level, hosts in LEVELS.items():
            files = {host: here / level / f'{host}.conf' for host in hosts}
            expected = {host: [*path, f'host {host}'] for host, path in hosts.items()}
            # Buckets that are there already hide what is missing above them.
            found = {host: crush_places({host: file})[host] for host, file in files.items()}
            assert found == expected, (level, found)
            found = crush_places(files)
            assert found == expected, (level, found)
        found = crush_places({host: here / host / 'ceph.conf' for host in claimed})
        assert [path[-1] for path in found.values()] == [f'host {host}' for host in claimed], found
        assert [len(path) for path in found.values()] == [3, 3, 2, 2], found
    if installed('kubectl'):
        print(run('kubectl', 'version', '--client'))
        for host in [*kafka, 'hostile-1', *claimed]:
            check_kubernetes(here / host)


if __name__ == '__main__':
    # As with Ctrl-C, temporary folders are removed.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    main()
