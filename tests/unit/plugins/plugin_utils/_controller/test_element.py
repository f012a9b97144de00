# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Elements of a document by the paths of the service."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.imds.azure.plugins.module_utils._service.errors import NoSuchElementError, OptionError
from ansible_collections.imds.azure.plugins.plugin_utils._controller.element import element, element_path, hidden
from hypothesis import given
from hypothesis import strategies as st

DOCUMENT = {
    'compute': {'vmId': 'vm-1', 'zone': '', 'nothing': None, 'flag': True, 'number': 5, 'tagsList': [{'name': 'Env', 'value': 'prod'}], '0': 'key'},
    'network': {'interface': [{'macAddress': '000D3A3382E8'}, {}]},
}


@pytest.mark.parametrize(
    ('term', 'path'),
    [
        ('compute/vmId', ('compute', 'vmId')),
        ('/compute/vmId', ('compute', 'vmId')),
        ('compute/', ('compute',)),
        ('instance/compute', ('compute',)),
        ('/metadata/instance/compute', ('compute',)),
        ('metadata/instance', ()),
        ('instance', ()),
        ('network/interface/0', ('network', 'interface', '0')),
        ('compute/instance', ('compute', 'instance')),
    ],
)
def test_paths(term: str, path: tuple[str, ...]) -> None:
    assert element_path(term) == path


@pytest.mark.parametrize(
    'term',
    [
        'compute//vmId',
        '..',
        'compute/../x',
        'compute/userData/../../../identity/info',
        './compute',
        '',
        '/',
        '//',
        'compute?x=y',
        'compute/vmId?',
        'compute\n',
        'a\x00b',
        'a\u2028b',
        None,
        5,
        ['compute'],
        {'a': 1},
        b'compute',
    ],
)
def test_what_is_no_path(term: Any) -> None:
    with pytest.raises(OptionError, match='is not a path') as caught:
        element_path(term)
    assert 'network/interface/0/macAddress' in caught.value.remedy
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ('term', 'value'),
    [
        ('compute/vmId', 'vm-1'),
        ('compute/zone', ''),
        ('compute/nothing', 'null'),
        ('compute/flag', 'true'),
        ('compute/number', '5'),
        ('compute/0', 'key'),
        ('compute/tagsList', [{'name': 'Env', 'value': 'prod'}]),
        ('compute/tagsList/0/value', 'prod'),
        ('network/interface/1', {}),
        ('network/interface/0/macAddress', '000D3A3382E8'),
        ('instance', DOCUMENT),
    ],
)
def test_elements(term: str, value: Any) -> None:
    assert element(DOCUMENT, element_path(term)) == value


@pytest.mark.parametrize(
    'term',
    [
        'compute/vmid',
        'Compute/vmId',
        'compute/vmId/0',
        'compute/nothing/x',
        'network/interface/2',
        'network/interface/-1',
        'network/interface/x',
        'network/interface/0x0',
        'network/interface/²',
        'network/interface/٠',
        'network/interface/' + '9' * 5000,
        'network/interface/macAddress',
        'attested',
    ],
)
def test_no_such_element(term: str) -> None:
    with pytest.raises(NoSuchElementError, match='/metadata/instance/'):
        element(DOCUMENT, element_path(term))


@pytest.mark.parametrize('document', [None, 5, 'text', [], {}])
def test_documents_without_elements(document: Any) -> None:
    with pytest.raises(NoSuchElementError):
        element(document, ('compute',))


@pytest.mark.parametrize(
    ('term', 'answer'),
    [
        ('compute/userData', True),
        ('compute/customData', True),
        ('compute/publicKeys/0/keyData', True),
        ('compute/USERDATA', True),
        ('compute/storageProfile/osDisk/encryptionSettings/diskEncryptionKey/secretUrl', True),
        ('compute/vmId', False),
        ('compute', False),
        ('instance', False),
    ],
)
def test_hidden(term: str, answer: bool) -> None:
    assert hidden(element_path(term)) is answer


@given(st.text(), st.recursive(st.one_of(st.none(), st.booleans(), st.text()), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8))
def test_any_term_and_any_document(term: str, document: Any) -> None:
    try:
        value = element(document, element_path(term))
    except (OptionError, NoSuchElementError):
        return
    assert isinstance(value, (dict, list, str))
