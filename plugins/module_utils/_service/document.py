# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The JSON and the text of an answer, read strictly, and what an incomplete document lacks.

This is a private part of the collection: its names may change in any release.
"""

import json

from ansible_collections.imds.azure.plugins.module_utils._service.errors import MalformedAnswerError

DEPTH_LIMIT = 64


def text_of(answer, path):
    """The body of a leaf or a listing, strictly UTF-8."""
    try:
        return answer.body.decode('utf-8')
    except UnicodeDecodeError:
        raise MalformedAnswerError('the answer is not UTF-8', path, answer.status, answer.body) from None


def json_of(answer, path):
    """The JSON value of a body: strict, at most 64 levels deep, and printable in UTF-8."""
    source = text_of(answer, path)
    try:
        value = json.loads(source, parse_constant=_no_constant, parse_float=_finite, parse_int=_short)
        # Most answers have fewer lists and dicts than they may have levels.
        cause = too_deep(value) if source.count('{') + source.count('[') > DEPTH_LIMIT else None
        if '\\ud' in source.lower():
            # Half of a surrogate pair is no character and could never be printed.
            json.dumps(value, ensure_ascii=False).encode('utf-8')
    except RecursionError:
        cause = TOO_DEEP
    except UnicodeEncodeError:
        cause = 'the answer contains half of a surrogate pair'
    except ValueError:
        cause = 'the answer is incomplete or not JSON'
    if cause:
        raise MalformedAnswerError(cause, path, answer.status, answer.body)
    return value


TOO_DEEP = 'the answer is nested more than %d levels deep' % DEPTH_LIMIT


def too_deep(value):
    """What is wrong with a value whose lists and dicts are nested to more than 64 levels, else None."""
    return measured(value)[0]


def measured(value):
    """What too_deep says, and how many values there are in those levels."""
    values, level = 1, [value]
    for _depth in range(DEPTH_LIMIT + 1):
        level = [item for item in level if isinstance(item, (dict, list))]
        if not level:
            return None, values
        level = [child for item in level for child in (item.values() if isinstance(item, dict) else item)]
        values += len(level)
    return TOO_DEEP, values


def _no_constant(name):
    raise ValueError('%s is not JSON' % name)


def _finite(text):
    value = float(text)
    return value if abs(value) < float('inf') else _no_constant(text)


def _short(text):
    # Newer Pythons refuse longer ones themselves, and older ones take seconds for them.
    return int(text) if len(text) < 4000 else _no_constant('a number of %d digits' % len(text))


def missing_parts(path, document, on_azure):
    """What an incomplete document lacks, and whether that may be there when asked for again.

    A complete /instance has a non-empty compute.vmId and network interfaces with addresses. While a VM starts, its network may be empty; on a machine
    of Azure Arc it is C({}) for good.

    :param on_azure: whether this is known to be an Azure VM. Else its document tells.
    """
    if path not in ('/instance', '/instance/compute'):
        return [], False
    parts = document if isinstance(document, dict) else {}
    compute = parts.get('compute') if path == '/instance' else document
    missing = [] if isinstance(compute, dict) and compute.get('vmId') else ['compute.vmId']
    if path == '/instance' and 'network' not in parts:
        missing.append('network')
    again = bool(missing)
    on_azure = on_azure or (isinstance(compute, dict) and 'microsoft.compute' in ('%s %s' % (compute.get('provider'), compute.get('resourceId'))).lower())
    if path == '/instance' and 'network' in parts and (parts['network'] != {} or on_azure):
        interfaces = parts['network'].get('interface') if isinstance(parts['network'], dict) else None
        interfaces = interfaces if isinstance(interfaces, list) else []
        bare = ['an address in network.interface.%d' % index for index, interface in enumerate(interfaces) if not has_address(interface)]
        # One that has none beside others that do keeps it so.
        again = again or (on_azure and len(bare) == len(interfaces))
        missing += bare if interfaces else ['network.interface']
    return missing, again


def has_address(interface):
    """Whether a network interface has one, of either family; api-version 2017-03-01 has names of its own."""
    families = [interface.get(family) for family in ('ipv4', 'ipv6')] if isinstance(interface, dict) else []
    lists = [family.get('ipAddress') or family.get('ipaddress') for family in families if isinstance(family, dict)]
    items = [item for items in lists if isinstance(items, list) for item in items if isinstance(item, dict)]
    return any(item.get('privateIpAddress') or item.get('publicIpAddress') or item.get('ipaddress') for item in items)
