# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Becomes another user with doas, as a plugin of another collection does: it has a prompt of its own, on a terminal only."""

from __future__ import annotations

import re

from ansible.plugins.become import BecomeBase

DOCUMENTATION = """
name: doas
short_description: Become another user with doas
description: For tests.
author: Contributors to the imds.azure collection (@imds-azure)
options:
  become_user:
    description: Who.
    default: root
    vars:
      - name: ansible_become_user
  become_exe:
    description: The program.
    default: doas
    vars:
      - name: ansible_become_exe
  become_flags:
    description: Its options.
    default: ""
    vars:
      - name: ansible_become_flags
  become_pass:
    description: The password.
    vars:
      - name: ansible_become_password
"""


class BecomeModule(BecomeBase):
    name = 'doas'
    fail = ('Authentication failed',)

    def check_password_prompt(self, b_output):
        return re.search(rb'doas \([^)\n]*\) password: ?$', b_output) is not None

    def build_become_command(self, cmd, shell):
        super().build_become_command(cmd, shell)
        if not cmd:
            return cmd
        self.prompt = True
        asked = '' if self.get_option('become_pass') else '-n'
        return f'{self.get_option("become_exe")} {asked} -u {self.get_option("become_user")} {self._build_success_command(cmd, shell)}'
