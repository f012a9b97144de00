# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which facts a gather_subset gives, and what is hidden unless it is named."""

import json
from typing import Any

import pytest
from ansible_collections.imds.azure.plugins.module_utils._facts.facts import facts_from_document, is_hidden, redact
from ansible_collections.imds.azure.plugins.module_utils._facts.subset import DEFAULT_SUBSET, resolve_subset
from ansible_collections.imds.azure.plugins.module_utils._service.errors import OptionError
from ansible_collections.imds.azure.tests.unit.plugins.module_utils._facts import instance_documents as documents

MINIMUM = {'placement', 'addresses', 'resource', 'cloud'}
TAGS = {'tags', 'tags_ambiguous'}
DEFAULT = {'compute', 'network', 'tags', 'storage'}
SECRETS = {
    'user_data': ['c2VjcmV0IHVzZXIgZGF0YQ==', 'c2VjcmV0IGN1c3RvbSBkYXRh'],
    'public_keys': ['ssh-ed25519 AAAAsecret ops', '/home/ops/.ssh/authorized_keys'],
    'document': ['https://vault.example/secret', 'https://vault.example/key'],
}


def parts_of(facts: dict[str, Any]) -> set[str]:
    """The subsets that facts show."""
    found = set()
    for name in facts:
        if name.startswith('compute_storage_profile'):
            found.add('storage')
        elif name.startswith(('compute_', 'network_')):
            found.add(name.partition('_')[0])
        else:
            found.add(name)
    return found


@pytest.mark.parametrize(
    ('subset', 'names'),
    [
        (list(DEFAULT_SUBSET), DEFAULT | {'min'}),
        ([], DEFAULT | {'min'}),
        (['min'], {'min'}),
        (['all'], DEFAULT | {'load_balancer', 'min'}),
        (['all', 'min'], DEFAULT | {'load_balancer', 'min'}),
        (['!all'], {'min'}),
        (['!all', '!min'], set()),
        (['!min'], DEFAULT),
        (['!storage'], DEFAULT - {'storage'} | {'min'}),
        (['all', '!load_balancer'], DEFAULT | {'min'}),
        (['compute'], {'compute', 'min'}),
        (['compute', '!min'], {'compute'}),
        (['!compute', 'network'], {'network', 'min'}),
        (['!all', 'tags'], {'tags', 'min'}),
        (['all', 'user_data'], DEFAULT | {'load_balancer', 'user_data', 'min'}),
        (['document', '!all'], {'document', 'min'}),
    ],
)
def test_names(subset: list[str], names: set[str]) -> None:
    assert resolve_subset(subset) == names
    assert resolve_subset(list(reversed(subset))) == names


@pytest.mark.parametrize('subset', [['x'], ['!x'], [''], ['!'], ['!!all'], ['Compute'], [None], [5], [[]], [{}], ['all', 'token']])
def test_unknown_names(subset: Any) -> None:
    with pytest.raises(OptionError, match='gather_subset') as caught:
        facts_from_document({}, subset=subset)
    assert 'public_keys' in caught.value.remedy


@pytest.mark.parametrize(
    ('subset', 'parts'),
    [
        (['compute'], {'compute'} | MINIMUM),
        (['network'], {'network'} | MINIMUM),
        (['storage'], {'storage'} | MINIMUM),
        (['tags'], TAGS | MINIMUM),
        (['!all'], MINIMUM),
        (['!all', '!min'], set()),
        (['!compute'], {'network', 'storage'} | TAGS | MINIMUM),
        (['!network'], {'compute', 'storage'} | TAGS | MINIMUM),
        (['!storage'], {'compute', 'network'} | TAGS | MINIMUM),
        (['!tags'], {'compute', 'network', 'storage'} | MINIMUM),
        (['document'], {'document'} | MINIMUM),
        (['!min'], {'compute', 'network', 'storage'} | TAGS),
    ],
)
def test_parts(subset: list[str], parts: set[str]) -> None:
    assert parts_of(facts_from_document(documents.SINGLE, subset=subset)) == parts


def test_the_default() -> None:
    assert facts_from_document(documents.UNIFORM) == facts_from_document(documents.UNIFORM, subset=DEFAULT_SUBSET)


def test_the_minimum_is_derived_from_all_that_the_document_holds() -> None:
    least, whole = facts_from_document(documents.UNIFORM, subset=['min']), facts_from_document(documents.UNIFORM)
    assert least == {name: whole[name] for name in MINIMUM}


@pytest.mark.parametrize('subset', [DEFAULT_SUBSET, ['all'], ['min'], ['compute', 'storage'], ['all', '!min']])
def test_what_is_hidden(subset: list[str]) -> None:
    shown = json.dumps(facts_from_document(documents.UNIFORM, subset=subset))
    for secrets in SECRETS.values():
        assert not [secret for secret in secrets if secret in shown]


@pytest.mark.parametrize('name', ['user_data', 'public_keys', 'document'])
@pytest.mark.parametrize('others', [[], ['compute'], ['all']])
def test_what_is_shown_because_it_is_named(name: str, others: list[str]) -> None:
    shown = json.dumps(facts_from_document(documents.UNIFORM, subset=[*others, name]))
    for secret in SECRETS[name]:
        assert secret in shown


@pytest.mark.parametrize('name', ['user_data', 'public_keys'])
def test_naming_one_shows_no_other(name: str) -> None:
    shown = json.dumps(facts_from_document(documents.UNIFORM, subset=['all', name]))
    for other, secrets in SECRETS.items():
        assert other == name or not [secret for secret in secrets if secret in shown]


def test_flat_names_of_what_is_named() -> None:
    facts = facts_from_document(documents.UNIFORM, subset=['compute', 'user_data', 'public_keys'])
    assert facts['compute_user_data'] == 'c2VjcmV0IHVzZXIgZGF0YQ=='
    assert facts['compute_custom_data'] == 'c2VjcmV0IGN1c3RvbSBkYXRh'
    assert facts['compute_public_keys_0_key_data'] == 'ssh-ed25519 AAAAsecret ops'


def test_the_document_as_given() -> None:
    assert facts_from_document(documents.UNIFORM, subset=['document'])['document'] == documents.UNIFORM


@pytest.mark.parametrize('key', ['userData', 'customData', 'publicKeys', 'secretUrl', 'keyUrl', 'USERDATA', 'secreturl'])
@pytest.mark.parametrize('depth', [0, 1, 3, 20])
def test_redaction_at_any_depth(key: str, depth: int) -> None:
    value: Any = {key: {'inner': ['hidden']}, 'beside': 'seen'}
    for level in range(depth):
        value = [value] if level % 2 else {'some': value}
    assert is_hidden(key)
    assert 'hidden' not in json.dumps(redact(value))
    assert 'seen' in json.dumps(redact(value))
    for section in ('compute', 'network', 'newSection'):
        facts = facts_from_document({section: {'a': value}})
        assert 'hidden' not in json.dumps(facts)
        assert 'seen' in json.dumps(facts)


def test_keys_of_hidden_things_have_no_names() -> None:
    names = facts_from_document(documents.UNIFORM)
    assert not [name for name in names if 'secret_url' in name or 'key_url' in name or 'user_data' in name or 'public_key' in name]


def test_null_public_keys() -> None:
    assert facts_from_document(documents.ARC, subset=['compute', 'public_keys'])['compute_public_keys'] is None
