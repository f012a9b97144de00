# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors of PowerShell out of the XML in which it writes them."""

from __future__ import annotations

import time

import pytest
from ansible_collections.imds.azure.plugins.plugin_utils._transports.clixml import LIMIT, without_clixml
from hypothesis import given
from hypothesis import strategies as st

HEAD = b'#< CLIXML\r\n'
OBJECTS = b'<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04">%s</Objs>'
PROGRESS = OBJECTS % b'<Obj S="progress" RefId="0"><MS><PR N="Record"><AV>Preparing modules for first use.</AV></PR></MS></Obj><S S="warning">no</S>'


@pytest.mark.parametrize(
    ('stderr', 'text'),
    [
        (b'', b''),
        (b'bash: not found\n', b'bash: not found\n'),
        (b'<Objs <S S="Error">', b'<Objs <S S="Error">'),
        (HEAD + OBJECTS % b'<S S="Error">one_x000D__x000A_</S><S S="Error">two &lt;3&gt;_x000D__x000A_</S>', b'one\r\ntwo <3>'),
        (HEAD + PROGRESS, b''),
        (HEAD + PROGRESS + OBJECTS % b'<S S="Error">bad</S>', b'bad'),
        (b'Warning: added a key.\r\n' + HEAD + OBJECTS % b'<S S="Error">bad</S>' + b'\r\nclosed', b'Warning: added a key.\r\nbad\r\nclosed'),
        (HEAD + HEAD + OBJECTS % b'<S S="Error">_xD83D__xDE00_ _x12_ _xD83D_</S>', '\U0001f600 _x12_ \ufffd'.encode()),
        (HEAD + b'<Objs Version="1.1.0.1"><S S="Error">cut o', b'cut o'),
        (HEAD + OBJECTS % b'<S S="Error">\xff&#xD800;&bogus;</S>', '\ufffd\ufffd&bogus;'.encode()),
    ],
)
def test_text(stderr: bytes, text: bytes) -> None:
    assert without_clixml(stderr) == text


@given(st.lists(st.sampled_from([HEAD, b'<Objs ', b'</Objs>', b'<S S="Error">', b'</S>', b'_xD800_', b'&lt;', b'&#', b'\xff', b'x'])).map(b''.join))
def test_anything_is_decoded(stderr: bytes) -> None:
    text = without_clixml(stderr)
    assert text == stderr or text.decode() == text.decode().strip()


@pytest.mark.parametrize('piece', [b'<Objs ', b'<S S="Error">', b'</Objs>', b'_x', b'&', b'<', HEAD])
def test_it_takes_no_time(piece: bytes) -> None:
    begun = time.process_time()
    without_clixml(HEAD + piece * (8 * LIMIT // len(piece)))
    assert time.process_time() - begun < 2
