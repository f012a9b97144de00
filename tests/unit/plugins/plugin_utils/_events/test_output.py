# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a host says is never a template, also where Ansible would trust it."""

from __future__ import annotations

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible_collections.imds.azure.plugins.plugin_utils._events.output import inert
from hypothesis import given
from hypothesis import strategies as st

try:
    from ansible.template import trust_as_template
except ImportError:  # before ansible-core 2.19 everything is trusted

    def trust_as_template(value: str) -> str:
        return value


HEADER = "#jinja2: variable_start_string:'[[', variable_end_string:']]'\n[[ 6 * 7 ]]"


@pytest.mark.parametrize('text', ['{{ 6 * 7 }}', '{% if 1 %}x{% endif %}', '{# x #}', '{{{ 6 * 7 }}}', '{{{{ 6 }}', '{{{% raw %}', HEADER, 'a{{ b', '{%', '{{'])
def test_no_template(text: str) -> None:
    made = inert(text)
    assert made != text
    assert Templar(loader=DataLoader(), variables={}).template(trust_as_template(made)) == made


@pytest.mark.parametrize('text', ['', 'Host server is undergoing maintenance.', '{"a": {"b": 1}}', '}}', '%}', '#jinja2', '{ { x', 'a{b}c'])
def test_other_text_is_left_alone(text: str) -> None:
    assert inert(text) == text


def test_in_all_depths() -> None:
    assert inert({'a': ['{{ x }}', {'b': '{% y %}'}], 'c': 1, 'd': None, 'e': True}) == {'a': ['{ { x }}', {'b': '{ % y %}'}], 'c': 1, 'd': None, 'e': True}


@given(st.text(alphabet='{%# }j', max_size=12))
def test_nothing_begins_a_template(text: str) -> None:
    made = inert(text)
    assert not any(start in made for start in ('{{', '{%', '{#'))
    assert inert(made) == made
