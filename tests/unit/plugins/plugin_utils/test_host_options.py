# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Variables of a host that stand for options; what is wrong with each is told where hosts are asked, in _fleet/test_host_question.py."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from ansible_collections.imds.azure.plugins.plugin_utils._option_names import host_options


@pytest.mark.parametrize(
    ('values', 'options'),
    [
        ({}, {}),
        ({'azure_imds_api_version': datetime.date(2021, 2, 1)}, {'api_version': '2021-02-01'}),
        ({'azure_imds_api_version': 'auto', 'azure_imds_timeout': '0.5'}, {'api_version': 'auto', 'timeout': 0.5}),
        ({'azure_imds_endpoint': 'http://localhost:40342', 'azure_imds_detect': 'never'}, {'endpoint': 'http://localhost:40342', 'detect': 'never'}),
    ],
)
def test_values_as_yaml_and_templates_give_them(values: dict[str, Any], options: dict[str, Any]) -> None:
    assert host_options(values) == options
