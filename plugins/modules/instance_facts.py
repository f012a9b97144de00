# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: instance_facts
short_description: Gather facts about an Azure VM from its Instance Metadata Service
version_added: 1.0.0
author:
  - Contributors to the imds.azure collection (@imds-azure)
description:
  - Asks the Azure Instance Metadata Service (IMDS) on the host and returns the answer as facts, such as
    location, zone, fault domain, scale set, tags, addresses and disks.
  - Needs no Azure credentials, no software on the host, and no access to Azure Resource Manager.
    Sends one HTTP request, or two with O(gather_subset=load_balancer).
  - On a host that is not an Azure VM, returns RV(ansible_facts.azure_imds.query.present=false), and fails only with O(required=true).
  - Use it as a task, or add it to the configuration C(facts_modules) so that C(gather_facts) runs it.
extends_documentation_fragment:
  - imds.azure.task_transport
  - imds.azure.attributes
  - imds.azure.attributes.facts
  - imds.azure.service
  - imds.azure.cloud_lookup
options:
  gather_subset:
    description:
      - Facts to gather. The minimum (V(min)) is always included unless V(!min) is set. It is RV(ansible_facts.azure_imds.placement),
        RV(ansible_facts.azure_imds.addresses), RV(ansible_facts.azure_imds.resource) and RV(ansible_facts.azure_imds.cloud).
      - Subsets are V(compute), V(network), V(tags), V(storage) (disks and image), V(load_balancer) (needs a second request), V(public_keys),
        V(user_data) and V(document). The last three are only included if they are listed.
      - V(all) means V(compute), V(network), V(tags), V(storage) and V(load_balancer).
      - A leading V(!) excludes a subset. If the list only excludes subsets, it starts from the default.
      - V(document) is the nested document as the service returned it, including user data, public keys and the addresses of
        disk encryption keys, which are not in other facts.
      - C(gather_facts) does not pass its own C(gather_subset) to this module. Use C(module_defaults) to set this option.
    type: list
    elements: str
    default: [compute, network, tags, storage]
  required:
    description: Whether to fail if the host is not an Azure VM.
    type: bool
    default: false
  fact_path:
    description: Ignored. C(gather_facts) passes it to every facts module.
    type: path
notes:
  - O(cloud_lookup) works in tasks that are not asynchronous, and with C(ansible -m). It does not work with C(gather_facts), which
    does not run action plugins. The cloud then remains unknown, with a warning.
  - Facts are data from the host. Ansible does not run templates in them. Check them before you use them as paths or commands.
  - Do not use P(ansible.builtin.constructed#inventory) with stored facts on ansible-core 2.18 or earlier. It runs templates in facts, so anyone who can write
    a tag of the VM could run commands on the controller. Use P(imds.azure.hosts#inventory) with O(imds.azure.hosts#inventory:use_fact_cache=only) instead.
  - Use C(ansible_facts['azure_imds']). Facts as top-level variables are deprecated in ansible-core.
  - New tags of a scale set reach its instances only after a reboot, a reimage or a change of a disk.
seealso:
  - plugin: imds.azure.metadata
    plugin_type: lookup
    description: Asks the metadata service of the controller.
  - name: Azure Instance Metadata Service
    description: Documentation of the service.
    link: https://learn.microsoft.com/azure/virtual-machines/instance-metadata-service
"""

EXAMPLES = r"""
- name: Gather Azure facts
  imds.azure.instance_facts:

- name: Show the zone and fault domain of the host
  ansible.builtin.debug:
    msg: >-
      {{ ansible_facts['azure_imds']['placement']['location'] }},
      zone {{ ansible_facts['azure_imds']['placement']['zone'] }},
      fault domain {{ ansible_facts['azure_imds']['placement']['fault_domain'] }}
  when: ansible_facts['azure_imds']['query']['present']

- name: Group the hosts by the tag Role
  ansible.builtin.group_by:
    key: role_{{ ansible_facts['azure_imds']['tags']['Role'] | default('none') }}
  when: ansible_facts['azure_imds']['query']['present']

- name: Fail unless the host is an Azure VM, and gather only the minimum
  imds.azure.instance_facts:
    gather_subset: ['!all']
    required: true

- name: Look up the cloud if the metadata service is too old to return it
  imds.azure.instance_facts:
    api_version: "2018-02-01"
    cloud_lookup: true

- name: Gather the usual facts and those of Azure, with options for the Azure facts
  hosts: all
  gather_facts: true
  vars:
    ansible_facts_modules: [ansible.builtin.setup, imds.azure.instance_facts]
  module_defaults:
    group/imds.azure.imds:
      deadline: 30
  tasks:
    - name: Show the tags
      ansible.builtin.debug:
        var: ansible_facts['azure_imds']['tags']
"""

RETURN = r"""
ansible_facts:
  description: Facts about the VM, all of them under one key.
  returned: success
  type: dict
  contains:
    azure_imds:
      description:
        - Facts from the metadata service.
        - Every element of the answer is returned as C(compute_<path>) or C(network_<path>), with keys in snake_case joined by C(_), list items by
          index, and values unchanged (the service returns strings, and C("") for what does not apply). Elements that are newer than this documentation
          are returned the same way.
        - Elements that O(api_version) does not have are missing.
      returned: success
      type: dict
      contains:
        query:
          description: How the facts were gathered. On a machine that is not an Azure VM, these are the only facts.
          returned: always
          type: dict
          sample:
            present: true
            endpoint: http://169.254.169.254
            api_version: "2025-04-07"
            requests: 1
            retries: 0
            seconds: 0.012
            transport: shell
          contains:
            present:
              description: Whether the metadata service of Azure answered.
              returned: always
              type: bool
              sample: true
            endpoint:
              description: Endpoint that was used.
              returned: always
              type: str
              sample: http://169.254.169.254
            api_version:
              description: API version of the answer, V(null) if no request was sent.
              returned: always
              type: str
              sample: "2025-04-07"
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
            transport:
              description:
                - V(shell) for a shell command over the connection, as the inventory plugin uses it too, V(module) for this module on the
                  host. See O(transport).
              returned: always
              type: str
              sample: shell
        tags:
          description:
            - Tags of the VM, with exact names and values.
            - A tag named V(__ansible_type), which Ansible reserves, is left out with a warning.
          returned: with O(gather_subset=tags)
          type: dict
          sample: {"Env": "prod", "Role": "web", "owner": "a;b:c"}
        tags_ambiguous:
          description:
            - Whether RV(ansible_facts.azure_imds.tags) may be wrong.
            - V(false) since API version 2019-06-04, in which the service lists the tags.
            - If that list is missing or empty, the tags are parsed from C(name:value;name:value). Because names and values can contain both separators,
              such a string is ambiguous if it has two tags or more.
          returned: with O(gather_subset=tags)
          type: bool
          sample: false
        placement:
          description: Placement of the VM; V(null) for what does not apply to it.
          returned: unless O(gather_subset=!min)
          type: dict
          contains:
            location:
              description: Azure region in lower case without spaces.
              returned: always
              type: str
              sample: westeurope
            zone:
              description: Availability zone, comparable inside a location and subscription.
              returned: always
              type: str
              sample: "2"
            physical_zone:
              description: Physical zone, comparable across subscriptions.
              returned: always
              type: str
              sample: westeurope-az2
            fault_domain:
              description: Fault domain, comparable inside a scale set or availability set.
              returned: always
              type: int
              sample: 1
            update_domain:
              description: Update domain, comparable inside a scale set or availability set.
              returned: always
              type: int
              sample: 1
            scale_set:
              description: Name of the scale set, uniform or flexible.
              returned: always
              type: str
              sample: web
            scale_set_instance:
              description: Instance id in a uniform scale set.
              returned: always
              type: str
              sample: "7"
            placement_group:
              description: Placement group of the scale set.
              returned: always
              type: str
              sample: 3f1c6c1e-7c5e-4f0a-8f2e-2b6a3f0f9a11
        addresses:
          description: Addresses of all network interfaces, each once. The order of interfaces is not guaranteed.
          returned: unless O(gather_subset=!min)
          type: dict
          contains:
            private_ipv4:
              description: Private IPv4 addresses.
              returned: always
              type: list
              elements: str
              sample: ["10.20.2.11", "10.20.2.12"]
            public_ipv4:
              description: Public IPv4 addresses. Addresses of the Standard SKU need O(gather_subset=load_balancer).
              returned: always
              type: list
              elements: str
              sample: ["203.0.113.12", "203.0.113.80"]
            ipv6:
              description: IPv6 addresses, private ones first.
              returned: always
              type: list
              elements: str
              sample: ["fd00:20:2::b", "2001:db8::80"]
            mac:
              description: MAC addresses in lower case with colons.
              returned: always
              type: list
              elements: str
              sample: ["00:0d:3a:33:82:e8"]
            subnets:
              description: Subnets in CIDR notation.
              returned: always
              type: list
              elements: str
              sample: ["10.20.2.0/24"]
        resource:
          description: The VM in Azure Resource Manager; V(null) for what is unknown.
          returned: unless O(gather_subset=!min)
          type: dict
          contains:
            subscription_id:
              description: Subscription.
              returned: always
              type: str
              sample: 00000000-0000-4000-8000-00000000a001
            resource_group:
              description: Resource group.
              returned: always
              type: str
              sample: shop-prod
            provider:
              description: Resource provider.
              returned: always
              type: str
              sample: Microsoft.Compute
            type:
              description: Type of the resource, without the provider.
              returned: always
              type: str
              sample: virtualMachineScaleSets/virtualMachines
            name:
              description: Name of the VM.
              returned: always
              type: str
              sample: web_7
            id:
              description: Fully qualified id.
              returned: always
              type: str
              sample: /subscriptions/.../resourceGroups/shop-prod/providers/Microsoft.Compute/virtualMachineScaleSets/web/virtualMachines/7
        cloud:
          description:
            - The cloud the VM runs in and its public addresses; V(null) for what is not known.
            - All of it is V(null) before version 2018-10-01, which introduced the name of the cloud, unless O(cloud_lookup=true) finds it by the location.
            - In an Azure Stack Hub only the name is known.
          returned: unless O(gather_subset=!min)
          type: dict
          contains:
            name:
              description: Name of the cloud.
              returned: always
              type: str
              sample: AzurePublicCloud
            resource_manager:
              description: Azure Resource Manager.
              returned: always
              type: str
              sample: https://management.azure.com
            active_directory:
              description: Microsoft Entra ID.
              returned: always
              type: str
              sample: https://login.microsoftonline.com
            key_vault_dns_suffix:
              description: DNS suffix of key vaults.
              returned: always
              type: str
              sample: vault.azure.net
            storage_dns_suffix:
              description: DNS suffix of storage accounts.
              returned: always
              type: str
              sample: core.windows.net
            metadata_certificate_domain:
              description: Domain of the certificates that sign attested documents.
              returned: always
              type: str
              sample: metadata.azure.com
        load_balancer:
          description: Rules and addresses of the load balancer of the VM, as the service returns them; empty if there is none.
          returned: with O(gather_subset=load_balancer)
          type: dict
          sample: {"publicIpAddresses": [{"frontendIpAddress": "203.0.113.80", "privateIpAddress": "10.20.2.11"}], "inboundRules": [], "outboundRules": []}
        document:
          description: The complete nested document as the service returned it.
          returned: with O(gather_subset=document)
          type: dict
          sample: {"compute": {"name": "web_7"}, "network": {"interface": []}}
        compute_additional_capabilities_hibernation_enabled:
          description: Whether hibernation is enabled on the VM.
          returned: with O(gather_subset=compute)
          type: str
          sample: "false"
        compute_az_environment:
          description: Cloud environment the VM runs in; its case varies.
          returned: with O(gather_subset=compute)
          type: str
          sample: AzurePublicCloud
        compute_eviction_policy:
          description: What happens to a Spot VM that is evicted.
          returned: with O(gather_subset=compute)
          type: str
          sample: Deallocate
        compute_extended_location_name:
          description: Name of the extended location of the VM.
          returned: with O(gather_subset=compute)
          type: str
          sample: losangeles
        compute_extended_location_type:
          description: Type of the extended location of the VM.
          returned: with O(gather_subset=compute)
          type: str
          sample: EdgeZone
        compute_host_group_id:
          description: Resource id of the dedicated host group.
          returned: with O(gather_subset=compute)
          type: str
          sample: /subscriptions/00000000-0000-4000-8000-00000000a001/resourceGroups/shop-prod/providers/Microsoft.Compute/hostGroups/hosts
        compute_host_id:
          description: Resource id of the dedicated host.
          returned: with O(gather_subset=compute)
          type: str
          sample: /subscriptions/00000000-0000-4000-8000-00000000a001/resourceGroups/shop-prod/providers/Microsoft.Compute/hostGroups/hosts/hosts/h1
        compute_is_host_compatibility_layer_vm:
          description: Whether the VM runs on the host compatibility layer.
          returned: with O(gather_subset=compute)
          type: str
          sample: "false"
        compute_is_vm_in_standby_pool:
          description: Whether the VM waits in a standby pool; not documented by the service.
          returned: with O(gather_subset=compute)
          type: str
          sample: "false"
        compute_license_type:
          description: Type of licence with Azure Hybrid Benefit.
          returned: with O(gather_subset=compute)
          type: str
          sample: RHEL_BYOS
        compute_location:
          description: Azure region as the service spells it.
          returned: with O(gather_subset=compute)
          type: str
          sample: westeurope
        compute_name:
          description: Name of the VM.
          returned: with O(gather_subset=compute)
          type: str
          sample: web_7
        compute_offer:
          description: Offer of the image, for images of the image gallery.
          returned: with O(gather_subset=compute)
          type: str
          sample: 0001-com-ubuntu-server-jammy
        compute_os_profile_admin_username:
          description: Name of the admin account.
          returned: with O(gather_subset=compute)
          type: str
          sample: ops
        compute_os_profile_computer_name:
          description: Name of the computer.
          returned: with O(gather_subset=compute)
          type: str
          sample: web000007
        compute_os_profile_disable_password_authentication:
          description: Whether password authentication is disabled.
          returned: with O(gather_subset=compute)
          type: str
          sample: "true"
        compute_os_type:
          description: Linux or Windows; its case varies.
          returned: with O(gather_subset=compute)
          type: str
          sample: Linux
        compute_physical_zone:
          description: Physical zone of the VM, comparable across subscriptions.
          returned: with O(gather_subset=compute)
          type: str
          sample: westeurope-az2
        compute_placement_group_id:
          description: Placement group of the scale set.
          returned: with O(gather_subset=compute)
          type: str
          sample: 3f1c6c1e-7c5e-4f0a-8f2e-2b6a3f0f9a11
        compute_plan_name:
          description: Name of the plan, for images of the Azure Marketplace.
          returned: with O(gather_subset=compute)
          type: str
          sample: plan
        compute_plan_product:
          description: Product of the plan.
          returned: with O(gather_subset=compute)
          type: str
          sample: product
        compute_plan_publisher:
          description: Publisher of the plan.
          returned: with O(gather_subset=compute)
          type: str
          sample: publisher
        compute_platform_fault_domain:
          description: Fault domain the VM runs in.
          returned: with O(gather_subset=compute)
          type: str
          sample: "1"
        compute_platform_sub_fault_domain:
          description: Sub fault domain the VM runs in.
          returned: with O(gather_subset=compute)
          type: str
          sample: "0"
        compute_platform_update_domain:
          description: Update domain the VM runs in.
          returned: with O(gather_subset=compute)
          type: str
          sample: "1"
        compute_priority:
          description: Priority of the VM, such as Spot.
          returned: with O(gather_subset=compute)
          type: str
          sample: Regular
        compute_provider:
          description: Provider of the VM.
          returned: with O(gather_subset=compute)
          type: str
          sample: Microsoft.Compute
        compute_public_keys_0_key_data:
          description: Public key of an account.
          returned: with O(gather_subset=public_keys)
          type: str
          sample: ssh-ed25519 AAAAexamplekey ops@example
        compute_public_keys_0_path:
          description: Where the key is placed.
          returned: with O(gather_subset=public_keys)
          type: str
          sample: /home/ops/.ssh/authorized_keys
        compute_publisher:
          description: Publisher of the image.
          returned: with O(gather_subset=compute)
          type: str
          sample: Canonical
        compute_resource_group_name:
          description: Resource group of the VM.
          returned: with O(gather_subset=compute)
          type: str
          sample: shop-prod
        compute_resource_id:
          description: Fully qualified id of the resource.
          returned: with O(gather_subset=compute)
          type: str
          sample: /subscriptions/.../resourceGroups/shop-prod/providers/Microsoft.Compute/virtualMachineScaleSets/web/virtualMachines/7
        compute_security_profile_encryption_at_host:
          description: Whether encryption at host is enabled.
          returned: with O(gather_subset=compute)
          type: str
          sample: "false"
        compute_security_profile_secure_boot_enabled:
          description: Whether UEFI secure boot is enabled.
          returned: with O(gather_subset=compute)
          type: str
          sample: "true"
        compute_security_profile_security_type:
          description: Type of security, such as TrustedLaunch or ConfidentialVM.
          returned: with O(gather_subset=compute)
          type: str
          sample: TrustedLaunch
        compute_security_profile_virtual_tpm_enabled:
          description: Whether the virtual Trusted Platform Module is enabled.
          returned: with O(gather_subset=compute)
          type: str
          sample: "true"
        compute_sku:
          description: SKU of the image.
          returned: with O(gather_subset=compute)
          type: str
          sample: 22_04-lts-gen2
        compute_storage_profile_data_disks_0_bytes_per_second_throttle:
          description: Provisioned bytes per second of the data disk.
          returned: with O(gather_subset=storage)
          type: str
          sample: "979202048"
        compute_storage_profile_data_disks_0_caching:
          description: Caching of the data disk.
          returned: with O(gather_subset=storage)
          type: str
          sample: "None"
        compute_storage_profile_data_disks_0_create_option:
          description: How the data disk was created.
          returned: with O(gather_subset=storage)
          type: str
          sample: Empty
        compute_storage_profile_data_disks_0_disk_capacity_bytes:
          description: Size of the data disk in bytes.
          returned: with O(gather_subset=storage)
          type: str
          sample: "274877906944"
        compute_storage_profile_data_disks_0_disk_size_gb:
          description: Size of the data disk in GB.
          returned: with O(gather_subset=storage)
          type: str
          sample: "256"
        compute_storage_profile_data_disks_0_image_uri:
          description: Source image of the data disk.
          returned: with O(gather_subset=storage)
          type: str
          sample: ""
        compute_storage_profile_data_disks_0_is_shared_disk:
          description: Whether the data disk is shared.
          returned: with O(gather_subset=storage)
          type: str
          sample: "false"
        compute_storage_profile_data_disks_0_is_ultra_disk:
          description: Whether the data disk is an Ultra Disk.
          returned: with O(gather_subset=storage)
          type: str
          sample: "true"
        compute_storage_profile_data_disks_0_lun:
          description: Logical unit number of the data disk.
          returned: with O(gather_subset=storage)
          type: str
          sample: "0"
        compute_storage_profile_data_disks_0_managed_disk_id:
          description: Resource id of the managed disk; the case of its resource group varies.
          returned: with O(gather_subset=storage)
          type: str
          sample: /subscriptions/00000000-0000-4000-8000-00000000a001/resourceGroups/SHOP-PROD/providers/Microsoft.Compute/disks/web_7_data0
        compute_storage_profile_data_disks_0_managed_disk_storage_account_type:
          description: Storage type of the managed disk.
          returned: with O(gather_subset=storage)
          type: str
          sample: UltraSSD_LRS
        compute_storage_profile_data_disks_0_name:
          description: Name of the data disk.
          returned: with O(gather_subset=storage)
          type: str
          sample: web_7_data0
        compute_storage_profile_data_disks_0_ops_per_second_throttle:
          description: Provisioned IOPS of the data disk.
          returned: with O(gather_subset=storage)
          type: str
          sample: "65280"
        compute_storage_profile_data_disks_0_vhd_uri:
          description: Virtual hard disk of the data disk.
          returned: with O(gather_subset=storage)
          type: str
          sample: ""
        compute_storage_profile_data_disks_0_write_accelerator_enabled:
          description: Whether the write accelerator is enabled.
          returned: with O(gather_subset=storage)
          type: str
          sample: "false"
        compute_storage_profile_image_reference_community_gallery_image_id:
          description: Id of the image in a community gallery.
          returned: with O(gather_subset=storage)
          type: str
          sample: ""
        compute_storage_profile_image_reference_exact_version:
          description: Version of the image that was used.
          returned: with O(gather_subset=storage)
          type: str
          sample: "22.04.202510010"
        compute_storage_profile_image_reference_id:
          description: Resource id of the image.
          returned: with O(gather_subset=storage)
          type: str
          sample: ""
        compute_storage_profile_image_reference_offer:
          description: Offer of the image.
          returned: with O(gather_subset=storage)
          type: str
          sample: 0001-com-ubuntu-server-jammy
        compute_storage_profile_image_reference_publisher:
          description: Publisher of the image.
          returned: with O(gather_subset=storage)
          type: str
          sample: Canonical
        compute_storage_profile_image_reference_shared_gallery_image_id:
          description: Id of the image in a shared gallery.
          returned: with O(gather_subset=storage)
          type: str
          sample: ""
        compute_storage_profile_image_reference_sku:
          description: SKU of the image.
          returned: with O(gather_subset=storage)
          type: str
          sample: 22_04-lts-gen2
        compute_storage_profile_image_reference_version:
          description: Version of the image that was asked for.
          returned: with O(gather_subset=storage)
          type: str
          sample: latest
        compute_storage_profile_os_disk_caching:
          description: Caching of the OS disk.
          returned: with O(gather_subset=storage)
          type: str
          sample: ReadWrite
        compute_storage_profile_os_disk_create_option:
          description: How the OS disk was created.
          returned: with O(gather_subset=storage)
          type: str
          sample: FromImage
        compute_storage_profile_os_disk_diff_disk_settings_option:
          description: Option of an ephemeral OS disk.
          returned: with O(gather_subset=storage)
          type: str
          sample: Local
        compute_storage_profile_os_disk_disk_size_gb:
          description: Size of the OS disk in GB.
          returned: with O(gather_subset=storage)
          type: str
          sample: "30"
        compute_storage_profile_os_disk_encryption_settings_disk_encryption_key_source_vault_id:
          description: Key Vault of the secret. The address of the secret itself is hidden.
          returned: with O(gather_subset=storage)
          type: str
          sample: ""
        compute_storage_profile_os_disk_encryption_settings_enabled:
          description: Whether the OS disk is encrypted.
          returned: with O(gather_subset=storage)
          type: str
          sample: "false"
        compute_storage_profile_os_disk_encryption_settings_key_encryption_key_source_vault_id:
          description: Key Vault of the key. The address of the key itself is hidden.
          returned: with O(gather_subset=storage)
          type: str
          sample: ""
        compute_storage_profile_os_disk_image_uri:
          description: Source image of the OS disk.
          returned: with O(gather_subset=storage)
          type: str
          sample: ""
        compute_storage_profile_os_disk_managed_disk_id:
          description: Resource id of the managed disk.
          returned: with O(gather_subset=storage)
          type: str
          sample: /subscriptions/00000000-0000-4000-8000-00000000a001/resourceGroups/SHOP-PROD/providers/Microsoft.Compute/disks/web_7_os
        compute_storage_profile_os_disk_managed_disk_storage_account_type:
          description: Storage type of the managed disk.
          returned: with O(gather_subset=storage)
          type: str
          sample: Premium_LRS
        compute_storage_profile_os_disk_name:
          description: Name of the OS disk.
          returned: with O(gather_subset=storage)
          type: str
          sample: web_7_os
        compute_storage_profile_os_disk_os_type:
          description: Type of the OS on the disk.
          returned: with O(gather_subset=storage)
          type: str
          sample: Linux
        compute_storage_profile_os_disk_vhd_uri:
          description: Virtual hard disk of the OS disk.
          returned: with O(gather_subset=storage)
          type: str
          sample: ""
        compute_storage_profile_os_disk_write_accelerator_enabled:
          description: Whether the write accelerator is enabled.
          returned: with O(gather_subset=storage)
          type: str
          sample: "false"
        compute_storage_profile_resource_disk_size:
          description: Size of the resource disk in kB.
          returned: with O(gather_subset=storage)
          type: str
          sample: "16777216"
        compute_subscription_id:
          description: Subscription of the VM.
          returned: with O(gather_subset=compute)
          type: str
          sample: 00000000-0000-4000-8000-00000000a001
        compute_user_data:
          description: User data in base64. C(compute_custom_data), which the service leaves empty, comes with it.
          returned: with O(gather_subset=user_data)
          type: str
          sample: I2Nsb3VkLWNvbmZpZwo=
        compute_version:
          description: Version of the image.
          returned: with O(gather_subset=compute)
          type: str
          sample: "22.04.202510010"
        compute_virtual_machine_scale_set_id:
          description: Resource id of the scale set, for the flexible orchestration mode.
          returned: with O(gather_subset=compute)
          type: str
          sample: ""
        compute_vm_id:
          description: Unique id of the VM.
          returned: with O(gather_subset=compute)
          type: str
          sample: 5c08b38e-4d57-4c23-ac45-aca61037f084
        compute_vm_scale_set_name:
          description: Name of the scale set, for the uniform orchestration mode.
          returned: with O(gather_subset=compute)
          type: str
          sample: web
        compute_vm_size:
          description: Size of the VM.
          returned: with O(gather_subset=compute)
          type: str
          sample: Standard_D4s_v5
        compute_zone:
          description: Availability zone, comparable inside a location and subscription.
          returned: with O(gather_subset=compute)
          type: str
          sample: "2"
        network_interface_0_ipv4_ip_address_0_private_ip_address:
          description: Private IPv4 address.
          returned: with O(gather_subset=network)
          type: str
          sample: "10.20.2.11"
        network_interface_0_ipv4_ip_address_0_public_ip_address:
          description: Public IPv4 address of the Basic SKU; empty for one of the Standard SKU.
          returned: with O(gather_subset=network)
          type: str
          sample: "203.0.113.12"
        network_interface_0_ipv4_subnet_0_address:
          description: Address of the subnet.
          returned: with O(gather_subset=network)
          type: str
          sample: "10.20.2.0"
        network_interface_0_ipv4_subnet_0_prefix:
          description: Length of the subnet's prefix.
          returned: with O(gather_subset=network)
          type: str
          sample: "24"
        network_interface_0_ipv6_ip_address_0_private_ip_address:
          description: Private IPv6 address.
          returned: with O(gather_subset=network)
          type: str
          sample: fd00:20:2::b
        network_interface_0_mac_address:
          description: MAC address as the service writes it. RV(ansible_facts.azure_imds.addresses.mac) has the usual form.
          returned: with O(gather_subset=network)
          type: str
          sample: 000D3A3382E8
"""

import gc
import sys

# A run of this module lives for a moment and speaks plain HTTP only. Looking for garbage, in the end through all that Ansible loaded, and loading TLS,
# as http.client does where it can, would be a third of what it costs a host beyond a module that does nothing.
LOADED: dict = sys.modules
if __name__ == '__main__':
    gc.disable()
    if hasattr(gc, 'freeze'):  # since Python 3.7
        gc.freeze()
    LOADED.setdefault('ssl', None)

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.imds.azure.plugins.module_utils._facts.instance_facts import SPECIFICATION, instance_facts
from ansible_collections.imds.azure.plugins.module_utils._service.options import answer

if LOADED.get('ssl', True) is None:
    del LOADED['ssl']

NO_LOOKUP = (
    'The cloud is not looked up here: cloud_lookup does not work in asynchronous tasks or when gather_facts runs this module. '
    'Gather the facts with a task, or use the cloud_lookup of the inventory plugin imds.azure.hosts.'
)


def facts_here(options, transport, warn, check_mode):
    """The facts, and a warning where the cloud was to be looked up: the part of this module that runs on the controller does not hand the option on."""
    result = instance_facts(options, transport, warn, check_mode)
    cloud = result['ansible_facts']['azure_imds'].get('cloud')
    if options['cloud_lookup'] and cloud and cloud['name'] is None:
        warn(NO_LOOKUP)
    return result


def main():
    answer(AnsibleModule(supports_check_mode=True, **SPECIFICATION), facts_here)


if __name__ == '__main__':
    main()
