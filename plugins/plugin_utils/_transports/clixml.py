# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What PowerShell writes to standard error when it is no console: XML around the words of its errors.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import html
import re

# More than any excerpt shows. What a host writes has no limit of its own.
LIMIT = 1 << 16
_MARK = re.compile(r'#< CLIXML(?:\r?\n)?')
_ERROR = re.compile(r'<S S="Error">([^<]*)')
_CODE_UNIT = re.compile('_x([0-9A-Fa-f]{4})_')


def without_clixml(stderr: bytes) -> bytes:
    """The errors in it as text, with whatever else is not CLIXML. Progress and the like are left out."""
    if b'#< CLIXML' not in stderr[:LIMIT]:
        return stderr
    before, *documents = _MARK.sub('', stderr[:LIMIT].decode('utf-8', 'replace')).split('<Objs ')
    words = [before]
    for document in documents:
        inside, _end, after = document.partition('</Objs>')
        words += [_text(error) for error in _ERROR.findall(inside)]
        words.append(after)
    return ''.join(words).strip().encode('utf-8', 'replace')


def _text(escaped: str) -> str:
    """PowerShell writes control characters, and each half of a character beyond the first 65,536, as C(_x000D_)."""
    text = _CODE_UNIT.sub(lambda unit: chr(int(unit[1], 16)), html.unescape(escaped))
    return text.encode('utf-16-le', 'surrogatepass').decode('utf-16-le', 'replace')
