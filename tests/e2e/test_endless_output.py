# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host that writes without end is cut off by the controller, whose memory it does not take, and costs no other host anything."""

from __future__ import annotations

import json

import pytest
from ansible_collections.imds.azure.tests.e2e.controller import UNSHARED, Controller, Inventory
from ansible_collections.imds.azure.tests.e2e.private_world import PrivateWorld
from ansible_collections.imds.azure.tests.matrix.cores import EACH_CORE, programs_of

# Prints what it used most of memory, itself and all it waited for, after the answer.
MEASURED = """
import resource, subprocess, sys
code = subprocess.call(sys.argv[2:], stdout=open(sys.argv[1], 'w'))
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(code)
"""


@pytest.mark.parametrize('core', EACH_CORE)
def test_a_host_that_writes_without_end(controller: Controller, world: PrivateWorld, core: str) -> None:
    controller.hosts(
        [
            f'to_output ansible_host=10.99.0.14 ansible_user=endless {UNSHARED}',
            f'to_errors ansible_host=10.99.0.14 ansible_user=endless_errors {UNSHARED}',
            # The same sshd, and a connection that it keeps open.
            'kept ansible_host=10.99.0.14 ansible_user=endless',
            'web_1 ansible_host=10.99.0.11',
        ]
    )
    words = controller.words('ansible-inventory', '--list', programs=programs_of(core))
    document = controller.folder / 'document'
    done = world.run(str(programs_of(core) / 'python'), '-I', '-c', MEASURED, str(document), *words, '-v')
    shown, _brace, text = document.read_text().partition('\n{')
    inventory = Inventory(json.loads(f'{{{text}'))
    assert inventory.members('azure') == {'web_1'}
    assert inventory.members('azure_failed') == {'to_output', 'to_errors', 'kept'}, shown
    assert 'the host writes more than 8 MiB' in ' '.join(shown.split())
    assert int(done.stdout) < 400_000, 'kilobytes'
