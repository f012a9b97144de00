# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: token
short_description: Get a token of a managed identity of the controller
version_added: 1.0.0
author:
  - Contributors to the imds.azure collection (@imds-azure)
description:
  - B(Lookups run on the controller, so this one returns a token for an identity of the controller, not of the host of a task.)
    For hosts, use M(imds.azure.managed_identity_token).
  - Use it on controllers that are Azure VMs, and with C(ansible-pull).
  - B(Set C(no_log=true) for every task that uses the value), because Ansible shows the arguments of tasks.
  - Nothing is cached. Each time a template with this lookup is evaluated, it sends a request. The service caches tokens and answers 20
    requests per second. Use the lookup in a task, not in a variable that many tasks or a loop use.
  - Uses the Python library requests on the controller if it is installed.
extends_documentation_fragment:
  - imds.azure.service
  - imds.azure.service.plugin
options:
  _terms:
    description:
      - Application ID URI of the resource, such as C(https://vault.azure.net).
      - It names a service, not a single vault or account.
    type: list
    elements: str
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
    description: Whether to get a new token even if the service has a valid one in its cache, for example after a change of roles.
    type: bool
    default: false
  tenant:
    description: Whether to also return the tenant of the VM, which needs a second request.
    type: bool
    default: false
  endpoint:
    description:
      - The variable is C(azure_imds_controller_endpoint), because C(azure_imds_endpoint) is the endpoint of a I(host).
    vars:
      - name: azure_imds_controller_endpoint
  api_version:
    type: raw
    description:
      - Version of the service's API.
      - V(auto) is V(2018-02-01), without negotiation, because the service answers HTTP status 404 both to a version it does not know and
        while it is updated.
seealso:
  - module: imds.azure.managed_identity_token
    description: The same for hosts, with a result that Ansible censors.
  - plugin: imds.azure.metadata
    plugin_type: lookup
    description: Other metadata of the controller.
"""

EXAMPLES = r"""
- name: Read a secret of Key Vault as the controller
  ansible.builtin.uri:
    url: https://shop.vault.azure.net/secrets/database-password?api-version=7.4
    headers:
      Authorization: "Bearer {{ lookup('imds.azure.token', 'https://vault.azure.net').access_token }}"
  delegate_to: localhost
  register: secret
  no_log: true

- name: Fail if the controller has no such identity
  ansible.builtin.assert:
    that: lookup('imds.azure.token', 'https://management.azure.com', client_id='00000000-0000-4000-8000-00000000c001').expires_in > 600
    quiet: true
  no_log: true
"""

RETURN = r"""
_raw:
  description:
    - One item for each term, with C(access_token), C(expires_on), C(expires_in), C(not_before), C(resource), C(token_type) and C(client_id),
      and C(tenant_id) with O(tenant=true). See M(imds.azure.managed_identity_token).
  type: list
  elements: dict
"""

from ansible.errors import AnsibleLookupError
from ansible_collections.imds.azure.plugins.module_utils._identity import ask_for_token, identity_version, token_query
from ansible_collections.imds.azure.plugins.module_utils._service.errors import ImdsError
from ansible_collections.imds.azure.plugins.plugin_utils._controller.lookup import ControllerLookup


class LookupModule(ControllerLookup):
    """Tokens for the controller itself; nothing of them is kept."""

    def run(self, terms, variables=None, **kwargs):
        self.take_options(variables, kwargs)
        try:
            return [self._token(term) for term in terms]
        except ImdsError as error:
            raise AnsibleLookupError(str(error)) from error

    def _token(self, resource):
        query = token_query(dict(self.get_options(), resource=resource))
        client = self.client(identity_version(self.get_option('api_version')))
        return ask_for_token(client, query, self.get_option('tenant'))
