# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of options and variables that nobody reads, and which ones were meant.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import difflib
import os
import typing as t

from ansible import constants as C
from ansible_collections.imds.azure.plugins.module_utils._service.errors import OptionError
from ansible_collections.imds.azure.plugins.module_utils._service.option_checks import DEFAULT_ENDPOINT, check_client_options, parse_endpoint

# A variable beginning with this says how a host, or the controller, asks the service.
VARIABLE_PREFIX = 'azure_imds_'
HOST_VARIABLES = ('azure_imds_endpoint', 'azure_imds_api_version', 'azure_imds_timeout', 'azure_imds_detect')
VARIABLES = (*HOST_VARIABLES, 'azure_imds_deadline', 'azure_imds_controller_endpoint')
ENVIRONMENT_PREFIX = 'AZURE_IMDS_'
# Variables of a user's own may begin with the same words, so only what looks very much like another name is taken for a slip.
LIKENESS = 0.75


def refuse_unknown(given: t.Iterable[t.Any], known: t.Collection[str], kind: str) -> None:
    """
    :param kind: what the names are of, such as C(lookup).
    :raises OptionError: one of them is not known.
    """
    for name in given:
        if name not in known:
            near = difflib.get_close_matches(str(name), known, 1)
            remedy = f'Did you mean {near[0]}?' if near else f'Valid options are {", ".join(sorted(known))}.'
            raise OptionError(f'this {kind} has no option {name!r}', remedy=remedy)


def refuse_unknown_options(given: t.Iterable[t.Any], kind: str, plugin: str) -> None:
    """Refuses options that a plugin of the controller does not have, and variables of the environment that look like one of them and are none.

    :param kind: of the plugin, as Ansible calls it.
    :param plugin: its full name.
    :raises OptionError:
    """
    definitions = C.config.get_configuration_definitions(kind, plugin)
    refuse_unknown(given, [name for name in definitions if not name.startswith('_')], f'{kind} plugin')
    environment = [entry['name'] for definition in definitions.values() for entry in definition.get('env', ()) if entry['name'].startswith(ENVIRONMENT_PREFIX)]
    for name, meant in misspelt(os.environ, environment, ENVIRONMENT_PREFIX).items():
        raise OptionError(f'there is no environment variable {name}', remedy=f'Did you mean {meant}?')


def misspelt(given: t.Iterable[t.Any], known: t.Collection[str], prefix: str) -> dict[str, str]:
    """Which of the names that begin with the prefix look like another one that is known, and like which.

    :param known: all begin with the prefix.
    """
    ends = {name[len(prefix) :].lower(): name for name in known}
    found = {}
    for name in given:
        if isinstance(name, str) and name.startswith(prefix) and name not in known:
            near = difflib.get_close_matches(name[len(prefix) :].lower(), ends, 1, LIKENESS)
            if near:
                found[name] = ends[near[0]]
    return found


def refuse_misspelt_variables(variables: t.Iterable[t.Any]) -> None:
    """
    :param variables: names of the variables of a host.
    :raises OptionError: one looks like a variable of this collection and is none.
    """
    for name, meant in misspelt(variables, VARIABLES, VARIABLE_PREFIX).items():
        raise OptionError(f'there is no variable {name}', remedy=f'Did you mean {meant}?')


def host_options(values: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """Options by their names, with what variables of a host say of them.

    :param values: of those of HOST_VARIABLES that the host has, without templates.
    :raises OptionError: one cannot be used.
    """
    options = {variable.removeprefix(VARIABLE_PREFIX): value for variable, value in values.items()}
    # YAML makes a date of a version, and a template makes text of a number.
    if 'api_version' in options:
        options['api_version'] = str(options['api_version'])
    if 'timeout' in options:
        options['timeout'] = _seconds(options['timeout'])
    try:
        check_client_options(options.get('api_version', 'auto'), options.get('timeout', 1), 1)
        parse_endpoint(options.get('endpoint', DEFAULT_ENDPOINT))
    except OptionError as error:
        raise OptionError(f'{VARIABLE_PREFIX}{error.cause}', remedy=error.remedy) from error
    if options.get('detect', 'auto') not in ('auto', 'always', 'never'):
        raise OptionError(f'{VARIABLE_PREFIX}detect {options["detect"]!r} is not valid', remedy='Set it to auto, always or never.')
    return options


def _seconds(value: t.Any) -> float:
    try:
        return float('' if isinstance(value, bool) else value)
    except (TypeError, ValueError):
        raise OptionError(f'{VARIABLE_PREFIX}timeout {value!r} is not valid', remedy='Set it to a number of seconds above 0.') from None
