# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a diagnosis needs to know of a POSIX host, as one shell command, and what it printed as module_utils/_diagnosis has it. Nothing is run here.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import re
import shlex
import typing as t

from ansible_collections.imds.azure.plugins.module_utils._diagnosis.host_checks import EXCEPTION_VARIABLES, PROXY_VARIABLES
from ansible_collections.imds.azure.plugins.module_utils._diagnosis.host_observation import AGENT, AGENT_FILES, AGENT_LOGS
from ansible_collections.imds.azure.plugins.module_utils._diagnosis.route_checks import DEFAULT_ROUTE, interface_in, interface_to
from ansible_collections.imds.azure.plugins.plugin_utils._diagnosis.marked_lines import MarkedLines
from ansible_collections.imds.azure.plugins.plugin_utils._transports.host_command import HostCommand
from ansible_collections.imds.azure.plugins.plugin_utils._transports.posix_command import LOOK_AT_TAG, SKIP

_LOGS = tuple(path % AGENT for path in AGENT_LOGS)
_FILES = tuple(path % AGENT for path in AGENT_FILES)
# As in posix_command: no single quotes and no backslashes. Arguments: the host of the endpoint, the mark, and what detect says.
# Values of proxy variables may hold passwords, so only whether there is one is said.
_SCRIPT = ' '.join(
    [
        'h=$1; m=$2; d=$3; PATH=$PATH:/usr/sbin:/sbin; w() { while read -r l; do echo "$m $1 $l"; done; };',
        'echo; echo "$m start";',
        LOOK_AT_TAG,
        SKIP,
        'echo "$m time $(date +%s)";',
        '{ cat /sys/class/dmi/id/product_uuid || kenv -q smbios.system.uuid; } 2>/dev/null | w uuid;',
        *(f'if [ "${name}" ]; then echo "$m environment {name}"; fi;' for name in PROXY_VARIABLES),
        *(f'echo "${name}" | w {name};' for name in EXCEPTION_VARIABLES),
        f'for f in {" ".join(dict.fromkeys((*_FILES, *_LOGS)))}; do if [ -e $f ]; then echo "$m file $f"; fi; done;',
        f'if cat /proc/[0-9]*/comm 2>/dev/null | grep -qx {AGENT[:15]}; then echo "$m running"; fi;',
        # Of a name, the first address.
        'case $h in *[g-zG-Z]*) h=$(getent hosts "$h" | head -n 1); h=${h%% *};; esac;',
        'if command -v ip >/dev/null 2>&1; then ip route get "$h" 2>&1 | w way;',
        'elif [ -e /sbin/route ]; then /sbin/route -n get "$h" 2>&1 | w bsd; /sbin/route -n get default 2>&1 | w bsd_default; fi;',
        'if [ -r /proc/net/route ]; then w table </proc/net/route; fi;',
        'for f in /sys/class/net/*/address; do n=${f%/address}; w mac_${n##*/} <$f; done 2>/dev/null;',
        'echo "$m done"',
    ]
)


def posix_look(host: str, mark: str, detect: str) -> HostCommand:
    """The command. It sends nothing, but for the resolution of a name.

    :param host: of the endpoint.
    :param mark: a word that occurs nowhere else.
    :param detect: as for posix_command.
    """
    return HostCommand(' '.join(['/bin/sh', '-c', *(shlex.quote(word) for word in [_SCRIPT, 'imds', host, mark, detect])]))


def parse_posix_look(lines: MarkedLines, host: str) -> dict[str, t.Any]:
    """What observe_host gives, but for the tag. Where nothing is to be sent, hardly anything was looked at.

    :param host: of the endpoint, as given to posix_look.
    """
    files = lines.all('file')
    environment = dict.fromkeys(lines.all('environment'), 'set')
    return {
        'environment': {**environment, **{name: ' '.join(lines.all(name)) for name in EXCEPTION_VARIABLES}},
        'agent': {
            'installed': any(file in _FILES for file in files),
            'running': lines.has('running'),
            'log': next((file for file in files if file in _LOGS), None),
        },
        'product_uuid': lines.first('uuid') or None,
        'windows': None,
        'route': _route(lines, host),
    }


def _route(lines: MarkedLines, host: str) -> dict[str, t.Any]:
    """What observe_route gives."""
    route: dict[str, t.Any] = {'source': None, 'error': None, 'interface': None, 'default_interface': None, 'mac': None}
    way, table = ' '.join(lines.all('way')), '\n'.join(lines.all('table'))
    # "RTNETLINK answers: Network is unreachable", "ip: RTNETLINK answers: No route to host"
    error = re.search(r'RTNETLINK answers: (.*)', way)
    if error:
        route['error'] = error[1].strip()
        return route
    # Every machine of Azure is little-endian, and so is every other one that Ansible is likely to meet.
    route['interface'] = _word_after('dev', way) or interface_to(table, host, 'little') or interface_in('\n'.join(lines.all('bsd')))
    route['default_interface'] = interface_to(table, DEFAULT_ROUTE, 'little') or interface_in('\n'.join(lines.all('bsd_default')))
    route['source'] = _word_after('src', way)
    if route['interface']:
        route['mac'] = lines.first(f'mac_{route["interface"]}').lower() or None
    return route


def _word_after(name: str, words: str) -> str | None:
    found = re.search(rf'(?:^| ){name} (\S+)', words)
    return found[1] if found else None
