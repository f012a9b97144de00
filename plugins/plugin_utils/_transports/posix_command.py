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

from ansible_collections.imds.azure.plugins.module_utils._service.errors import ImdsError, excerpt
from ansible_collections.imds.azure.plugins.module_utils._service.http_transport import BODY_LIMIT, Answer, BrokenAnswer, CutOffAnswer, NoAnswer, TimedOut
from ansible_collections.imds.azure.plugins.module_utils._service.platform import AZURE_CHASSIS_TAG, LINUX_CHASSIS_TAG
from ansible_collections.imds.azure.plugins.plugin_utils._transports.host_command import CutOff, HostCommand, whole

# What python3 does where curl and wget do not serve: the answer in the form in which curl prints it. Started with -I, so that no folder of the host is
# searched for what it imports.
_PYTHON = (
    'import http.client,os,sys;'
    'sys.excepthook=lambda t,e,b:(print(chr(10)+sys.argv[3],"raised",t.__name__,flush=True),os._exit(9));'
    'u=sys.argv[1].split("/",3);'
    'c=http.client.HTTPConnection(u[2],timeout=float(sys.argv[2]));'
    'b=sys.argv[4].encode();'
    'c.request("POST" if b else "GET","/"+u[3],b or None,dict(h.split(": ",1) for h in sys.argv[6::2]));'
    'r=c.getresponse();'
    'e=chr(13)+chr(10);'
    'h="HTTP/1.1 %d x"%r.status+e+"".join(k+": "+v+e for k,v in r.getheaders())+e;'
    'sys.stdout.buffer.write(h.encode("latin-1")+r.read(LIMIT))'
).replace('LIMIT', str(BODY_LIMIT + 1))

# One line without single quotes and backslashes, so that sh, ash, dash, bash, zsh and fish as a login shell, and csh too, hand it on unchanged.
# Without a home, no tool finds settings or passwords of the user.
# Arguments: URL, seconds, mark, whether to look at the chassis tag (auto, always or never), the program for python3, the body of a POST or nothing, then
# --header and its value. Each tool that is there is tried until one works; n says whether to go on to the next, e what it wrote about an error.
_SCRIPT = ' '.join(
    [
        'set -f; u=$1; s=$2; m=$3; d=$4; p=$5; b=$6; shift 6;',
        'echo; echo "$m start";',
        f't=$(cat {LINUX_CHASSIS_TAG} 2>/dev/null || kenv -q smbios.chassis.tag 2>/dev/null); k=$?;',
        f'if [ "$t" = {AZURE_CHASSIS_TAG} ]; then k=azure; elif [ "$k" = 0 ]; then k=other; else k=unknown; fi; echo "$m tag $k";',
        'case $d/$k in auto/other|always/other|always/unknown) echo "$m skipped"; exit 0;; esac;',
        'unset http_proxy HTTP_PROXY all_proxy ALL_PROXY; no_proxy="*"; NO_PROXY="*"; HOME=/nonexistent; export no_proxy NO_PROXY HOME;',
        # Only one may end a request that takes too long, for each says so in its own way. BusyBox of Debian 12 crashes over its own time-out.
        'w=; l="-T $s"; if command -v timeout >/dev/null 2>&1; then w="timeout $s"; l=; fi;',
        '{ exec 3>&1; for t in curl wget python3 busybox; do e=;',
        'case $t in',
        'curl) command -v curl >/dev/null 2>&1 || continue; echo "$m curl";',
        'e=$(curl -q -s -S -i --noproxy "*" --max-time "$s" ${b:+--data-binary} ${b:+"$b"} "$@" "$u" 2>&1 >&3); x=$?;',
        # One that works says so where it fails.
        'case $x/$e in 0/*|*/"curl: ("*) n=;; *) n=1;; esac;;',
        'wget) wget --help 2>&1 | grep -q content-on-error || continue; echo "$m wget";',
        '$w wget -q -S -O - --no-proxy --tries=1 $l --max-redirect=0 --content-on-error ${b:+"--post-data=$b"} "$@" "$u" 2>&1; x=$?;',
        'case $x in 2|126|127|13?) n=1;; *) n=;; esac;;',
        'python3) command -v python3 >/dev/null 2>&1 || continue; echo "$m python3";',
        'e=$($w python3 -I -c "$p" "$u" "$s" "$m" "$b" "$@" 2>&1 >&3); x=$?;',
        'case $x in 1|126|127) n=1;; *) n=;; esac;;',
        'busybox) if wget --help 2>&1 | grep -q content-on-error; then continue; fi; command -v wget >/dev/null 2>&1 || continue; echo "$m wget";',
        '$w wget -q -S -O - $l ${b:+--post-data} ${b:+"$b"} "$@" "$u" 2>&1; x=$?;',
        'case $x in 126|127|13?) n=1;; *) n=;; esac;;',
        'esac;',
        'echo; echo "$m end $x";',
        'if [ "$n" ]; then echo "$m said $(echo $e | head -c 200)"; else break; fi;',
        'done; echo; echo "$m done";',
        f'}} | head -c {2 * BODY_LIMIT}',
    ]
)

# How many it may try.
_TOOLS = 4

# Exit codes of curl (its manual page), but for those that mean that no answer came.
_CURL_BROKEN = {1: 'the answer is not HTTP', 8: 'the answer is not HTTP', 18: 'the answer is incomplete', 63: 'the answer is larger than 1 MiB'}
_CURL_CUT_OFF = 18
_PYTHON_BROKEN = dict.fromkeys(('BadStatusLine', 'LineTooLong', 'HTTPException', 'ValueError'), 'the answer is not HTTP')
_TIMED_OUT = (('curl', 28), ('wget', 124), ('python3', 124))
_STATUS = re.compile(rb'HTTP/\d(?:\.\d)? (\d{3})\b')
_REASONS = {
    ('curl', 6): 'cannot resolve the name of the endpoint',
    ('curl', 7): 'the connection is refused or there is no route',
    ('curl', 52): 'the connection was closed without an answer',
    ('curl', 56): 'the connection was reset',
    ('wget', 4): 'the connection is refused, was reset or timed out',
}


class NoToolError(ImdsError):
    """The host has nothing that works to send a request with."""

    remedy = 'Install or repair curl, wget or python3 on the host.'


def posix_command(url: str, headers: dict[str, str], timeout: float, mark: str, detect: str, body: bytes = b'') -> HostCommand:
    """The command for any POSIX host.

    :param timeout: seconds; tools get whole ones, rounded up.
    :param mark: a word that occurs nowhere else; it tells what the tool printed from what a banner or a profile did.
    :param detect: as the option; C(auto) is to be given where the endpoint is the default one, else C(never).
    :param body: of a POST; a GET is sent where there is none.
    """
    arguments = [url, str(math.ceil(timeout)), mark, detect, _PYTHON, body.decode('ascii')]
    for name, value in headers.items():
        arguments += ['--header', f'{name}: {value}']
    return HostCommand(' '.join(['/bin/sh', '-c', *(shlex.quote(word) for word in [_SCRIPT, 'imds', *arguments])]))


def parse_posix(output: bytes, mark: str) -> Answer | None:
    """The answer in what the command printed (without what terminals made of it); None where the host decided that nothing is to be sent.

    :raises NoAnswer, BrokenAnswer, NoToolError:
    """
    word = re.escape(mark.encode())
    if re.search(rb'^' + word + rb' skipped$', output, re.MULTILINE):
        return None
    tried = [*re.finditer(rb'^' + word + rb' (curl|wget|python3)\n', output, re.MULTILINE)]
    if not tried:
        if re.search(rb'^' + word + rb' done$', output, re.MULTILINE):
            raise NoToolError('the host has no curl, wget or python3')
        raise CutOff('the output of the command on the host is incomplete')
    if len(tried) > _TOOLS:
        raise BrokenAnswer('the command on the host printed unexpected output')
    end = re.compile(rb'\n' + word + rb' end (\d+)\n(?:' + word + rb' said (.*)\n)?')
    failures = []
    for begun in tried:
        ended = end.search(output, begun.end())
        if not ended:
            raise (
                BrokenAnswer('the answer is larger than 1 MiB') if len(output) >= BODY_LIMIT else CutOff('the output of the command on the host is incomplete')
            )
        tool, printed, code = begun[1].decode(), output[begun.end() : ended.start()], int(ended[1])
        if ended[2] is None:
            return _answer(printed, tool, code)
        said = excerpt(ended[2].strip() or _complaint(printed))
        failures.append(f'{tool} failed with exit code {code}' + (f' ({said})' if said else ''))
    raise NoToolError(f'none of these programs works on the host: {", ".join(failures)}')


def _complaint(printed: bytes) -> bytes:
    """What a tool says before any answer: what stands in an answer may be a secret."""
    return _STATUS.split(printed, maxsplit=1)[0].strip()


def _answer(printed: bytes, tool: str, code: int) -> Answer:
    if tool == 'curl' and code in _CURL_BROKEN:
        raise (CutOffAnswer if code == _CURL_CUT_OFF else BrokenAnswer)(_CURL_BROKEN[code])
    # wget says with a code of its own that the status is not 200.
    if code and (tool != 'wget' or code not in (1, 6, 8)):
        raised = re.search(rb'^\S+ raised (\w+)$', printed, re.MULTILINE)
        if tool == 'python3' and raised:
            name = raised[1].decode()
            if name in ('timeout', 'TimeoutError'):
                raise TimedOut('no answer before the timeout')
            if name == 'IncompleteRead':
                raise CutOffAnswer('the answer is incomplete')
            raise BrokenAnswer(_PYTHON_BROKEN[name]) if name in _PYTHON_BROKEN else NoAnswer(f'the request failed with {name}')
        if (tool, code) in _TIMED_OUT:
            raise TimedOut('no answer before the timeout')
        raise NoAnswer(_REASONS.get((tool, code), f'{tool} on the host failed with exit code {code}'))
    status, headers, body = _wget_parts(printed, code) if tool == 'wget' else _http_parts(printed)
    answer = Answer(status, headers, body)
    # BusyBox keeps the body to itself where the status is an error.
    return answer if tool == 'wget' and not body else whole(answer)


def _http_parts(printed: bytes) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body as curl -i prints them; interim answers (1xx) stand before the one that counts."""
    begin = 0
    while True:
        end = printed.find(b'\r\n\r\n', begin)
        match = _STATUS.match(printed, begin)
        if not match:
            raise BrokenAnswer('the answer is not HTTP')
        if not match[1].startswith(b'1'):
            head = printed[begin:] if end < 0 else printed[begin:end]
            return int(match[1]), _headers(head.split(b'\r\n')[1:]), b'' if end < 0 else printed[end + 4 :]
        begin = len(printed) if end < 0 else end + 4


def _wget_parts(printed: bytes, code: int) -> tuple[int, dict[str, str], bytes]:
    """As wget -S prints them: two spaces before each line of the head. BusyBox prints the empty line after it too."""
    match = re.match(rb'\s*HTTP/\d(?:\.\d)? (\d{3})[^\n]*\n((?:  [!-9;-~]+:[^\n]*\n)*)(?:  \r?\n)?', printed)
    if not match:
        # BusyBox keeps the answer to itself where the status is an error.
        error = re.search(rb'server returned error: HTTP/\d(?:\.\d)? (\d{3})', printed)
        if error:
            return int(error[1]), {}, b''
        if code == 0:
            raise BrokenAnswer('the answer is not HTTP')
        raise NoAnswer(excerpt(_complaint(printed)) or 'wget on the host got no answer')
    return int(match[1]), _headers(match[2].split(b'\n')), printed[match.end() :]


def _headers(lines: t.Iterable[bytes]) -> dict[str, str]:
    pairs = (line.decode('latin-1').strip().partition(':') for line in lines)
    return {name.lower(): value.strip() for name, colon, value in pairs if colon}
