# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: diagnose
short_description: Find out why the Instance Metadata Service of an Azure VM does not answer as it should
version_added: 0.1.0
author:
  - Contributors to the imds.azure collection (@imds-azure)
description:
  - Checks on the host itself what the documentation of the Azure Instance Metadata Service (IMDS) tells people to check, and says what to do about it.
  - A finding is never a failure. The module fails only where an option has a value that cannot be used.
  - It reads a few files of the host and sends at most six requests, each once and with a pause after it, so that the limit of five requests a second, which
    others on the VM share, is kept. What may pass by itself, such as an update of the service, is told as it was seen.
  - On a host that is not an Azure VM by its SMBIOS chassis asset tag nothing is sent, unless O(detect) or O(endpoint) say so.
extends_documentation_fragment:
  - imds.azure.attributes
  - imds.azure.service
options:
  deadline:
    description: Seconds for everything that is sent. Nothing is asked twice.
    default: 30
notes:
  - Two of the requests are meant to be refused, one without the header C(Metadata) and one with the header C(X-Forwarded-For).
  - With C(become) more can be seen, namely the UUID of the machine, which only the superuser may read.
  - The proxy variables are those of the module's own environment. A service or a login shell may have others.
seealso:
  - module: imds.azure.instance_facts
  - name: Azure Instance Metadata Service
    description: Documentation of the service, with frequently asked questions.
    link: https://learn.microsoft.com/azure/virtual-machines/instance-metadata-service
  - name: Metadata Security Protocol
    description: How users and programs of a VM are kept from the service.
    link: https://learn.microsoft.com/azure/virtual-machines/metadata-security-protocol/overview
"""

EXAMPLES = r"""
# Without a playbook: ansible HOST -m imds.azure.diagnose --become

- name: Look for what is wrong
  imds.azure.diagnose:
  become: true
  register: diagnosis

- name: Say it in one line
  ansible.builtin.debug:
    var: diagnosis.verdict

- name: Show the problems and what to do about them
  ansible.builtin.debug:
    msg: "{{ item.name }}: {{ item.finding }} {{ item.remedy | default('', true) }}"
  loop: "{{ diagnosis.checks | selectattr('state', 'eq', 'problem') }}"
  loop_control:
    label: "{{ item.name }}"

- name: Stop where there is a problem
  ansible.builtin.assert:
    that: diagnosis.checks | selectattr('state', 'eq', 'problem') | length == 0
    fail_msg: "{{ diagnosis.verdict }}"
"""

RETURN = r"""
verdict:
  description: The diagnosis in one line.
  returned: success
  type: str
  sample: >-
    1 problem (proxies). http_proxy is set in the environment, and no_proxy (NO_PROXY) does not include 169.254.169.254: curl, SDKs and other programs send
    their requests to the proxy.
checks:
  description:
    - What was checked, in the order in which one thing leads to the next, always all of it.
    - Their names are V(chassis_tag), V(route), V(reachability), V(security_protocol), V(service), V(header_rules), V(api_versions), V(clock), V(freshness),
      V(vm_id) and V(proxies).
  returned: success
  type: list
  elements: dict
  sample:
    - {"name": "clock", "state": "ok", "finding": "The clock agrees with that of the service.", "remedy": null}
  contains:
    name:
      description:
        - V(chassis_tag), whether the SMBIOS chassis asset tag is that of an Azure VM.
        - V(route), whether there is a route to the service, and whether it leads through the interface and the address that the service wants.
        - V(reachability), whether a connection and an answer come, and how long they take.
        - V(security_protocol), whether the Metadata Security Protocol refuses this user.
        - V(service), whether the answer is a document of the VM.
        - V(header_rules), whether requests with wrong headers are refused. Where they are not, a proxy or something else than the service answers.
        - V(api_versions), which versions the service offers.
        - V(clock), whether the clock is right enough for tokens and attested documents.
        - V(freshness), whether the document is complete and its tags can be trusted.
        - V(vm_id), whether the document describes this VM and no other.
        - V(proxies), whether other programs would send their requests for metadata to a proxy.
      returned: always
      type: str
      sample: clock
    state:
      description: V(ok), V(problem), V(unknown) (it cannot be told) or V(skipped) (it makes no sense after what was found before).
      returned: always
      type: str
      sample: ok
    finding:
      description: What was found.
      returned: always
      type: str
      sample: The clock agrees with that of the service.
    remedy:
      description: What to do about it, V(null) where there is nothing to do.
      returned: always
      type: str
      sample: "Synchronize the clock, for example with chrony: chronyc makestep"
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.imds.azure.plugins.module_utils._diagnosis.checks import checks_of, verdict
from ansible_collections.imds.azure.plugins.module_utils._diagnosis.host_observation import observe_host
from ansible_collections.imds.azure.plugins.module_utils._diagnosis.service_observation import observe_service
from ansible_collections.imds.azure.plugins.module_utils._service.errors import ImdsError
from ansible_collections.imds.azure.plugins.module_utils._service.options import client_of, service_options
from ansible_collections.imds.azure.plugins.module_utils._service.platform import chassis_asset_tag, may_ask


def main():
    module = AnsibleModule(argument_spec=service_options(deadline=30), supports_check_mode=True)
    options = module.params
    try:
        client_of(options)  # complains of options that cannot be used, whether or not they come to be used
        tag = chassis_asset_tag(module.run_command)
        asked = may_ask(options['detect'], options['endpoint'], lambda: tag) is not False
        checks = checks_of(observe_host(tag, options['endpoint'] if asked else None, module.run_command), observe_service(options) if asked else None)
    except ImdsError as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=False, verdict=verdict(checks), checks=checks)


if __name__ == '__main__':
    main()
