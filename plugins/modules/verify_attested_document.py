# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This documents plugins/action/verify_attested_document.py, which does all of it on the controller.

DOCUMENTATION = r"""
module: verify_attested_document
short_description: Verify the attested document of an Azure VM
version_added: 1.0.0
author:
  - Contributors to the imds.azure collection (@imds-azure)
description:
  - Verifies a document from M(imds.azure.attested_document_info). Checks its signature, the certificate chain up to a trusted root, the name in the
    certificate, the dates, the nonce, and the VM.
  - Runs on the controller only. Asks no hosts and needs no credentials.
  - If the document does not pass, the task does not fail unless O(require_verified=true). Check RV(verified) first.
  - Does not check whether certificates have been revoked.
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
    details: This never changes anything.
  connection:
    description: Uses the connection of the host to run code on it.
    support: none
  diff_mode:
    description: Will return details on what has changed (or possibly needs changing in C(check_mode)), when in diff mode.
    support: N/A
    details: This never changes anything.
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
      - A string in base64 is used as the signature of the document.
    type: raw
    required: true
  nonce:
    description:
      - Nonce of the request, as in RV(imds.azure.attested_document_info#module:nonce). Quote it in YAML.
      - Required because otherwise anyone who has seen a document of the VM could reuse it until it expires.
    type: str
    required: true
  instance:
    description:
      - VM that the document must describe. Case does not matter.
      - Either the facts C(ansible_facts['azure_imds']) of M(imds.azure.instance_facts), which must contain the VM ID and whose subscription and SKU are
        compared if present, or a dict with one or more of V(vm_id), V(subscription_id) and V(sku).
      - Facts come from the host. If you know the VM, use V(vm_id) or V(subscription_id) from your own records.
      - Without it, a verified document can be from any VM in the cloud. RV(content) shows which one.
    type: dict
  cloud:
    description:
      - Cloud that must have signed the document. It is never read from facts, because the host could then choose whom you trust.
      - The certificate must be for V(metadata.azure.com), V(metadata.azure.us), V(metadata.azure.cn) or V(metadata.microsoftazure.de), or a subdomain.
    type: str
    choices: [AzurePublicCloud, AzureUSGovernmentCloud, AzureChinaCloud, AzureGermanCloud]
    default: AzurePublicCloud
  root_certificates:
    description:
      - Trusted root certificates in PEM format, as text or as a file on the controller.
      - Defaults to the certificates that OpenSSL trusts on the controller, usually those of its operating system, or those in E(SSL_CERT_FILE) and
        E(SSL_CERT_DIR).
    type: str
  intermediate_certificates:
    description:
      - Intermediate certificates in PEM format, as text or as a file on the controller.
      - Azure documents contain none. Use those of U(https://learn.microsoft.com/azure/security/fundamentals/azure-ca-details), or set
        O(fetch_intermediates).
      - They are not trusted by themselves, and the list can contain more than needed.
    type: str
  fetch_intermediates:
    description:
      - Whether to download missing intermediate certificates from the issuer address in a certificate (Authority Information Access).
      - The controller downloads them over plain HTTP, from O(issuer_hosts) only, through the proxy in E(http_proxy).
        Redirects are not followed. The limits are 64 KiB and 10 seconds for each certificate, and 4 certificates for each document.
      - Downloads are shared by all hosts of the run.
    type: bool
    default: false
  issuer_hosts:
    description:
      - Hosts from which intermediate certificates can be downloaded, as V(host) or V(host:port).
      - The address comes from a document that is not verified yet. Without this list, a host could send the controller anywhere.
      - Defaults to the hosts that Microsoft documents for Azure certificates.
    type: list
    elements: str
    default: [cacerts.digicert.cn, cacerts.digicert.com, cacerts.geotrust.com, caissuers.microsoft.com, www.microsoft.com]
  require_verified:
    description: Whether to fail if the document does not pass verification.
    type: bool
    default: false
notes:
  - The clock of the controller must be accurate to 5 minutes.
  - Not a member of the action group C(imds.azure.imds), because it does not use the metadata service.
seealso:
  - module: imds.azure.attested_document_info
  - name: Attested data
    description: Documentation of attested documents.
    link: https://learn.microsoft.com/azure/virtual-machines/instance-metadata-service#attested-data
"""

EXAMPLES = r"""
- name: Get the document
  imds.azure.attested_document_info:
  register: attested

- name: Fail unless the host is a VM of this subscription
  imds.azure.verify_attested_document:
    document: "{{ attested.document }}"
    nonce: "{{ attested.nonce }}"
    instance:
      subscription_id: 00000000-0000-4000-8000-00000000a001
    fetch_intermediates: true
    require_verified: true

- name: Compare with the facts, with certificates from files, and continue in any case
  imds.azure.verify_attested_document:
    document: "{{ attested.document }}"
    nonce: "{{ attested.nonce }}"
    instance: "{{ ansible_facts['azure_imds'] }}"
    root_certificates: DigiCertGlobalRootG2.pem
    intermediate_certificates: azure-intermediates.pem
  register: verification

- name: Show the failed checks
  ansible.builtin.debug:
    msg: "{{ item.key }}: {{ item.value.reason }}"
  loop: "{{ verification.checks | dict2items | selectattr('value.passed', 'false') }}"
"""

RETURN = r"""
verified:
  description: Whether all checks passed, except those without anything to compare with.
  returned: success, and failure due to O(require_verified)
  type: bool
  sample: true
checks:
  description:
    - Checks, each with C(passed) and C(reason). C(passed) is V(true), V(false) with a reason, or V(null) if O(instance) contains nothing
      to compare with.
  returned: success, and failure due to O(require_verified)
  type: dict
  sample:
    signature: {"passed": true, "reason": null}
    chain: {"passed": true, "reason": null}
    name: {"passed": true, "reason": null}
    time: {"passed": true, "reason": null}
    nonce: {"passed": false, "reason": "the nonce of the document is '1234567890' and not '8503917264'"}
    vm_id: {"passed": true, "reason": null}
    subscription_id: {"passed": true, "reason": null}
    sku: {"passed": null, "reason": "instance has no sku to compare with"}
  contains:
    signature:
      description:
        - Only the key of the included certificate has signed the content, with SHA-256, SHA-384 or SHA-512.
      returned: always
      type: dict
    chain:
      description: The certificate chains up to a trusted root, and each certificate in the chain is valid now and allowed for its purpose.
      returned: always
      type: dict
    name:
      description: The certificate is for the metadata service of O(cloud).
      returned: always
      type: dict
    time:
      description: The document is valid now by the clock of the controller, with a tolerance of 5 minutes.
      returned: always
      type: dict
    nonce:
      description: The document contains O(nonce).
      returned: always
      type: dict
    vm_id:
      description: The document describes this VM.
      returned: always
      type: dict
    subscription_id:
      description: The document describes a VM of this subscription.
      returned: always
      type: dict
    sku:
      description: The document describes a VM created from this image.
      returned: always
      type: dict
content:
  description:
    - Content that Azure has signed. V(null) unless RV(verified=true).
    - Older API versions have fewer elements.
  returned: success, and failure due to O(require_verified)
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
  description: Certificate of the signature. V(null) if there is none or it cannot be read.
  returned: success, and failure due to O(require_verified)
  type: dict
  contains:
    subject:
      description: Subject of the certificate.
      returned: always
      type: str
      sample: CN=metadata.azure.com,O=Microsoft Corporation,L=Redmond,ST=WA,C=US
    issuer:
      description: Issuer of the certificate.
      returned: always
      type: str
      sample: CN=Microsoft Azure RSA TLS Issuing CA 07,O=Microsoft Corporation,C=US
    not_before:
      description: Start of validity.
      returned: always
      type: str
      sample: "2026-02-03T19:01:18+00:00"
    not_after:
      description: End of validity.
      returned: always
      type: str
      sample: "2027-01-29T19:01:18+00:00"
"""
