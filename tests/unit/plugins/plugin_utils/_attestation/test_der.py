# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Our own reader of DER beside another library, and what it refuses."""

from __future__ import annotations

import pytest
from ansible_collections.imds.azure.plugins.plugin_utils._attestation.der import OCTET_STRING, NotDer, as_set, elements, one_element
from asn1crypto import core
from hypothesis import given
from hypothesis import strategies as st

ARCS = st.lists(st.integers(0, 2**100), max_size=8)
SECOND = st.tuples(st.integers(0, 1), st.integers(0, 39)) | st.tuples(st.just(2), st.integers(0, 2**20))


@given(first=SECOND, rest=ARCS)
def test_identifiers(first: tuple[int, int], rest: list[int]) -> None:
    dotted = '.'.join(map(str, [*first, *rest]))
    assert one_element(core.ObjectIdentifier(dotted).dump()).identifier() == dotted


@given(values=st.lists(st.binary(max_size=300), max_size=5))
def test_sequences(values: list[bytes]) -> None:
    written = core.SequenceOf(values, spec=core.OctetString).dump()
    found = one_element(written)
    assert [child.octets() for child in found.children()] == values
    assert found.encoded == written
    assert as_set(found.content) == b'\x31' + written[1:]


@given(data=st.binary(max_size=300))
def test_any_bytes(data: bytes) -> None:
    """They are elements that make up all of the bytes, or none."""
    try:
        found = elements(data)
    except NotDer:
        return
    assert b''.join(element.encoded for element in found) == data


def test_strings_in_pieces() -> None:
    pieces = bytes.fromhex('2480 04026162 040163 0000')
    assert one_element(pieces).octets() == b'abc'
    assert one_element(bytes.fromhex('2407 04026162 040163')).octets() == b'abc'


@pytest.mark.parametrize('wrong', ['0480 0000', '2480 04026162', '2480 0001 00', '0485 0000000001 61', '04', '0402 61', '1f04 61', '', '040161 040162'])
def test_what_is_refused(wrong: str) -> None:
    with pytest.raises(NotDer):
        one_element(bytes.fromhex(wrong))


@pytest.mark.parametrize('wrong', ['0600', '0601 80', '0402 2a03', '0615 2a' + 'ff' * 19 + '01'])
def test_what_is_no_identifier(wrong: str) -> None:
    with pytest.raises(NotDer):
        one_element(bytes.fromhex(wrong)).identifier()


@pytest.mark.parametrize('wrong', ['020161', '2400', '2403 020161', '2405 2403 040161'])
def test_what_is_no_string(wrong: str) -> None:
    with pytest.raises(NotDer):
        one_element(bytes.fromhex(wrong)).octets()


def test_what_holds_no_elements() -> None:
    with pytest.raises(NotDer, match='no elements'):
        one_element(bytes.fromhex('040161')).children()
    with pytest.raises(NotDer, match='missing or of another type'):
        one_element(bytes.fromhex('3003 040161')).children(OCTET_STRING, OCTET_STRING)
