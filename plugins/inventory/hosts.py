# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: hosts
short_description: Group hosts by where they stand, from their Instance Metadata Service
version_added: 0.1.0
author:
  - Contributors to the imds.azure collection (@imds-azure)
description:
  - Asks the Azure Instance Metadata Service on every host of the inventory, over the host's own Ansible connection, and groups the hosts by location, zone,
    fault domain and scale set. Each host gets the variable C(azure_imds), with the same content as the facts of M(imds.azure.instance_facts).
  - One short shell command is run on each host. It uses curl, wget or python3, whichever is there. No module is transferred, nothing is installed,
    and no credentials for the cloud are needed.
  - On Windows hosts (shell type V(powershell)) it is a PowerShell command that does the same. That is B(untested) on real Windows so far.
  - The file must be named C(*azure_imds.yml) or C(*azure_imds.yaml), or be a YAML file that names the plugin, and come after the sources of the hosts.
  - Hosts that gave no facts are in the groups C(azure_unreachable), C(azure_failed) and C(azure_not_azure).
extends_documentation_fragment:
  - imds.azure.service
  - ansible.builtin.constructed
  - ansible.builtin.inventory_cache
options:
  plugin:
    description: The name of this plugin.
    type: str
    required: true
    choices: [imds.azure.hosts]
  hosts:
    description:
      - Which hosts of the earlier sources are asked, as an Ansible pattern, or a list of hosts to add and ask, with ranges such as V(web[01:50].internal).
    type: raw
    default: all
  forks:
    description: How many hosts are asked at the same time. The default is what Ansible uses for plays.
    type: int
  prefix:
    description: Begins the name of every group, and names the group of all hosts that answered.
    type: str
    default: azure
  levels:
    description: Which groups are made. The groups of a scale set's zones need both V(zone) and V(scale_set).
    type: list
    elements: str
    choices: [location, zone, physical_zone, fault_domain, scale_set]
    default: [location, zone, physical_zone, fault_domain, scale_set]
  gather_subset:
    description:
      - What becomes of the host variable C(azure_imds). See O(imds.azure.instance_facts#module:gather_subset).
      - Disks and images are left out by default, for they are most of the bytes.
    type: list
    elements: str
    default: [compute, network, tags]
  strict:
    description:
      - Whether a host that is unreachable or failed makes the whole inventory fail.
      - It also means for O(compose), O(groups) and O(keyed_groups) what it usually does.
  use_fact_cache:
    description:
      - Whether facts that a play gathered with M(imds.azure.instance_facts) are as good as asking the host, where Ansible keeps facts in a cache of files
        or the like (C(fact_caching)). With it, C(meta) V(refresh_inventory) after gathering facts groups the hosts without one more connection.
      - C(--flush-cache) makes no use of it.
    type: bool
    default: false
  cache:
    description:
      - Whether to keep what the hosts said. Each host has its own age, so that a new one is asked and those that are known are not.
      - A host that cannot be asked now keeps its old facts, with C(azure_imds.query.stale) and C(azure_imds.query.age), unless O(strict=true).
      - Nothing is kept where O(gather_subset) names V(user_data), V(public_keys) or V(document).
"""

EXAMPLES = r"""
# fleet.azure_imds.yml, used as: ansible-inventory -i hosts.ini -i fleet.azure_imds.yml --graph
plugin: imds.azure.hosts
cache: true
cache_plugin: ansible.builtin.jsonfile
cache_connection: ~/.cache/azure_imds

# Ask some hosts only, and group them by a tag besides
# plugin: imds.azure.hosts
# hosts: web:&production
# keyed_groups:
#   - prefix: role
#     key: azure_imds.tags.Role
"""

import collections
import re
import sys
import time

from ansible import constants as C
from ansible import context
from ansible.errors import AnsibleOptionsError, AnsibleParserError
from ansible.inventory.manager import InventoryManager
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable, get_cache_plugin
from ansible.plugins.loader import cache_loader
from ansible.utils.display import Display
from ansible_collections.imds.azure.plugins.module_utils._errors import ImdsError
from ansible_collections.imds.azure.plugins.module_utils._subset import ONLY_BY_NAME, resolve_subset
from ansible_collections.imds.azure.plugins.module_utils._transport import parse_endpoint
from ansible_collections.imds.azure.plugins.plugin_utils._fleet import ask_all
from ansible_collections.imds.azure.plugins.plugin_utils._groups import placement_groups
from ansible_collections.imds.azure.plugins.plugin_utils._host_connection import HostVariables
from ansible_collections.imds.azure.plugins.plugin_utils._host_question import HostQuestion
from ansible_collections.imds.azure.plugins.plugin_utils._known_hosts import KnownHosts, are_facts
from ansible_collections.imds.azure.plugins.plugin_utils._untrusted import untrusted

display = Display()


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):
    """Facts as host variables, placement as groups."""

    NAME = 'imds.azure.hosts'

    def verify_file(self, path):
        if not super().verify_file(path) or not path.endswith(('.yml', '.yaml')):
            return False
        if path.endswith(('azure_imds.yml', 'azure_imds.yaml')):
            return True
        with open(path, encoding='utf-8', errors='replace') as file:
            return re.search(r'^plugin:\s*["\']?imds\.azure\.hosts\b', file.read(), re.MULTILINE) is not None

    def parse(self, inventory, loader, path, cache=True):
        super().parse(inventory, loader, path, cache)
        self._read_config_data(path)
        question = {name: self.get_option(name) for name in ('endpoint', 'api_version', 'timeout', 'deadline', 'detect', 'gather_subset')}
        try:
            parse_endpoint(question['endpoint'])
            subset = resolve_subset(question['gather_subset'])
        except ImdsError as error:
            raise AnsibleParserError(str(error)) from error
        self._places = {}
        store = _Store(self, path, subset)
        known = KnownHosts(store.read(), [question['endpoint'], question['api_version'], sorted(subset)], self.get_option('cache_timeout'), time.time())
        hosts = self._hosts()
        answers = _gathered(hosts) if self.get_option('use_fact_cache') and not context.CLIARGS.get('flush_cache') else {}
        if cache:
            answers.update((name, known.fresh(name)) for name in hosts if name not in answers and known.fresh(name))
        unknown = [name for name in hosts if name not in answers]
        if unknown:
            ask = HostQuestion(HostVariables(inventory, loader), question).ask
            asked = ask_all(unknown, ask, self.get_option('forks') or C.DEFAULT_FORKS, _Progress(len(unknown)))
            _tell(asked)
            store.write(known.to_store(asked))
            answers.update(self._with_stale(asked, known))
        for name in hosts:
            self._take(name, answers[name])

    def _read_config_data(self, path):
        try:
            return super()._read_config_data(path)
        except (AnsibleParserError, AnsibleOptionsError):
            raise
        except Exception:
            # The cache cannot be opened, which comes last there. _Store tries again, and warns.
            return None

    def update_cache_if_changed(self):
        """Called by Ansible after parse; trouble with the cache must not cost a host."""
        if not self.get_option('cache'):
            return
        try:
            super().update_cache_if_changed()
        except Exception as error:
            display.warning(f'azure_imds: what the hosts said cannot be kept: {error}')

    def _with_stale(self, asked, known):
        """The answers, with old facts for hosts that cannot be asked now."""
        problems = {name: answer['error'] for name, answer in asked.items() if answer['state'] in ('unreachable', 'failed')}
        if problems and self.get_option('strict'):
            name, error = next(iter(problems.items()))
            raise AnsibleParserError(f'{len(problems)} of {len(asked)} hosts gave no facts, and strict is set. {name}: {error}')
        return {name: known.stale(name) or answer if name in problems else answer for name, answer in asked.items()}

    def _hosts(self):
        wanted = self.get_option('hosts')
        if isinstance(wanted, str):
            manager = InventoryManager(loader=self.loader, sources=None, parse=False)
            manager._inventory = self.inventory
            return [host.name for host in manager.get_hosts(wanted)]
        found = []
        for pattern in wanted:
            names, port = self._expand_hostpattern(pattern)
            for name in names:
                self.inventory.add_host(name, port=port)
                found.append(name)
        return found

    def _take(self, name, answer):
        prefix = self.get_option('prefix')
        if answer['state'] != 'present':
            self._join(name, f'{prefix}_{answer["state"]}')
            if answer['state'] == 'not_azure':
                self.inventory.set_variable(name, 'azure_imds', {'query': {'present': False}})
            return
        # By the inventory's own method once for each host, so that it forgets what it knew of its groups; the others directly, which is faster.
        self._join(name, prefix)
        host = self.inventory.hosts[name]
        for group in self._groups_of(answer['facts']):
            group.add_host(host)
        # Not by the inventory's own method, which from ansible-core 2.19 on would look at every string only to find it untrusted.
        host.set_variable('azure_imds', untrusted(answer['facts']))
        compose, groups, keyed_groups = (self.get_option(option) for option in ('compose', 'groups', 'keyed_groups'))
        if compose or groups or keyed_groups:
            strict = self.get_option('strict')
            self._set_composite_vars(compose, self.inventory.get_host(name).get_vars(), name, strict=strict)
            variables = self.inventory.get_host(name).get_vars()
            self._add_host_to_composed_groups(groups, variables, name, strict=strict, fetch_hostvars=False)
            self._add_host_to_keyed_groups(keyed_groups, variables, name, strict=strict, fetch_hostvars=False)

    def _groups_of(self, facts):
        """The groups of a host, made where they are new. A fleet has many hosts and few places."""
        place = (*facts['placement'].values(), facts['resource']['resource_group'])
        if place not in self._places:
            groups = placement_groups(facts, self.get_option('prefix'), self.get_option('levels'))
            for group, parent in groups:
                self.inventory.add_group(group)
                self.inventory.add_child(parent, group)
            self._places[place] = [self.inventory.groups[group] for group, _parent in groups]
        return self._places[place]

    def _join(self, name, group):
        self.inventory.add_group(group)
        self.inventory.add_child(group, name)


class _Store:
    """Where answers are kept between runs: Ansible's inventory cache. Trouble with it is a warning and costs no host."""

    def __init__(self, plugin, path, subset):
        self._plugin = plugin
        self._key = plugin.get_cache_key(path)
        self._on = plugin.get_option('cache') and not subset & set(ONLY_BY_NAME)
        # Two runs that begin at the same time may both want to make the folder: the second try finds it.
        for attempt in (1, 2) if self._on else ():
            try:
                self._open()
                break
            except Exception as error:
                if attempt == 2:
                    display.warning(f'azure_imds: nothing can be kept, so all hosts are asked: {error}')
                    self._on = False

    def _open(self):
        """Sets the cache up without a time-out of its own: ages are looked at host by host, and it must not throw all away with the oldest."""
        plugin = self._plugin
        options = {'_uri': plugin.get_option('cache_connection'), '_prefix': plugin.get_option('cache_prefix')}
        plugin._cache = get_cache_plugin(plugin.get_option('cache_plugin'), _timeout=0, **{key: value for key, value in options.items() if value is not None})

    def read(self):
        try:
            return self._plugin._cache[self._key] if self._on else None
        except KeyError:
            return None
        except Exception as error:
            display.warning(f'azure_imds: the cache cannot be read, so all hosts are asked: {error}')
            return None

    def write(self, content):
        if self._on:
            self._plugin._cache[self._key] = content


def _gathered(hosts):
    """Answers from the facts that plays have gathered."""
    cache = cache_loader.get(C.CACHE_PLUGIN)
    found = {}
    for name in hosts:
        facts = cache.get(name).get('azure_imds') if cache.contains(name) else None
        if are_facts(facts):
            found[name] = {'state': 'present', 'facts': facts}
    return found


class _Progress:
    """A line on a terminal that follows the answers."""

    def __init__(self, total):
        self._total = total
        self._states: collections.Counter[str] = collections.Counter()
        self._shown = 0.0

    def __call__(self, answer):
        self._states[answer['state']] += 1
        done = sum(self._states.values())
        if sys.stderr.isatty() and (done == self._total or time.monotonic() - self._shown > 0.1):
            self._shown = time.monotonic()
            end = '\n' if done == self._total else ''
            sys.stderr.write(f'\r\x1b[Kazure_imds {done}/{self._total} hosts{_others(self._states)}{end}')
            sys.stderr.flush()


def _others(states):
    return ''.join(f', {states[state]} {state.replace("_", " ")}' for state in ('unreachable', 'failed', 'not_azure') if states[state])


def _tell(answers):
    """One line for the whole fleet, and with -v one for each cause."""
    states = collections.Counter(answer['state'] for answer in answers.values())
    if not sys.stderr.isatty() and (states['unreachable'] or states['failed']):
        display.warning(f'azure_imds: {states["present"]} of {len(answers)} hosts gave facts{_others(states)}. Use -v for the causes.')
    causes = collections.defaultdict(list)
    for name, answer in answers.items():
        if answer['state'] in ('unreachable', 'failed'):
            causes[answer['error'].replace(name, 'HOST')].append(name)
        for warning in answer.get('warnings', ()):
            display.warning(f'{name}: {warning}')
    for cause, names in sorted(causes.items(), key=lambda item: -len(item[1])):
        shown = ', '.join(names[:5]) + (f' and {len(names) - 5} more' if len(names) > 5 else '')
        display.v(f'azure_imds: {shown}: {cause}')
