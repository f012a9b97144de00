# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest
from ansible_collections.imds.azure.plugins.module_utils._service.counted import counted


@pytest.mark.parametrize(
    ('number', 'said'),
    [(0, '0 hosts'), (1, '1 host'), (2, '2 hosts'), ('1', '1 host'), ('1.0', '1.0 host'), ('0.5', '0.5 hosts'), ('inf', 'inf hosts')],
)
def test_a_noun_is_singular_after_one_only(number, said):
    assert counted(number, 'host') == said
