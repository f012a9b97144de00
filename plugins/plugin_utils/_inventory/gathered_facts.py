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
from ansible_collections.imds.azure.plugins.plugin_utils._inventory.known_hosts import are_facts


def gathered_facts(hosts: t.Iterable[str]) -> dict[str, dict[str, t.Any]]:
    """The answers of those hosts that are in the fact cache, as asking them would give. Trouble with it is a warning and costs no host."""
    found = {}
    try:
        cache = cache_loader.get(C.CACHE_PLUGIN)
        for name in hosts:
            facts = cache.get(name).get('azure_imds') if cache.contains(name) else None
            if are_facts(facts):
                found[name] = {'state': 'present', 'facts': facts}
    except Exception as error:
        Display().warning(f'azure_imds: the cache of facts cannot be read, so other hosts are asked: {error}')
    return found
