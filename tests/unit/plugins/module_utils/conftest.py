# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The scripted service, which must have been asked for everything that it was told to answer."""

from collections.abc import Iterator

import pytest
from ansible_collections.imds.azure.tests.unit.plugins.module_utils._service.scripted_service import ScriptedService


@pytest.fixture
def service() -> Iterator[ScriptedService]:
    scripted = ScriptedService()
    yield scripted
    assert not scripted.steps, 'not everything was asked for'
