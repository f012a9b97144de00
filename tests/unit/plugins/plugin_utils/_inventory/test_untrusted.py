# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is marked so that Ansible does not run it. tests/matrix shows on the releases themselves that this is enough."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from ansible.utils.unsafe_proxy import AnsibleUnsafe
from ansible_collections.imds.azure.plugins.plugin_utils._inventory import untrusted as _untrusted
from ansible_collections.imds.azure.plugins.plugin_utils._inventory.untrusted import marked, may_be_run, untrusted
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jinja2 import Environment, TemplateSyntaxError


class Marked(str):
    """What takes the place of Ansible's mark, for newer releases have none: there everything is untrusted."""


@pytest.fixture(autouse=True)
def mark(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_untrusted, 'wrap_var', Marked)


RUN = [
    '{{ 1 + 1 }}',
    '{{',
    'a {{ b',
    '{% if x %}',
    '{# gone #}',
    '{{{',
    "#jinja2:variable_start_string:'[[',variable_end_string:']]'\n[[ 1 + 1 ]]",
    "#jinja2: block_start_string:'<%'\n<% include 'x' %>",
    "lookup('pipe', 'id')",
    'query ( "pipe", "id" )',
]
# Most of what a document holds, and what looks a little like a template.
HARMLESS = [
    '',
    'westeurope',
    '/subscriptions/0/resourceGroups/shop/providers/Microsoft.Compute/virtualMachines/web',
    'true',
    '{',
    '}}',
    '{ {',
    '{\n{',
    '%}',
    '#}',
    '# jinja2:',
    'jinja2:',
    '$var',
    '[[ x ]]',
    '<% x %>',
    'Zürich 東京 😀',
]


@pytest.mark.parametrize('text', RUN)
def test_run(text: str) -> None:
    assert may_be_run(text)
    values: list[Any] = [text, [text], {'a': text}, {text: 'a'}, {'a': [{'b': [text]}]}, {'a': 1, 'b': None, 'c': True, text: []}]
    for value in values:
        assert marked(value) == value
        assert [one for one in strings(marked(value)) if is_marked(one)] == [text]


@pytest.mark.parametrize('text', HARMLESS)
def test_harmless(text: str) -> None:
    values: list[Any] = [text, [text], {'a': text}, {text: 'a'}, {'a': [{'b': [text]}]}]
    for value in values:
        assert marked(value) is value


def test_two_harmless_strings_side_by_side() -> None:
    values: list[Any] = [['{', '{'], {'a': '{', 'b': '{'}, {'{': 1, '{ ': 2}, {'a': '#jinja2', 'b': ':x'}]
    for value in values:
        assert marked(value) is value


def strings(value: Any) -> Iterator[str]:
    """All strings in a value, names too."""
    if isinstance(value, str):
        yield value
    for child in (*value, *value.values()) if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from strings(child)


def is_marked(text: str) -> bool:
    return isinstance(text, Marked)


ENVIRONMENT = Environment()


def jinja_sees_a_template(text: str) -> bool:
    """Whether Jinja finds anything but text in it, by its own judgement."""
    try:
        return any(kind != 'data' for _line, kind, _token in ENVIRONMENT.lex(text))
    except TemplateSyntaxError:
        return True


TEXTS = st.one_of(st.text(), st.text('{}%# \n-+a(', max_size=8), st.sampled_from(RUN + HARMLESS))
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), TEXTS),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=20,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TEXTS)
def test_every_template_is_marked(text: str) -> None:
    assert may_be_run(text) or not (jinja_sees_a_template(text) or text.startswith('#jinja2:') or '(' in text)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(VALUES)
def test_any_value(value: Any) -> None:
    """It stays what it is, with a mark on each string that could be run and on no other."""
    result = marked(value)
    assert result == value
    assert [is_marked(text) for text in strings(result)] == [may_be_run(text) for text in strings(value)]
    if not any(may_be_run(text) for text in strings(value)):
        assert result is value


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(VALUES)
def test_what_was_given_is_not_changed(value: Any) -> None:
    before = repr(value)
    marked(value)
    assert repr(value) == before
    assert not any(map(is_marked, strings(value)))


def test_a_deep_value_costs_no_more_than_a_flat_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """A document may be 64 levels deep; a host must not be able to make that 2 ** 64 steps."""
    looks = 0

    def look(text: str) -> bool:
        nonlocal looks
        looks += 1
        assert looks < 1000
        return may_be_run(text)

    monkeypatch.setattr(_untrusted, 'may_be_run', look)
    value: Any = '{{ x }}'
    for level in range(64):
        value = {'a': value} if level % 2 else [value]
    assert marked(value) == value


def test_untrusted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where everything is untrusted already, nothing is looked at."""
    value = {'a': '{{ x }}'}
    monkeypatch.setattr(_untrusted, '_MARKED_BY_DEFAULT', True)
    assert untrusted(value) is value
    monkeypatch.setattr(_untrusted, '_MARKED_BY_DEFAULT', False)
    assert is_marked(untrusted(value)['a'])


def test_the_mark_is_the_one_of_ansible(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    if _untrusted._MARKED_BY_DEFAULT:
        assert marked({'a': '{{ x }}'}) == {'a': '{{ x }}'}
    else:
        assert isinstance(marked({'a': '{{ x }}'})['a'], AnsibleUnsafe)
