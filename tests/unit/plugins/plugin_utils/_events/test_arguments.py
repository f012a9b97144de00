# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Arguments that are not valid: the source says which and what to do, and asks nobody."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.imds.azure.plugins.module_utils._service.errors import OptionError
from ansible_collections.imds.azure.plugins.plugin_utils._events.arguments import validated
from ansible_collections.imds.azure.tests.unit.extensions.eda.running_source import refused

NOBODY = 'http://127.0.0.1:1'
HERE = str(Path(__file__).parent)


def test_defaults_for_this_machine() -> None:
    assert validated({}) == {
        'endpoint': 'http://169.254.169.254',
        'api_version': 'auto',
        'timeout': 5.0,
        'deadline': 90.0,
        'detect': 'auto',
        'hosts': None,
        'inventory': None,
        'interval': 1.0,
        'lead_time': 1200.0,
        'outage_after': 3,
        'placement_interval': None,
        'forks': 50,
        'refresh': 600.0,
    }


@pytest.mark.parametrize(
    ('given', 'expected'),
    [
        ({'hosts': 'web:db', 'inventory': 'a,'}, {'hosts': ['web:db'], 'inventory': ['a,'], 'interval': 10.0}),
        ({'hosts': ['web', 'db'], 'inventory': [HERE, 'a,b']}, {'hosts': ['web', 'db'], 'inventory': [HERE, 'a,b'], 'forks': 50, 'refresh': 600.0}),
        ({'hosts': 'all', 'inventory': HERE, 'interval': 3, 'forks': '7', 'refresh': '60'}, {'interval': 3.0, 'forks': 7, 'refresh': 60.0}),
        ({'interval': '0.5', 'timeout': 1}, {'interval': 0.5, 'timeout': 1.0}),
        ({'interval': 0.2, 'api_version': '2017-08-01'}, {'interval': 0.2, 'api_version': '2017-08-01'}),
        ({'interval': None, 'hosts': None}, {'interval': 1.0, 'hosts': None}),
    ],
)
def test_values(given: dict[str, Any], expected: dict[str, Any]) -> None:
    options = validated(given)
    assert {name: options[name] for name in expected} == expected


@pytest.mark.parametrize(
    ('given', 'words'),
    [
        ({'intervall': 1}, ["'intervall'", 'Did you mean interval?']),
        ({'colour': 1}, ["'colour'", 'Valid options are api_version, deadline']),
        ({'interval': 'often'}, ["'interval'"]),
        ({'interval': 0.1}, ['interval 0.1', '5 requests per second']),
        ({'interval': -1}, ['interval -1']),
        ({'interval': 'nan'}, ['interval nan']),
        ({'interval': 'inf'}, ['interval inf']),
        ({'interval': [1]}, ["'interval'"]),
        ({'timeout': 0}, ['timeout 0', 'above 0']),
        ({'deadline': -5}, ['deadline -5', 'above 0']),
        ({'lead_time': -1}, ['lead_time -1', '0 or more']),
        ({'lead_time': 'soon'}, ["'lead_time'"]),
        ({'lead_time': 'nan'}, ['lead_time nan']),
        ({'outage_after': 0}, ['outage_after 0', '1 or more']),
        ({'outage_after': 1.5}, ["'outage_after'"]),
        ({'placement_interval': 0.5}, ['placement_interval 0.5', '1 second or more']),
        ({'placement_interval': 'nan'}, ['placement_interval nan']),
        ({'placement_interval': 'inf'}, ['placement_interval inf']),
        ({'placement_interval': 'daily'}, ["'placement_interval'"]),
        ({'detect': 'maybe'}, ['detect', 'auto, always, never']),
        ({'endpoint': 'https://127.0.0.1'}, ['endpoint', 'http://169.254.169.254']),
        ({'endpoint': 'http://127.0.0.1/;id'}, ['endpoint']),
        ({'endpoint': ['http://127.0.0.1']}, ['endpoint']),
        ({'api_version': '2025-04-07'}, ["api_version '2025-04-07'", '2020-07-01']),
        ({'api_version': 'newest'}, ['api_version', 'auto']),
        ({'hosts': 'all'}, ["'hosts'", 'inventory']),
        ({'inventory': 'a,'}, ["'inventory'", 'hosts']),
        ({'forks': 5}, ["'forks'", 'hosts']),
        ({'refresh': 5}, ["'refresh'", 'hosts']),
        ({'hosts': 'all', 'inventory': 'a,', 'forks': 0}, ['forks 0']),
        ({'hosts': 'all', 'inventory': 'a,', 'forks': 1.5}, ["'forks'"]),
        ({'hosts': 'all', 'inventory': 'a,', 'refresh': 0}, ['refresh 0']),
        ({'hosts': 'all', 'inventory': '/nowhere'}, ["inventory '/nowhere' does not exist"]),
        ({'hosts': 'all', 'inventory': {'a': 1}}, ["'inventory'"]),
        ({'hosts': {'a': 1}, 'inventory': 'a,'}, ["'hosts'"]),
        ({'hosts': [], 'inventory': 'a,'}, ['hosts']),
        ({'hosts': 'all', 'inventory': []}, ['inventory']),
    ],
)
def test_refused(given: dict[str, Any], words: list[str]) -> None:
    with pytest.raises(OptionError) as caught:
        validated({'endpoint': NOBODY, **given})
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize(
    ('given', 'word'),
    [
        ({'intervall': 1}, "'intervall'"),
        ({'hosts': 'all'}, 'inventory'),
        ({'hosts': 'nobody', 'inventory': 'a,b'}, "hosts 'nobody'"),
        ({'hosts': 'all', 'inventory': '/nowhere'}, '/nowhere'),
    ],
)
def test_the_source_says_so_and_ends(given: dict[str, Any], word: str) -> None:
    assert word in refused(endpoint=NOBODY, **given)


def test_an_argument_that_ansible_rulebook_adds() -> None:
    """A queue for feedback, of which this source makes no use. It could not even be handed on."""
    assert "'interval'" in refused(endpoint=NOBODY, interval='x', eda_feedback_queue=object())
