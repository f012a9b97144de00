# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: hosts
short_description: Group hosts by region, zone, fault domain and scale set
version_added: 1.0.0
author:
  - Contributors to the imds.azure collection (@imds-azure)
description:
  - Asks the Azure Instance Metadata Service (IMDS) on the hosts of the inventory, over their own Ansible connections, and groups them by the answers.
  - Each host gets the variable C(azure_imds), with the same content as the facts of M(imds.azure.instance_facts). Facts that a play gathers take precedence.
  - Does not find hosts. List this source after the sources that define the hosts, or set O(hosts) to a list.
  - The file name must end in C(azure_imds.yml) or C(azure_imds.yaml), or the file must be YAML and contain C(plugin) with the name of this plugin.
  - Hosts that return no facts are in the groups C(azure_unreachable), C(azure_failed) and C(azure_not_azure), or with O(use_fact_cache=only) in
    C(azure_unknown).
  - The examples show all groups. A host is a direct member of its deepest groups only, and is in no group of a level for which it has no value.
  - If two places would share a group name, a warning names them and the group is left out. Groups of sets and zone numbers are kept, and contain all of them.
  - The variables C(azure_imds_endpoint), C(azure_imds_api_version), C(azure_imds_timeout) and C(azure_imds_detect) of a host take precedence over O(endpoint),
    O(api_version), O(timeout) and O(detect). If a value is not valid, only that host fails.
extends_documentation_fragment:
  - imds.azure.service
  - imds.azure.service.plugin
  - imds.azure.cloud_lookup
  - ansible.builtin.constructed
  - ansible.builtin.inventory_cache
requirements:
  - On POSIX hosts a shell and curl, wget or python3, on Windows hosts PowerShell (not tested on real Windows)
notes:
  - A host chooses its answers, and therefore its groups. Keep secrets out of C(group_vars) of these groups.
  - Connection variables in C(group_vars) of these groups have no effect while hosts are asked.
seealso:
  - module: imds.azure.instance_facts
    description: The content of C(azure_imds).
  - plugin: imds.azure.batches
    plugin_type: filter
    description: Batches for rolling updates from these facts.
  - plugin: imds.azure.tag
    plugin_type: filter
    description: Tags in O(keyed_groups), O(groups) and O(compose).
  - name: Group a fleet
    description: Guide to the groups, the cache, and hosts that do not answer.
    link: https://github.com/imds-azure/imds.azure/blob/main/docs/group-a-fleet.md
  - name: Zones and fault domains
    description: Which numbers can be compared.
    link: https://github.com/imds-azure/imds.azure/blob/main/docs/places.md
options:
  plugin:
    description: Name of this plugin.
    type: str
    required: true
    choices: [imds.azure.hosts]
  hosts:
    description: Hosts to ask, as a pattern for the hosts of earlier sources, or as a list of hosts to add, with ranges such as V(web[01:50].internal).
    type: raw
    default: all
  api_version:
    type: raw
  forks:
    description:
      - Number of hosts to ask at the same time. Defaults to the forks setting of Ansible.
      - A slow host gives up its place to another one. Up to as many slow hosts again, and at least 50, can be waiting for an answer at the same time.
    type: int
  prefix:
    description: First word of all group names, and name of the group of all hosts that answered. No other source can have a group of this name.
    type: str
    default: azure
  levels:
    description:
      - Levels of groups to create.
      - Zones of a scale set need V(zone) and V(scale_set), their fault domains V(fault_domain) and V(scale_set). Fault domains of an availability set need
        V(fault_domain).
    type: list
    elements: str
    choices: [location, zone, physical_zone, fault_domain, update_domain, scale_set, placement_group]
    default: [location, zone, physical_zone, fault_domain, update_domain, scale_set]
  allow:
    description:
      - The only groups that hosts may join because of their answers, as names or patterns such as V(azure_location_*), in any case. By default, all groups are
        allowed.
      - Applies to O(levels), O(groups), O(keyed_groups) and C(parent_group). Other groups are left out with a warning, and their children move up.
      - A host that an attacker controls can choose its groups and so get their C(group_vars). Do not allow groups that have secrets.
      - The group of all hosts, C(azure), and the groups of hosts without facts are always made.
    type: list
    elements: str
  scale_set_scope:
    description:
      - Whether names of groups of scale sets and availability sets include the resource group.
      - V(name) uses the name of the set.
      - V(resource_group) uses the name and the resource group, as in C(azure_vmss_web_prod). Use it if sets in several resource groups have the same name.
    type: str
    choices: [name, resource_group]
    default: name
  availability_set:
    description:
      - Jinja expression for the name of the availability set of a host, which the metadata service does not return.
      - It is evaluated for hosts outside of scale sets and can use their variables, including C(azure_imds). A host for which it is undefined or empty has no
        availability set. Errors are warnings, unless O(strict=true).
    type: str
  gather_subset:
    description: Subset of facts for C(azure_imds). See O(imds.azure.instance_facts#module:gather_subset).
    type: list
    elements: str
    default: [compute, network, tags]
  strict:
    description:
      - Whether to fail if a host is unreachable, fails, or has no facts with O(use_fact_cache=only). Ansible then warns and continues without these groups,
        unless C(any_unparsed_is_failed) is set in the C(inventory) section of its configuration.
      - Also applies to O(compose), O(groups) and O(keyed_groups), as in other inventory plugins.
  use_fact_cache:
    description:
      - Whether to use the facts that plays have gathered with M(imds.azure.instance_facts) instead of asking the host. This needs a C(fact_caching) plugin
        that stores facts.
      - V(only) asks no hosts. Hosts without stored facts are in the group C(azure_unknown).
      - Ansible stores facts by host name only. Facts from another endpoint are not used. If another machine takes over a name, run Ansible once with
        C(--flush-cache).
    type: raw
    default: false
  cache:
    description:
      - Whether to keep the answers of hosts. Each answer expires on its own, and only new and expired hosts are asked.
      - Answers expire after 75 to 100 percent of O(cache_timeout), so that hosts that were asked together are not all asked again together.
      - An answer belongs to the name, address, port, connection, ssh arguments and endpoint of a host.
      - If a host cannot be asked, its old facts are used, with C(azure_imds.query.stale) and C(azure_imds.query.age), unless O(strict=true).
      - Answers are saved every 30 seconds while hosts are asked, and when a run is interrupted.
      - Nothing is kept if O(gather_subset) contains V(user_data), V(public_keys) or V(document), or if O(cache_plugin) is V(memory), the default of Ansible.
  refresh_at_most:
    description:
      - Limits how much one run refreshes expired answers. Set it to a number of hosts, such as V(500), or to a number of seconds, such as V(60s). By default,
        all expired hosts are asked.
      - The oldest answers are refreshed first, and the next run continues from there. The other hosts use their old facts, with C(azure_imds.query.stale)
        and C(azure_imds.query.age).
      - New hosts are always asked. C(--flush-cache) and C(meta) V(refresh_inventory) ask all hosts.
      - Needs O(cache=true) and O(cache_timeout).
    type: raw
  unreachable_timeout:
    description:
      - Seconds during which a host that was unreachable is not asked again. V(0) asks it in every run. Needs O(cache=true).
      - C(--flush-cache) and C(meta) V(refresh_inventory) ask it at once.
    type: int
    default: 300
"""

EXAMPLES = r"""
# fleet.azure_imds.yml, used with: ansible-inventory -i hosts.ini -i fleet.azure_imds.yml --graph
plugin: imds.azure.hosts
cache: true
cache_plugin: ansible.builtin.jsonfile
cache_connection: ~/.cache/azure_imds

# Ask some of the hosts, and group them by a tag
# plugin: imds.azure.hosts
# hosts: web:&production
# keyed_groups:
#   - prefix: role
#     key: azure_imds | imds.azure.tag('Role', 'none')

# Scale sets with the same name in several resource groups, and availability sets named by a tag
# plugin: imds.azure.hosts
# scale_set_scope: resource_group
# availability_set: azure_imds.tags.get('availabilitySet')

# Let hosts choose only these groups
# plugin: imds.azure.hosts
# keyed_groups:
#   - prefix: role
#     key: azure_imds.tags.get('Role')
# allow: [azure_location_*, azure_zone_*, role_web, role_proxy]

# Group hosts by stored facts, without asking any host
# plugin: imds.azure.hosts
# use_fact_cache: only

# All groups. <set> is <name>, or <name>_<resource group> with scale_set_scope: resource_group
# azure
#   azure_location_<location>
#     azure_zone_<location>_<zone>
#   azure_physical_zone_<physical zone>
#   azure_fault_domain_<n>
#   azure_update_domain_<n>
#   azure_placement_group_<id>                        only with placement_group in levels
#   azure_vmss_<name>
#     azure_vmss_<name>_<resource group>              only with scale_set_scope: resource_group, contains the groups below
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
from ansible_collections.imds.azure.plugins.module_utils._service.errors import ImdsError
from ansible_collections.imds.azure.plugins.module_utils._service.option_checks import check_client_options, parse_endpoint
from ansible_collections.imds.azure.plugins.plugin_utils._fleet.host_variables import HostVariables
from ansible_collections.imds.azure.plugins.plugin_utils._fleet.where_asked import where_asked
from ansible_collections.imds.azure.plugins.plugin_utils._inventory.allowed_groups import AllowedGroups
from ansible_collections.imds.azure.plugins.plugin_utils._inventory.answer_keeper import AnswerKeeper
from ansible_collections.imds.azure.plugins.plugin_utils._inventory.composer import Composer
from ansible_collections.imds.azure.plugins.plugin_utils._inventory.group_members import join_groups
from ansible_collections.imds.azure.plugins.plugin_utils._inventory.groups import Shape, group_name
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
        allowed = AllowedGroups(self.get_option('allow'), always=group_name(self.get_option('prefix')))
        self._join_groups(answers, allowed)
        self.compose_all([name for name, answer in answers.items() if answer['state'] == 'present'], allowed)
        if warning := allowed.warning():
            self.display.warning(f'azure_imds: {warning}')
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
        prefix, forks, seconds, lasts = (self.get_option(name) for name in ('prefix', 'forks', 'unreachable_timeout', 'cache_timeout'))
        if prefix in ('', 'all', 'ungrouped'):
            wrong = f'is {prefix}, a group that Ansible reserves' if prefix else 'is empty'
            raise AnsibleParserError(f'prefix {wrong}. Set it to the word that all group names start with, such as azure.')
        own = self._prefixes.setdefault(inventory, set())
        if prefix in inventory.groups and prefix not in own:
            said = f'prefix is {prefix}, but another source already has a group of that name. Set prefix to another word, such as {prefix}_imds.'
            if self.get_option_and_origin('prefix')[1] != 'default':
                raise AnsibleParserError(said)
            self.display.warning(f'azure_imds: {said} Until then, its hosts are in the group {prefix} too.')
        own.add(prefix)
        if forks is not None and forks < 1:
            raise AnsibleParserError(f'forks is {forks}. Set it to 1 or more, or remove it to use the value that plays use.')
        if seconds < 0:
            raise AnsibleParserError(f'unreachable_timeout is {seconds}. Set it to a number of seconds, or to 0 to try unreachable hosts in every run.')
        if lasts is not None and lasts < 0:
            raise AnsibleParserError(f'cache_timeout is {lasts}. Set it to a number of seconds, or to 0 for answers that never expire.')
        if 'min' not in subset:
            raise AnsibleParserError('gather_subset excludes min, which the groups need. Remove !min.')
        if self.get_option('refresh_at_most') is not None:
            # Imported here as in _ask.
            from ansible_collections.imds.azure.plugins.plugin_utils._inventory.refresh import budget

            budget(self.get_option('refresh_at_most'))
        return subset

    def _join_groups(self, answers, allowed):
        sets = {}
        if self.get_option('availability_set'):
            present = {name: answer['facts'] for name, answer in answers.items() if answer['state'] == 'present'}
            sets = self.availability_sets([name for name, facts in present.items() if not facts['placement'].get('scale_set')])
        shape = Shape(self.get_option('prefix'), self.get_option('levels'), self.get_option('scale_set_scope'))
        for warning in join_groups(self.inventory, answers, shape, sets, allowed):
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
                self.display.warning(f'azure_imds: skipping {name}, because no source before {path} defines it. Add it to one: {name} ansible_connection=local')
            return [name for name in names if name in self.inventory.hosts]
        if not isinstance(wanted, list) or not all(isinstance(pattern, str) for pattern in wanted):
            raise AnsibleParserError('hosts must be a pattern or a list of names, such as hosts: web:db or hosts: ["web[01:50].internal"]')
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
        if pattern == 'all':
            return list(self.inventory.hosts)
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

        def keep_all(asked):
            self.keep_answers(lambda stored: known(stored).to_store(asked, names))

        if from_facts == ONLY:
            silent.update(self._nobody_asked(unknown))
        elif unknown:
            again = {name: at for name in unknown if (at := before.at(name)) is not None} if cache else {}
            asked = self._with_clouds(self._ask(unknown, again, [*answers.values(), *silent.values()], keep_all))
            keep_all(asked)
            answers.update((name, before.old(name)) for name in again.keys() - asked.keys())
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
                f'azure_imds: no stored facts for {some}, and use_fact_cache: only asks no hosts. '
                'To store them, set up fact caching and run: ansible HOST -m imds.azure.instance_facts'
            )
        return {name: {'state': 'unknown', 'error': 'the fact cache has no facts'} for name in names}

    def _ask(self, names, again, known, keep):
        """What hosts say now, without those of C(again), with the times of their answers, that wait for one more run."""
        # Imported here, for Ansible compiles each file of a collection anew in every run, and most runs know all hosts.
        from ansible_collections.imds.azure.plugins.module_utils._service.counted import counted
        from ansible_collections.imds.azure.plugins.plugin_utils._fleet.facts_question import ask_facts
        from ansible_collections.imds.azure.plugins.plugin_utils._fleet.host_question import HostQuestion
        from ansible_collections.imds.azure.plugins.plugin_utils._fleet.report import Progress, report
        from ansible_collections.imds.azure.plugins.plugin_utils._inventory.refresh import Refresh, budget

        options = {name: self.get_option(name) for name in ('endpoint', 'api_version', 'timeout', 'deadline', 'detect', 'gather_subset')}
        variables = HostVariables(self.inventory, self.loader)
        refresh = Refresh(names, again, budget(self.get_option('refresh_at_most')))
        question = HostQuestion(variables, options, lambda _name, *question: ask_facts(*question), refresh.names)

        def ask(name, allow):
            # Of two runs that ask at the same time, the one that asked later knows better.
            began = time.time()
            answer = question.ask(name, allow)
            return {**answer, 'at': began, 'passing': 'crowded' in answer}

        forks = self.get_option('forks') or context.CLIARGS.get('forks', C.DEFAULT_FORKS)
        answers = refresh.ask(ask, forks, Progress(len(refresh.names)), keep)
        report(answers, known)
        if left := len(names) - len(answers):
            limit = self.get_option('refresh_at_most')
            self.display.v(f'azure_imds: using the old facts of {counted(left, "expired host")}, because refresh_at_most is {limit}')
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
            # Imported here as in _ask.
            from ansible_collections.imds.azure.plugins.module_utils._service.counted import counted

            name, error = next(iter(problems.items()))
            of_hosts = f'{len(problems)} of {counted(len(asked), "host")}'
            raise AnsibleParserError(f'{of_hosts} returned no facts, and strict is true. {name}: {error}')
        return {name: known.stale(name) or answer if name in problems else answer for name, answer in asked.items()}

    def _make_safe_in_a_file(self, names):
        """For ansible-inventory, whose output may be somebody's inventory. Last, for until now the values must be what the hosts said."""
        from ansible_collections.imds.azure.plugins.plugin_utils._inventory.exported import safe_in_a_file

        for name in names:
            for variable in {'azure_imds', *(self.get_option('compose') or ())} & self.inventory.hosts[name].vars.keys():
                self.inventory.hosts[name].set_variable(variable, safe_in_a_file(self.inventory.hosts[name].vars[variable]))

    def _set_variables(self, answers):
        hosts = self.inventory.hosts
        for name, answer in answers.items():
            if answer['state'] not in ('present', 'not_azure'):
                continue
            value = untrusted(answer['facts']) if answer['state'] == 'present' else {'query': {'present': False}}
            # Not by the inventory's own method, which from ansible-core 2.19 on would look at every string only to find it untrusted. And not by that of the
            # host, which looks at every name, unless there is something to merge with.
            if 'azure_imds' in hosts[name].vars:
                hosts[name].set_variable('azure_imds', value)
            else:
                hosts[name].vars['azure_imds'] = value


def _fact_cache(value):
    """What use_fact_cache comes to: a boolean or ONLY."""
    if isinstance(value, str) and value.lower() == ONLY:
        return ONLY
    try:
        return boolean(value)
    except TypeError:
        raise AnsibleParserError(f'use_fact_cache is {value!r}. Set it to true, false or only.') from None
