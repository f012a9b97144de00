# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: attested_document_info
short_description: Fetch the document with which Azure vouches for a VM
version_added: 0.1.0
author:
  - Contributors to the imds.azure collection (@imds-azure)
description:
  - Asks the Azure Instance Metadata Service (IMDS) on the host for an attested document. It holds the VM's id, subscription and image, and is signed
    by Azure, so that a host can show which VM it is to someone who does not believe it.
  - The document proves nothing before it is verified, and that is for the controller to do. Hand it to M(imds.azure.verify_attested_document).
    What is in it is therefore not returned here.
  - A nonce that the host cannot foresee is made on the controller for each run. It is asked for once again where the service answers with an older
    document that it had in its cache.
extends_documentation_fragment:
  - imds.azure.attributes
  - imds.azure.service
attributes:
  action:
    description: Has a corresponding action plugin, so that some parts run on the controller.
    support: full
    details: The nonce is made on the controller.
  async:
    description: Supports being used with the C(async) keyword.
    support: none
options:
  nonce:
    description:
      - What shall stand in the document to show that it was made for this request. Each is good for one request only.
      - The service documents a string of 10 digits, and takes up to 32 letters and digits.
      - Without it a random number of 10 digits is made on the controller.
    type: str
seealso:
  - module: imds.azure.verify_attested_document
  - name: Attested data
    description: What the service says about its documents.
    link: https://learn.microsoft.com/azure/virtual-machines/instance-metadata-service#attested-data
"""

EXAMPLES = r"""
- name: Fetch the document
  imds.azure.attested_document_info:
  register: attested

- name: Stop unless Azure has signed it for the VM that the facts tell of
  imds.azure.verify_attested_document:
    document: "{{ attested.document }}"
    nonce: "{{ attested.nonce }}"
    instance: "{{ ansible_facts['azure_imds'] }}"
    require_verified: true
"""

RETURN = r"""
document:
  description: The document as the service gave it.
  returned: success
  type: dict
  sample: {"encoding": "pkcs7", "signature": "MIILiQYJKoZIhvcNAQcCoIILejCCC3YCAQExDzANBgkqhkiG9w0BAQsFADCC..."}
  contains:
    encoding:
      description: How it is encoded.
      returned: always
      type: str
      sample: pkcs7
    signature:
      description: CMS SignedData (PKCS#7) in DER and base64, with the content inside.
      returned: always
      type: str
      sample: MIILiQYJKoZIhvcNAQcCoIILejCCC3YCAQExDzANBgkqhkiG9w0BAQsFADCC...
nonce:
  description: What the document was asked for with, as the controller knows it. Whether the document holds it is found out by the verification.
  returned: success
  type: str
  sample: "8503917264"
"""

import base64
import re

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.imds.azure.plugins.module_utils._service.errors import ImdsError, MalformedAnswerError
from ansible_collections.imds.azure.plugins.module_utils._service.options import client_of, require_azure, service_options

PATH = '/attested/document'
_NONCE = re.compile(rb'"nonce"\s*:\s*"([^"]*)"')


def attested_document(module):
    """The document, and warnings, or ImdsError."""
    client = client_of(module.params)
    require_azure(module)
    query = {'nonce': module.params['nonce']} if module.params['nonce'] else {}
    document = ask(client, query)
    if holds_another(document, query.get('nonce')):
        document = ask(client, query)
        if holds_another(document, query.get('nonce')):
            client.warnings.append('The service answered twice with a document that has another nonce than it was asked for.')
    return document, client.warnings


def ask(client, query):
    """One answer of the service, with nothing but what is documented."""
    answer = client.get(PATH, **query)
    document = {name: answer.get(name) for name in ('encoding', 'signature')} if isinstance(answer, dict) else {}
    if not document or not all(isinstance(value, str) for value in document.values()):
        raise MalformedAnswerError('the answer is no document with encoding and signature', PATH)
    return document


def holds_another(document, nonce):
    """Whether a document can be seen to hold another nonce than this. It is a guess, good for asking again and nothing else."""
    try:
        found = _NONCE.search(base64.b64decode(document['signature']))
    except ValueError:
        return False
    return nonce is not None and found is not None and found.group(1) != nonce.encode()


def main():
    module = AnsibleModule(
        argument_spec=dict(
            nonce=dict(type='str'),
            **service_options(),
        ),
        supports_check_mode=True,
    )
    try:
        document, warnings = attested_document(module)
    except ImdsError as error:
        module.fail_json(msg=str(error))
    for warning in warnings:
        module.warn(warning)
    module.exit_json(document=document)


if __name__ == '__main__':
    main()
