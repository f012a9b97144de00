# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One request as a PowerShell command for Windows hosts, and the answer out of what the command prints. Text in, text out: nothing is run here.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import base64
import binascii
import math

from ansible_collections.imds.azure.plugins.module_utils._service.http_transport import BODY_LIMIT, Answer, BrokenAnswer, NoAnswer, TimedOut
from ansible_collections.imds.azure.plugins.module_utils._service.platform import AZURE_CHASSIS_TAG
from ansible_collections.imds.azure.plugins.plugin_utils._transports.host_command import CutOff, HostCommand

# .NET's own client, because Invoke-WebRequest of Windows PowerShell follows the proxy of the user and throws answers away whose status is an error.
_SCRIPT = """
$ErrorActionPreference = 'Stop'
$mark = {mark}
$tag = try {{ (Get-CimInstance -ClassName Win32_SystemEnclosure).SMBIOSAssetTag }} catch {{ $null }}
$chassis = if ($tag -eq {azure}) {{ 'azure' }} elseif ($null -ne $tag) {{ 'other' }} else {{ 'unknown' }}
"$mark start"
"$mark tag $chassis"
if (@('auto/other', 'always/other', 'always/unknown') -contains ({detect} + '/' + $chassis)) {{ "$mark skipped"; exit 0 }}
$request = [System.Net.HttpWebRequest]::Create({url})
$request.Proxy = $null
$request.AllowAutoRedirect = $false
$request.Timeout = {milliseconds}
$request.ReadWriteTimeout = {milliseconds}
{headers}
{body}
try {{ $response = $request.GetResponse() }} catch [System.Net.WebException] {{
    $response = $_.Exception.Response
    if ($null -eq $response) {{ "$mark nothing $($_.Exception.Status)"; exit 0 }}
}}
"$mark status $([int]$response.StatusCode)"
foreach ($name in $response.Headers.AllKeys) {{ "$mark header ${{name}}: $($response.Headers[$name])" }}
$stream = $response.GetResponseStream()
$body = New-Object System.IO.MemoryStream
$buffer = New-Object byte[] 65536
while ($body.Length -le {limit} -and ($count = $stream.Read($buffer, 0, $buffer.Length)) -gt 0) {{ $body.Write($buffer, 0, $count) }}
"$mark body $([System.Convert]::ToBase64String($body.ToArray()))"
"$mark end"
"""

# Names of System.Net.WebExceptionStatus that stand for an answer which is none.
_BROKEN = {'ServerProtocolViolation': 'this is no HTTP answer', 'MessageLengthLimitExceeded': 'the answer is larger than 1 MiB'}


def powershell_command(url: str, headers: dict[str, str], timeout: float, mark: str, detect: str, body: bytes = b'') -> HostCommand:
    """The command for a Windows host; arguments as for posix_command."""
    # This client has a property of its own for some headers.
    lines = [
        f'$request.ContentType = {_quoted(value)}' if name == 'Content-Type' else f'$request.Headers.Add({_quoted(name)}, {_quoted(value)})'
        for name, value in headers.items()
    ]
    script = _SCRIPT.format(
        mark=_quoted(mark),
        azure=_quoted(AZURE_CHASSIS_TAG),
        detect=_quoted(detect),
        url=_quoted(url),
        milliseconds=math.ceil(timeout * 1000),
        headers='\n'.join(lines),
        body=_posted(body),
        limit=BODY_LIMIT,
    )
    encoded = base64.b64encode(script.encode('utf-16-le')).decode()
    return HostCommand(f'powershell.exe -NoProfile -NonInteractive -ExecutionPolicy Unrestricted -EncodedCommand {encoded}')


def parse_powershell(output: bytes, mark: str) -> Answer | None:
    """The answer in what the command printed; None where nothing was sent.

    :raises NoAnswer, BrokenAnswer:
    """
    said: dict[str, list[str]] = {}
    for line in output.decode('utf-8', 'replace').splitlines():
        if line.startswith(f'{mark} '):
            kind, _space, rest = line[len(mark) + 1 :].partition(' ')
            said.setdefault(kind, []).append(rest)
    if 'nothing' in said:
        reason = said['nothing'][0]
        if reason == 'Timeout':
            raise TimedOut('there was no answer in time')
        raise BrokenAnswer(_BROKEN[reason]) if reason in _BROKEN else NoAnswer(f'the request ended with {reason}')
    if 'skipped' in said:
        return None
    if 'end' not in said or 'status' not in said:
        raise CutOff('the command on the host was cut off')
    try:
        status, body = int(said['status'][0]), base64.b64decode(said['body'][0], validate=True)
    except (KeyError, ValueError, binascii.Error):
        raise BrokenAnswer('the command on the host printed what it never prints') from None
    if len(body) > BODY_LIMIT:
        raise BrokenAnswer('the answer is larger than 1 MiB')
    pairs = (header.partition(':') for header in said.get('header', []))
    return Answer(status, {name.lower(): value.strip() for name, _colon, value in pairs}, body)


def _posted(body: bytes) -> str:
    if not body:
        return ''
    encoded = base64.b64encode(body).decode()
    return f"""$request.Method = 'POST'
$posted = [System.Convert]::FromBase64String('{encoded}')
$request.ContentLength = $posted.Length
$target = $request.GetRequestStream(); $target.Write($posted, 0, $posted.Length); $target.Close()"""


def _quoted(text: str) -> str:
    """A string as PowerShell reads it without looking into it; the typographic quotes count as quotes there too."""
    for quote in "'\u2018\u2019\u201a\u201b":
        text = text.replace(quote, quote * 2)
    return f"'{text}'"
