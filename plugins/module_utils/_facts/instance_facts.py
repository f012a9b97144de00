# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What instance_facts does, wherever it runs.

This is a private part of the collection: its names may change in any release.
"""

from ansible_collections.imds.azure.plugins.module_utils._facts.gather import absent, gather
from ansible_collections.imds.azure.plugins.module_utils._facts.subset import DEFAULT_SUBSET, resolve_subset
from ansible_collections.imds.azure.plugins.module_utils._service.errors import ABSENCE, NotAzureError
from ansible_collections.imds.azure.plugins.module_utils._service.options import client_of, cloud_options, service_options, transport_option

SPECIFICATION = dict(
    argument_spec=dict(
        gather_subset=dict(type='list', elements='str', default=list(DEFAULT_SUBSET)),
        required=dict(type='bool', default=False),
        fact_path=dict(type='path'),
        **service_options(),
        **cloud_options(),
        **transport_option(),
    ),
)

# Ansible takes a dictionary with this key for an object of its own from 2.19 on, and refuses all that the module says.
RESERVED_KEY = '__ansible_type'
LEFT_OUT = 'Ignoring %s, such as a tag of that name: Ansible reserves the name. Rename the tag.' % RESERVED_KEY


def instance_facts(options, transport, warn, check_mode=False):
    """The result of a task, see C(answer) in _service.options."""
    client = client_of(options, transport)
    resolve_subset(options['gather_subset'])
    try:
        facts = gather(client, options['endpoint'], options['gather_subset'])
    except NotAzureError:
        if options['required']:
            raise
        facts = absent(client, options['endpoint'])
    except ABSENCE as error:
        if options['required'] or not transport.unsure:
            raise
        warn('Assuming this host is not an Azure VM, because its SMBIOS chassis asset tag cannot be read. %s' % error)
        facts = absent(client, options['endpoint'])
    told = without_reserved_key(facts)
    for warning in client.warnings if told == facts else client.warnings + [LEFT_OUT]:
        warn(warning)
    return dict(ansible_facts={'azure_imds': told})


def without_reserved_key(value):
    """A JSON value without what Ansible would refuse."""
    if isinstance(value, dict):
        return {key: without_reserved_key(child) for key, child in value.items() if key != RESERVED_KEY}
    if isinstance(value, list):
        return [without_reserved_key(child) for child in value]
    return value
