# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One request as a POSIX shell command, and the answer out of what the command prints. Text in, text out: nothing is run here.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import math
import re
import shlex
import typing as t

from ansible_collections.imds.azure.plugins.module_utils._service.errors import ImdsError
from ansible_collections.imds.azure.plugins.module_utils._service.http_transport import BODY_LIMIT, Answer, BrokenAnswer, NoAnswer
from ansible_collections.imds.azure.plugins.module_utils._service.platform import AZURE_CHASSIS_TAG, LINUX_CHASSIS_TAG

# What python3 does where neither curl nor wget is: the answer in the form in which curl prints it.
_PYTHON = (
    'import http.client,sys;'
    'sys.excepthook=lambda t,e,b:print(chr(10)+sys.argv[3],"raised",t.__name__);'
    'u=sys.argv[1].split("/",3);'
    'c=http.client.HTTPConnection(u[2],timeout=float(sys.argv[2]));'
    'c.request("GET","/"+u[3],headers=dict(h.split(": ",1) for h in sys.argv[5::2]));'
    'r=c.getresponse();'
    'e=chr(13)+chr(10);'
    'h="HTTP/1.1 %d x"%r.status+e+"".join(k+": "+v+e for k,v in r.getheaders())+e;'
    'sys.stdout.buffer.write(h.encode("latin-1")+r.read(LIMIT))'
).replace('LIMIT', str(BODY_LIMIT + 1))

# One line without single quotes and backslashes, so that sh, ash, dash, bash, zsh and fish as a login shell, and csh too, hand it on unchanged.
# Without a home, no tool finds settings or passwords of the user.
# Arguments: URL, seconds, mark, whether to look at the chassis tag (auto, always or never), the program for python3, then --header and its value.
_SCRIPT = ' '.join(
    [
        'u=$1; s=$2; m=$3; d=$4; p=$5; shift 5; x=0;',
        'echo; echo "$m start";',
        f't=$(cat {LINUX_CHASSIS_TAG} 2>/dev/null || kenv -q smbios.chassis.tag 2>/dev/null); k=$?;',
        f'if [ "$t" = {AZURE_CHASSIS_TAG} ]; then k=azure; elif [ "$k" = 0 ]; then k=other; else k=unknown; fi; echo "$m tag $k";',
        'case $d/$k in auto/other|always/other|always/unknown) exit 0;; esac;',
        'unset http_proxy HTTP_PROXY all_proxy ALL_PROXY; no_proxy="*"; NO_PROXY="*"; HOME=/nonexistent; export no_proxy NO_PROXY HOME;',
        # BusyBox of Debian 12 crashes over its own time-out.
        'w=; l="-T $s"; if command -v timeout >/dev/null 2>&1; then w="timeout $s"; l=; fi;',
        '{',
        'if command -v curl >/dev/null 2>&1; then echo "$m curl"; curl -q -s -i --noproxy "*" --max-time "$s" "$@" "$u" 2>/dev/null; x=$?;',
        'elif wget --help 2>&1 | grep -q content-on-error; then echo "$m wget";',
        '$w wget -q -S -O - --no-proxy --tries=1 --timeout="$s" --max-redirect=0 --content-on-error "$@" "$u" 2>&1; x=$?;',
        'elif command -v python3 >/dev/null 2>&1; then echo "$m python3"; $w python3 -c "$p" "$u" "$s" "$m" "$@" 2>/dev/null; x=$?;',
        'elif command -v wget >/dev/null 2>&1; then echo "$m wget"; $w wget -q -S -O - $l "$@" "$u" 2>&1; x=$?;',
        'else echo "$m nothing"; fi;',
        'echo; echo "$m end $x";',
        f'}} | head -c {2 * BODY_LIMIT}',
    ]
)

# Exit codes of curl (its manual page), but for those that mean that no answer came.
_CURL_BROKEN = {1: 'this is no HTTP answer', 8: 'this is no HTTP answer', 18: 'the answer is cut off', 63: 'the answer is larger than 1 MiB'}
_PYTHON_BROKEN = dict.fromkeys(('BadStatusLine', 'LineTooLong', 'HTTPException', 'ValueError'), 'this is no HTTP answer')
_PYTHON_BROKEN['IncompleteRead'] = 'the answer is cut off'
_REASONS = {
    ('curl', 6): 'the name of the endpoint does not resolve',
    ('curl', 7): 'the connection is refused or there is no route',
    ('curl', 28): 'there was no answer in time',
    ('curl', 52): 'the connection was closed without an answer',
    ('curl', 56): 'the connection was reset',
    ('wget', 4): 'the connection is refused, was reset or timed out',
    ('wget', 124): 'there was no answer in time',
    ('python3', 124): 'there was no answer in time',
}


class NoToolError(ImdsError):
    """The host has nothing to send a request with."""

    remedy = 'Install curl, wget or python3 there, whichever you like.'


def posix_command(url: str, headers: dict[str, str], timeout: float, mark: str, detect: str) -> str:
    """The command for any POSIX host.

    :param timeout: seconds; tools get whole ones, rounded up.
    :param mark: a word that occurs nowhere else; it tells what the tool printed from what a banner or a profile did.
    :param detect: as the option; C(auto) is to be given where the endpoint is the default one, else C(never).
    """
    arguments = [url, str(math.ceil(timeout)), mark, detect, _PYTHON]
    for name, value in headers.items():
        arguments += ['--header', f'{name}: {value}']
    return ' '.join(['/bin/sh', '-c', *(shlex.quote(word) for word in [_SCRIPT, 'imds', *arguments])])


def parse_posix(output: bytes, mark: str) -> Answer | None:
    """The answer in what the command printed; None where nothing was sent.

    :raises NoAnswer, BrokenAnswer, NoToolError:
    """
    word = mark.encode()
    begun = re.search(rb'^' + word + rb' (curl|wget|python3|nothing)\r?\n', output, re.MULTILINE)
    if not begun:
        return None
    tool = begun[1].decode()
    if tool == 'nothing':
        raise NoToolError('the host has neither curl nor wget nor python3')
    ended = re.search(rb'\r?\n' + word + rb' end (\d+)\r?\n', output[begun.end() :])
    if not ended:
        raise BrokenAnswer('the answer is larger than 1 MiB') if len(output) >= BODY_LIMIT else NoAnswer('the command on the host was cut off')
    return _answer(output[begun.end() : begun.end() + ended.start()], tool, int(ended[1]))


def _answer(printed: bytes, tool: str, code: int) -> Answer:
    if tool == 'curl' and code in _CURL_BROKEN:
        raise BrokenAnswer(_CURL_BROKEN[code])
    # wget says with a code of its own that the status is not 200.
    if code and (tool != 'wget' or code not in (1, 6, 8)):
        raised = re.search(rb'^\S+ raised (\w+)\r?$', printed, re.MULTILINE)
        if tool == 'python3' and raised:
            name = raised[1].decode()
            raise BrokenAnswer(_PYTHON_BROKEN[name]) if name in _PYTHON_BROKEN else NoAnswer(f'the request ended with {name}')
        raise NoAnswer(_REASONS.get((tool, code), f'{tool} on the host ended with code {code}'))
    status, headers, body = _wget_parts(printed, code) if tool == 'wget' else _http_parts(printed)
    announced = headers.get('content-length', '')
    if len(body) > BODY_LIMIT:
        raise BrokenAnswer('the answer is larger than 1 MiB')
    length = int(announced) if re.match(r'[0-9]{1,1000}\Z', announced) and status not in (204, 304) else 0
    if len(body) < length and not (tool == 'wget' and not body):
        raise BrokenAnswer('the answer is cut off')
    return Answer(status, headers, body)


def _http_parts(printed: bytes) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body as curl -i prints them; interim answers (1xx) stand before the one that counts."""
    while True:
        head, _blank, body = printed.partition(b'\r\n\r\n')
        lines = head.split(b'\r\n')
        match = re.match(rb'HTTP/\d(?:\.\d)? (\d{3})\b', lines[0])
        if not match:
            raise BrokenAnswer('this is no HTTP answer')
        if not match[1].startswith(b'1'):
            return int(match[1]), _headers(lines[1:]), body
        printed = body


def _wget_parts(printed: bytes, code: int) -> tuple[int, dict[str, str], bytes]:
    """As wget -S prints them: two spaces before each line of the head. BusyBox prints the empty line after it too."""
    match = re.match(rb'\s*HTTP/\d(?:\.\d)? (\d{3})[^\n]*\n((?:  [!-9;-~]+:[^\n]*\n)*)(?:  \r?\n)?', printed)
    if not match:
        # BusyBox keeps the answer to itself where the status is an error.
        error = re.search(rb'server returned error: HTTP/\d(?:\.\d)? (\d{3})', printed)
        if error:
            return int(error[1]), {}, b''
        if code == 0:
            raise BrokenAnswer('this is no HTTP answer')
        raise NoAnswer(printed.decode('utf-8', 'replace').strip()[:200] or 'wget on the host got no answer')
    return int(match[1]), _headers(match[2].split(b'\n')), printed[match.end() :]


def _headers(lines: t.Iterable[bytes]) -> dict[str, str]:
    pairs = (line.decode('latin-1').strip().partition(':') for line in lines)
    return {name.lower(): value.strip() for name, colon, value in pairs if colon}
