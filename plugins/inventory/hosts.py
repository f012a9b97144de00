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
    fault domain, update domain and scale set. Each host gets the variable C(azure_imds), with the same content as the facts of M(imds.azure.instance_facts),
    which win over it where a play has gathered them.
  - One short shell command is run on each host. It uses curl, wget or python3, whichever is there. No module is transferred, nothing is installed,
    and no credentials for the cloud are needed.
  - On Windows hosts (shell type V(powershell) or V(cmd)) it is a PowerShell script that does the same, over winrm, psrp or ssh. It is tested with the
    connection plugins of every supported ansible-core, but B(not on real Windows) so far. The guide about Windows of this collection says what is needed.
  - A host whose service is elsewhere than O(endpoint) says so by the variable C(azure_imds_endpoint).
  - The file must be named C(*azure_imds.yml) or C(*azure_imds.yaml), or be a YAML file that names the plugin, and come after the sources of the hosts.
  - Hosts that gave no facts are in the groups C(azure_unreachable), C(azure_failed) and C(azure_not_azure), with O(use_fact_cache=only) in C(azure_unknown).
  - The tree of groups is shown below the examples. A host is a direct member of its deepest groups only, and belongs to those above through them. It is in no
    group of a level that it has no value for, and directly in C(azure) if it has none at all.
  - The number of a fault domain compares only inside one scale set or availability set, and in one with zones only inside a zone. So the groups to work with
    are C(azure_fault_domain_<set>_<n>) and C(azure_fault_domain_<set>_zone_<zone>_<n>). C(azure_fault_domain_<n>) holds the hosts of all sets with that number.
  - Names in Azure have no case. Where hosts spell one differently, its groups show the spelling that is first in sorted order.
  - One name stands for one place. Where two places come to one name, a warning names both and what tells them apart, and the group is left out. The group of a
    scale set or an availability set holds all of them that come to its name, and has no groups of zones and fault domains then. A group of a zone,
    C(azure_zone_<location>_<zone>), holds the zones of all subscriptions.
extends_documentation_fragment:
  - imds.azure.service
  - imds.azure.service.plugin
  - imds.azure.cloud_lookup
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
  api_version:
    type: raw
  forks:
    description:
      - How many hosts are asked at the same time. The default is what Ansible uses for plays (C(--forks) and its setting).
      - A host that is silent for a second or more, and three times as long as others take, gives its place to another. As many hosts again, and at least 50,
        may be waited for so.
    type: int
  prefix:
    description: Begins the name of every group, and names the group of all hosts that answered. No other source may have a group of that name.
    type: str
    default: azure
  levels:
    description:
      - Which groups are made. The groups of the zones of scale sets need both V(zone) and V(scale_set), those of their fault domains both V(fault_domain) and
        V(scale_set). Those of the fault domains of availability sets need V(fault_domain).
      - The name of a group is the same whichever other levels there are. A group whose parent is left out is a child of the next one above.
    type: list
    elements: str
    choices: [location, zone, physical_zone, fault_domain, update_domain, scale_set, placement_group]
    default: [location, zone, physical_zone, fault_domain, update_domain, scale_set]
  scale_set_scope:
    description:
      - What the names of the groups of a scale set or an availability set say of it, where C(<set>) stands in the tree of groups.
      - With V(name), they have its name alone.
      - With V(resource_group), they have its name and its resource group, as in C(azure_vmss_web_prod), and the group C(azure_vmss_<name>) of all scale sets
        of that name is above it. Set it where sets in several resource groups have one name.
    type: str
    choices: [name, resource_group]
    default: name
  availability_set:
    description:
      - A Jinja expression that names the availability set of a host, for the service does not. It is used for hosts outside scale sets only, and sees their
        variables, C(azure_imds) among them.
      - Where it is undefined or empty, the host has none. Where it fails, that is a warning, or an error with O(strict=true).
      - Without it, hosts outside scale sets have no groups of fault domains but C(azure_fault_domain_<n>).
    type: str
  gather_subset:
    description:
      - What becomes of the host variable C(azure_imds). See O(imds.azure.instance_facts#module:gather_subset).
      - Disks and images are left out by default, for they are most of the bytes.
    type: list
    elements: str
    default: [compute, network, tags]
  strict:
    description:
      - Whether this source fails when a host is unreachable or failed, or has no facts with O(use_fact_cache=only). Ansible then warns and goes on without its
        groups, unless its own setting C(any_unparsed_is_failed) in the section C(inventory) makes it an error.
      - It also means for O(compose), O(groups) and O(keyed_groups) what it usually does.
  use_fact_cache:
    description:
      - Whether facts that a play gathered with M(imds.azure.instance_facts) are as good as asking the host, where Ansible keeps facts in a cache of files
        or the like (C(fact_caching)). With it, C(meta) V(refresh_inventory) after gathering facts groups the hosts without one more connection.
      - V(only) means that no host is asked. Hosts without stored facts are in the group C(azure_unknown), and a warning names them. With O(cache=true), what
        an earlier run kept counts as stored facts too.
      - Ansible stores facts by the name of the host alone. Facts from another endpoint than that of the host are not used. If a name now belongs to another
        machine, run Ansible once with C(--flush-cache). If two inventories use the same names, give each its own C(fact_caching_prefix).
      - C(--flush-cache) makes no use of it.
    type: raw
    default: false
  cache:
    description:
      - Whether to keep what the hosts said. Each host has its own age, so that a new one is asked and those that are known are not.
      - An answer belongs to the host's name, address, port, connection, ssh arguments and endpoint. If one of them changes, the host is asked again, and
        inventories that use the same names for different machines can share a cache.
      - A host that cannot be asked now keeps its old facts, with C(azure_imds.query.stale) and C(azure_imds.query.age), unless O(strict=true).
      - What hosts said that the inventory does not name any more is forgotten after a week.
      - If runs overlap, the answers of all of them are kept, and for each host the newest.
      - Files can be read by their owner only. If one cannot be written, because the disk is full for example, the old one stays as it is.
      - Nothing is kept if O(gather_subset) names V(user_data), V(public_keys) or V(document), or if O(cache_plugin) is V(memory), Ansible's default.
  unreachable_timeout:
    description:
      - For how many seconds a host that could not be reached is not asked again, so that a stopped host does not cost its connection timeout in every run.
        It needs O(cache=true).
      - Meanwhile the host keeps its old facts, or is in the group C(azure_unreachable) if it has none.
      - V(0) asks it in every run. C(--flush-cache) and C(meta) V(refresh_inventory) ask it at once.
    type: int
    default: 300
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
#     key: azure_imds | imds.azure.tag('Role', 'none')

# Sets of one name in several resource groups, and availability sets that a tag names
# plugin: imds.azure.hosts
# scale_set_scope: resource_group
# availability_set: azure_imds.tags.get('availabilitySet')

# Group hosts by the facts that plays have gathered, and ask none
# plugin: imds.azure.hosts
# use_fact_cache: only

# The tree of groups. <set> is <name>, or <name>_<resource group> with scale_set_scope: resource_group
# azure
#   azure_location_<location>
#     azure_zone_<location>_<zone>
#   azure_physical_zone_<physical zone>
#   azure_fault_domain_<n>
#   azure_update_domain_<n>
#   azure_placement_group_<id>                        only with placement_group in levels
#   azure_vmss_<name>
#     azure_vmss_<name>_<resource group>              only with scale_set_scope: resource_group, and what follows is below it
#       azure_vmss_<set>_zone_<zone>                  in a scale set with zones
#         azure_fault_domain_<set>_zone_<zone>_<n>
#       azure_fault_domain_<set>_<n>                  in a scale set without zones
#   azure_availability_set_<set>                      only with availability_set
#     azure_fault_domain_<set>_<n>
# azure_unreachable
# azure_failed
# azure_not_azure
# azure_unknown                                       only with use_fact_cache: only
"""

import re
import time
from types import SimpleNamespace
from typing import ClassVar
from weakref import WeakKeyDictionary

from ansible import constants as C
from ansible import context
from ansible.errors import AnsibleParserError
from ansible.inventory.group import Group
from ansible.inventory.manager import InventoryManager
from ansible.module_utils.parsing.convert_bool import boolean
from ansible_collections.imds.azure.plugins.module_utils._facts.subset import ONLY_BY_NAME, resolve_subset
from ansible_collections.imds.azure.plugins.module_utils._service.client import check_client_options
from ansible_collections.imds.azure.plugins.module_utils._service.errors import ImdsError
from ansible_collections.imds.azure.plugins.module_utils._service.http_transport import parse_endpoint
from ansible_collections.imds.azure.plugins.plugin_utils._fleet.host_variables import HostVariables
from ansible_collections.imds.azure.plugins.plugin_utils._fleet.where_asked import where_asked
from ansible_collections.imds.azure.plugins.plugin_utils._inventory.answer_keeper import AnswerKeeper
from ansible_collections.imds.azure.plugins.plugin_utils._inventory.composer import Composer
from ansible_collections.imds.azure.plugins.plugin_utils._inventory.group_members import join_groups
from ansible_collections.imds.azure.plugins.plugin_utils._inventory.groups import Shape
from ansible_collections.imds.azure.plugins.plugin_utils._inventory.known_hosts import KnownHosts
from ansible_collections.imds.azure.plugins.plugin_utils._inventory.untrusted import untrusted
from ansible_collections.imds.azure.plugins.plugin_utils._option_names import refuse_unknown_options

ONLY = 'only'


class InventoryModule(AnswerKeeper, Composer):
    """Facts as host variables, placement as groups."""

    NAME = 'imds.azure.hosts'
    # Of the sources of this plugin, of which an inventory may have several.
    _prefixes: ClassVar[WeakKeyDictionary] = WeakKeyDictionary()

    def verify_file(self, path):
        if not super().verify_file(path) or not path.endswith(('.yml', '.yaml')):
            return False
        if path.endswith(('azure_imds.yml', 'azure_imds.yaml')):
            return True
        with open(path, encoding='utf-8', errors='replace') as file:
            return re.search(r'(?:^|[{,])\s*["\']?plugin["\']?\s*:\s*["\']?imds\.azure\.hosts\b', file.read(), re.MULTILINE) is not None

    def parse(self, inventory, loader, path, cache=True):
        super().parse(inventory, loader, path, cache)
        self._read_config_data(path)
        # YAML makes a date of a version.
        self.set_option('api_version', str(self.get_option('api_version')))
        subset = self._checked_subset(inventory, loader, path)
        answers = self._answers(path, subset, cache)
        self._set_variables(answers)
        self._join_groups(answers)
        self.compose_all([name for name, answer in answers.items() if answer['state'] == 'present'])
        if context.CLIARGS.get('yaml'):
            self._make_safe_in_a_file(answers)

    def _checked_subset(self, inventory, loader, path):
        """What is gathered, where no option is wrong."""
        try:
            refuse_unknown_options(loader.load_from_file(path), 'inventory', self._load_name)
            check_client_options(*(self.get_option(name) for name in ('api_version', 'timeout', 'deadline')))
            parse_endpoint(self.get_option('endpoint'))
            subset = resolve_subset(self.get_option('gather_subset'))
        except ImdsError as error:
            raise AnsibleParserError(str(error)) from error
        prefix, forks, seconds = (self.get_option(name) for name in ('prefix', 'forks', 'unreachable_timeout'))
        if prefix in ('', 'all', 'ungrouped'):
            wrong = f'is {prefix}, which is the name of a group of Ansible itself' if prefix else 'is empty'
            raise AnsibleParserError(f'prefix {wrong}. Give the word that the names of all groups begin with, such as azure.')
        own = self._prefixes.setdefault(inventory, set())
        if prefix in inventory.groups and prefix not in own:
            said = f'prefix is {prefix}, and another source has a group of that name. Set prefix to another word, such as {prefix}_imds.'
            if self.get_option_and_origin('prefix')[1] != 'default':
                raise AnsibleParserError(said)
            self.display.warning(f'azure_imds: {said} Until then its hosts are in the group {prefix} too.')
        own.add(prefix)
        if forks is not None and forks < 1:
            raise AnsibleParserError(f'forks is {forks}, and nobody would be asked. Give 1 or more, or leave it out for what Ansible uses for plays.')
        if seconds < 0:
            raise AnsibleParserError(f'unreachable_timeout is {seconds}. Give seconds, or 0 to try hosts in every run.')
        if 'min' not in subset:
            raise AnsibleParserError('gather_subset leaves out min, of which the groups are made. Take !min out of it.')
        return subset

    def _join_groups(self, answers):
        sets = {}
        if self.get_option('availability_set'):
            present = {name: answer['facts'] for name, answer in answers.items() if answer['state'] == 'present'}
            sets = self.availability_sets([name for name, facts in present.items() if not facts['placement'].get('scale_set')])
        shape = Shape(self.get_option('prefix'), self.get_option('levels'), self.get_option('scale_set_scope'))
        for warning in join_groups(self.inventory, answers, shape, sets):
            self.display.warning(f'azure_imds: {warning}')

    def _names(self, path):
        """The hosts that are wanted; those of a list are made where they are new."""
        wanted = self.get_option('hosts')
        if isinstance(wanted, str):
            names = self._matching(wanted)
            if not names and not self.inventory.hosts:
                # Imported here as in _ask.
                from ansible_collections.imds.azure.plugins.plugin_utils._inventory.no_hosts import no_hosts_to_ask

                self.display.warning(f'azure_imds: {no_hosts_to_ask(path, context.CLIARGS.get("inventory") or C.DEFAULT_HOST_LIST)}')
            # The localhost that Ansible has in mind where no source names it cannot be a member of groups.
            for name in set(names) - self.inventory.hosts.keys():
                self.display.warning(f'azure_imds: {name} is left out, for no source before {path} names it. Put it into one: {name} ansible_connection=local')
            return [name for name in names if name in self.inventory.hosts]
        if not isinstance(wanted, list) or not all(isinstance(pattern, str) for pattern in wanted):
            raise AnsibleParserError('hosts is neither a pattern nor a list of names. Write for example: hosts: web:db, or hosts: ["web[01:50].internal"]')
        found = []
        for pattern in wanted:
            try:
                names, port = self._expand_hostpattern(pattern)
            except Exception as error:
                raise AnsibleParserError(f'hosts: {pattern!r} is neither a name nor a range such as web[01:50].internal: {error}') from error
            for name in names:
                self.inventory.add_host(name, port=port)
                found.append(name)
        # Ranges may overlap.
        return list(dict.fromkeys(found))

    def _matching(self, pattern):
        """Only after the last source Ansible puts groups below C(all) and the other hosts into C(ungrouped), and a pattern may name both."""
        everybody, ungrouped = Group('all'), Group('ungrouped')
        everybody.hosts = list(self.inventory.hosts.values())
        ungrouped.hosts = [host for host in everybody.hosts if {group.name for group in host.get_groups()} <= {'all', 'ungrouped'}]
        manager = InventoryManager(loader=self.loader, sources=None, parse=False)
        groups = {**self.inventory.groups, 'all': everybody, 'ungrouped': ungrouped}
        manager._inventory = SimpleNamespace(groups=groups, hosts=self.inventory.hosts, get_host=self.inventory.get_host)
        return [host.name for host in manager.get_hosts(pattern)]

    def _answers(self, path, subset, cache):
        """What is known of the hosts, and what the others say now, in the order of the names."""
        names, from_facts = self._names(path), _fact_cache(self.get_option('use_fact_cache'))
        keep = self.get_option('cache') and not subset & set(ONLY_BY_NAME)
        where = where_asked(HostVariables(self.inventory, self.loader), names, self.get_option('endpoint')) if keep or from_facts else {}
        keys = {name: of_host.key for name, of_host in where.items()}
        asked_for = [self.get_option('api_version'), self.get_option('detect'), sorted(subset)]

        def known(stored):
            return KnownHosts(stored, asked_for, keys, self.get_option('cache_timeout'), time.time())

        before = known(self.kept_answers(path) if keep else None)
        answers = self._gathered(where) if from_facts and not context.CLIARGS.get('flush_cache') else {}
        if cache:
            answers.update((name, answer) for name in names if name not in answers and (answer := before.fresh(name)))
        silent = self._unreachable([name for name in names if name not in answers], before) if cache else {}
        unknown = [name for name in names if name not in answers and name not in silent]
        if from_facts == ONLY:
            silent.update(self._nobody_asked(unknown))
        elif unknown:
            asked = self._with_clouds(self._ask(unknown, [*answers.values(), *silent.values()]))
            self.keep_answers(lambda stored: known(stored).to_store(asked, names))
            silent.update(asked)
        answers.update(self._with_stale(silent, before))
        return self._with_clouds({name: answers[name] for name in names})

    def _gathered(self, where):
        # Imported here as in _ask.
        from ansible_collections.imds.azure.plugins.plugin_utils._inventory.gathered_facts import gathered_facts

        return gathered_facts(where)

    def _unreachable(self, names, known):
        """The answers of hosts that could not be reached just now."""
        seconds = self.get_option('unreachable_timeout')
        silent = {name: answer for name in names if (answer := known.unreachable(name, seconds))}
        if silent:
            # Imported here as in _ask.
            from ansible_collections.imds.azure.plugins.plugin_utils._fleet.report import report_unasked

            report_unasked(silent, seconds)
        return silent

    def _nobody_asked(self, names):
        """The answers of hosts that are not asked, for stored facts are all that is wanted."""
        if names:
            some = ', '.join(names[:5]) + (f' and {len(names) - 5} more' if len(names) > 5 else '')
            self.display.warning(
                f'azure_imds: there are no facts of {some}, and nobody is asked (use_fact_cache: only). '
                'Gather them where Ansible keeps facts, with: ansible HOST -m imds.azure.instance_facts'
            )
        return {name: {'state': 'unknown', 'error': 'there are no facts in the cache of facts'} for name in names}

    def _ask(self, names, known):
        # Imported here, for Ansible compiles each file of a collection anew in every run, and most runs know all hosts.
        from ansible_collections.imds.azure.plugins.plugin_utils._fleet.facts_question import ask_facts
        from ansible_collections.imds.azure.plugins.plugin_utils._fleet.fleet import ask_all
        from ansible_collections.imds.azure.plugins.plugin_utils._fleet.host_question import HostQuestion
        from ansible_collections.imds.azure.plugins.plugin_utils._fleet.report import Progress, report

        options = {name: self.get_option(name) for name in ('endpoint', 'api_version', 'timeout', 'deadline', 'detect', 'gather_subset')}
        variables = HostVariables(self.inventory, self.loader)
        question = HostQuestion(variables, options, lambda _name, transport, endpoint, clock: ask_facts(transport, endpoint, clock, options))

        def ask(name, allow):
            # Of two runs that ask at the same time, the one that asked later knows better.
            began = time.time()
            answer = question.ask(name, allow)
            return {**answer, 'at': began, 'passing': 'crowded' in answer}

        forks = self.get_option('forks') or context.CLIARGS.get('forks', C.DEFAULT_FORKS)
        answers = ask_all(names, ask, forks, Progress(len(names)))
        report(answers, known)
        return answers

    def _with_clouds(self, answers):
        """The answers, where that is wanted with the clouds that hosts did not name."""
        if not self.get_option('cloud_lookup'):
            return answers
        from ansible_collections.imds.azure.plugins.plugin_utils._clouds.endpoints import with_clouds

        present = {name: answer['facts'] for name, answer in answers.items() if answer['state'] == 'present'}
        hosts, warnings = with_clouds(present, self.get_option('cloud_endpoints'))
        for warning in warnings:
            self.display.warning(f'azure_imds: {warning}')
        return {name: {**answer, 'facts': hosts[name]} if name in hosts else answer for name, answer in answers.items()}

    def _with_stale(self, asked, known):
        """The answers, with old facts for hosts that cannot be asked now."""
        problems = {name: answer['error'] for name, answer in asked.items() if answer['state'] in ('unreachable', 'failed', 'unknown')}
        if problems and self.get_option('strict'):
            name, error = next(iter(problems.items()))
            raise AnsibleParserError(f'{len(problems)} of {len(asked)} hosts gave no facts, and strict is set. {name}: {error}')
        return {name: known.stale(name) or answer if name in problems else answer for name, answer in asked.items()}

    def _make_safe_in_a_file(self, names):
        """For ansible-inventory, whose output may be somebody's inventory. Last, for until now the values must be what the hosts said."""
        from ansible_collections.imds.azure.plugins.plugin_utils._inventory.exported import safe_in_a_file

        for name in names:
            for variable in {'azure_imds', *(self.get_option('compose') or ())} & self.inventory.hosts[name].vars.keys():
                self.inventory.hosts[name].set_variable(variable, safe_in_a_file(self.inventory.hosts[name].vars[variable]))

    def _set_variables(self, answers):
        for name, answer in answers.items():
            # Not by the inventory's own method, which from ansible-core 2.19 on would look at every string only to find it untrusted.
            if answer['state'] == 'present':
                self.inventory.hosts[name].set_variable('azure_imds', untrusted(answer['facts']))
            elif answer['state'] == 'not_azure':
                self.inventory.hosts[name].set_variable('azure_imds', {'query': {'present': False}})


def _fact_cache(value):
    """What use_fact_cache comes to: a boolean or ONLY."""
    if isinstance(value, str) and value.lower() == ONLY:
        return ONLY
    try:
        return boolean(value)
    except TypeError:
        raise AnsibleParserError(f'use_fact_cache is {value!r}. Give true, false or only.') from None
