# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stands in for PowerShell on a Windows host: looks through what a connection hands on, notes it, and prints what the script would print."""

from __future__ import annotations

import base64
import json
import os
import re

BOOTSTRAP = '&([ScriptBlock]::Create(($input | Out-String)))'
# The code page is set first by the shell plugins of older releases.
CODE_PAGE = re.compile(r'chcp\.com 65001 (?:>nul 2>&1 &&|> \$null ;) ')
_ENCODED = re.compile(r'PowerShell(?: -\w+(?: Unrestricted)?)* -EncodedCommand ([A-Za-z0-9+/=]+)\Z')


def run(way: str, line: str, stdin: bytes) -> tuple[int, bytes]:
    """The exit code and what is printed.

    :param way: the name of the host, for the notes.
    :param line: a command line, or over psrp the script.
    """
    command, layers = CODE_PAGE.sub('', line), 0
    while found := _ENCODED.match(command):
        command, layers = base64.b64decode(found[1]).decode('utf-16-le'), layers + 1
    module = _module(stdin.decode('utf-8', 'replace'))
    kind = 'question' if command == BOOTSTRAP else 'module' if module else 'other'
    with open(os.environ['IMDS_TEST_WINDOWS_NOTES'], 'a') as notes:
        note = {'way': way, 'kind': kind, 'line': line, 'layers': layers, 'stdin': stdin.decode('ascii', 'replace')}
        notes.write(json.dumps(note) + '\n')
    return 0, _answered(stdin.decode('ascii')) if kind == 'question' else module


def _answered(script: str) -> bytes:
    mark = re.match(r"\$mark = '(imds-[0-9a-f]{16})'", script)
    assert mark, script[:100]
    with open(os.environ['IMDS_TEST_WINDOWS_DOCUMENT'], 'rb') as document:
        body = base64.b64encode(document.read()).decode()
    said = ['start', 'tag azure', 'status 200', 'header Content-Type: application/json; charset=utf-8', f'body {body}', 'end']
    return ''.join(f'{mark[1]} {line}\r\n' for line in said).encode()


def _module(payload: str) -> bytes:
    """What the module for Windows prints, with its reason as that arrived; nothing where the payload is another one."""
    texts = (base64.b64decode(found).decode('utf-8', 'replace') for found in re.findall(r'"((?:[A-Za-z0-9+/]{4}){20,}[A-Za-z0-9+/=]*)"', payload))
    module = next((text for text in texts if '$reason = ' in text), None)
    if module is None:
        return b''
    return json.dumps({'changed': False, 'skipped': True, 'msg': ''.join(re.findall(r'"([^"\n]+)"', module))}).encode()
