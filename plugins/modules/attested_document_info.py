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
  - imds.azure.task_transport
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
query:
  description: How the service was asked.
  returned: success
  type: dict
  sample: {"transport": "shell", "requests": 1, "retries": 0, "seconds": 0.012}
  contains:
    transport:
      description: V(shell) for a shell command over the connection of the task, V(module) for the module on the host. See O(transport).
      returned: always
      type: str
      sample: shell
    requests:
      description: HTTP requests that were sent.
      returned: always
      type: int
      sample: 1
    retries:
      description: How many of these were another try.
      returned: always
      type: int
      sample: 0
    seconds:
      description: Seconds they took together.
      returned: always
      type: float
      sample: 0.012
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.imds.azure.plugins.module_utils._attested_document import SPECIFICATION, attested_document_info
from ansible_collections.imds.azure.plugins.module_utils._service.options import answer


def main():
    answer(AnsibleModule(supports_check_mode=True, **SPECIFICATION), attested_document_info)


if __name__ == '__main__':
    main()
