# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: token
short_description: Get a token of a managed identity of the controller's VM
version_added: 0.1.0
author:
  - Contributors to the imds.azure collection (@imds-azure)
description:
  - B(A lookup runs on the controller, so this one asks for a token of an identity of the controller's own VM, never of the host a task runs for.)
    For the hosts, use M(imds.azure.managed_identity_token).
  - It is meant for controllers that are Azure VMs themselves, and for C(ansible-pull), where controller and host are one.
  - The value goes where it is put. B(Give C(no_log=true) to every task that uses it), for Ansible shows the arguments of tasks.
  - Nothing is kept. Whenever a template with this lookup is evaluated, the service is asked, which keeps tokens itself and answers 20 such
    requests a second. So use it in a task, and not in a variable that many tasks or a loop use.
  - Uses the Python library requests on the controller if it is installed, else only what comes with Python.
extends_documentation_fragment:
  - imds.azure.service
  - imds.azure.service.plugin
options:
  _terms:
    description:
      - What the token is for, as application id URI, such as C(https://vault.azure.net).
      - It names a service and not one vault or account.
    type: list
    elements: str
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
    description: Whether to ask for a new token even where the service still has one that is valid, as after a change of the roles.
    type: bool
    default: false
  tenant:
    description: Whether to ask for the tenant of the VM as well, which is a second request.
    type: bool
    default: false
  endpoint:
    description:
      - In the variables it is C(azure_imds_controller_endpoint), because C(azure_imds_endpoint) is where a I(host) asks.
    vars:
      - name: azure_imds_controller_endpoint
  api_version:
    type: raw
    description:
      - Version of the service's API.
      - V(auto) is V(2018-02-01) here, and nothing is negotiated, because the service answers HTTP status 404 to a version it does not know and also
        while it is updated.
seealso:
  - module: imds.azure.managed_identity_token
    description: The same for the hosts, with a result that is censored by itself.
  - plugin: imds.azure.metadata
    plugin_type: lookup
    description: Other things that the metadata service of the controller knows.
"""

EXAMPLES = r"""
- name: Read a secret of Key Vault as the controller's VM
  ansible.builtin.uri:
    url: https://shop.vault.azure.net/secrets/database-password?api-version=7.4
    headers:
      Authorization: "Bearer {{ lookup('imds.azure.token', 'https://vault.azure.net').access_token }}"
  delegate_to: localhost
  register: secret
  no_log: true

- name: Stop where the controller has no such identity
  ansible.builtin.assert:
    that: lookup('imds.azure.token', 'https://management.azure.com', client_id='00000000-0000-4000-8000-00000000c001').expires_in > 600
    quiet: true
  no_log: true
"""

RETURN = r"""
_raw:
  description:
    - One item for each term, with C(access_token), C(expires_on), C(expires_in), C(not_before), C(resource), C(token_type) and C(client_id),
      and C(tenant_id) with O(tenant=true). They are those of M(imds.azure.managed_identity_token).
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
