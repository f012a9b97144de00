# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Print an inventory of the VMs that a simulator says it serves. The part of a VM's name before its first hyphen is its group."""

from __future__ import annotations

import json
import os
import sys

# Templates: what a VM or all of them were asked up to the moment in which this is used.
SEEN = "{{ lookup('ansible.builtin.url', control ~ '%s', split_lines=false, use_proxy=false) | from_json }}"


def inventory(ready: dict) -> dict:
    """What the simulator said when it was ready, as the content of an inventory file."""
    groups: dict[str, dict] = {}
    for name in ready['vms']:
        groups.setdefault(name.partition('-')[0], {'hosts': {}})['hosts'][name] = {}
    return {
        'all': {
            'hosts': {name: {'azure_imds_endpoint': endpoint} for name, endpoint in ready['vms'].items()},
            'children': groups,
            'vars': {
                'ansible_connection': 'local',
                'ansible_python_interpreter': os.environ['HOST_PYTHON'],
                'control': ready['control'],
                'requests_seen': SEEN % "/vms/' ~ inventory_hostname ~ '/requests",
                'requests_of_all': SEEN % '/requests',
            },
        }
    }


if __name__ == '__main__':
    print(json.dumps(inventory(json.loads(sys.argv[1])), indent=2))
