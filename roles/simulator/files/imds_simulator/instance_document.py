# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole /instance document of one VM, and what a fleet file, a partial answer or an api-version makes of it."""

from __future__ import annotations

from typing import Any

from .compute_document import compute_document
from .field_versions import cut


def deep_merge(base: Any, overlay: Any) -> Any:
    """``overlay`` over ``base``: objects are merged key by key, everything else (lists too) is replaced. Neither is changed."""
    if isinstance(base, dict) and isinstance(overlay, dict):
        merged = dict(base)
        for key, value in overlay.items():
            merged[key] = deep_merge(base[key], value) if key in base else value
        return merged
    return overlay


def network_document(settings: dict[str, Any]) -> dict[str, Any]:
    """One NIC in a /24 that its private address lies in."""
    private = settings['private_ip']
    subnet = private.rsplit('.', 1)[0] + '.0'
    return {
        'interface': [
            {
                'ipv4': {
                    'ipAddress': [{'privateIpAddress': private, 'publicIpAddress': settings['public_ip']}],
                    'subnet': [{'address': subnet, 'prefix': '24'}],
                },
                'ipv6': {'ipAddress': []},
                'macAddress': settings['mac'],
            }
        ]
    }


def instance_document(settings: dict[str, Any]) -> dict[str, Any]:
    """``{"compute": .., "network": ..}`` with every field of the newest version; a classic VM has no ``compute``.

    ``settings["document"]`` replaces all of it; ``settings["compute"]`` and ``settings["network"]`` are merged over it.
    """
    if settings['document'] is not None:
        return dict(settings['document'])
    document: dict[str, Any] = {}
    if settings['vm_kind'] != 'classic':
        document['compute'] = deep_merge(compute_document(settings), settings['compute'])
    document['network'] = deep_merge(network_document(settings), settings['network'])
    return document


def without(document: dict[str, Any], paths: list[str]) -> dict[str, Any]:
    """A copy of ``document`` in which the dotted ``paths`` (``compute``, ``compute.vmId``) are missing."""
    for path in paths:
        key, dot, rest = path.partition('.')
        if not dot:
            document = {name: value for name, value in document.items() if name != key}
        elif isinstance(document.get(key), dict):
            document = {**document, key: without(document[key], [rest])}
    return document


def versioned_document(document: dict[str, Any], settings: dict[str, Any], version: str) -> dict[str, Any]:
    """What ``version`` shows of ``document``. A document given whole in the fleet file is shown as it is, whatever the version."""
    return document if settings['document'] is not None else dict(cut(document, version))
