# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The value of one tag, whatever its name is."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.imds.azure.plugins.filter.tag import tag

TAGS = {'update': 'blue', 'Items': '3', 'keys': '', 'cost center': '42', 'query': 'q', 'tags': 't'}
FACTS = {'tags': TAGS, 'query': {'present': True}}


@pytest.mark.parametrize('given', [TAGS, FACTS], ids=['tags', 'facts'])
@pytest.mark.parametrize(
    ('name', 'value'), [('update', 'blue'), ('UPDATE', 'blue'), ('items', '3'), ('keys', ''), ('Cost Center', '42'), ('query', 'q'), ('tags', 't')]
)
def test_any_name_in_any_case(given: dict[str, Any], name: str, value: str) -> None:
    assert tag(given, name) == value
    assert tag(given, name, 'default') == value


@pytest.mark.parametrize('given', [{}, TAGS, FACTS, {'query': {'present': False}}, {'query': {'present': True}, 'tags': {}}])
@pytest.mark.parametrize('default', ['none', '', None, 5])
def test_the_default_where_there_is_no_such_tag(given: dict[str, Any], default: Any) -> None:
    assert tag(given, 'owner', default) is default


@pytest.mark.parametrize(
    ('arguments', 'said'),
    [
        ((TAGS, 'owner'), 'The VM has no tag owner. Add a default, such as tag(\'owner\', "none").'),
        (({'query': {'present': False}}, 'owner'), 'The VM has no tag owner'),
        (({'query': {'present': True}}, 'owner', 'none'), 'Add tags to gather_subset.'),
        (('update', 'owner', 'none'), 'not str'),
        ((None, 'owner', 'none'), 'not NoneType'),
        ((TAGS, 5, 'none'), 'needs the name of a tag, not 5'),
    ],
)
def test_errors_name_the_remedy(arguments: tuple[Any, ...], said: str) -> None:
    with pytest.raises(AnsibleFilterError) as caught:
        tag(*arguments)
    assert said in str(caught.value)
