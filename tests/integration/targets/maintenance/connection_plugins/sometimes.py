# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The connection of a host that is being restarted: local, but there is none while a file exists."""

from __future__ import annotations

import os

from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.connection.local import Connection as LocalConnection

DOCUMENTATION = """
name: sometimes
short_description: A connection to a host that is sometimes away
description: Only for this test.
author: Contributors to the imds.azure collection (@imds-azure)
extends_documentation_fragment: [connection_pipelining]
options: {}
"""


class Connection(LocalConnection):
    transport = 'sometimes'

    def exec_command(self, cmd, in_data=None, sudoable=True):
        if os.path.exists(os.environ['AWAY']):
            raise AnsibleConnectionFailure('the host is away')
        return super().exec_command(cmd, in_data=in_data, sudoable=sudoable)
