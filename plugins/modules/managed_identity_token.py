# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: managed_identity_token
short_description: Get a token of a managed identity of an Azure VM
version_added: 1.0.0
author:
  - Contributors to the imds.azure collection (@imds-azure)
description:
  - Asks the Azure Instance Metadata Service (IMDS) on the host for an access token of a managed identity of the VM.
    Whoever has the token can use its resource, such as Key Vault, Storage or Azure Resource Manager.
  - Needs no credentials and no software on the host. Roles and access policies in Azure control what the identity can do.
  - B(The token is only in the registered variable.) Ansible censors the result wherever it shows or logs it, as with C(no_log). Failures,
    which contain no token, are readable.
  - Fails if the host is not an Azure VM.
extends_documentation_fragment:
  - imds.azure.task_transport
  - imds.azure.attributes
  - imds.azure.service
attributes:
  action:
    description: Has a corresponding action plugin, so that some parts run on the controller.
    support: full
  async:
    description: Supports being used with the C(async) keyword.
    support: none
    details: It would write the token to a file on the host.
options:
  resource:
    description:
      - Application ID URI of the resource, such as V(https://vault.azure.net), V(https://storage.azure.com) or V(https://management.azure.com).
      - It names a service, not a single vault or account. It differs between clouds.
        See C(ansible_facts['azure_imds'].cloud) of M(imds.azure.instance_facts).
    type: str
    required: true
  client_id:
    description:
      - Client ID of a user-assigned identity of the VM.
      - Set at most one of O(client_id), O(object_id) and O(msi_res_id). Without them, the service uses the system-assigned identity, or the
        user-assigned identity if it is the only one.
    type: str
  object_id:
    description: Object ID (principal ID) of an identity of the VM.
    type: str
  msi_res_id:
    description: Resource ID of a user-assigned identity of the VM.
    type: str
  bypass_cache:
    description:
      - Whether to get a new token even if the service has a valid one in its cache, for example after a change of roles.
      - Use it only when needed, because these requests are throttled early.
    type: bool
    default: false
  tenant:
    description: Whether to also return the tenant of the VM, which needs a second request.
    type: bool
    default: false
  api_version:
    description:
      - Version of the service's API.
      - V(auto) is V(2018-02-01), without negotiation, because the service answers HTTP status 404 both to a version it does not know and
        while it is updated.
      - Quote a version such as V("2018-02-01"), because YAML converts dates.
  deadline:
    description:
      - Timeout in seconds for all attempts together.
      - Until then, HTTP status 404 and 410 (the service is being updated) are retried for 70 seconds, 429 (throttled) and 5xx without other
        limit, and no answer at all up to three times.
notes:
  - Set C(no_log=true) for every task that uses the token, and do not keep it in facts or files.
  - The debug log of Ansible (C(ANSIBLE_DEBUG)) is off while this module runs. It shows the arguments of later tasks, even
    with C(no_log), so do not use it for tasks with tokens.
  - If an item of a loop fails, its failure is shown with this item.
  - Every process on the VM can get such a token. This is how managed identities work.
  - Azure Arc machines are not supported, because they issue tokens only to users who can read a file of root.
seealso:
  - plugin: imds.azure.token
    plugin_type: lookup
    description: Get a token for the VM of the controller.
  - module: imds.azure.instance_facts
  - name: Managed identities and tokens
    description: Documentation of the service.
    link: https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token
"""

EXAMPLES = r"""
- name: Get a token for Key Vault in the cloud of the VM
  imds.azure.managed_identity_token:
    resource: "https://{{ ansible_facts['azure_imds'].cloud.key_vault_dns_suffix }}"
  register: identity

- name: Get a token of a user-assigned identity for Azure Resource Manager, and the tenant
  imds.azure.managed_identity_token:
    resource: https://management.azure.com
    client_id: 00000000-0000-4000-8000-00000000c001
    tenant: true
  register: identity

- name: Get a new token after the roles of the identity have changed
  imds.azure.managed_identity_token:
    resource: https://storage.azure.com
    bypass_cache: true
  register: identity

- name: Read a secret of Key Vault as the VM
  hosts: shop
  gather_facts: false
  vars:
    vault: https://shop.vault.azure.net
  tasks:
    - name: Get a token for Key Vault
      imds.azure.managed_identity_token:
        resource: https://vault.azure.net
      register: identity

    - name: Read the secret
      ansible.builtin.uri:
        url: "{{ vault }}/secrets/database-password?api-version=7.4"
        headers:
          Authorization: "Bearer {{ identity.access_token }}"
      register: secret
      no_log: true

    - name: Write it to a file for the service
      ansible.builtin.copy:
        content: "{{ secret.json.value }}"
        dest: /run/database-password
        mode: "0600"
      no_log: true
"""

RETURN = r"""
access_token:
  description:
    - The token, to be used after the word C(Bearer) in an C(Authorization) header.
    - It is never shown.
  returned: success
  type: str
  sample: eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.e30.c2lnbmF0dXJl
expires_on:
  description: Expiry time of the token, as ISO 8601 in UTC, or V(null) if the service does not return it.
  returned: success
  type: str
  sample: "2026-03-01T13:00:00Z"
expires_in:
  description: Seconds from the answer of the service until then, or V(null).
  returned: success
  type: int
  sample: 86399
not_before:
  description: Start of validity of the token, as ISO 8601 in UTC, or V(null).
  returned: success
  type: str
  sample: "2026-02-28T12:55:00Z"
resource:
  description: Resource of the token according to the service, or V(null).
  returned: success
  type: str
  sample: https://vault.azure.net
token_type:
  description: Type of the token, or V(null).
  returned: success
  type: str
  sample: Bearer
client_id:
  description: Client ID of the identity of the token, or V(null) if the service does not return it.
  returned: success
  type: str
  sample: 00000000-0000-4000-8000-00000000c001
tenant_id:
  description: Tenant of the VM.
  returned: with O(tenant=true)
  type: str
  sample: 00000000-0000-4000-8000-0000000000aa
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
from ansible_collections.imds.azure.plugins.module_utils._identity import SPECIFICATION, managed_identity_token
from ansible_collections.imds.azure.plugins.module_utils._service.options import answer


def main():
    answer(AnsibleModule(supports_check_mode=True, **SPECIFICATION), managed_identity_token)


if __name__ == '__main__':
    main()
