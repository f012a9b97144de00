# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a host is asked. A name alone is no machine: another inventory, or the same one tomorrow, may give it another address or endpoint.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import functools
import hashlib
import json
import re
import typing as t

from ansible import constants as C
from ansible import context
from ansible_collections.imds.azure.plugins.module_utils._service.errors import ImdsError
from ansible_collections.imds.azure.plugins.module_utils._service.http_transport import parse_endpoint
from ansible_collections.imds.azure.plugins.plugin_utils._fleet.host_variables import HostVariables, rendered

_ENDPOINT = 'azure_imds_endpoint'
_ON_COMMAND_LINE = {'ansible_ssh_common_args': 'ssh_common_args', 'ansible_ssh_extra_args': 'ssh_extra_args'}
# What leads to another machine: its address and port, and the way there, such as a bastion, behind which addresses may mean something else.
_VARIABLES = frozenset(
    (
        _ENDPOINT,
        'ansible_connection',
        *C.MAGIC_VARIABLE_MAPPING['remote_addr'],
        *C.MAGIC_VARIABLE_MAPPING['port'],
        *(f'ansible_{plugin}_{what}' for plugin in ('paramiko', 'psrp', 'winrm') for what in ('host', 'port')),
        'ansible_paramiko_proxy_command',
        'ansible_ssh_args',
        *_ON_COMMAND_LINE,
    )
)
_TEMPLATE = re.compile(r'\{[{%#]')


class Where(t.NamedTuple):
    """Where a host is asked."""

    # The name of the host and a digest of all else, for addresses and arguments may be secrets.
    key: str
    # Host and port of the metadata service, as that host sees it.
    endpoint: tuple[str, int]


def where_asked(variables: HostVariables, names: t.Iterable[str], endpoint: str) -> dict[str, Where]:
    """Where each host is asked, without those whose variables cannot tell.

    :param endpoint: for hosts without a variable of that.
    """
    found = {}
    defaults = {'ansible_connection': context.CLIARGS.get('connection', C.DEFAULT_TRANSPORT)}
    defaults.update((variable, context.CLIARGS.get(option)) for variable, option in _ON_COMMAND_LINE.items())

    endpoint_of = functools.cache(parse_endpoint)
    # Many hosts have the same of their groups and nothing of their own.
    digests: dict[int, tuple[str, tuple[str, int]]] = {}

    def digest(values: dict[str, t.Any]) -> tuple[str, tuple[str, int]]:
        way = {**defaults, **values}
        at = endpoint_of(way.pop(_ENDPOINT, endpoint))
        text = json.dumps([at, way], sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()[:32], at

    every = variables.few(names, _VARIABLES)
    for name, written in every.items():
        known = digests.get(id(written))
        if known is None and written is not None:
            try:
                if any(map(_may_be_a_template, written.values())):
                    known = digest(rendered(*variables.of(name), written))
                else:
                    known = digests[id(written)] = digest(written)
            except Exception:
                # It is asked, and that tells the cause.
                continue
        if known:
            found[name] = Where(f'{known[0]} {name}', known[1])
    return found


def same_endpoint(endpoint: t.Any, where: Where) -> bool:
    """Whether an endpoint, as facts name it, is the one that the host is asked at."""
    try:
        return bool(parse_endpoint(endpoint) == where.endpoint)
    except ImdsError:
        return False


def _may_be_a_template(value: t.Any) -> bool:
    """Or a value that is encrypted."""
    return _TEMPLATE.search(value) is not None if isinstance(value, str) else not isinstance(value, (int, float, type(None)))

