# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tasks that ask as another user by doas, which wants a terminal for its password. What sudo and su do is tried in the target task_transport."""

from __future__ import annotations

import json
import re
import shutil

import pytest
from ansible_collections.imds.azure.tests.e2e.accounts import PASSWORD
from ansible_collections.imds.azure.tests.e2e.controller import Controller
from ansible_collections.imds.azure.tests.e2e.private_world import SEARCHED, PrivateWorld

pytestmark = pytest.mark.skipif(not shutil.which('doas', path=SEARCHED), reason='doas is not installed')


def test_doas_with_and_without_a_password(controller: Controller, world: PrivateWorld) -> None:
    """Over the noise of a login shell; a wrong password and a missing program fail their hosts only."""
    world.run('sh', '-c', 'printf "permit nopass root\\npermit noisy_dash as root\\n" >/etc/doas.conf')
    becoming = 'ansible_become=true ansible_become_method=doas'
    controller.hosts(
        [
            f'unasked ansible_host=10.99.0.10 {becoming} ansible_become_user=by_password',
            f'asked ansible_host=10.99.0.11 ansible_user=noisy_dash {becoming}',
            f'mistaken ansible_host=10.99.0.12 ansible_user=noisy_dash {becoming}',
            f'missing ansible_host=10.99.0.13 {becoming} ansible_become_user=by_password ansible_become_exe=/nonexistent/doas',
        ]
    )
    controller.host_variables('asked', ansible_become_password=PASSWORD)
    controller.host_variables('mistaken', ansible_become_password='wrong-horse')
    # For the inventory nobody becomes another user.
    assert controller.inventory().members('azure') == {'unasked', 'asked', 'mistaken', 'missing'}
    wanted = json.dumps({'transport': 'shell', 'required': True})
    done = controller.run('ansible', 'all', '-m', 'imds.azure.instance_facts', '-a', wanted, '-vvv', check=False)
    states = dict(re.findall(r'^(\w+) \| (\w+)', done.stdout, re.MULTILINE))
    assert states == {'unasked': 'SUCCESS', 'asked': 'SUCCESS', 'mistaken': 'FAILED', 'missing': 'FAILED'}, done.stdout
    assert re.search('/nonexistent/doas.*Become with doas may not work there [(]ansible_become_method[)]', done.stdout), done.stdout
    assert PASSWORD not in done.stdout + done.stderr
