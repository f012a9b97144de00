# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fleets and the reports that the role writes on them."""

from __future__ import annotations

import contextlib
import copy
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from ansible_collections.imds.azure.tests.matrix import interpreters

ROOT = Path(__file__).parents[2]
SIMULATOR = ROOT / 'roles/simulator/files/imds_simulator'
DEMO = ROOT / 'playbooks/demo/simulated-fleet.yml'
# Each would change the page or the title of it, were it run, or the terminal.
HOSTILE = (
    '"><script>document.title = "run"</script>',
    '<img src=x onerror=\'document.title = "run"\'>',
    "</td></tr></table></main><h1 class='injected'>injected</h1>",
    '</style></title><svg onload=\'document.title = "run"\'>',
    '$(id)',
    '`id`',
    "{{ lookup('ansible.builtin.pipe', 'touch CANARY') }}",
    '{% for host in range(3) %}injected{% endfor %}',
    "' onmouseover='document.title = \"run\"' style='position:fixed",
    '&lt;b class=injected&gt;',
    'javascript:document.title="run"',
    '\x1b[2J\x1b]0;run\x07',
    'left \u202e right',
    'x' * 256,
)
Hosts = dict[str, dict[str, Any]]


def facts(location: str | None, zone: str | None, fault_domain: int | None, scale_set: str | None, **tags: str) -> dict[str, Any]:
    """What instance_facts says of a VM, as far as the report looks at it."""
    place = {'location': location, 'zone': zone, 'fault_domain': fault_domain, 'update_domain': fault_domain, 'scale_set': scale_set}
    return {'placement': place, 'resource': {'subscription_id': 's', 'resource_group': 'shop'}, 'tags': tags, 'query': {'present': True}}


def hostile_hosts() -> Hosts:
    """Each value in every place where the report shows one."""
    hosts: Hosts = {}
    for number, value in enumerate(HOSTILE):
        said = facts(value, value, None, value, Role=value, Owner=value)
        said['placement'].update(fault_domain=value, update_domain=value)
        said['resource'] = {'subscription_id': value, 'resource_group': value}
        event = {'event_id': value, 'event_type': value, 'not_before': value, 'affects_this_host': True}
        hosts[f'hostile_{number}'] = {'azure_imds': said, 'topology_report_events': {'events': [event]}}
        hosts[f'silent_{number}'] = {'topology_report_answer': {'unreachable': True, 'msg': value}, 'azure_imds': None}
    return hosts


def large_hosts(number: int = 1000) -> Hosts:
    """Thirty services and scale sets in three locations, some of them badly spread, and hosts in every state."""
    hosts: Hosts = {}
    for index in range(number):
        service = f'service{index % 30:02}'
        location = ('westeurope', 'northeurope', 'germanywestcentral')[index % 3]
        zone = None if location == 'northeurope' else '1' if service == 'service02' else str(1 + index // 30 % 3)
        said = facts(location, zone, index // 30 % 5, f'{service}-vmss', Role=service, Env=('prod', 'test')[index % 2], Owner=f'team-{index % 12}')
        if index % 97 == 0:
            said['query'].update(stale=True, age=3600.0 * (1 + index % 50))
        hosts[f'{service}-{index:04}.example.com'] = {'azure_imds': said}
    silent = {'topology_report_answer': {'unreachable': True, 'msg': 'No route to host'}}
    for index in range(0, number, 50):
        hosts[f'service{index % 30:02}-{index:04}.example.com'] = silent if index % 100 else {'azure_imds': {'query': {'present': False}}}
    return hosts


@contextlib.contextmanager
def simulated(fleet: Path) -> Iterator[Hosts]:
    """The hosts of a fleet file while its simulator runs."""
    command = [sys.executable, str(SIMULATOR), '--fleet', str(fleet), '--exit-with-stdin']
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        line = process.stdout.readline()
        assert line, 'the simulator did not start'
        yield {name: {'azure_imds_endpoint': endpoint} for name, endpoint in json.loads(line)['vms'].items()}
        process.communicate(timeout=30)


class _InventoryDumper(yaml.SafeDumper):
    """Ansible trusts inventory files: what stands for the words of a host is marked as the inventory plugin marks it."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _said(dumper: yaml.SafeDumper, value: str) -> yaml.Node:
    return dumper.represent_scalar('!unsafe' if '{' in value else 'tag:yaml.org,2002:str', value)


_InventoryDumper.add_representer(str, _said)


def write_report(folder: Path, hosts: Hosts, **options: Any) -> Path:
    """Has the role report on hosts, with these options of it, and gives the folder of the report.

    Hosts whose facts are not in their variables are asked.
    """
    folder.mkdir(parents=True, exist_ok=True)
    report = folder / 'report'
    common = {'ansible_connection': 'local', 'ansible_python_interpreter': interpreters.of_hosts()}
    inventory = folder / 'inventory.yml'
    inventory.write_text(yaml.dump({'all': {'hosts': hosts, 'vars': common}}, Dumper=_InventoryDumper))
    asked = any('azure_imds_endpoint' in host for host in hosts.values())
    tasks = {'name': 'Write the report', 'ansible.builtin.import_role': {'name': 'imds.azure.topology_report'}}
    # Nobody but simulators may be asked: a play on localhost alone reports on what variables say.
    play: dict[str, Any] = {'name': 'Report', 'hosts': 'all' if asked else 'localhost', 'gather_facts': False, 'tasks': [tasks]}
    if not asked:
        play['vars'] = {'azure_imds': {'query': {'present': False}}}
    (folder / 'play.yml').write_text(yaml.safe_dump([play]))
    (folder / 'ansible.cfg').touch()
    environment = {name: value for name, value in os.environ.items() if not name.startswith('ANSIBLE_') or name == 'ANSIBLE_COLLECTIONS_PATH'}
    environment.update(ANSIBLE_HOME=str(folder / 'ansible'), ANSIBLE_CONFIG=str(folder / 'ansible.cfg'), AZURE_IMDS_ENDPOINT='http://127.0.0.1:9')
    variables = {'topology_report_dest': str(report), **options}
    command = [sys.executable, '-m', 'ansible', 'playbook', '-i', str(inventory), str(folder / 'play.yml'), '-e', json.dumps(variables)]
    done = subprocess.run(command, env=environment, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert not (folder / 'CANARY').exists(), 'a value of a host was run'
    return report


def _demo(folder: Path) -> Path:
    with simulated(DEMO) as hosts:
        return write_report(folder, hosts, topology_report_tags=['Env'])


def _hostile(folder: Path) -> Path:
    hosts = hostile_hosts()
    return write_report(folder, hosts, topology_report_hosts=list(hosts), topology_report_tags=['Owner'])


def _large(folder: Path) -> Path:
    hosts = large_hosts()
    return write_report(folder, hosts, topology_report_hosts=list(hosts), topology_report_tags=['Env', 'Owner'])


def moved(hosts: Hosts) -> Hosts:
    """The same hosts, of which one in seven is in another zone, and one in ten not there."""
    kept = {name: copy.deepcopy(host) for number, (name, host) in enumerate(hosts.items()) if number % 10 != 9 or name.startswith('hostile')}
    for number, host in enumerate(kept.values()):
        place = (host.get('azure_imds') or {}).get('placement')
        if place and number % 7 == 0:
            place['zone'] = '1' if place['zone'] == '2' else '2'
    return kept


def write_changed(folder: Path, hosts: Hosts, **options: Any) -> Path:
    """A report on hosts with all that it may have: what changed since another report, what outages would leave, and the history."""
    common = {'topology_report_history': str(folder / 'history'), **options}
    before = write_report(folder / 'before', moved(hosts), topology_report_hosts=list(moved(hosts)), **common)
    losses = [{'location': 'westeurope', 'zone': '1'}, {'location': 'germanywestcentral'}]
    more = {'topology_report_baseline': str(before / 'topology.json'), 'topology_report_what_if': losses}
    return write_report(folder, hosts, topology_report_hosts=list(hosts), **common, **more)


def _changed(folder: Path) -> Path:
    return write_changed(folder, {**large_hosts(120), **hostile_hosts()}, topology_report_tags=['Owner'])


REPORTS = {'demo': _demo, 'hostile': _hostile, 'large': _large, 'changed': _changed}
