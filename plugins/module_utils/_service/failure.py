# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The error that an answer stands for.

This is a private part of the collection: its names may change in any release.
"""

from ansible_collections.imds.azure.plugins.module_utils._service.document import json_of
from ansible_collections.imds.azure.plugins.module_utils._service.errors import (
    BadRequestError,
    IdentityError,
    ImdsError,
    MalformedAnswerError,
    NoSuchElementError,
    ProxyError,
    SecurityProtocolError,
    excerpt,
)

_ERRORS = {
    400: (BadRequestError, 'the service cannot make sense of the request'),
    403: (SecurityProtocolError, 'the request is refused'),
    404: (NoSuchElementError, 'there is no such element'),
    405: (BadRequestError, 'the service does not allow this method here'),
}


def foreign(answer, path: str):
    """The error when something else than the service answered, or None.

    A 5xx with an HTML page is the service's own (seen on real VMs), unless a Via header tells of a proxy.
    """
    if 'via' in answer.headers:
        cause = 'a proxy answered (header Via: %s)' % excerpt(answer.headers['via'].encode('utf-8', 'replace'))[:80]
    elif 300 <= answer.status < 400:
        cause = 'the answer is a redirect, which the service never sends'
    elif answer.status < 500 and _is_html(answer):
        cause = 'the answer is an HTML page'
    else:
        return None
    return ProxyError(cause, path, answer.status, answer.body)


def failure(answer, path: str) -> ImdsError:
    """The error that an answer stands for which is neither 200 nor worth another try."""
    if answer.status in (400, 401) and path.startswith('/identity'):
        error = IdentityError('the service gives no token', path, answer.status, answer.body)
        error.code = _identity_code(answer)
        # What is no metadata service asks for credentials. That of Azure does not, and wget keeps to itself what it says.
        if error.code or answer.status == 400 or 'www-authenticate' not in answer.headers:
            return error
    kind, cause = _ERRORS.get(answer.status, (ProxyError, 'the answer has a status that the service never sends'))
    return kind(cause, path, answer.status, answer.body)


def _identity_code(answer) -> str:
    try:
        value = json_of(answer, '')
    except MalformedAnswerError:
        return ''
    code = value.get('error') if isinstance(value, dict) else ''
    return code if isinstance(code, str) else ''


def _is_html(answer) -> bool:
    return 'html' in answer.headers.get('content-type', '').lower() or answer.body[:256].lstrip().lower().startswith((b'<!doctype html', b'<html'))
