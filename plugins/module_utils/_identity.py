# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tokens of managed identities: what is asked, what the answer means, what its errors mean.

Source of the rules: "How to use managed identities on a virtual machine to acquire an access token" of Microsoft's documentation.

This is a private part of the collection: its names may change in any release.
"""

import time

from ansible_collections.imds.azure.plugins.module_utils._service.errors import IdentityError, MalformedAnswerError, NoSuchElementError, OptionError
from ansible_collections.imds.azure.plugins.module_utils._service.options import client_of, service_options, transport_option

TOKEN_PATH = '/identity/oauth2/token'
TENANT_PATH = '/identity/info'
# Every client uses this one. It is not negotiated: a version that an older fleet does not know is a 404, which here means to ask again.
IDENTITY_VERSION = '2018-02-01'
IDENTITY_IDS = ('client_id', 'object_id', 'msi_res_id')
# b64token of RFC 6750, section 2.1: what may stand in an Authorization header.
TOKEN_CHARACTERS = frozenset('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/=')
# The first second of the year 10000, in seconds since the epoch.
END_OF_TIME = 253402300800
JUST_ASSIGNED = 'A new assignment can take a few minutes: try again then.'

SPECIFICATION = dict(
    argument_spec=dict(
        resource=dict(type='str', required=True),
        client_id=dict(type='str'),
        object_id=dict(type='str'),
        msi_res_id=dict(type='str'),
        bypass_cache=dict(type='bool', default=False),
        tenant=dict(type='bool', default=False),
        **service_options(),
        **transport_option(),
    ),
    mutually_exclusive=[IDENTITY_IDS],
)


def managed_identity_token(options, transport, warn, check_mode=False):
    """The result of a task, see C(answer) in _service.options."""
    client = client_of(dict(options, api_version=identity_version(options['api_version'])), transport)
    result = ask_for_token(client, token_query(options), options['tenant'])
    return dict(result, query=client.query())


def identity_version(api_version):
    """The version that stands for the value of the option api_version."""
    return IDENTITY_VERSION if api_version == 'auto' else api_version


def token_query(options):
    """The parameters of the request that options describe.

    :param options: has resource and bypass_cache, and at most one of client_id, object_id and msi_res_id that is not None.
    :raises OptionError: they cannot be used.
    """
    query = {name: options[name] for name in ('resource',) + IDENTITY_IDS if options[name] is not None}
    for name, value in query.items():
        # An empty id would give the token of another identity than the one that was meant.
        if not value.strip():
            raise OptionError('%s is empty' % name, remedy='Set it to a value, or use omit to leave it out.')
    named = [name for name in IDENTITY_IDS if name in query]
    if len(named) > 1:
        raise OptionError('%s cannot be used together' % ' and '.join(named), remedy='Use one of them to name the identity.')
    if options['bypass_cache']:
        query['bypass_cache'] = 'true'
    return query


def ask_for_token(client, query, tenant):
    """Asks for a token, and gives what is documented as the result of the module managed_identity_token.

    :param query: as token_query gives it.
    :param tenant: whether to ask for the tenant too.
    :raises ImdsError: one of its kinds; none of them quotes an answer that may hold a token.
    """
    try:
        result = token_result(client.get(TOKEN_PATH, **query))
    except IdentityError as error:
        if error.remedy != IdentityError.ARC:
            error.remedy = _remedy(error.code, [name for name in IDENTITY_IDS if name in query])
        raise
    except NoSuchElementError as error:
        error.remedy = (
            'If the service is being updated, try again in a few minutes or raise deadline. If it does not know the version, set api_version to auto. '
            'Azure Stack Hub does not offer managed identities here.'
        )
        raise
    return dict(result, tenant_id=tenant_id(client.get(TENANT_PATH))) if tenant else result


def token_result(answer):
    """What an answer of /identity/oauth2/token says, typed.

    :param answer: any JSON value.
    :raises MalformedAnswerError: it is not such an answer. The error quotes nothing of it.
    """
    fields = answer if isinstance(answer, dict) else {}
    token = fields.get('access_token')
    if not isinstance(token, str) or not token or not TOKEN_CHARACTERS.issuperset(token):
        raise _malformed(TOKEN_PATH, 'the answer contains no token')
    result: dict = {'access_token': token}
    for name in ('expires_on', 'not_before'):
        seconds = _number(fields, name)
        result[name] = None if seconds is None else time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(seconds))
    result['expires_in'] = _number(fields, 'expires_in')
    for name in ('resource', 'token_type', 'client_id'):
        result[name] = fields.get(name) if isinstance(fields.get(name), str) else None
    return result


def tenant_id(answer):
    """The tenant in an answer of /identity/info.

    :param answer: any JSON value.
    :raises MalformedAnswerError: there is none.
    """
    found = answer.get('tenantId') if isinstance(answer, dict) else None
    if not isinstance(found, str) or not found:
        raise _malformed(TENANT_PATH, 'the answer contains no tenantId')
    return found


def _number(fields, name):
    """A whole number of seconds, which the service writes as a string; None where there is none, or something else such as a date."""
    value = fields.get(name)
    text = str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else ''
    return int(text) if text.isdigit() and len(text.encode()) == len(text) < 13 and int(text) < END_OF_TIME else None


def _malformed(path, cause):
    # Without the answer, which may hold a token.
    return MalformedAnswerError(cause, path, 200)


def _remedy(code, named):
    """What helps when the service did not issue a token.

    :param code: C(error) of the answer, or an empty string. Its C(error_description) is for people and changes.
    :param named: the option that names the identity, as a list of one name or none.
    """
    if code == 'invalid_request' and named:
        return (
            'No identity of this VM has this %s: check the identities in the portal or with az vm identity show, and assign it to the VM '
            '(all instances of a scale set have the identities of the set). %s' % (named[0], JUST_ASSIGNED)
        )
    if code == 'invalid_request':
        return (
            'If the VM has several user-assigned identities and no system-assigned one, name one with client_id, object_id or msi_res_id. '
            'If it has no identity, assign one or enable the system-assigned one. %s' % JUST_ASSIGNED
        )
    if code in ('invalid_resource', 'invalid_scope'):
        return 'The tenant of the VM has no such resource: set resource to the exact application ID URI, such as https://vault.azure.net, without a path.'
    if code in ('unauthorized_client', 'access_denied'):
        return 'The identity is not allowed to have this token: assign it to the VM again, and check the policies of the tenant for workload identities.'
    return IdentityError.remedy
