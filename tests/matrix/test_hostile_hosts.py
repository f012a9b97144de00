# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a host says is text on every supported ansible-core, when it was just asked and when it comes from the cache.

Releases differ in what they take for a template, so that each has to be tried: before 2.19 every string of an inventory that is not marked, from then on
what a cache says is trusted.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.imds.azure.tests.matrix import interpreters
from ansible_collections.imds.azure.tests.matrix.cores import EACH_CORE, programs_of

SIMULATOR = Path(__file__).parents[2] / 'roles/simulator/files/imds_simulator'
RUN = 'lookup("ansible.builtin.pipe", "touch CANARY")'
# Each on a host of its own, for one marked string makes Ansible careful with all others of that host.
TAGS = {
    'template': {'Tag': '{{ ' + RUN + ' }}'},
    'header': {'Tag': "#jinja2:variable_start_string:'[[',variable_end_string:']]'\n[[ 1 + 1 ]]"},
    'statement': {'Tag': "#jinja2:block_start_string:'<%',block_end_string:'%>'\n<% if true %><% endif %>"},
    'expression': {'Tag': RUN},
    'unsafe': {'__ansible_unsafe': '{{ ' + RUN + ' }}'},
    'vault': {'__ansible_vault': 'no secret'},
}
# What newer releases keep a trusted template as, and one of them that nothing can be made of.
TRUSTED = {'__ansible_type': '_AnsibleTaggedStr', 'value': '{{ ' + RUN + ' }}', 'tags': [{'__ansible_type': 'TrustedAsTemplate'}]}
UNKNOWN = {'__ansible_type': 'nobody knows'}
KNOWN = "{'tags': azure_imds.tags, 'load_balancer': azure_imds.load_balancer, 'composed': composed}"
MEANT = f"{KNOWN} | to_json(sort_keys=true) == lookup('ansible.builtin.file', folder ~ '/' ~ inventory_hostname ~ '.meant')"
# Ansible warns of braces in conditions and runs what they give; it refuses that only where it is marked.
CONDITIONS = ('{{ azure_imds.tags.Tag }}', '{{ composed }}')


def balancer(rule: Any) -> dict[str, Any]:
    """Makes a VM answer with this rule of a load balancer; the service itself would never."""
    return {'faults': [{'kind': 'status', 'status': 200, 'path': '/loadbalancer', 'body': {'loadbalancer': {'inboundRules': [rule]}}}]}


FLEETS: dict[str, dict[str, Any]] = {
    'text': {**{name: {'tags': tags} for name, tags in TAGS.items()}, 'trusted': balancer(TRUSTED)},
    # A host like this must not take the cache from the others.
    'unknown': {'unknown': balancer(UNKNOWN), 'other': {'tags': {'__ansible_type': 'nobody knows'}}},
}


class Simulator:
    def __init__(self, folder: Path, vms: dict[str, Any]) -> None:
        self.canary = folder / 'canary'
        text = json.dumps(vms).replace('CANARY', str(self.canary))
        fleet = {'vms': [{'name': name, 'rate_limit': 0, 'location': 'westeurope', **settings} for name, settings in json.loads(text).items()]}
        (folder / 'fleet.json').write_text(json.dumps(fleet))
        for vm in fleet['vms']:
            tags, faults = vm.get('tags', {}), vm.get('faults')
            meant = {'tags': tags, 'load_balancer': faults[0]['body']['loadbalancer'] if faults else {}, 'composed': tags.get('Tag', 'none')}
            (folder / f'{vm["name"]}.meant').write_text(json.dumps(meant, sort_keys=True))
        command = [sys.executable, str(SIMULATOR), '--fleet', str(folder / 'fleet.json'), '--exit-with-stdin']
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout
        line = self._process.stdout.readline()
        assert line, 'the simulator did not start'
        self.vms: dict[str, str] = json.loads(line)['vms']

    def stop(self) -> None:
        self._process.communicate(timeout=30)


@pytest.fixture
def simulate(tmp_path: Path) -> Iterator[Callable[[dict[str, Any]], Simulator]]:
    running: list[Simulator] = []

    def start(vms: dict[str, Any]) -> Simulator:
        running.append(Simulator(tmp_path, vms))
        return running[0]

    yield start
    for simulator in running:
        simulator.stop()


def arguments(folder: Path, endpoints: dict[str, str]) -> list[str]:
    """For ansible-playbook: the hosts, the plugin's file and a play that uses what the hosts say."""
    variables = {'ansible_connection': 'local', 'ansible_python_interpreter': interpreters.of_hosts()}
    hosts = {name: {**variables, 'azure_imds_endpoint': endpoint} for name, endpoint in endpoints.items()}
    source = {
        'plugin': 'imds.azure.hosts',
        'endpoint': 'http://127.0.0.1:9',
        'gather_subset': ['all'],
        'cache': True,
        'cache_plugin': 'ansible.builtin.jsonfile',
        'cache_connection': str(folder / 'known'),
        'compose': {'composed': "azure_imds.tags.Tag | default('none')"},
    }
    tasks = [
        {
            'name': 'Compare what is known with what the host said',
            'ansible.builtin.assert': {'that': MEANT},
        },
        *({'name': 'A condition', 'ansible.builtin.debug': {}, 'when': condition, 'ignore_errors': True} for condition in CONDITIONS),
    ]
    (folder / 'hosts.json').write_text(json.dumps({'all': {'hosts': hosts}}))
    (folder / 'fleet.azure_imds.yml').write_text(json.dumps(source))
    (folder / 'play.yml').write_text(json.dumps([{'name': 'Use it', 'hosts': 'azure', 'gather_facts': False, 'tasks': tasks}]))
    sources = ['-i', str(folder / 'hosts.json'), '-i', str(folder / 'fleet.azure_imds.yml')]
    return [*sources, '-e', f'folder={folder}', str(folder / 'play.yml')]


@pytest.mark.parametrize('kind', FLEETS)
@pytest.mark.parametrize('core', EACH_CORE)
def test_nothing_is_run(core: str, kind: str, simulate: Callable[[dict[str, Any]], Simulator], tmp_path: Path) -> None:
    programs = programs_of(core)
    simulator = simulate(FLEETS[kind])
    words = [f'{programs}/ansible-playbook', *arguments(tmp_path, simulator.vms)]
    for source in ('a host', 'the cache'):
        environment = {**os.environ, 'ANSIBLE_HOME': str(tmp_path)}
        ran = subprocess.run(words, capture_output=True, text=True, check=False, timeout=120, env=environment)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        assert set(re.findall(r'^(\w+) +: ok=[1-9]', ran.stdout, re.MULTILINE)) == set(FLEETS[kind])
        assert not simulator.canary.exists(), f'something was run that {source} said'
        # The second run cannot ask.
        simulator.stop()
