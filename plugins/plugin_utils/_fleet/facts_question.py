# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a host is asked for an inventory: its facts.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import typing as t

from ansible_collections.imds.azure.plugins.module_utils._facts.gather import gather
from ansible_collections.imds.azure.plugins.module_utils._service.client import ImdsClient
from ansible_collections.imds.azure.plugins.module_utils._service.retry import RetryPolicy


def ask_facts(transport: t.Any, options: dict[str, t.Any], clock: t.Any) -> dict[str, t.Any]:
    """C({"facts": .., "warnings": [..]}).

    :param options: C(endpoint), C(api_version), C(timeout), C(deadline) and C(gather_subset).
    :param clock: as the module time.
    :raises ImdsError: one of its kinds.
    """
    client = ImdsClient(transport, options['api_version'], options['timeout'], RetryPolicy(deadline=options['deadline']), clock)
    return {'facts': gather(client, options['endpoint'], options['gather_subset']), 'warnings': client.warnings}
