# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a diagnosis needs to know of a Windows host, as one PowerShell command, and what it printed as module_utils/_diagnosis has it. Nothing is run here.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import struct
import typing as t
import uuid

from ansible_collections.imds.azure.plugins.plugin_utils._diagnosis.marked_lines import MarkedLines
from ansible_collections.imds.azure.plugins.plugin_utils._transports.host_command import HostCommand
from ansible_collections.imds.azure.plugins.plugin_utils._transports.powershell_command import command_of
from ansible_collections.imds.azure.plugins.plugin_utils._transports.powershell_script import beginning, filled, quoted

# Tables and settings are read as bytes here, where that can be tested. Whatever cannot be read says nothing.
# A datagram socket that is connected learns the way and sends nothing; the second address is one for documentation (RFC 5737), which has no route of its own.
# Types of profile: 1 domain, 2 private, 4 public. Of a rule, direction 2 is out and action 0 blocks; so is 0 of a profile.
_LOOK = r"""
function Route([string]$name, [System.Net.IPAddress]$address) {
    $socket = New-Object -TypeName System.Net.Sockets.Socket -ArgumentList $address.AddressFamily, 'Dgram', 'Udp'
    try {
        $socket.Connect($address, 80)
        Say "$name $($socket.LocalEndPoint.Address)"
    } catch {
        Say "no_$name $($_.Exception.GetBaseException().Message)"
    } finally {
        $socket.Close()
    }
}

function Bytes([string]$name, [string]$key, [string]$value) {
    try {
        $bytes = [byte[]](Get-ItemProperty -LiteralPath $key -Name $value).$value
        Say "$name $([System.Convert]::ToBase64String($bytes))"
    } catch {
        Say "no_$name"
    }
}

Say "time $([int64]([System.DateTime]::UtcNow - [System.DateTime]'1970-01-01').TotalSeconds)"
foreach ($name in 'http_proxy', 'all_proxy') {
    if ([System.Environment]::GetEnvironmentVariable($name)) { Say "environment $name" }
}
Say "no_proxy $([System.Environment]::GetEnvironmentVariable('no_proxy'))"
Bytes 'smbios' 'HKLM:\SYSTEM\CurrentControlSet\Services\mssmbios\Data' 'SMBiosData'
Bytes 'winhttp' 'HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings\Connections' 'WinHttpSettings'
try {
    $user = Get-ItemProperty -LiteralPath 'HKCU:\SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings'
    if ($user.ProxyEnable -eq 1 -and $user.ProxyServer) { Say "user_proxy $($user.ProxyOverride)" }
} catch {
    Say 'no_user_proxy'
}
foreach ($service in @(Get-Service -Name 'GuestProxyAgent' -ErrorAction SilentlyContinue)) { Say "agent $($service.Status)" }
$log = "$env:SystemDrive\WindowsAzure\ProxyAgent\Logs\ProxyAgent.Connection.log"
if (Test-Path -LiteralPath $log) { Say "log $log" }
try {
    $policy = New-Object -ComObject HNetCfg.FwPolicy2
    $active = @(1, 2, 4 | Where-Object { ($policy.CurrentProfileTypes -band $_) -and $policy.FirewallEnabled($_) })
    foreach ($type in $active) { if ($policy.DefaultOutboundAction($type) -eq 0) { Say 'blocks' } }
    foreach ($rule in $policy.Rules) {
        if (-not $rule.Enabled -or $rule.Direction -ne 2 -or $rule.Action -ne 0 -or $rule.ApplicationName -or $rule.ServiceName) { continue }
        if (@($active | Where-Object { $rule.Profiles -band $_ }).Count -eq 0) { continue }
        Say "rule $($rule.Protocol);$($rule.RemotePorts);$($rule.RemoteAddresses);$($rule.Name)"
    }
    Say 'firewall'
} catch {
    Say 'no_firewall'
}
try {
    $address = @([System.Net.Dns]::GetHostAddresses(@HOST@))[0]
    Route 'source' $address
    Route 'default_source' '192.0.2.1'
    foreach ($card in [System.Net.NetworkInformation.NetworkInterface]::GetAllNetworkInterfaces()) {
        foreach ($own in $card.GetIPProperties().UnicastAddresses) { Say "card $($own.Address) $($card.GetPhysicalAddress()) $($card.Name)" }
    }
} catch {
    Say "no_source $($_.Exception.GetBaseException().Message)"
}
Say 'done'
"""
_PROXY = 2
_TCP, _ANY_PROTOCOL = 6, 256


def windows_look(host: str, mark: str, detect: str) -> HostCommand:
    """The command; arguments as for posix_look."""
    return command_of(beginning(mark, detect) + filled(_LOOK, {'HOST': quoted(host)}))


def parse_windows_look(lines: MarkedLines, host: str) -> dict[str, t.Any]:
    """What observe_host gives, but for the tag. Where nothing is to be sent, hardly anything was looked at.

    :param host: of the endpoint, as given to windows_look.
    """
    environment = dict.fromkeys(lines.all('environment'), 'set')
    proxies = [('WinHTTP', exceptions) for exceptions in [winhttp_exceptions(_bytes(lines.first('winhttp')))] if exceptions is not None]
    proxies += [('the Internet settings of this user', exceptions) for exceptions in lines.all('user_proxy')]
    return {
        'environment': {**environment, 'no_proxy': lines.first('no_proxy')},
        'agent': {'installed': lines.has('agent'), 'running': 'Running' in lines.all('agent'), 'log': lines.first('log') or None},
        'product_uuid': smbios_uuid(_bytes(lines.first('smbios'))),
        'windows': {'proxies': proxies, 'firewall': _firewall(lines, host)},
        'route': _route(lines),
    }


def smbios_uuid(table: bytes) -> str | None:
    """The UUID of the machine in a table of the SMBIOS (DMTF DSP0134) as the registry keeps it, or None.

    It begins after 8 bytes. In it a structure is its type, its length, its fields, and strings that end with a zero each and with another one together. Type 1
    is the system, whose UUID is the 16 bytes from the ninth on, the first three fields of it little-endian.
    """
    at = 8
    while at + 4 <= len(table) and table[at + 1] >= 4:
        kind, length = table[at], table[at + 1]
        if kind == 1 and length >= 24 and at + 24 <= len(table):
            return str(uuid.UUID(bytes_le=table[at + 8 : at + 24]))
        end = table.find(b'\0\0', at + length)
        if end < 0:
            return None
        at = end + 2
    return None


def winhttp_exceptions(settings: bytes) -> str | None:
    """The list of exceptions in the settings of WinHTTP, None where they name no proxy.

    The settings are a version, a counter, flags, and then the proxy and the exceptions, each after its length. All numbers have 4 bytes, little-endian.
    """
    try:
        flags, length = struct.unpack_from('<II', settings, 8)
        if not flags & _PROXY or not length:
            return None
        (size,) = struct.unpack_from('<I', settings, 16 + length)
    except struct.error:
        return None
    return settings[20 + length : 20 + length + size].decode('ascii', 'replace')


def _bytes(encoded: str) -> bytes:
    try:
        return base64.b64decode(encoded, validate=True)
    except (ValueError, binascii.Error):
        return b''


def _firewall(lines: MarkedLines, host: str) -> dict[str, t.Any] | None:
    if not lines.has('firewall'):
        return None
    rules = [rule.split(';', 3) for rule in lines.all('rule') if rule.count(';') >= 3]
    return {'blocks': lines.has('blocks'), 'rules': [name for protocol, ports, addresses, name in rules if _applies(protocol, ports, addresses, host)]}


def _applies(protocol: str, ports: str, addresses: str, host: str) -> bool:
    """Whether a rule of the firewall is about requests to a host. Lists have commas; C(*) or nothing stands for all."""
    if protocol not in (str(_TCP), str(_ANY_PROTOCOL)) or not (ports in ('', '*') or '80' in ports.split(',')):
        return False
    return addresses in ('', '*') or any(_holds(entry.strip(), host) for entry in addresses.split(','))


def _holds(entry: str, host: str) -> bool:
    """Whether an address, a network or a range (FIRST-LAST) has a host."""
    try:
        address = ipaddress.ip_address(host)
        first, dash, last = entry.partition('-')
        if dash:
            return int(ipaddress.ip_address(first)) <= int(address) <= int(ipaddress.ip_address(last))
        return address in ipaddress.ip_network(entry, strict=False)
    except ValueError:
        return False


def _route(lines: MarkedLines) -> dict[str, t.Any]:
    """What observe_route gives."""
    if not lines.has('source'):
        error = lines.first('no_source') if lines.has('no_source') else None
        return {'source': None, 'error': error, 'interface': None, 'default_interface': None, 'mac': None}
    cards = {address: (mac, name) for address, mac, name in (card.split(' ', 2) for card in lines.all('card') if card.count(' ') >= 2)}
    source = lines.first('source')
    mac, interface = cards.get(source, ('', None))
    pairs = [mac[at : at + 2] for at in range(0, len(mac), 2)]
    return {
        'source': source,
        'error': None,
        'interface': interface,
        'default_interface': cards.get(lines.first('default_source'), ('', None))[1],
        'mac': ':'.join(pairs).lower() or None,
    }
