# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections to hosts that are gone, as ssh would tell it, without a process for each of them."""

from __future__ import annotations

from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.connection import ConnectionBase

DOCUMENTATION = """
name: gone
short_description: Reaches no host
description: Fails as ssh does.
author: Contributors to the imds.azure collection
options:
  remote_addr:
    description: The address of the host.
    vars:
      - name: inventory_hostname
      - name: ansible_host
"""


class Connection(ConnectionBase):
    transport = 'gone'

    def _connect(self):
        raise AnsibleConnectionFailure(f'Failed to connect to the host: connect to host {self.get_option("remote_addr")} port 22: No route to host')

    def exec_command(self, cmd, in_data=None, sudoable=True):
        super().exec_command(cmd, in_data, sudoable)

    def put_file(self, in_path, out_path):
        self._connect()

    def fetch_file(self, in_path, out_path):
        self._connect()

    def close(self):
        pass
