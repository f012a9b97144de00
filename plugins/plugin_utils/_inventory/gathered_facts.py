# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts that plays have gathered with M(imds.azure.instance_facts), out of Ansible's fact cache.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import typing as t

from ansible import constants as C
from ansible.plugins.loader import cache_loader
from ansible.utils.display import Display
from ansible_collections.imds.azure.plugins.plugin_utils._fleet.where_asked import Where, same_endpoint
from ansible_collections.imds.azure.plugins.plugin_utils._inventory.answer_keeper import MEMORY
from ansible_collections.imds.azure.plugins.plugin_utils._inventory.known_hosts import are_facts

display = Display()
_NOTHING = (
    'use_fact_cache finds nothing, because Ansible keeps facts in memory only until the run ends. '
    'Set fact_caching to ansible.builtin.jsonfile and fact_caching_connection to a folder, in the section defaults of ansible.cfg.'
)


def gathered_facts(where: t.Mapping[str, Where]) -> dict[str, dict[str, t.Any]]:
    """The answers of those hosts that are in the fact cache, as asking them would give. Trouble with it is a warning and costs no host.

    :param where: by the name of a host. Facts that say they come from another endpoint are those of another machine.
    """
    found: dict[str, dict[str, t.Any]] = {}
    if C.CACHE_PLUGIN in MEMORY:
        display.warning(f'azure_imds: {_NOTHING}')
        return found
    try:
        cache = cache_loader.get(C.CACHE_PLUGIN)
        for name, asked in where.items():
            answer = _answer(cache.get(name).get('azure_imds') if cache.contains(name) else None)
            if answer and same_endpoint(answer['facts']['query'].get('endpoint'), asked):
                found[name] = answer
    except Exception as error:
        display.warning(f'azure_imds: cannot read the fact cache: {error}')
    return found


def _answer(facts: t.Any) -> dict[str, t.Any] | None:
    if are_facts(facts):
        return {'state': 'present', 'facts': facts}
    query = facts.get('query') if isinstance(facts, dict) else None
    return {'state': 'not_azure', 'facts': facts} if isinstance(query, dict) and query.get('present') is False else None
