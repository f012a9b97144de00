# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A connection plugin to nowhere: a test says what becomes of a command."""

from __future__ import annotations

import typing as t

from ansible.plugins.connection import ConnectionBase

DOCUMENTATION = """
name: scripted
short_description: Gives what a test says
description: Connects to nothing.
author: Contributors to the imds.azure collection
options:
  remote_addr:
    description: The address of the host.
    vars:
      - name: inventory_hostname
      - name: ansible_host
  remote_user:
    description: The user.
    vars:
      - name: ansible_user
    keyword:
      - name: remote_user
  timeout:
    description: Seconds to connect.
    type: int
    default: 10
    vars:
      - name: ansible_timeout
      - name: ansible_scripted_timeout
    cli:
      - name: timeout
  private_key_file:
    description: A key.
    vars:
      - name: ansible_private_key_file
    cli:
      - name: private_key_file
"""


class Connection(ConnectionBase):
    """What a command gives is what ``run`` gives, called with this connection."""

    transport = 'scripted'
    allow_extras = True
    run: t.ClassVar[t.Callable[[t.Any], t.Any]]
    end: t.ClassVar[t.Callable[[], None]]

    def _connect(self) -> Connection:
        self._connected = True
        return self

    def exec_command(self, cmd: str, in_data: t.Any = None, sudoable: bool = True) -> t.Any:
        super().exec_command(cmd, in_data, sudoable)
        self.command, self.in_data = cmd, in_data
        return type(self).run(self)

    def put_file(self, in_path: str, out_path: str) -> None:
        raise AssertionError('nothing is ever copied to a host')

    def fetch_file(self, in_path: str, out_path: str) -> None:
        raise AssertionError('nothing is ever copied from a host')

    def close(self) -> None:
        type(self).end()
