# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts as the inventory and the facts module tell of them."""

from __future__ import annotations

from typing import Any

from ansible_collections.imds.azure.plugins.plugin_utils._placement.topology import topology


def vm(zone: str | None = None, domain: Any = 0, role: str | None = None, location: str | None = 'westeurope', **more: Any) -> dict[str, Any]:
    placement = {'location': location, 'zone': zone, 'fault_domain': domain, 'update_domain': more.pop('update_domain', None)}
    placement['scale_set'] = more.pop('scale_set', None)
    resource = {'subscription_id': more.pop('subscription', 's1'), 'resource_group': more.pop('group', 'shop')}
    tags = {**({'Role': role} if role else {}), **more.pop('tags', {})}
    facts = {'placement': placement, 'resource': resource, 'tags': tags, 'query': {'present': True, **more.pop('query', {})}}
    return {'state': 'present', 'facts': facts, **more}


def texts(fleet: dict[str, Any], *kinds: str) -> list[str]:
    """Findings of these kinds, or all that are not about hosts without a service, which most of these fleets have."""
    found = topology(fleet)['findings']
    return [f'{finding["severity"]}: {finding["text"]}' for finding in found if (finding['kind'] in kinds if kinds else finding['kind'] != 'no_service')]
