# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever a host hands in, the answer is a result with reasons: never an exception, and never verified where one byte of what matters differs."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from ansible_collections.imds.azure.tests.unit.plugins.plugin_utils._attestation.authority import (
    CONTENT,
    Issued,
    as_document,
    attributes_of,
    document,
    leaf,
)
from ansible_collections.imds.azure.tests.unit.plugins.plugin_utils._attestation.conftest import World, failed
from cryptography.hazmat.primitives import hashes
from hypothesis import given
from hypothesis import strategies as st

SIGNED = json.dumps(CONTENT).encode()
INSTANCE = {'vm_id': CONTENT['vmId'], 'subscription_id': CONTENT['subscriptionId'], 'sku': CONTENT['sku']}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=5
)


def told(result: dict[str, Any]) -> dict[str, str]:
    """The reasons, after making sure that the result can be printed."""
    json.dumps(result, allow_nan=False, ensure_ascii=False).encode('utf-8')
    return failed(result)


@given(given_in=JSON)
def test_any_value(world: World, given_in: Any) -> None:
    assert 'signature' in told(world.verify(given_in))


@given(text=st.text())
def test_any_text(world: World, text: str) -> None:
    for given_in in (text, {'encoding': 'pkcs7', 'signature': text}, {'encoding': text, 'signature': ''}):
        assert 'signature' in told(world.verify(given_in))


@given(der=st.binary(max_size=2000))
def test_any_bytes(world: World, der: bytes) -> None:
    assert 'signature' in told(world.verify(as_document(der)))


@given(data=st.data())
def test_any_changed_byte(world: World, data: st.DataObject) -> None:
    """Bytes of which nothing depends (the list of digests, for instance) may differ, but never what Azure said."""
    attributes = data.draw(st.sampled_from([None, attributes_of(SIGNED, hashes.SHA256())]))
    der = bytearray(base64.b64decode(document(world.leaf, SIGNED, attributes=attributes)['signature']))
    for _change in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(der) - 1))
        what = data.draw(st.sampled_from(['flip', 'drop', 'insert', 'double']))
        if what == 'flip':
            der[place] ^= data.draw(st.integers(1, 255))
        elif what == 'drop':
            del der[place : place + data.draw(st.integers(1, 40))]
        elif what == 'insert':
            der[place:place] = data.draw(st.binary(min_size=1, max_size=8))
        else:
            der[place:place] = der[place : place + data.draw(st.integers(1, 400))]
        if not der:
            break
    result = world.verify(as_document(bytes(der)), instance=INSTANCE)
    if not told(result):
        assert result['content'] == CONTENT
        assert result['certificate']['subject'] == 'CN=metadata.azure.com'


@pytest.fixture(scope='module')
def signer(world: World) -> Issued:
    return leaf(world.intermediate, 'signer', dns=['metadata.azure.com'], addresses=('http://ca.invalid/ca',))


@given(data=st.data())
def test_any_changed_certificate(world: World, signer: Issued, data: st.DataObject) -> None:
    """The certificate is a stranger's as much as the rest: a document may be signed well with a key whose certificate is rubbish."""
    der = base64.b64decode(document(signer, SIGNED)['signature'])
    changed = bytearray(der)
    for _change in range(data.draw(st.integers(1, 4))):
        changed[der.index(signer.der) + data.draw(st.integers(0, len(signer.der) - 1))] = data.draw(st.integers(0, 255))
    result = world.verify(as_document(bytes(changed)), instance=INSTANCE, download=lambda address: [])
    if bytes(changed) != der:
        assert told(result)


@given(content=JSON)
def test_any_signed_json(world: World, content: Any) -> None:
    """Even if Azure signed this."""
    assert 'nonce' in told(world.verify(document(world.leaf, json.dumps(content).encode()), instance=INSTANCE))


@given(stamp=JSON, nonce=JSON, vm_id=JSON)
def test_any_fields(world: World, stamp: Any, nonce: Any, vm_id: Any) -> None:
    content = json.dumps({**CONTENT, 'timeStamp': stamp, 'nonce': nonce, 'vmId': vm_id}).encode()
    assert {'time', 'nonce'} <= set(told(world.verify(document(world.leaf, content), instance=INSTANCE)))
