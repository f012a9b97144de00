# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The arguments of the event source C(imds.azure.scheduled_events).

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import os
import typing as t

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.imds.azure.plugins.module_utils._scheduled_events.events import EVENT_VERSIONS, LEAD_TIME, check_lead_time
from ansible_collections.imds.azure.plugins.module_utils._service.api_versions import is_version
from ansible_collections.imds.azure.plugins.module_utils._service.errors import OptionError
from ansible_collections.imds.azure.plugins.module_utils._service.option_checks import parse_endpoint
from ansible_collections.imds.azure.plugins.module_utils._service.options import service_options
from ansible_collections.imds.azure.plugins.plugin_utils._events.changes import OUTAGE_AFTER
from ansible_collections.imds.azure.plugins.plugin_utils._option_names import refuse_unknown

# The service answers 5 requests a second.
SHORTEST_INTERVAL = 0.2
ABOVE_0 = 'Set it to a number of seconds above 0.'


def validated(arguments: dict[str, t.Any]) -> dict[str, t.Any]:
    """All arguments, with their defaults and types.

    :raises OptionError: names the argument.
    """
    spec = dict(
        service_options(),
        hosts=dict(type='list', elements='str'),
        inventory=dict(type='list', elements='str'),
        interval=dict(type='float'),
        lead_time=dict(type='float', default=LEAD_TIME),
        outage_after=dict(type='int', default=OUTAGE_AFTER),
        placement_interval=dict(type='float'),
        forks=dict(type='int'),
        refresh=dict(type='float'),
    )
    refuse_unknown(arguments, spec, 'event source')
    lists = {key: [value] if isinstance(value, str) else value for key, value in arguments.items() if key in ('hosts', 'inventory')}
    together = dict(hosts=['inventory'], inventory=['hosts'], forks=['hosts'], refresh=['hosts'])
    result = ArgumentSpecValidator(spec, required_by=together).validate({**arguments, **lists})
    if result.error_messages:
        raise OptionError('; '.join(result.error_messages), remedy='Correct this argument of imds.azure.scheduled_events.')
    options = dict(result.validated_parameters)
    defaults = {'interval': 10.0 if options['hosts'] else 1.0, 'forks': 50, 'refresh': 600.0}
    options.update((key, value) for key, value in defaults.items() if options[key] is None)
    _check(options)
    return options


def _check(options: dict[str, t.Any]) -> None:
    parse_endpoint(options['endpoint'])
    check_lead_time(options['lead_time'])
    if options['api_version'] != 'auto' and not (is_version(options['api_version']) and options['api_version'] in EVENT_VERSIONS):
        raise OptionError(f'api_version {options["api_version"]!r} is not valid', remedy=f'Set it to auto or one of {", ".join(EVENT_VERSIONS)}.')
    for name, least, remedy in (
        ('interval', SHORTEST_INTERVAL, f'Set it to at least {SHORTEST_INTERVAL} seconds: the service answers 5 requests per second and recommends one.'),
        ('timeout', 0, ABOVE_0),
        ('deadline', 0, ABOVE_0),
        ('refresh', 0, ABOVE_0),
        ('outage_after', 1, 'Set it to the number of requests in a row that must fail, 1 or more.'),
        ('forks', 1, 'Set it to the number of hosts to ask at the same time.'),
    ):
        if not least <= options[name] < float('inf') or not options[name]:
            raise OptionError(f'{name} {options[name]!r} is not valid', remedy=remedy)
    interval = options['placement_interval']
    if interval is not None and not 1 <= interval < float('inf'):
        raise OptionError(f'placement_interval {interval!r} is not valid', remedy='Set it to 1 second or more, or remove it.')
    for name in ('hosts', 'inventory'):
        if options[name] == []:
            raise OptionError(f'{name} [] is not valid', remedy='Set it to at least one, or remove hosts and inventory to ask this machine.')
    for source in options['inventory'] or ():
        # With a comma it is a list of hosts.
        if ',' not in source and not os.path.exists(source):
            raise OptionError(
                f'inventory {source!r} does not exist', remedy='Set it to the path of an inventory file or folder, or to a list of hosts with a comma.'
            )
