# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts are total: any JSON gives a dict or a typed error, and what went in comes out."""

import copy
import json
from collections import Counter
from typing import Any

import pytest
from ansible_collections.imds.azure.plugins.module_utils._facts.facts import facts_from_document
from ansible_collections.imds.azure.plugins.module_utils._service.errors import MalformedAnswerError
from ansible_collections.imds.azure.tests.unit.plugins.module_utils._facts import instance_documents as documents
from hypothesis import given
from hypothesis import strategies as st

KEYS = [
    'compute network interface ipv4 ipv6 ipAddress subnet macAddress privateIpAddress publicIpAddress address prefix location zone name value tags tagsList',
    'platformFaultDomain vmScaleSetName virtualMachineScaleSet id resourceId azEnvironment storageProfile osDisk userData publicKeys secretUrl vmId vm_id',
]
NAMES = st.one_of(st.sampled_from(' '.join(KEYS).split()), st.text(max_size=6))
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=12),
    st.sampled_from(['10.0.0.4', 'fd00::1', '000D3A3382E8', '24', 'web_7', 'a:b;c:d', f'{documents.GROUP}/Microsoft.Compute/virtualMachineScaleSets/web']),
)
JSON = st.recursive(LEAVES, lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(NAMES, inner, max_size=5)), max_leaves=25)
SECTIONS = st.one_of(st.dictionaries(NAMES, JSON, max_size=6), JSON)
DOCUMENTS = st.one_of(
    st.dictionaries(NAMES, JSON, max_size=5),
    st.fixed_dictionaries({}, optional={'compute': SECTIONS, 'network': SECTIONS, 'other': SECTIONS}),
)
DERIVED = {'tags', 'tags_ambiguous', 'placement', 'addresses', 'resource', 'cloud'}
HIDDEN = {'userdata', 'customdata', 'publickeys', 'secreturl', 'keyurl'}


def leaves(value: Any, path: tuple[str, ...] = ()) -> list[Any]:
    """All leaves that facts must show: neither tags nor hidden. Equal numbers of different types stay apart."""
    if isinstance(value, dict):
        children = [
            (key, child) for key, child in value.items() if key.lower() not in HIDDEN and (*path, key) not in {('compute', 'tags'), ('compute', 'tagsList')}
        ]
        return [leaf for key, child in children for leaf in leaves(child, (*path, key))]
    if isinstance(value, list):
        return [leaf for child in value for leaf in leaves(child, (*path, '0'))]
    # Null of a network says that there is no such part.
    return [] if value is None and path[:1] == ('network',) else [(type(value).__name__, value)]


@given(JSON)
def test_any_json(document: Any) -> None:
    if isinstance(document, dict):
        assert set(facts_from_document(document)).issuperset(DERIVED)
    else:
        with pytest.raises(MalformedAnswerError, match='/instance'):
            facts_from_document(document)


@given(DOCUMENTS)
def test_no_value_is_lost_or_changed_or_made_up(document: Any) -> None:
    facts = facts_from_document(document)
    flat = [(type(value).__name__, value) for name, value in facts.items() if name not in DERIVED]
    assert Counter(flat) == Counter(leaves({key: value for key, value in document.items() if (key, value) != ('compute', None)}))


@given(DOCUMENTS)
def test_names_are_valid(document: Any) -> None:
    for name in facts_from_document(document):
        assert name.isidentifier()
        assert name.isascii()
        assert name == name.lower()


@given(DOCUMENTS, st.sampled_from([['all'], ['document', 'user_data', 'public_keys', 'all'], ['min'], ['!all', '!min']]), st.one_of(st.none(), DOCUMENTS))
def test_the_input_is_not_changed_and_the_result_is_json(document: Any, subset: list[str], load_balancer: Any) -> None:
    before = copy.deepcopy((document, load_balancer))
    facts = facts_from_document(document, subset=subset, load_balancer=load_balancer)
    assert (document, load_balancer) == before
    assert json.loads(json.dumps(facts, allow_nan=False)) == facts
    assert facts == facts_from_document(*copy.deepcopy((document, subset, load_balancer)))
    assert list(facts) == list(facts_from_document(document, subset=subset, load_balancer=load_balancer))


@given(DOCUMENTS)
def test_derived_facts_have_their_types(document: Any) -> None:
    facts = facts_from_document(document)
    assert isinstance(facts['tags_ambiguous'], bool)
    assert all(isinstance(name, str) for name in facts['tags'])
    for values in facts['addresses'].values():
        assert isinstance(values, list)
        assert all(isinstance(value, str) for value in values)
    for key, value in facts['placement'].items():
        assert value is None or value.__class__ is (int if key in {'fault_domain', 'update_domain'} else str)
        assert value != ''
    for derived in ('resource', 'cloud'):
        assert all(value is None or (isinstance(value, str) and value) for value in facts[derived].values())


@given(JSON)
def test_any_load_balancer(load_balancer: Any) -> None:
    if load_balancer is None or isinstance(load_balancer, dict):
        facts_from_document({}, load_balancer=load_balancer)
    else:
        with pytest.raises(MalformedAnswerError, match='/loadbalancer'):
            facts_from_document({}, load_balancer=load_balancer)


@pytest.mark.parametrize('section', ['compute', 'network', 'other'])
def test_depth(section: str) -> None:
    def nested(levels: int) -> Any:
        value: Any = 'leaf'
        for level in range(levels):
            value = [value] if level % 2 else {'a': value}
        return {section: value}

    assert 'leaf' in facts_from_document(nested(63)).values()
    for levels in (64, 500, 5000):
        with pytest.raises(MalformedAnswerError, match='64 levels'):
            facts_from_document(nested(levels))
        with pytest.raises(MalformedAnswerError, match='64 levels'):
            facts_from_document({}, load_balancer=nested(levels))
