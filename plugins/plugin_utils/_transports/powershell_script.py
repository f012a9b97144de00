# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The script that a Windows host runs for one request. Plain ASCII, for PowerShell reads its standard input in a code page of the host.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import base64
import math
import re

from ansible_collections.imds.azure.plugins.module_utils._service.http_transport import BODY_LIMIT
from ansible_collections.imds.azure.plugins.module_utils._service.platform import AZURE_CHASSIS_TAG

# Up to the first "return" it keeps to what Constrained Language Mode allows. Values stand where words in @..@ are.
# Strings that are left standing would be wrapped at the width of a console, so they are written to it; over psrp there is none, and strings go as objects.
# The table of the SMBIOS (DMTF DSP0134) begins after 8 bytes in the registry, which any account may read, where CIM is for administrators only. In it a
# structure is its type, its length, its fields, and strings that end with a zero each and with another one together; type 3 is the chassis.
# .NET's own client, because Invoke-WebRequest of Windows PowerShell follows the proxy of the user and throws answers away whose status is an error. Each
# wait is for what is left of the time, since Timeout and ReadWriteTimeout begin anew with each read.
_BEGIN = r"""$mark = @MARK@
$mode = "$($ExecutionContext.SessionState.LanguageMode)"
if ($mode -ne 'FullLanguage') { "$mark start"; "$mark language $mode"; return }
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$WarningPreference = 'SilentlyContinue'
$VerbosePreference = 'SilentlyContinue'
$DebugPreference = 'SilentlyContinue'
$InformationPreference = 'SilentlyContinue'
$console = $Host.Name -eq 'ConsoleHost'

function Say([string]$text) {
    $line = "$mark " + ($text -replace '[^ -~]', '?')
    if ($console) { [System.Console]::Out.WriteLine($line) } else { $line }
}

function TagOfRegistry {
    $key = 'HKLM:\SYSTEM\CurrentControlSet\Services\mssmbios\Data'
    [byte[]]$table = (Get-ItemProperty -LiteralPath $key -Name SMBiosData).SMBiosData
    $at = 8
    while ($at + 9 -lt $table.Length -and $table[$at + 1] -ge 4) {
        $number = if ($table[$at] -eq 3 -and $table[$at + 1] -gt 8) { [int]$table[$at + 8] } else { -1 }
        $at += $table[$at + 1]
        $strings = @('')
        while (($end = [System.Array]::IndexOf($table, [byte]0, $at)) -gt $at) {
            $strings += [System.Text.Encoding]::ASCII.GetString($table, $at, $end - $at)
            $at = $end + 1
        }
        if ($number -ge 0) { return $strings[$number] }
        $at += if ($strings.Count -gt 1) { 1 } else { 2 }
    }
}

function TagOfCim {
    $enclosures = @(Get-CimInstance -ClassName Win32_SystemEnclosure -OperationTimeoutSec 5)
    $enclosures[0].SMBIOSAssetTag
}

Say 'start'
$tag = try { TagOfRegistry } catch { $null }
if ($null -eq $tag) { $tag = try { TagOfCim } catch { $null } }
$chassis = if ($null -eq $tag) { 'unknown' } elseif ($tag -eq @AZURE@) { 'azure' } else { 'other' }
Say "tag $chassis"
if (@('auto/other', 'always/other', 'always/unknown') -contains (@DETECT@ + "/$chassis")) { Say 'skipped'; return }
"""

_REQUEST = r"""
function Finished($task) {
    $left = [int][System.Math]::Max(0, @MILLISECONDS@ - $watch.ElapsedMilliseconds)
    if (-not $task.Wait($left)) { throw (New-Object System.TimeoutException) }
    $task.Result
}

function Causes($exception) {
    while ($null -ne $exception) {
        $codes = @($exception.Status, $exception.SocketErrorCode, $exception.HttpRequestError) -ne $null
        $exception.GetType().Name + ':' + ($codes -join '')
        $exception = $exception.InnerException
    }
}

$watch = [System.Diagnostics.Stopwatch]::StartNew()
try {
    $request = [System.Net.HttpWebRequest]::Create(@URL@)
    $request.Proxy = $null
    $request.AllowAutoRedirect = $false
    $request.KeepAlive = $false
    $request.Timeout = @MILLISECONDS@
@REQUEST@
    try { $response = Finished ($request.GetResponseAsync()) } catch {
        $response = $null
        for ($cause = $_.Exception; $null -ne $cause; $cause = $cause.InnerException) {
            if ($cause -is [System.Net.WebException] -and $null -ne $cause.Response) { $response = $cause.Response }
        }
        if ($null -eq $response) { throw }
    }
    Say "status $([int]$response.StatusCode)"
    foreach ($name in $response.Headers.AllKeys) { Say "header ${name}: $($response.Headers[$name])" }
    $stream = $response.GetResponseStream()
    $body = New-Object System.IO.MemoryStream
    $buffer = New-Object byte[] 65536
    while ($body.Length -le @LIMIT@ -and ($count = Finished ($stream.ReadAsync($buffer, 0, $buffer.Length))) -gt 0) {
        $body.Write($buffer, 0, $count)
    }
    if ($body.Length -gt @LIMIT@) { Say 'large' } else { Say "body $([System.Convert]::ToBase64String($body.ToArray()))" }
    Say 'end'
} catch {
    Say "nothing $((Causes $_.Exception) -join ' ')"
    Say "because $($_.Exception.GetBaseException().Message)"
} finally {
    if ($null -ne $request) { $request.Abort() }
}
"""

_POST = """    $request.Method = 'POST'
    $request.ServicePoint.Expect100Continue = $false
    $posted = [System.Convert]::FromBase64String(@BODY@)
    $request.ContentLength = $posted.Length
    $target = Finished ($request.GetRequestStreamAsync())
    [void](Finished ($target.WriteAsync($posted, 0, $posted.Length)))
    $target.Close()"""


def powershell_script(url: str, headers: dict[str, str], timeout: float, mark: str, detect: str, body: bytes = b'') -> str:
    """The finished text; arguments as for posix_command."""
    # This client has a property of its own for some headers.
    request = [
        f'    $request.ContentType = {quoted(value)}' if name == 'Content-Type' else f'    $request.Headers.Add({quoted(name)}, {quoted(value)})'
        for name, value in headers.items()
    ]
    if body:
        request.append(filled(_POST, {'BODY': quoted(base64.b64encode(body).decode())}))
    values = {'MILLISECONDS': str(math.ceil(timeout * 1000)), 'URL': quoted(url), 'REQUEST': '\n'.join(request), 'LIMIT': str(BODY_LIMIT)}
    return beginning(mark, detect) + filled(_REQUEST, values)


def beginning(mark: str, detect: str) -> str:
    """What every script begins with: C(Say) for what follows, and the chassis tag, with which it may end. Arguments as for posix_command."""
    return filled(_BEGIN, {'MARK': quoted(mark), 'AZURE': quoted(AZURE_CHASSIS_TAG), 'DETECT': quoted(detect)})


def filled(template: str, values: dict[str, str]) -> str:
    """In one pass, so that nothing within a value is taken for a place of another."""
    return re.sub(r'@([A-Z]+)@', lambda place: values[place[1]], template)


def quoted(text: str) -> str:
    """A string as PowerShell reads it without looking into it; what is not printable ASCII by its numbers."""
    if re.fullmatch('[ -~]*', text):
        return "'" + text.replace("'", "''") + "'"
    words = [quoted(part) if ' ' <= part[0] <= '~' else _numbers(part) for part in re.findall('[ -~]+|[^ -~]+', text)]
    return f"('' + {' + '.join(words)})"


def _numbers(text: str) -> str:
    units = text.encode('utf-16-be', 'surrogatepass')
    return ' + '.join(f'[char]0x{units[at]:02x}{units[at + 1]:02x}' for at in range(0, len(units), 2))
