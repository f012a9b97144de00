# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: managed_identity_token
short_description: Get a token of a managed identity of an Azure VM
version_added: 0.1.0
author:
  - Contributors to the imds.azure collection (@imds-azure)
description:
  - Asks the Azure Instance Metadata Service (IMDS) on the host for an access token of one of the managed identities of the VM.
    With it the host, or whoever else has it, can use the resource it is for, such as Key Vault, Storage or Azure Resource Manager.
  - No credentials are needed, and nothing has to be installed on the host. What the identity may do is set by roles and access policies in Azure.
  - B(The token is only in the registered variable.) The result is censored wherever Ansible shows or logs it, as with C(no_log), while failures,
    which hold no token, can be read.
  - It is a failure when the host is not an Azure VM.
extends_documentation_fragment:
  - imds.azure.attributes
  - imds.azure.service
  - imds.azure.task_transport
attributes:
  action:
    description: Has a part that runs on the controller.
    support: full
  async:
    description: Can be used with the C(async) keyword.
    support: none
    details: The token would be kept in a file on the host.
options:
  resource:
    description:
      - What the token is for, as application id URI, such as V(https://vault.azure.net), V(https://storage.azure.com) or V(https://management.azure.com).
      - It names a service and not one vault or account. In another cloud than the public one it is another one.
        C(ansible_facts['azure_imds'].cloud) of M(imds.azure.instance_facts) helps with that.
    type: str
    required: true
  client_id:
    description:
      - Client id of a user-assigned identity of the VM.
      - Where none of O(client_id), O(object_id) and O(msi_res_id) is given, the service takes the system-assigned identity, or the user-assigned one
        if there is only one. At most one of them may be given.
    type: str
  object_id:
    description: Object id (principal id) of an identity of the VM.
    type: str
  msi_res_id:
    description: Resource id of a user-assigned identity of the VM.
    type: str
  bypass_cache:
    description:
      - Whether to ask for a new token even where the service still has one that is valid, as after a change of the roles.
      - Leave it off otherwise, for such requests are throttled early.
    type: bool
    default: false
  tenant:
    description: Whether to ask for the tenant of the VM as well, which is a second request.
    type: bool
    default: false
  api_version:
    description:
      - Version of the service's API.
      - V(auto) is V(2018-02-01) here. Nothing is negotiated, because the service answers HTTP status 404 to a version it does not know and also
        while it is updated, and then asking again is what helps.
      - Quote a version, V("2018-02-01"), for YAML makes something else of a date.
  deadline:
    description:
      - Seconds for all tries together.
      - While there is time, HTTP status 404 and 410 (the service is being updated) are asked again for 70 seconds, 429 (throttled) and 5xx as long as
        needed, and a service that does not answer at all three times.
notes:
  - Give C(no_log=true) to every task that uses the token, and do not keep it in facts or files.
  - Ansible's own debug log (C(ANSIBLE_DEBUG)) stays silent while this module runs. But it shows the arguments of later tasks, even of those
    with C(no_log), so do not switch it on where a token is used.
  - In a loop with successes and failures, a failure can be read where it is shown for its item.
  - Every process on the VM can get such a token. That is a property of managed identities.
  - Azure Arc machines, which want to see a file of root before they give a token, are not supported.
seealso:
  - plugin: imds.azure.token
    plugin_type: lookup
    description: A token of an identity of the controller's own VM.
  - module: imds.azure.instance_facts
  - name: Managed identities and tokens
    description: Documentation of the service.
    link: https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token
"""

EXAMPLES = r"""
- name: Get a token for Key Vault in whichever cloud the VM is
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

    - name: Write it where the service finds it
      ansible.builtin.copy:
        content: "{{ secret.json.value }}"
        dest: /run/database-password
        mode: "0600"
      no_log: true
"""

RETURN = r"""
access_token:
  description:
    - The token, for the header C(Authorization) after the word C(Bearer).
    - It is never shown.
  returned: success
  type: str
  sample: eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.e30.c2lnbmF0dXJl
expires_on:
  description: When the token expires, as ISO 8601 in UTC, or V(null) where the service does not say.
  returned: success
  type: str
  sample: "2026-03-01T13:00:00Z"
expires_in:
  description: Seconds until then, counted from when the service answered, or V(null).
  returned: success
  type: int
  sample: 86399
not_before:
  description: When the token begins to be valid, as ISO 8601 in UTC, or V(null).
  returned: success
  type: str
  sample: "2026-02-28T12:55:00Z"
resource:
  description: What the token is for, as the service says, or V(null).
  returned: success
  type: str
  sample: https://vault.azure.net
token_type:
  description: Type of the token, or V(null).
  returned: success
  type: str
  sample: Bearer
client_id:
  description: Client id of the identity whose token this is, or V(null) where the service does not say.
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
from ansible_collections.imds.azure.plugins.module_utils._identity import SPECIFICATION, managed_identity_token
from ansible_collections.imds.azure.plugins.module_utils._service.options import answer


def main():
    answer(AnsibleModule(supports_check_mode=True, **SPECIFICATION), managed_identity_token)


if __name__ == '__main__':
    main()
