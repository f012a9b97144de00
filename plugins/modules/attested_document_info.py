# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: attested_document_info
short_description: Get the attested document of an Azure VM
version_added: 1.0.0
author:
  - Contributors to the imds.azure collection (@imds-azure)
description:
  - Asks the Azure Instance Metadata Service (IMDS) on the host for an attested document. It contains the ID, subscription and image of the VM, signed
    by Azure, so that the host can prove which VM it is.
  - The document proves nothing until M(imds.azure.verify_attested_document) has verified it on the controller.
    Its content is therefore not returned here.
  - The controller creates a new nonce for each run, which the host cannot predict. If the service returns an older document from its cache, the request is
    repeated once.
extends_documentation_fragment:
  - imds.azure.task_transport
  - imds.azure.attributes
  - imds.azure.service
attributes:
  action:
    description: Has a corresponding action plugin, so that some parts run on the controller.
    support: full
    details: The nonce is created on the controller.
  async:
    description: Supports being used with the C(async) keyword.
    support: none
options:
  nonce:
    description:
      - Nonce that the document must contain, which shows that it was created for this request. Do not use one twice.
      - A string of 10 digits. The service also accepts up to 32 letters and digits.
      - Defaults to 10 random digits from the controller.
    type: str
seealso:
  - module: imds.azure.verify_attested_document
  - name: Attested data
    description: Documentation of attested documents.
    link: https://learn.microsoft.com/azure/virtual-machines/instance-metadata-service#attested-data
"""

EXAMPLES = r"""
- name: Get the document
  imds.azure.attested_document_info:
  register: attested

- name: Fail unless Azure has signed it for the VM in the facts
  imds.azure.verify_attested_document:
    document: "{{ attested.document }}"
    nonce: "{{ attested.nonce }}"
    instance: "{{ ansible_facts['azure_imds'] }}"
    require_verified: true
"""

RETURN = r"""
document:
  description: The document as the service returned it.
  returned: success
  type: dict
  sample: {"encoding": "pkcs7", "signature": "MIILiQYJKoZIhvcNAQcCoIILejCCC3YCAQExDzANBgkqhkiG9w0BAQsFADCC..."}
  contains:
    encoding:
      description: Encoding of the document.
      returned: always
      type: str
      sample: pkcs7
    signature:
      description: CMS SignedData (PKCS#7) with content, as DER in base64.
      returned: always
      type: str
      sample: MIILiQYJKoZIhvcNAQcCoIILejCCC3YCAQExDzANBgkqhkiG9w0BAQsFADCC...
nonce:
  description: Nonce of the request, as the controller knows it. The verification checks that the document contains it.
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
      description: Number of HTTP requests.
      returned: always
      type: int
      sample: 1
    retries:
      description: Number of retries among them.
      returned: always
      type: int
      sample: 0
    seconds:
      description: Total seconds that they took.
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
