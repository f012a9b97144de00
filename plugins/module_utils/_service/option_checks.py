# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the options of a client can be used. Imports little: the inventory asks in every run, and most runs make no client.

This is a private part of the collection: its names may change in any release.
"""

from ansible_collections.imds.azure.plugins.module_utils._service.api_versions import NEWEST_TESTED_VERSION, is_version
from ansible_collections.imds.azure.plugins.module_utils._service.errors import OptionError

DEFAULT_ENDPOINT = 'http://169.254.169.254'
DIGITS = frozenset('0123456789')
IPV6_CHARACTERS = DIGITS.union('abcdef:.')
HOST_CHARACTERS = DIGITS.union('abcdefghijklmnopqrstuvwxyz.-_')


def check_client_options(api_version, timeout, deadline):
    """
    :raises OptionError: no client can be made with these values.
    """
    if api_version != 'auto' and not is_version(api_version):
        raise OptionError('api_version %r is not valid' % (api_version,), remedy='Set it to auto or to a date such as %s.' % NEWEST_TESTED_VERSION)
    for name, seconds in (('timeout', timeout), ('deadline', deadline)):
        if not 0 < seconds < float('inf'):
            raise OptionError('%s %r is not valid' % (name, seconds), remedy='Set it to a number of seconds above 0.')


def parse_endpoint(endpoint):
    """Gives (host, port) of an endpoint such as C(http://169.254.169.254), or raises OptionError.

    Strict, because what is let through here ends up in URLs, and on other hosts in commands.
    """
    text = endpoint.lower() if isinstance(endpoint, str) else ''
    rest = text[7:-1] if text.endswith('/') else text[7:]
    if rest.startswith('['):
        host, closed, port = rest[1:].partition(']')
        usable = closed and ':' in host and set(host) <= IPV6_CHARACTERS
    else:
        host, colon, port = rest.partition(':')
        port, usable = colon + port, set(host) <= HOST_CHARACTERS and all(0 < len(label) < 64 for label in host.rstrip('.').split('.'))
    number = int(port[1:]) if port[:1] == ':' and 0 < len(port[1:]) < 6 and set(port[1:]) <= DIGITS else 0 if port else 80
    if not usable or not text.startswith('http://') or not 0 < number < 65536:
        raise OptionError(
            'endpoint %r is not valid' % (endpoint,), remedy='Set it to scheme, host and port only, such as http://169.254.169.254 or http://localhost:40342.'
        )
    return host, number
