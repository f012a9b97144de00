# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a host is asked. A name alone is no machine: another inventory, or the same one tomorrow, may give it another address or endpoint.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import functools
import hashlib
import re
import typing as t

from ansible import constants as C
from ansible import context
from ansible_collections.imds.azure.plugins.module_utils._service.errors import ImdsError
from ansible_collections.imds.azure.plugins.module_utils._service.option_checks import parse_endpoint
from ansible_collections.imds.azure.plugins.plugin_utils._fleet.host_variables import HostVariables, rendered
from jinja2 import Environment, TemplateError, meta

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
        # They lead to no other machine, and to another answer of it.
        'azure_imds_api_version',
        'azure_imds_detect',
    )
)
_TEMPLATE = re.compile(r'\{[{%#]')
_JINJA = Environment(autoescape=False)
# What is in the key anyway.
_OF_NAME = frozenset({'inventory_hostname', 'inventory_hostname_short'})


class Where(t.NamedTuple):
    """Where a host is asked."""

    # The name of the host and a digest of all else, for addresses and arguments may be secrets.
    key: str
    # Host and port of the metadata service, as that host sees it.
    endpoint: tuple[str, int]


def where_asked(variables: HostVariables, names: t.Collection[str], endpoint: str) -> dict[str, Where]:
    """Where each host is asked, without those whose variables cannot tell.

    :param endpoint: for hosts without a variable of that.
    """
    defaults = {'ansible_connection': context.CLIARGS.get('connection', C.DEFAULT_TRANSPORT)}
    defaults.update((variable, context.CLIARGS.get(option)) for variable, option in _ON_COMMAND_LINE.items())
    endpoint_of = functools.cache(parse_endpoint)

    def digest(values: dict[str, t.Any]) -> tuple[str, tuple[str, int]]:
        way = {**defaults, **values}
        at = endpoint_of(way.pop(_ENDPOINT, endpoint))
        return hashlib.sha256(repr((at, sorted(way.items()))).encode('utf-8', 'surrogatepass')).hexdigest()[:32], at

    every = _with_inputs(variables, names)
    # Many hosts have the same of their groups and nothing of their own.
    digests: dict[int, tuple[str, tuple[str, int]]] = {}
    found = {}
    for name, written in every.items():
        try:
            known = digests.get(id(written))
            if known is None:
                inputs = _inputs(written)
                if inputs is None:
                    known = digest(rendered(*variables.of(name), _VARIABLES & written.keys()))
                else:
                    known = digests[id(written)] = digest(inputs)
        except Exception:
            # It is asked, and that tells the cause.
            continue
        found[name] = Where(f'{known[0]} {name}', known[1])
    return found


def same_endpoint(endpoint: t.Any, where: Where) -> bool:
    """Whether an endpoint, as facts name it, is the one that the host is asked at."""
    try:
        return bool(parse_endpoint(endpoint) == where.endpoint)
    except ImdsError:
        return False


def _with_inputs(variables: HostVariables, names: t.Collection[str]) -> dict[str, dict[str, t.Any]]:
    """What hosts have of the variables that count, and of those that templates in them read."""
    wanted = _VARIABLES
    while True:
        every = variables.few(names, wanted)
        different = {id(written): written for written in every.values()}
        texts = {value for written in different.values() for value in written.values() if _is_template(value)}
        read = frozenset().union(*(_read_by(text) or () for text in texts)) - wanted
        if not read:
            return every
        wanted |= read


def _inputs(written: dict[str, t.Any]) -> dict[str, t.Any] | None:
    """What counts, as it is written, with all that its templates read, for the same gives the same. To render them for 10,000 hosts takes seconds.

    None where they must be rendered: they read what is not written, such as facts, other hosts and lookups, or the endpoint is one of them.
    """
    if _is_template(written.get(_ENDPOINT)):
        return None
    found: dict[str, t.Any] = {}
    pending = list(_VARIABLES & written.keys())
    while pending:
        name = pending.pop()
        if name in found or name in _OF_NAME:
            continue
        # What is encrypted is no text, and lists and the like may hold templates.
        if not isinstance(written.get(name), (str, int, float)):
            return None
        found[name] = written[name]
        if _is_template(found[name]):
            read = _read_by(found[name])
            if read is None:
                return None
            pending += read
    return found


def _is_template(value: t.Any) -> bool:
    return isinstance(value, str) and '{' in value and _TEMPLATE.search(value) is not None


@functools.cache
def _read_by(template: str) -> frozenset[str] | None:
    """The names of variables that a template reads; None where it is not one that can be understood without Ansible."""
    try:
        return frozenset(meta.find_undeclared_variables(_JINJA.parse(template)))
    except TemplateError:
        return None
