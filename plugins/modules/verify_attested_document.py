# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This documents plugins/action/verify_attested_document.py, which does all of it on the controller.

DOCUMENTATION = r"""
module: verify_attested_document
short_description: Verify that Azure has signed a document for a certain VM
version_added: 0.1.0
author:
  - Contributors to the imds.azure collection (@imds-azure)
description:
  - Verifies what M(imds.azure.attested_document_info) has fetched, the signature, the certificate chain up to a trusted root, the name in the
    certificate, the times, the nonce, and that the document is about the VM that it is said to be about.
  - Everything happens on the controller. No host is asked and no credentials are needed.
  - A document that fails is a result and not a failure, unless O(require_verified=true). Look at RV(verified) before anything else.
  - Whether certificates have been revoked is not looked up.
requirements:
  - cryptography 42 or later (on the controller)
attributes:
  action:
    description: Is an action plugin and runs on the controller only.
    support: full
  async:
    description: Supports being used with the C(async) keyword.
    support: none
  check_mode:
    description: Can run in C(check_mode) and return changed status prediction without modifying the target.
    support: full
    details: Nothing is ever changed, so check mode makes no difference.
  connection:
    description: Uses the connection of the host to run code on it.
    support: none
  diff_mode:
    description: Will return details on what has changed (or possibly needs changing in C(check_mode)), when in diff mode.
    support: N/A
    details: Nothing is ever changed.
  idempotent:
    description: When run twice in a row outside check mode, with the same arguments, the second invocation indicates no change.
    support: full
    details: Documents expire, so RV(verified) may differ later.
  platform:
    description: Target OS/families that can be operated against.
    support: full
    platforms: posix
options:
  document:
    description:
      - The document, as in RV(imds.azure.attested_document_info#module:document).
      - Its signature alone, a string in base64, is taken too.
    type: raw
    required: true
  nonce:
    description:
      - What the document was asked for with, as in RV(imds.azure.attested_document_info#module:nonce). Quote it in YAML.
      - Without a nonce, everyone who ever saw a document of the VM could hand it in as long as it has not expired. So it must be given.
    type: str
    required: true
  instance:
    description:
      - What the host says about itself, which must be what the document says. Letter case does not matter.
      - Either the facts of M(imds.azure.instance_facts), C(ansible_facts['azure_imds']), of which the id of the VM must be there and subscription and sku are
        compared where they are there, or a dict with some of the keys V(vm_id), V(subscription_id) and V(sku), which are all compared.
      - Facts come from the host. Where you know what is right, give V(vm_id) or V(subscription_id) from your own records.
      - Without it nothing is compared, and a verified document may be one of any VM of the cloud. RV(content) tells of which one.
    type: dict
  cloud:
    description:
      - The cloud that must have signed. It is never taken from facts, because the host could choose then whom you trust.
      - The certificate must be for V(metadata.azure.com), V(metadata.azure.us), V(metadata.azure.cn) or V(metadata.microsoftazure.de), or a name below it.
    type: str
    choices: [AzurePublicCloud, AzureUSGovernmentCloud, AzureChinaCloud, AzureGermanCloud]
    default: AzurePublicCloud
  root_certificates:
    description:
      - The certificates that a chain may end at, in PEM, as a text or as the name of a file on the controller.
      - Without it, the certificates that OpenSSL trusts on the controller, usually those of its operating system. The variables C(SSL_CERT_FILE) and
        C(SSL_CERT_DIR) of its environment count.
    type: str
  intermediate_certificates:
    description:
      - Certificates that may stand between a root and the document's certificate, in PEM, as a text or as the name of a file on the controller.
      - Azure puts none into its documents. Give those of U(https://learn.microsoft.com/azure/security/fundamentals/azure-ca-details), or set
        O(fetch_intermediates).
      - Nothing is trusted because it is here, and there may be more than are needed.
    type: str
  fetch_intermediates:
    description:
      - Whether missing intermediate certificates are downloaded from the address that a certificate gives for its issuer (Authority Information Access).
      - This is done by the controller over plain HTTP, from O(issuer_hosts) only, through the proxy that C(http_proxy) names in its environment.
        Redirects are not followed, an answer may have 64 KiB and take 10 seconds, and at most 4 are fetched for a document.
      - What was fetched is kept for the run and used for all hosts.
    type: bool
    default: false
  issuer_hosts:
    description:
      - From where intermediate certificates may be downloaded, as host names, or V(host:port) for another port than 80.
      - The address stands in a document that is not verified yet. Without such a list a host could send the controller anywhere.
      - The default is what Microsoft names for the certificates of Azure.
    type: list
    elements: str
    default: [cacerts.digicert.cn, cacerts.digicert.com, cacerts.geotrust.com, caissuers.microsoft.com, www.microsoft.com]
  require_verified:
    description: Whether it is a failure when the document is not verified.
    type: bool
    default: false
notes:
  - The clock of the controller must be right to 5 minutes.
  - This is no member of the action group C(imds.azure.imds), because it asks no metadata service and has none of the options for that.
seealso:
  - module: imds.azure.attested_document_info
  - name: Attested data
    description: What the service says about its documents.
    link: https://learn.microsoft.com/azure/virtual-machines/instance-metadata-service#attested-data
"""

EXAMPLES = r"""
- name: Fetch the document
  imds.azure.attested_document_info:
  register: attested

- name: Stop unless the host is a VM of this subscription
  imds.azure.verify_attested_document:
    document: "{{ attested.document }}"
    nonce: "{{ attested.nonce }}"
    instance:
      subscription_id: 00000000-0000-4000-8000-00000000a001
    fetch_intermediates: true
    require_verified: true

- name: Compare with the facts, with certificates from files, and go on whatever comes out
  imds.azure.verify_attested_document:
    document: "{{ attested.document }}"
    nonce: "{{ attested.nonce }}"
    instance: "{{ ansible_facts['azure_imds'] }}"
    root_certificates: DigiCertGlobalRootG2.pem
    intermediate_certificates: azure-intermediates.pem
  register: verification

- name: Show what did not pass
  ansible.builtin.debug:
    msg: "{{ item.key }}: {{ item.value.reason }}"
  loop: "{{ verification.checks | dict2items | selectattr('value.passed', 'false') }}"
"""

RETURN = r"""
verified:
  description: Whether every check passed that there was something to compare with for.
  returned: success, and where O(require_verified) makes it a failure
  type: bool
  sample: true
checks:
  description:
    - What was checked. Each has C(passed) and C(reason). C(passed) is V(true), or V(false) with the reason, or V(null) where O(instance) says nothing
      to compare with.
  returned: success, and where O(require_verified) makes it a failure
  type: dict
  sample:
    signature: {"passed": true, "reason": null}
    chain: {"passed": true, "reason": null}
    name: {"passed": true, "reason": null}
    time: {"passed": true, "reason": null}
    nonce: {"passed": false, "reason": "the nonce of the document is '1234567890' and not '8503917264'"}
    vm_id: {"passed": true, "reason": null}
    subscription_id: {"passed": true, "reason": null}
    sku: {"passed": null, "reason": "no sku was given to compare with"}
  contains:
    signature:
      description:
        - The content is signed by the key of the certificate that comes with it, by that one alone, with SHA-256, SHA-384 or SHA-512.
      returned: always
      type: dict
    chain:
      description: The certificate leads up to a trusted root, each certificate on the way is valid now and may do what it does there.
      returned: always
      type: dict
    name:
      description: The certificate is for the metadata service of O(cloud).
      returned: always
      type: dict
    time:
      description: The document is made already and has not expired, by the clock of the controller, give or take 5 minutes.
      returned: always
      type: dict
    nonce:
      description: The document was made for O(nonce).
      returned: always
      type: dict
    vm_id:
      description: The document is about this VM.
      returned: always
      type: dict
    subscription_id:
      description: The document is about a VM of this subscription.
      returned: always
      type: dict
    sku:
      description: The document is about a VM made from this image.
      returned: always
      type: dict
content:
  description:
    - What Azure has signed, V(null) unless RV(verified=true), so that nobody takes it for more than it is.
    - Older versions of the API know fewer elements.
  returned: success, and where O(require_verified) makes it a failure
  type: dict
  sample:
    licenseType: ""
    nonce: "8503917264"
    plan: {"name": "", "product": "", "publisher": ""}
    sku: 22_04-lts-gen2
    subscriptionId: 00000000-0000-4000-8000-00000000a001
    timeStamp: {"createdOn": "11/20/26 10:01:39 -0000", "expiresOn": "11/20/26 16:01:39 -0000"}
    vmId: 5c08b38e-4d57-4c23-ac45-aca61037f084
certificate:
  description: The certificate that the document is signed with, as it describes itself. V(null) where there is none or it cannot be read.
  returned: success, and where O(require_verified) makes it a failure
  type: dict
  contains:
    subject:
      description: Whose it is.
      returned: always
      type: str
      sample: CN=metadata.azure.com,O=Microsoft Corporation,L=Redmond,ST=WA,C=US
    issuer:
      description: Who signed it.
      returned: always
      type: str
      sample: CN=Microsoft Azure RSA TLS Issuing CA 07,O=Microsoft Corporation,C=US
    not_before:
      description: When it begins to be valid.
      returned: always
      type: str
      sample: "2026-02-03T19:01:18+00:00"
    not_after:
      description: When it ends to be valid.
      returned: always
      type: str
      sample: "2027-01-29T19:01:18+00:00"
"""
