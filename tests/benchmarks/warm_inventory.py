# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a large inventory costs when everything is known: the plugin with a warm cache, a plain list of the same hosts, and constructed groups.

Called by ``make bench``. Only ratios mean anything. With an argument, a picture of them is written to that path.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import pathlib
import statistics
import subprocess
import sys
import time
import typing as t

from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.inventory import get_cache_plugin
from ansible.plugins.loader import init_plugin_loader, inventory_loader
from own_folder import own_folder
from plot import picture

SIZES = (1000, 10_000, 100_000)
# Constructed groups of more hosts take minutes.
CONSTRUCTED_UP_TO = 10_000
PLAIN, WARM, BY_TEMPLATE = 'plain list', 'imds.azure.hosts, warm cache', 'ansible.builtin.constructed'
SUBSET = ('compute', 'network', 'tags')
ROUNDS = int(os.environ.get('BENCH_ROUNDS', '3'))
CONSTRUCTED = """\
plugin: ansible.builtin.constructed
groups:
  azure: ansible_facts.azure_imds is defined
keyed_groups:
  - {prefix: azure_location, key: ansible_facts.azure_imds.placement.location, parent_group: azure}
  - {prefix: azure_zone, key: "ansible_facts.azure_imds.placement.location ~ '_' ~ ansible_facts.azure_imds.placement.zone"}
  - {prefix: azure_physical_zone, key: ansible_facts.azure_imds.placement.physical_zone}
  - {prefix: azure_fault_domain, key: ansible_facts.azure_imds.placement.fault_domain | string}
  - {prefix: azure_fault_domain, key: "ansible_facts.azure_imds.placement.scale_set ~ '_' ~ ansible_facts.azure_imds.placement.fault_domain"}
  - {prefix: azure_vmss, key: ansible_facts.azure_imds.placement.scale_set}
  - {prefix: azure_vmss, key: "ansible_facts.azure_imds.placement.scale_set ~ '_zone_' ~ ansible_facts.azure_imds.placement.zone"}
"""


def main() -> None:
    print(f'{"medians of " + str(ROUNDS) + " rounds":34} {"hosts":>6} {"CPU":>9} {"to plain":>9} {"memory":>8} {"a host":>9}')
    found = {}
    for number in SIZES:
        with own_folder() as folder:
            found[number] = measure(number, folder)
            show(number, found[number])
    goals(found)
    for path in sys.argv[1:]:
        lines = {name: [(number, rows[name][0]) for number, rows in found.items() if name in rows] for name in (PLAIN, WARM, BY_TEMPLATE)}
        pathlib.Path(path).write_text(picture(lines, 'hosts', 'seconds of CPU'))


def show(number: int, rows: dict[str, tuple[float, float]]) -> None:
    plain, memory = rows[PLAIN]
    for name, (seconds, kilobytes) in rows.items():
        a_host = f'{(kilobytes - memory) / number:6.1f} kB' if name != PLAIN else ''
        print(f'{name:34} {number:6} {seconds:7.2f} s {seconds / plain:9.2f} {kilobytes / 1024:5.0f} MB {a_host:>9}')


def goals(found: dict[int, dict[str, tuple[float, float]]]) -> None:
    _small, middle, large = (found[number][WARM] for number in SIZES)
    print(f'{SIZES[1]} hosts to a plain list: {middle[0] / found[SIZES[1]][PLAIN][0]:.2f} (goal: 1.40)')
    print(f'{SIZES[2]} hosts to ten times {SIZES[1]}: {large[0] / middle[0] / 10:.2f} (goal: 1.15)')
    print(f'memory of {SIZES[2]} hosts: {(large[1] - found[SIZES[2]][PLAIN][1]) / SIZES[2]:.1f} kB a host above a plain list (goal: 6.0)')


def measure(number: int, folder: pathlib.Path) -> dict[str, tuple[float, float]]:
    """CPU seconds and peak memory in kB of ``ansible all --list-hosts`` with each inventory."""
    # In a process of its own: what this one once needed would count as the memory of all that it starts.
    # Whoever ends this one is not to wait for it either. It is no fork: what a signal raises meanwhile would be dropped.
    preparation = multiprocessing.get_context('spawn').Process(target=prepare, args=(number, folder), daemon=True)
    preparation.start()
    preparation.join()
    hosts = ['-i', str(folder / 'hosts.ini')]
    commands = {PLAIN: hosts, WARM: [*hosts, '-i', str(folder / 'fleet.azure_imds.yml')]}
    if number <= CONSTRUCTED_UP_TO:
        commands[BY_TEMPLATE] = [*hosts, '-i', str(folder / 'constructed.yml')]
    samples: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
    for _round in range(ROUNDS):
        for name, arguments in commands.items():
            samples[name].append(cost(arguments, folder, number))
    return {name: (statistics.median(s[0] for s in taken), statistics.median(s[1] for s in taken)) for name, taken in samples.items()}


def prepare(number: int, folder: pathlib.Path) -> None:
    """Writes the three inventories and the caches that two of them read."""
    init_plugin_loader()
    facts = {f'vm{index:05}': made_up_facts(index) for index in range(number)}
    (folder / 'hosts.ini').write_text(''.join(f'{name}\n' for name in facts))
    warm(folder, facts)
    if number <= CONSTRUCTED_UP_TO:
        constructed(folder, facts)


def made_up_facts(index: int) -> dict[str, t.Any]:
    """Facts of one VM of a fleet in 4 locations, 3 zones, 5 fault domains and 20 scale sets, of about the usual size."""
    location, zone, scale_set = f'region{index % 4}', str(index % 3 + 1), f'set{index % 20}'
    names = ('evictionPolicy', 'licenseType', 'priority', 'platformSubFaultDomain', 'isVmInStandbyPool')
    compute = {
        **dict.fromkeys(names, ''),
        'azEnvironment': 'AzurePublicCloud',
        'location': location,
        'name': f'{scale_set}_{index}',
        'offer': '0001-com-ubuntu-server-jammy',
        'osProfile': {'adminUsername': 'ops', 'computerName': f'vm{index:05}', 'disablePasswordAuthentication': 'true'},
        'osType': 'Linux',
        'physicalZone': f'{location}-az{zone}',
        'placementGroupId': '3f1c6c1e-7c5e-4f0a-8f2e-2b6a3f0f9a11',
        'plan': {'name': '', 'product': '', 'publisher': ''},
        'platformFaultDomain': str(index % 5),
        'platformUpdateDomain': str(index % 5),
        'provider': 'Microsoft.Compute',
        'publisher': 'Canonical',
        'resourceGroupName': 'shop-prod',
        'resourceId': f'/subscriptions/s/resourceGroups/shop-prod/providers/Microsoft.Compute/virtualMachineScaleSets/{scale_set}/virtualMachines/{index}',
        'securityProfile': {'encryptionAtHost': 'false', 'secureBootEnabled': 'true', 'securityType': 'TrustedLaunch', 'virtualTpmEnabled': 'true'},
        'sku': '22_04-lts-gen2',
        'subscriptionId': '00000000-0000-4000-8000-00000000a001',
        'tagsList': [{'name': 'Role', 'value': 'web'}, {'name': 'Env', 'value': 'prod'}, {'name': 'owner', 'value': 'team {a}'}],
        'version': '22.04.202510010',
        'vmId': f'5c08b38e-4d57-4c23-ac45-{index:012}',
        'vmScaleSetName': scale_set,
        'vmSize': 'Standard_D4s_v5',
        'zone': zone,
    }
    address = {'privateIpAddress': f'10.{index >> 16}.{index >> 8 & 255}.{index & 255}', 'publicIpAddress': ''}
    interface = {'ipv4': {'ipAddress': [address], 'subnet': [{'address': '10.0.0.0', 'prefix': '8'}]}, 'ipv6': {'ipAddress': []}, 'macAddress': f'{index:012X}'}
    # Only importable once Ansible has set its loader of collections up.
    from ansible_collections.imds.azure.plugins.module_utils._facts.facts import facts_from_document

    facts = facts_from_document({'compute': compute, 'network': {'interface': [interface]}}, SUBSET)
    query = {'present': True, 'endpoint': 'http://169.254.169.254', 'api_version': '2025-04-07', 'requests': 1, 'retries': 0, 'seconds': index % 997 / 10_000}
    return dict(facts, query=query)


def warm(folder: pathlib.Path, facts: dict[str, dict[str, t.Any]]) -> None:
    """A source of the plugin whose cache knows all hosts."""
    from ansible_collections.imds.azure.plugins.module_utils._facts.subset import resolve_subset
    from ansible_collections.imds.azure.plugins.plugin_utils._fleet.host_variables import HostVariables
    from ansible_collections.imds.azure.plugins.plugin_utils._fleet.where_asked import where_asked
    from ansible_collections.imds.azure.plugins.plugin_utils._inventory.common_facts import apart
    from ansible_collections.imds.azure.plugins.plugin_utils._inventory.known_hosts import KnownHosts
    from ansible_collections.imds.azure.plugins.plugin_utils._inventory.packed import pack

    path = folder / 'fleet.azure_imds.yml'
    cache = {'cache': True, 'cache_plugin': 'ansible.builtin.jsonfile', 'cache_connection': str(folder / 'inventory')}
    # A closed port of loopback: a host that is asked after all must not get far, and is an error.
    path.write_text(json.dumps({'plugin': 'imds.azure.hosts', 'endpoint': 'http://127.0.0.1:1', 'strict': True, **cache}))
    plugin = inventory_loader.get('imds.azure.hosts')
    plugin.loader = DataLoader()
    inventory = InventoryManager(loader=plugin.loader, sources=[str(folder / 'hosts.ini')])._inventory
    inventory.current_source = str(path)
    where = {name: of_host.key for name, of_host in where_asked(HostVariables(inventory, plugin.loader), facts, 'http://127.0.0.1:1').items()}
    known = KnownHosts(None, ['auto', 'auto', sorted(resolve_subset(SUBSET))], where, 0, time.time())
    stored = get_cache_plugin('ansible.builtin.jsonfile', _uri=str(folder / 'inventory'), _prefix='ansible_inventory_', _timeout=0)
    answers = {name: {'state': 'present', 'facts': of_host} for name, of_host in facts.items()}
    stored[plugin.get_cache_key(str(path))] = pack(apart(known.to_store(answers, answers)))
    stored.set_cache()


def constructed(folder: pathlib.Path, facts: dict[str, dict[str, t.Any]]) -> None:
    """The same groups by templates over a cache of facts."""
    (folder / 'facts').mkdir()
    for name, of_host in facts.items():
        (folder / 'facts' / name).write_text(json.dumps({'azure_imds': of_host}))
    (folder / 'constructed.yml').write_text(CONSTRUCTED)


def cost(arguments: list[str], folder: pathlib.Path, number: int) -> tuple[float, float]:
    """CPU seconds and peak kB of one run that must list all hosts."""
    environment = os.environ | {
        'ANSIBLE_HOME': str(folder / 'home'),
        'ANSIBLE_CACHE_PLUGIN': 'ansible.builtin.jsonfile',
        'ANSIBLE_CACHE_PLUGIN_CONNECTION': str(folder / 'facts'),
        'ANSIBLE_CACHE_PLUGIN_PREFIX': '',
        'ANSIBLE_INVENTORY_CACHE_PLUGIN_PREFIX': 'ansible_inventory_',
        'ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED': 'true',
        # ssh would ask for the addresses of these names.
        'ANSIBLE_SSH_EXECUTABLE': '/nonexistent/ssh',
    }
    command = [sys.executable, str(pathlib.Path(sys.executable).with_name('ansible')), 'all', '--list-hosts', *arguments]
    with open(folder / 'out', 'wb') as out:
        process = subprocess.Popen(command, env=environment, stdout=out)
        _pid, status, usage = os.wait4(process.pid, 0)
        process.returncode = status
    listed = (folder / 'out').read_text()
    if status or f'hosts ({number})' not in listed:
        sys.exit(f'{command} failed: {listed[:1000]}')
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss


if __name__ == '__main__':
    main()
