# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: diagnose
short_description: Find out why the Instance Metadata Service does not answer
version_added: 1.0.0
author:
  - Contributors to the imds.azure collection (@imds-azure)
description:
  - Checks on the host what can keep the Azure Instance Metadata Service (IMDS) from answering, and returns remedies.
  - Problems are results, not failures. The module fails only if an option is not valid.
  - Reads a few files of the host and sends up to six requests, without retries and with pauses, to stay below the limit of five requests per second that
    all programs on the VM share. Temporary problems, such as an update of the service, are reported as they are.
  - Sends nothing if the SMBIOS chassis asset tag shows that the host is not an Azure VM, unless O(detect) or O(endpoint) is set.
extends_documentation_fragment:
  - imds.azure.task_transport
  - imds.azure.attributes
  - imds.azure.service
options:
  deadline:
    description: Timeout in seconds for all requests together. Requests are not retried.
    default: 30
notes:
  - The service is expected to refuse two of the requests, one without the header C(Metadata) and one with the header C(X-Forwarded-For).
  - Except on Windows, use C(become) to include the UUID of the machine, which only root can read.
  - Proxy variables are read from the environment of the command or module. Services may have others.
  - On Windows, the check V(proxies) also reads the proxies of WinHTTP and of the Internet settings of the user. Programs that run as another user, such as
    services, may have others.
seealso:
  - module: imds.azure.instance_facts
  - name: Azure Instance Metadata Service
    description: Documentation of the service, with frequently asked questions.
    link: https://learn.microsoft.com/azure/virtual-machines/instance-metadata-service
  - name: Metadata Security Protocol
    description: How access to the service is restricted for users and programs on a VM.
    link: https://learn.microsoft.com/azure/virtual-machines/metadata-security-protocol/overview
"""

EXAMPLES = r"""
# Without a playbook: ansible HOST -m imds.azure.diagnose --become

- name: Check the metadata service
  imds.azure.diagnose:
  become: true
  register: diagnosis

- name: Show the result in one line
  ansible.builtin.debug:
    var: diagnosis.verdict

- name: Show the problems and remedies
  ansible.builtin.debug:
    msg: "{{ item.name }}: {{ item.finding }} {{ item.remedy | default('', true) }}"
  loop: "{{ diagnosis.checks | selectattr('state', 'eq', 'problem') }}"
  loop_control:
    label: "{{ item.name }}"

- name: Fail if there is a problem
  ansible.builtin.assert:
    that: diagnosis.checks | selectattr('state', 'eq', 'problem') | length == 0
    fail_msg: "{{ diagnosis.verdict }}"
"""

RETURN = r"""
verdict:
  description: The result in one line.
  returned: success
  type: str
  sample: >-
    1 problem (proxies). http_proxy is set in the environment, and no_proxy (NO_PROXY) does not include 169.254.169.254: curl, SDKs and other programs send
    their requests to the proxy.
checks:
  description:
    - All checks, in a fixed order in which each can be the cause of the next.
    - Names are V(chassis_tag), V(route), V(firewall) (on Windows only), V(reachability), V(security_protocol), V(service), V(header_rules), V(api_versions),
      V(clock), V(freshness), V(vm_id) and V(proxies).
  returned: success
  type: list
  elements: dict
  sample:
    - {"name": "clock", "state": "ok", "finding": "The clock agrees with that of the service.", "remedy": null}
  contains:
    name:
      description:
        - V(chassis_tag), whether the SMBIOS chassis asset tag is that of an Azure VM.
        - V(route), whether there is a route to the service, through the interface and address that the service requires.
        - V(firewall), whether Windows Defender Firewall blocks the requests.
        - V(reachability), whether the service answers, and how long it takes.
        - V(security_protocol), whether the Metadata Security Protocol refuses this user.
        - V(service), whether the answer is a document of the VM.
        - V(header_rules), whether requests with wrong headers are refused. If not, a proxy or something else answers.
        - V(api_versions), which versions the service supports.
        - V(clock), whether the clock is accurate enough for tokens and attested documents.
        - V(freshness), whether the document is complete and its tags are reliable.
        - V(vm_id), whether the document describes this VM.
        - V(proxies), whether other programs would send metadata requests to a proxy.
      returned: always
      type: str
      sample: clock
    state:
      description: V(ok), V(problem), V(unknown), or V(skipped) (not possible after an earlier result).
      returned: always
      type: str
      sample: ok
    finding:
      description: Result of the check.
      returned: always
      type: str
      sample: The clock agrees with that of the service.
    remedy:
      description: What to do, V(null) if there is nothing to do.
      returned: always
      type: str
      sample: "Synchronize the clock, for example with chrony: chronyc makestep"
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.imds.azure.plugins.module_utils._diagnosis.host_observation import observe_host
from ansible_collections.imds.azure.plugins.module_utils._diagnosis.service_observation import connect
from ansible_collections.imds.azure.plugins.module_utils._diagnosis.task import SPECIFICATION, diagnose
from ansible_collections.imds.azure.plugins.module_utils._service.errors import ImdsError
from ansible_collections.imds.azure.plugins.module_utils._service.http_transport import HttpTransport
from ansible_collections.imds.azure.plugins.module_utils._service.platform import chassis_asset_tag


def main():
    module = AnsibleModule(supports_check_mode=True, **SPECIFICATION)
    endpoint = module.params['endpoint']
    try:
        transport, tag = HttpTransport(endpoint), chassis_asset_tag(module.run_command)
        result = diagnose(module.params, tag, lambda asked: observe_host(tag, endpoint if asked else None, module.run_command), transport, connect)
    except ImdsError as error:
        module.fail_json(msg=str(error))
    module.exit_json(**result)


if __name__ == '__main__':
    main()
