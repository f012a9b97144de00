# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a client to the facts of one host.

This is a private part of the collection: its names may change in any release.
"""

from ansible_collections.imds.azure.plugins.module_utils._errors import NoSuchElementError
from ansible_collections.imds.azure.plugins.module_utils._facts import facts_from_document
from ansible_collections.imds.azure.plugins.module_utils._subset import resolve_subset


def gather(client, endpoint, subset):
    """Asks for what the subset needs (one request, two with C(load_balancer)) and gives the value of C(azure_imds).

    :raises ImdsError: one of its kinds.
    """
    names = resolve_subset(subset)
    document = client.get('/instance')
    load_balancer = _load_balancer(client) if 'load_balancer' in names else None
    return dict(
        facts_from_document(document, subset=subset, load_balancer=load_balancer),
        query={
            'present': True,
            'endpoint': endpoint,
            'api_version': client.api_version,
            'requests': client.requests,
            'retries': client.retries,
            'seconds': client.seconds(),
        },
    )


def absent(endpoint):
    """The value of C(azure_imds) on a machine that is not an Azure VM."""
    return {'query': {'present': False, 'endpoint': endpoint, 'api_version': None, 'requests': 0, 'retries': 0, 'seconds': 0.0}}


def _load_balancer(client):
    try:
        return client.get('/loadbalancer')
    except NoSuchElementError:
        # Documented: a VM behind no Standard load balancer and without a Standard public IP.
        return {}
