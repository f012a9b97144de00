# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a client to the facts of one host.

This is a private part of the collection: its names may change in any release.
"""

from ansible_collections.imds.azure.plugins.module_utils._facts.facts import facts_from_document
from ansible_collections.imds.azure.plugins.module_utils._facts.subset import resolve_subset
from ansible_collections.imds.azure.plugins.module_utils._service.errors import ImdsError, MalformedAnswerError, NoSuchElementError


def gather(client, endpoint, subset):
    """Asks for what the subset needs (one request, two with C(load_balancer)) and gives the value of C(azure_imds).

    :raises ImdsError: one of its kinds.
    """
    names = resolve_subset(subset)
    document = client.get('/instance')
    load_balancer = _load_balancer(client) if 'load_balancer' in names else None
    facts = facts_from_document(document, subset=subset, load_balancer=load_balancer)
    facts['query'] = _query(client, endpoint, present=True)
    return facts


def absent(client, endpoint):
    """The value of C(azure_imds) on a machine that is not an Azure VM."""
    return {'query': _query(client, endpoint, present=False)}


def _query(client, endpoint, present):
    return dict(client.query(), present=present, endpoint=endpoint, api_version=client.api_version if present else None)


def _load_balancer(client):
    try:
        document = client.get('/loadbalancer')
        if isinstance(document, dict):
            return document
        raise MalformedAnswerError('the answer is not a JSON object', '/loadbalancer', 200)
    except ImdsError as error:
        # Documented: a VM behind no Standard load balancer and without a Standard public IP. Any other 404 says nothing of that.
        if isinstance(error, NoSuchElementError) and 'no load balancer metadata is found' in error.excerpt.lower():
            return {}
        # All else is known already, and worth more than nothing.
        client.warnings.append('No load balancer facts. %s' % error)
        return None
