# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: metadata
short_description: Get elements from the Instance Metadata Service of the controller
version_added: 1.0.0
author:
  - Contributors to the imds.azure collection (@imds-azure)
description:
  - B(Lookups run on the controller, so this one returns metadata of the controller, not of the host of a task.)
    For hosts, use M(imds.azure.instance_facts).
  - Use it on controllers that are Azure VMs, and with C(ansible-pull).
  - The document is requested once for each run and shared in the local temporary folder of Ansible,
    which only the user can read and which is removed after the run.
  - User data, public keys and the addresses of disk encryption keys are not shared and not part of any container. Each is requested
    separately by a term such as C(compute/userData).
  - Uses the Python library requests on the controller if it is installed.
extends_documentation_fragment:
  - imds.azure.service
  - imds.azure.service.plugin
options:
  _terms:
    description:
      - Paths below C(/metadata/instance), with keys and indexes separated by slashes, such as C(compute/vmId) or C(network/interface/0).
      - Paths are case-sensitive.
    type: list
    elements: str
    required: true
  endpoint:
    description:
      - The variable is C(azure_imds_controller_endpoint), because C(azure_imds_endpoint) is the endpoint of a I(host).
    vars:
      - name: azure_imds_controller_endpoint
  api_version:
    type: raw
  default:
    description:
      - Value to return for a path that does not exist. Without it, such a path is an error.
      - Does not apply to machines that are not Azure VMs or to a service that does not answer, which are always errors.
    type: raw
seealso:
  - module: imds.azure.instance_facts
  - name: Azure Instance Metadata Service
    description: Documentation of the service, with all paths.
    link: https://learn.microsoft.com/azure/virtual-machines/instance-metadata-service
"""

EXAMPLES = r"""
- name: Show the VM ID of the controller
  ansible.builtin.debug:
    msg: "{{ lookup('imds.azure.metadata', 'compute/vmId') }}"

- name: Show two elements
  ansible.builtin.debug:
    msg: "{{ query('imds.azure.metadata', 'compute/location', 'network/interface/0/macAddress') }}"

- name: Show the tags from a container
  ansible.builtin.debug:
    msg: "{{ item.name }} is {{ item.value }}"
  loop: "{{ lookup('imds.azure.metadata', 'compute/tagsList') }}"

- name: Use a default if the API version does not have the element
  ansible.builtin.debug:
    msg: "{{ lookup('imds.azure.metadata', 'compute/physicalZone', default='unknown') }}"

- name: Get an element on an Azure Arc machine
  ansible.builtin.debug:
    msg: "{{ lookup('imds.azure.metadata', 'compute/location', endpoint='http://localhost:40342', deadline=10) }}"
"""

RETURN = r"""
_raw:
  description: One item for each term, a list or a dict for a container, a string for a leaf.
  type: list
  elements: raw
  sample: [5c08b38e-4d57-4c23-ac45-aca61037f084]
"""

from ansible import constants as C
from ansible.errors import AnsibleLookupError
from ansible.utils.display import Display
from ansible_collections.imds.azure.plugins.module_utils._facts.facts import redact
from ansible_collections.imds.azure.plugins.module_utils._service.errors import ImdsError, NoSuchElementError
from ansible_collections.imds.azure.plugins.plugin_utils._controller.element import element, element_path, hidden
from ansible_collections.imds.azure.plugins.plugin_utils._controller.lookup import ControllerLookup
from ansible_collections.imds.azure.plugins.plugin_utils._controller.run_cache import once_for_the_run


class LookupModule(ControllerLookup):
    """Elements of the controller's own /instance document."""

    def run(self, terms, variables=None, **kwargs):
        self.take_options(variables, kwargs)
        found = []
        for term in terms:
            try:
                found.append(self._element(element_path(term)))
            except NoSuchElementError as error:
                if 'default' not in kwargs:
                    raise AnsibleLookupError(str(error)) from error
                found.append(kwargs['default'])
            except ImdsError as error:
                raise AnsibleLookupError(str(error)) from error
        return found

    def _element(self, path):
        if hidden(path):
            return self._client().get('/'.join(('/instance', *path)))
        key = [self.get_option(name) for name in ('endpoint', 'api_version', 'detect', 'timeout', 'deadline')]
        answer = once_for_the_run(C.DEFAULT_LOCAL_TMP, key, self._document, self.get_option('deadline'))
        if 'error' in answer:
            raise AnsibleLookupError(answer['error'])
        return element(answer['document'], path)

    def _document(self):
        try:
            client = self._client()
            document = client.get('/instance')
        except ImdsError as error:
            return {'error': str(error)}
        for warning in client.warnings:
            Display().warning(warning)
        return {'document': redact(document)}

    def _client(self):
        return self.client(self.get_option('api_version'))
