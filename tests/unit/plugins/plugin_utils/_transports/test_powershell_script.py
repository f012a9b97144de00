# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The finished text of what Windows hosts run, and of the module for them, as a grammar of PowerShell reads it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import tree_sitter
import tree_sitter_powershell
from ansible_collections.imds.azure.plugins.plugin_utils._diagnosis.windows_look import windows_look
from ansible_collections.imds.azure.plugins.plugin_utils._transports.powershell_script import powershell_script, quoted
from hypothesis import given
from hypothesis import strategies as st

PARSER = tree_sitter.Parser(tree_sitter.Language(tree_sitter_powershell.language()))
MODULE = Path(__file__).parents[5] / 'plugins/modules/win_instance_facts.ps1'
URL = 'http://169.254.169.254:80/metadata/instance?api-version=2025-04-07&format=json'
HARMLESS: dict[str, Any] = {'url': URL, 'headers': {'Metadata': 'true'}, 'timeout': 2.5, 'mark': 'imds-1', 'detect': 'auto'}
HOSTILE = st.text(st.sampled_from('\'"\u2018\u2019\u201a\u201b\u201c`$(){}@;|&#\r\n\0 aB[]\u00e9\U0001f600\ud800')) | st.text()


def nodes(text: str) -> Iterator[Any]:
    """All nodes of the text. It must be whole and without a mistake."""
    waiting = [PARSER.parse(text.encode('ascii')).root_node]
    while waiting:
        node = waiting.pop()
        assert not node.is_error, f'line {node.start_point.row + 1}: {node.text!r:.200}'
        assert not node.is_missing, f'line {node.start_point.row + 1}: {node.type} is missing'
        yield node
        waiting += node.children


def shape(text: str) -> dict[str, int]:
    """How often the script has which kind of node, but for what strings consist of."""
    kinds = [node.type for node in nodes(re.sub(r"\('' \+ [^\n]*?\)(?=[,)\n]|$)", "''", text, flags=re.MULTILINE))]
    return {kind: kinds.count(kind) for kind in set(kinds)}


def value(literal: str) -> str:
    """What PowerShell makes of a string that was quoted."""
    units = b''
    for word in re.findall(r"'(?:[^']|'')*'|\[char\]0x[0-9a-f]{4}", literal):
        text = word[1:-1].replace("''", "'") if word.startswith("'") else chr(int(word[-4:], 16))
        units += text.encode('utf-16-le', 'surrogatepass')
    return units.decode('utf-16-le', 'surrogatepass')


SCRIPTS = {
    'get': powershell_script(**HARMLESS),
    'post': powershell_script(**{**HARMLESS, 'headers': {'Metadata': 'true', 'Content-Type': 'application/json'}, 'body': b'{"StartRequests": []}'}),
    'without headers': powershell_script(**{**HARMLESS, 'headers': {}}),
    'look of a diagnosis': (windows_look('imds.example', 'imds-1', 'auto').stdin or b'').decode('ascii'),
    'module': MODULE.read_text(),
}


@pytest.mark.parametrize('name', SCRIPTS)
def test_grammar(name: str) -> None:
    assert [*nodes(SCRIPTS[name])]


@pytest.mark.parametrize('mistake', ["Say 'x", 'if ($x) {', 'foo (', '}', '"$(1"'])
def test_the_grammar_finds_mistakes(mistake: str) -> None:
    with pytest.raises(AssertionError):
        list(nodes(mistake))


@pytest.mark.parametrize('name', SCRIPTS)
def test_no_command_is_given_a_call_without_brackets_around(name: str) -> None:
    """C(Finished $task.Wait()) hands on the method and an empty list."""
    for node in nodes(SCRIPTS[name]):
        if node.type == 'command_elements':
            assert 'argument_list' not in [child.type for child in node.children], node.text


def test_no_place_is_left() -> None:
    for name in ('get', 'post', 'without headers'):
        assert not re.search(r'@[A-Z]+@', SCRIPTS[name])


def test_values_are_in_their_places() -> None:
    text = powershell_script(URL, {'Metadata': 'true', 'Content-Type': 'x/y'}, 2.5, 'imds-1', 'always', b'a=b')
    assert text.startswith("$mark = 'imds-1'\n")
    for part in (
        f"::Create('{URL}')",
        "Headers.Add('Metadata', 'true')",
        "ContentType = 'x/y'",
        '(\'always\' + "/$chassis")',
        "FromBase64String('YT1i')",
        '2500 - $watch',
    ):
        assert part in text


def test_nothing_is_sent_before_the_chassis_tag_is_known() -> None:
    text = SCRIPTS['get']
    assert text.index("Say 'skipped'; return") < text.index('::StartNew()') < text.index('HttpWebRequest')


def test_up_to_the_language_mode_everything_is_allowed_in_each() -> None:
    """Constrained Language Mode knows neither methods nor types of .NET."""
    before = SCRIPTS['get'].split('\n$ErrorActionPreference')[0]
    assert before.endswith('return }')
    assert not {'invokation_expression', 'type_literal', 'argument_list'} & {node.type for node in nodes(before)}
    assert 'invokation_expression' in shape(SCRIPTS['get']), 'the grammar has other names now'


def test_each_wait_is_for_what_is_left_of_the_time() -> None:
    """The methods of this client without Async wait as long as they like, and each read anew."""
    called = re.findall(r'\.(\w+)\(', SCRIPTS['post'])
    assert {'GetResponseAsync', 'ReadAsync', 'GetRequestStreamAsync', 'WriteAsync'} <= set(called)
    assert not {'GetResponse', 'GetRequestStream', 'Read', 'CopyTo', 'ReadToEnd'} & set(called)
    assert SCRIPTS['post'].count('Async(') == len(re.findall(r'Finished \(\$\w+\.\w+Async\(', SCRIPTS['post']))
    assert SCRIPTS['post'].count('.Wait(') == 1


@given(HOSTILE)
def test_no_value_leaves_its_quotes(text: str) -> None:
    literal = quoted(text)
    assert re.fullmatch('[ -~]+', literal)
    assert value(literal) == text
    strings = [node for node in nodes(f'$x = {literal}') if node.type in ('variable', 'command', 'sub_expression', 'expandable_string_literal', 'comment')]
    assert [node.text for node in strings] == [b'$x']


@given(HOSTILE, HOSTILE, HOSTILE)
def test_the_script_has_the_same_shape_whatever_its_values_are(url: str, name: str, text: str) -> None:
    hostile = powershell_script(url, {f'X{name}': text}, 2.5, 'imds-1', 'auto')
    assert shape(hostile) == shape(SCRIPTS['get'])
