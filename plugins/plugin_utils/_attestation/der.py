# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes DER apart (X.690), as far as CMS needs it. Lengths that are not told beforehand are read too, for some programs write them so.

C(cryptography) can do this from version 49 on, for types that are declared; execution environments often have an older one.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

INTEGER, OCTET_STRING, OBJECT_IDENTIFIER, SEQUENCE, SET = 0x02, 0x04, 0x06, 0x30, 0x31
_CONSTRUCTED = 0x20
# Longer ones are no numbers that anybody gave: those of UUIDs have 128 bits.
_ARC_LIMIT = 1 << 128


class NotDer(ValueError):
    """These bytes are something else. The text says what is wrong, without a full stop."""


@dataclass(frozen=True)
class Element:
    """A value with its tag, which is the first byte: class, whether it holds elements, and number."""

    tag: int
    content: bytes
    # All of it, with tag and length.
    encoded: bytes

    def children(self, *tags: int | None) -> list[Element]:
        """The elements inside.

        :param tags: those that the first ones must have; None for any.
        :raises NotDer:
        """
        if not self.tag & _CONSTRUCTED:
            raise NotDer('there are no elements inside')
        found = elements(self.content)
        if len(found) < len(tags) or any(tag not in (None, element.tag) for tag, element in zip(tags, found, strict=False)):
            raise NotDer('an element is missing or of another type')
        return found

    def octets(self) -> bytes:
        """The bytes of an OCTET STRING, which may come in pieces.

        :raises NotDer:
        """
        if self.tag == OCTET_STRING:
            return self.content
        pieces = self.children() if self.tag == OCTET_STRING | _CONSTRUCTED else []
        if not pieces or any(piece.tag != OCTET_STRING for piece in pieces):
            raise NotDer('there is no OCTET STRING')
        return b''.join(piece.content for piece in pieces)

    def identifier(self) -> str:
        """An OBJECT IDENTIFIER with dots.

        :raises NotDer:
        """
        if self.tag != OBJECT_IDENTIFIER or not self.content or self.content[-1] & 0x80:
            raise NotDer('there is no OBJECT IDENTIFIER')
        arcs, arc = [], 0
        for byte in self.content:
            arc = arc << 7 | byte & 0x7F
            if arc >= _ARC_LIMIT:
                raise NotDer('an OBJECT IDENTIFIER has too large a number')
            if not byte & 0x80:
                arcs.append(arc)
                arc = 0
        first = min(arcs[0] // 40, 2)
        return '.'.join(map(str, [first, arcs[0] - 40 * first, *arcs[1:]]))


def elements(data: bytes) -> list[Element]:
    """All elements, one after the other.

    :raises NotDer:
    """
    return list(_elements(data))


def one_element(data: bytes) -> Element:
    """The one element that all of the bytes are.

    :raises NotDer:
    """
    element = next(_elements(data), None)
    if element is None or len(element.encoded) != len(data):
        raise NotDer('there is nothing, or more than one element')
    return element


def as_set(content: bytes) -> bytes:
    """The DER of a SET with this content."""
    length = len(content)
    if length < 0x80:
        return bytes([SET, length]) + content
    octets = length.to_bytes((length.bit_length() + 7) // 8, 'big')
    return bytes([SET, 0x80 | len(octets)]) + octets + content


def _elements(data: bytes) -> t.Iterator[Element]:
    start = 0
    while start < len(data):
        tag, length, begin = _head(data, start)
        if length is None:
            end, after = _end(data, begin)
        else:
            end = after = begin + length
        yield Element(tag, data[begin:end], data[start:after])
        start = after


def _head(data: bytes, start: int) -> tuple[int, int | None, int]:
    """Tag, length and where the content begins. The length is None where it is not told."""
    if len(data) < start + 2:
        raise NotDer('the data ends too early')
    tag, length, begin = data[start], data[start + 1], start + 2
    if tag & 0x1F == 0x1F:
        raise NotDer('a tag has a number that CMS does not use')
    if length == 0x80:
        if not tag & _CONSTRUCTED:
            raise NotDer('a value has no length')
        return tag, None, begin
    if length > 0x80:
        begin += length & 0x7F
        if length > 0x84 or len(data) < begin:
            raise NotDer('a length is too long')
        length = int.from_bytes(data[start + 2 : begin], 'big')
    if len(data) < begin + length:
        raise NotDer('the data ends too early')
    return tag, length, begin


def _end(data: bytes, begin: int) -> tuple[int, int]:
    """Where content ends whose length is not told, and where the mark behind it does. Not by recursion, for strangers nest as deep as they like."""
    place, depth = begin, 1
    while True:
        tag, length, content = _head(data, place)
        if tag == 0:
            if length:
                raise NotDer('a mark of the end has content')
            depth -= 1
            if not depth:
                return place, content
            place = content
        elif length is None:
            depth += 1
            place = content
        else:
            place = content + length
