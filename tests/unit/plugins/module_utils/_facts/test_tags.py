# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tags from the list and from the string, and when the string can be read in more than one way."""

from itertools import combinations
from typing import Any

import pytest
from ansible_collections.imds.azure.plugins.module_utils._facts.facts import facts_from_document
from ansible_collections.imds.azure.tests.unit.plugins.module_utils._facts import instance_documents as documents
from hypothesis import given
from hypothesis import strategies as st


def tags(**compute: Any) -> tuple[dict[str, Any], bool]:
    facts = facts_from_document({'compute': compute})
    return facts['tags'], facts['tags_ambiguous']


def readings(text: str) -> set[tuple[tuple[str, str], ...]]:
    """Every list of tags which the service would write as this string: name:value joined with ``;``, no name empty."""
    found: set[tuple[tuple[str, str], ...]] = set()
    separators = [index for index, character in enumerate(text) if character == ';']
    for count in range(len(separators) + 1):
        for chosen in combinations(separators, count):
            ends = [*chosen, len(text)]
            parts = [text[start:end] for start, end in zip([0, *(index + 1 for index in chosen)], ends, strict=True)]
            lists: set[tuple[tuple[str, str], ...]] = {()}
            for part in parts:
                colons = [index for index, character in enumerate(part) if character == ':' and index > 0]
                lists = {(*before, (part[:colon], part[colon + 1 :])) for before in lists for colon in colons}
            found |= lists
    return found


def test_the_oracle() -> None:
    assert readings('a:b') == {(('a', 'b'),)}
    assert readings('a:b;c:d') == {(('a', 'b'), ('c', 'd')), (('a', 'b;c:d'),), (('a:b;c', 'd'),)}
    assert readings('a:') == {(('a', ''),)}
    assert readings(':a') == readings('a') == readings('') == set()


@given(st.text('ab;:', min_size=1, max_size=11))
def test_ambiguous_exactly_with_more_than_one_reading(text: str) -> None:
    assert tags(tags=text)[1] is (len(readings(text)) > 1)


@given(st.text('ab;:', min_size=1, max_size=11))
def test_what_is_read_is_one_of_the_readings(text: str) -> None:
    possible = readings(text)
    assert not possible or tuple(tags(tags=text)[0].items()) in possible, 'nothing is lost and nothing is made up'


@given(st.dictionaries(st.text('abcXYZ ./-ü{}', min_size=1, max_size=8).map(str.lower), st.text('abc =,.-/{}"', max_size=8), min_size=1, max_size=5))
def test_names_and_values_without_separators_are_read_as_they_were(given_tags: dict[str, str]) -> None:
    text = ';'.join(f'{name}:{value}' for name, value in given_tags.items())
    assert tags(tags=text) == (given_tags, len(given_tags) > 1)


@pytest.mark.parametrize(
    ('text', 'found', 'ambiguous'),
    [
        ('Env:prod', {'Env': 'prod'}, False),
        ('Env:', {'Env': ''}, False),
        ('Env:a;b', {'Env': 'a;b'}, False),
        ('a;b:c', {'a;b': 'c'}, False),
        ('Env:prod;Role:web', {'Env': 'prod', 'Role': 'web'}, True),
        ('url:http://x', {'url': 'http://x'}, True),
        ('Env:a;env:b', {'Env': 'a;env:b'}, True),
        ("x:{{ lookup('pipe', 'id') }}", {'x': "{{ lookup('pipe', 'id') }}"}, False),
    ],
)
def test_string(text: str, found: dict[str, str], ambiguous: bool) -> None:
    assert tags(tags=text) == (found, ambiguous)


def test_the_list_is_the_one_to_trust() -> None:
    facts = facts_from_document(documents.SINGLE)
    assert facts['tags'] == {'Env': 'prod', 'owner': 'a;b:c'}
    assert facts['tags_ambiguous'] is False


@pytest.mark.parametrize('empty', [[], None, '', {}, 'x', 5])
def test_the_string_where_the_list_is_missing_or_empty(empty: Any) -> None:
    assert tags(tagsList=empty, tags='Env:prod;Role:web') == ({'Env': 'prod', 'Role': 'web'}, True)
    assert tags(tagsList=empty, tags='Env:prod') == ({'Env': 'prod'}, False)


@pytest.mark.parametrize('nothing', [{}, {'tags': ''}, {'tags': None}, {'tags': 5}, {'tags': {}}, {'tagsList': [], 'tags': ''}])
def test_no_tags(nothing: dict[str, Any]) -> None:
    assert tags(**nothing) == ({}, False)


def test_names_and_values_are_exact() -> None:
    given_tags = {'Env': ' Prod ', 'env-2': '', 'ü;:': '{{ x }}', 'hidden-link:/a/b': 'Resource'}
    assert tags(tagsList=[{'name': name, 'value': value} for name, value in given_tags.items()]) == (given_tags, False)


@pytest.mark.parametrize('odd', [None, 5, 'x', [], {}, {'value': 'v'}, {'name': None, 'value': 'v'}, {'name': [], 'value': 'v'}, {'name': {}, 'value': 'v'}])
def test_an_item_that_is_no_tag_is_left_out(odd: Any) -> None:
    assert tags(tagsList=[odd, {'name': 'a', 'value': 'b'}]) == ({'a': 'b'}, False)


def test_a_tag_without_a_value() -> None:
    assert tags(tagsList=[{'name': 'a'}]) == ({'a': ''}, False)


def test_documents() -> None:
    assert {name: facts_from_document(document)['tags'].get('Env') for name, document in documents.ALL.items()} == {
        'oldest': None,
        'tags string': 'prod',
        'single': 'prod',
        'uniform': 'prod',
        'flexible': 'prod',
        'compute alone': 'prod',
        'classic': None,
        'stack': 'lab',
        'arc': 'prod',
    }
