# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The connection of a host that is being restarted: local, but gone at each of four looks for events once one was approved."""

from __future__ import annotations

import json
import os
import urllib.request
from pathlib import Path

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

TIMES = 4


class Connection(LocalConnection):
    transport = 'sometimes'

    def exec_command(self, cmd, in_data=None, sudoable=True):
        if '/scheduledevents' in cmd and approved():
            log = Path(os.environ['HERE'], 'away-1')
            written = log.read_text() if log.exists() else ''
            if written.count('gone') < TIMES:
                log.write_text(f'{written}gone\n')
                raise AnsibleConnectionFailure('the host is away')
        return super().exec_command(cmd, in_data=in_data, sudoable=sudoable)


def approved():
    with urllib.request.urlopen(f'{os.environ["CONTROL"]}/vms/away-1/requests') as answer:
        return any(request['method'] == 'POST' for request in json.load(answer))
