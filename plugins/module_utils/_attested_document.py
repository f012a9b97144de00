# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What attested_document_info does, wherever it runs: a document that Azure signed, as it is.

This is a private part of the collection: its names may change in any release.
"""

import base64
import re

from ansible_collections.imds.azure.plugins.module_utils._service.errors import MalformedAnswerError
from ansible_collections.imds.azure.plugins.module_utils._service.options import client_of, service_options, transport_option

PATH = '/attested/document'
SPECIFICATION = dict(argument_spec=dict(nonce=dict(type='str'), **service_options(), **transport_option()))
_NONCE = re.compile(rb'"nonce"\s*:\s*"([^"]*)"')


def attested_document_info(options, transport, warn, check_mode=False):
    """The result of a task, see C(answer) in _service.options."""
    client = client_of(options, transport)
    query = {'nonce': options['nonce']} if options['nonce'] else {}
    document = ask(client, query)
    if holds_another(document, query.get('nonce')):
        document = ask(client, query)
        if holds_another(document, query.get('nonce')):
            client.warnings.append('The service returned a document with the wrong nonce twice.')
    for warning in client.warnings:
        warn(warning)
    return dict(document=document, query=client.query())


def ask(client, query):
    """One answer of the service, with nothing but what is documented."""
    answer = client.get(PATH, **query)
    document = {name: answer.get(name) for name in ('encoding', 'signature')} if isinstance(answer, dict) else {}
    if not document or not all(isinstance(value, str) for value in document.values()):
        raise MalformedAnswerError('the answer is not a document with encoding and signature', PATH)
    return document


def holds_another(document, nonce):
    """Whether a document can be seen to hold another nonce than this. It is a guess, good for asking again and nothing else."""
    try:
        found = _NONCE.search(base64.b64decode(document['signature']))
    except ValueError:
        return False
    return nonce is not None and found is not None and found.group(1) != nonce.encode()
