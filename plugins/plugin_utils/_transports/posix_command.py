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
from ansible_collections.imds.azure.plugins.module_utils._service.http_transport import (
    BODY_LIMIT,
    Answer,
    BrokenAnswer,
    CutOffAnswer,
    NoAnswer,
    TimedOut,
    read_headers,
)
from ansible_collections.imds.azure.plugins.module_utils._service.platform import AZURE_CHASSIS_TAG, LINUX_CHASSIS_TAG
from ansible_collections.imds.azure.plugins.plugin_utils._transports.host_command import CutOff, HostCommand, after_mark, whole

# What python3 does where curl and wget do not serve: the answer in the form in which curl prints it. Started with -I, so that no folder of the host is
# searched for what it imports.
_PYTHON = (
    'import http.client,os,sys;'
    'sys.excepthook=lambda t,e,b:(print(chr(10)+sys.argv[3],"raised",t.__name__,flush=True),os._exit(9));'
    'u=sys.argv[1].split("/",3);'
    'c=http.client.HTTPConnection(u[2],timeout=float(sys.argv[2]));'
    'b=sys.argv[4].encode();'
    # As StrictResponse: interim answers are skipped, and a line without a colon stands for each fault that http.client overlooks.
    'q=http.client.HTTPResponse;o=q._read_status;'
    'q._read_status=lambda r:next(a for a in iter(lambda:o(r),0)if not(100<a[1]<200 and[http.client.parse_headers(r.fp)]));'
    'c.request("POST" if b else "GET","/"+u[3],b or None,dict(h.split(": ",1) for h in sys.argv[6::2]));'
    'r=c.getresponse();'
    'e=chr(13)+chr(10);'
    'f=[type(d).__name__+e for d in r.msg.defects if"Header"in type(d).__name__]+["From"+e]*bool(r.msg.get_unixfrom());'
    'h="HTTP/1.1 %d x"%r.status+e+"".join([k+": "+v+e for k,v in r.getheaders()]+f)+e;'
    'sys.stdout.buffer.write(h.encode("latin-1")+r.read(LIMIT))'
).replace('LIMIT', str(BODY_LIMIT + 1))

# What the SMBIOS chassis asset tag is, in t and k, and the end where it forbids to go on. Arguments: the mark is m, what C(detect) says is d.
LOOK_AT_TAG = (
    f't=$(cat {LINUX_CHASSIS_TAG} 2>/dev/null || kenv -q smbios.chassis.tag 2>/dev/null); k=$?; '
    f'if [ "$t" = {AZURE_CHASSIS_TAG} ]; then k=azure; elif [ "$k" = 0 ]; then k=other; else k=unknown; fi; echo "$m tag $k";'
)
SKIP = 'case $d/$k in auto/other|always/other|always/unknown) echo "$m skipped"; exit 0;; esac;'

# One line without single quotes and backslashes, so that sh, ash, dash, bash, zsh and fish as a login shell, and csh too, hand it on unchanged.
# Without a home, no tool finds settings or passwords of the user.
# Arguments: URL, seconds, mark, whether to look at the chassis tag (auto, always or never), the program for python3, the body of a POST or nothing, then
# --header and its value. Each tool that is there is tried until one works; n says whether to go on to the next, e what it wrote about an error.
_SCRIPT = ' '.join(
    [
        'set -f; u=$1; s=$2; m=$3; d=$4; p=$5; b=$6; shift 6;',
        'echo; echo "$m start";',
        LOOK_AT_TAG,
        SKIP,
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

# Long, and the same for all hosts.
_START, _QUOTED_PYTHON = f'/bin/sh -c {shlex.quote(_SCRIPT)} imds', shlex.quote(_PYTHON)

# How many it may try.
_TOOLS = 4

# Exit codes of curl (its manual page), but for those that mean that no answer came.
_NO_HTTP = 'the answer is not HTTP'
_CURL_BROKEN = {1: _NO_HTTP, 8: _NO_HTTP, 18: 'the answer is incomplete', 61: _NO_HTTP, 63: 'the answer is larger than 1 MiB'}
_CURL_CUT_OFF = 18
_PYTHON_BROKEN = dict.fromkeys(('BadStatusLine', 'HTTPException', 'LineTooLong', 'UnknownProtocol', 'ValueError'), _NO_HTTP)
_TIMED_OUT = (('curl', 28), ('wget', 124), ('python3', 124))
# What follows the mark.
_SKIPPED = re.compile(rb' skipped$', re.MULTILINE)
_TOOL = re.compile(rb' (curl|wget|python3)\n')
_DONE = re.compile(rb' done$', re.MULTILINE)
_END = re.compile(rb' end (\d+)\n')
_SAID = re.compile(rb' said (.*)\n')
_STATUS = re.compile(rb'HTTP/1(?:\.\d)? ([1-9]\d\d)\b')
_END_OF_HEAD = re.compile(rb'\r?\n\r?\n')
_FOLD = re.compile(rb'\r?\n[ \t]+')
_WGET_HEAD = re.compile(rb'\s*?  HTTP/1(?:\.\d)? ([1-9]\d\d)\b[^\n]*\n((?:  [!-9;-~]+:[^\n]*\n)*)(?:  \r?\n)?')
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
    arguments = [url, str(math.ceil(timeout)), mark, detect]
    sent = [body.decode('ascii')]
    for name, value in headers.items():
        sent += ['--header', f'{name}: {value}']
    return HostCommand(' '.join([_START, *map(shlex.quote, arguments), _QUOTED_PYTHON, *map(shlex.quote, sent)]))


def parse_posix(output: bytes, mark: str) -> Answer | None:
    """The answer in what the command printed (without what terminals made of it); None where the host decided that nothing is to be sent.

    :raises NoAnswer, BrokenAnswer, NoToolError:
    """
    word = mark.encode()
    if any(after_mark(_SKIPPED, output, word)):
        return None
    tried = [*after_mark(_TOOL, output, word)]
    if not tried:
        if any(after_mark(_DONE, output, word)):
            raise NoToolError('the host has no curl, wget or python3')
        raise CutOff('the output of the command on the host is incomplete')
    if len(tried) > _TOOLS:
        raise BrokenAnswer('the command on the host printed unexpected output')
    failures = []
    for begun in tried:
        # What is printed ends with an end of line of its own.
        ended = next(after_mark(_END, output, word, begun.end() + 1), None)
        if not ended:
            raise (
                BrokenAnswer('the answer is larger than 1 MiB') if len(output) >= BODY_LIMIT else CutOff('the output of the command on the host is incomplete')
            )
        tool, printed, code = begun[1].decode(), output[begun.end() : ended.start() - len(word) - 1], int(ended[1])
        complained = _SAID.match(output, ended.end() + len(word)) if output.startswith(word, ended.end()) else None
        if not complained:
            return _answer(printed, tool, code)
        said = excerpt(complained[1].strip() or _complaint(printed))
        failures.append(f'{tool} failed with exit code {code}' + (f' ({said})' if said else ''))
    raise NoToolError(f'none of these programs works on the host: {", ".join(failures)}')


def _complaint(printed: bytes) -> bytes:
    """What a tool says before any answer: what stands in an answer may be a secret."""
    return printed.split(b'HTTP/', 1)[0].strip()


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
    return _wget_answer(printed, code) if tool == 'wget' else whole(*_http_parts(printed))


def _http_parts(printed: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
    """Status, headers and body as curl -i prints them; interim answers (1xx) stand before the one that counts."""
    begin = 0
    while True:
        match = _STATUS.match(printed, begin)
        if not match:
            raise BrokenAnswer(_NO_HTTP)
        ended = _END_OF_HEAD.search(printed, begin)
        end, after = ended.span() if ended else (len(printed), len(printed))
        if not match[1].startswith(b'1'):
            return int(match[1]), _headers(_FOLD.sub(b' ', printed[match.end() : end]).split(b'\n')[1:]), printed[after:]
        begin = after


def _wget_answer(printed: bytes, code: int) -> Answer:
    """As wget -S prints it: two spaces before each line of the head. BusyBox prints the empty line after it too."""
    match = _WGET_HEAD.match(printed)
    while match and match[1].startswith(b'1'):
        match = _WGET_HEAD.match(printed, match.end())
    if not match:
        # BusyBox keeps the answer to itself where the status is an error.
        error = re.search(rb'server returned error: HTTP/1(?:\.\d)? ([2-9]\d\d)\b', printed)
        if error:
            return Answer(int(error[1]), {}, b'')
        if code == 0 or b'HTTP/' in printed:
            raise BrokenAnswer(_NO_HTTP)
        # The rest may be a body.
        said = b' '.join(re.findall(rb'^wget: .*', printed, re.MULTILINE))
        raise NoAnswer(excerpt(said) or 'wget on the host got no answer')
    status, body = int(match[1]), printed[match.end() :]
    # It says with a code of its own that the status is an error.
    if code and status < 300:
        raise BrokenAnswer(_NO_HTTP)
    pairs = _headers(line[2:] for line in match[2].split(b'\n')[:-1])
    # BusyBox keeps the body to itself where the status is an error.
    return whole(status, pairs, body) if body else Answer(status, read_headers(pairs), body)


def _headers(lines: t.Iterable[bytes]) -> list[tuple[str, str]]:
    """Names and values; a line without a colon has no name, as no header can be."""
    pairs = (line.decode('latin-1').removesuffix('\r').partition(':') for line in lines)
    return [(name if colon else '', value) for name, colon, value in pairs]
