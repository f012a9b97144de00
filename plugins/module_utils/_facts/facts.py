# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From an /instance document to facts: no I/O, and total: any JSON gives a dict or a typed error.

This is a private part of the collection: its names may change in any release.
"""

from ansible_collections.imds.azure.plugins.module_utils._facts import derived
from ansible_collections.imds.azure.plugins.module_utils._facts.flat import flatten_into
from ansible_collections.imds.azure.plugins.module_utils._facts.subset import DEFAULT_SUBSET, resolve_subset
from ansible_collections.imds.azure.plugins.module_utils._facts.tags import tags_from_compute
from ansible_collections.imds.azure.plugins.module_utils._service.document import measured
from ansible_collections.imds.azure.plugins.module_utils._service.errors import MalformedAnswerError

# Where a key of the document is one of these, wherever it stands, the subset has to be named for it to be seen; None: no subset shows it.
HIDDEN = {'userdata': 'user_data', 'customdata': 'user_data', 'publickeys': 'public_keys', 'secreturl': None, 'keyurl': None}
# Which subset brings what else of compute, unless it is compute itself; tags have a form of their own.
SUBSET_OF = {'storageProfile': 'storage', 'tags': '', 'tagsList': ''}
# Far more than any VM has, and still no trouble for Ansible: a VM with 8 network interfaces of 256 addresses each has some 5,000.
VALUES_LIMIT = 20000
DERIVED = ('tags', 'tags_ambiguous', 'placement', 'addresses', 'resource', 'cloud', 'load_balancer', 'query', 'document')


def facts_from_document(document, subset=DEFAULT_SUBSET, load_balancer=None):
    """The facts of an /instance document, but for C(query).

    :param document: the JSON value of /instance.
    :param subset: as the option C(gather_subset).
    :param load_balancer: the JSON value of /loadbalancer, C({}) where there is none, None where it was not asked for.
    :returns: C(compute_...), C(network_...) as in the document; C(tags), C(tags_ambiguous); C(placement), C(addresses), C(resource), C(cloud);
        C(load_balancer) with the rules as given, where it was asked for; C(document) where the subset names it.
    :raises MalformedAnswerError: the document or the load balancer's is not an object or too deep.
    :raises OptionError: an unknown subset.
    """
    names = resolve_subset(subset)
    _refuse_unusable(document, '/instance')
    if load_balancer is not None:
        _refuse_unusable(load_balancer, '/loadbalancer')
    compute = document.get('compute') if isinstance(document.get('compute'), dict) else {}
    balancer = (load_balancer or {}).get('loadbalancer', {})

    facts: dict = {}
    for section, value in redact(document, names).items():
        if section == 'compute' and isinstance(value, dict):
            value = {key: child for key, child in value.items() if SUBSET_OF.get(key, HIDDEN.get(key.lower(), 'compute')) in names}
        elif (value is None and section in ('compute', 'network')) or ('network' if section == 'network' else 'compute') not in names:
            continue
        # No text of an interface is null, so null stands for a list or a dict that is not there yet.
        flatten_into(facts, section, _without_null(value) if section == 'network' else value, reserved=DERIVED)
    if 'tags' in names:
        facts['tags'], facts['tags_ambiguous'] = tags_from_compute(compute)
        _refuse_unusable(facts['tags'], '/instance')
    if 'min' in names:
        facts['placement'] = derived.placement(compute)
        facts['addresses'] = derived.addresses(document.get('network'), balancer)
        facts['resource'] = derived.resource(compute)
        facts['cloud'] = derived.cloud(compute)
    if load_balancer is not None:
        facts['load_balancer'] = balancer
    if 'document' in names:
        facts['document'] = document
    return facts


def redact(value, names=frozenset()):
    """A copy of a document without what the subset has to name, at whatever depth it stands.

    :param names: of the subset, as resolve_subset gives them.
    """
    if isinstance(value, dict):
        return {
            # Most values are texts.
            key: redact(child, names) if isinstance(child, (dict, list)) else child
            for key, child in value.items()
            if not is_hidden(key, names)
        }
    return [redact(child, names) for child in value] if isinstance(value, list) else value


def _without_null(value):
    if isinstance(value, dict):
        return {key: _without_null(child) for key, child in value.items() if child is not None}
    # An interface keeps its number.
    return [{} if child is None else _without_null(child) for child in value] if isinstance(value, list) else value


def is_hidden(key, names=frozenset()):
    """Whether what stands under this key is left out, because the subset does not name it."""
    key = key.lower()
    return key in HIDDEN and HIDDEN[key] not in names


def _refuse_unusable(document, path):
    cause, values = measured(document)
    if not isinstance(document, dict):
        cause = 'the answer is not a JSON object'
    elif not cause and values > VALUES_LIMIT:
        cause = 'the answer contains more than %d values' % VALUES_LIMIT
    if cause:
        raise MalformedAnswerError(cause, path)
