# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an answer of the metadata service means: a strict JSON document, a text, or a typed error.

This is a private part of the collection: its names may change in any release.
"""

import json

from ansible_collections.imds.azure.plugins.module_utils._errors import (
    BadRequestError,
    ImdsError,
    MalformedAnswerError,
    NoSuchElementError,
    ProxyError,
    SecurityProtocolError,
    ServiceError,
)

DEPTH_LIMIT = 64

_ERRORS = {
    400: (BadRequestError, 'the service cannot make sense of the request'),
    403: (SecurityProtocolError, 'the request is refused'),
    404: (NoSuchElementError, 'there is no such element'),
    405: (BadRequestError, 'the service does not allow this method here'),
    410: (ServiceError, 'the service is being updated'),
}


def foreign(answer, path: str) -> ImdsError:
    """The error when something else than the service answered, or None.

    A 5xx with an HTML page is the service's own (seen on real VMs), unless a Via header tells of a proxy.
    """
    if 'via' in answer.headers:
        cause = 'a proxy answered (header Via: %s)' % answer.headers['via'][:80]
    elif 300 <= answer.status < 400:
        cause = 'the answer is a redirect, which the service never sends'
    elif answer.status < 500 and _is_html(answer):
        cause = 'the answer is an HTML page'
    else:
        return None
    return ProxyError(cause, path, answer.status, answer.body)


def failure(answer, path: str) -> ImdsError:
    """The error that an answer stands for which is neither 200 nor worth another try."""
    kind, cause = _ERRORS.get(answer.status, (ServiceError, 'the service answered with an error'))
    return kind(cause, path, answer.status, answer.body)


def text(answer, path: str) -> str:
    """The body of a leaf or a listing, strictly UTF-8."""
    try:
        return answer.body.decode('utf-8')
    except UnicodeDecodeError:
        raise MalformedAnswerError('the answer is not UTF-8', path, answer.status, answer.body)


def document(answer, path: str) -> object:
    """The JSON document of a body: strict, at most 64 levels deep, and printable in UTF-8."""

    def malformed(cause):
        return MalformedAnswerError(cause, path, answer.status, answer.body)

    source = text(answer, path)
    try:
        result = json.loads(source, parse_constant=_no_constant)
        deep = deeper_than(result, DEPTH_LIMIT)
    except RecursionError:
        deep = True
    except ValueError:
        raise malformed('the answer is cut off or is not JSON')
    if deep:
        raise malformed('the answer is nested more than %d levels deep' % DEPTH_LIMIT)
    if '\\ud' in source.lower() and not _encodes(result):
        raise malformed('the answer holds half of a surrogate pair')
    return result


def as_object(answer, path: str) -> dict:
    """As document, and a JSON object."""
    result = document(answer, path)
    if not isinstance(result, dict):
        raise MalformedAnswerError('the answer is not a JSON object', path, answer.status, answer.body)
    return result


def newest_versions(answer) -> list:
    """The api-versions that a 400 offers; empty where it offers none."""
    try:
        offered = as_object(answer, None).get('newest-versions')
    except MalformedAnswerError:
        offered = None
    return offered if isinstance(offered, list) else []


def deeper_than(result, limit: int) -> bool:
    """Whether lists and dicts are nested in each other to more than so many levels."""
    level = [result]
    for _depth in range(limit + 1):
        values = (value for item in level for value in (item.values() if isinstance(item, dict) else item))
        level = [value for value in (values if _depth else level) if isinstance(value, (dict, list))]
    return bool(level)


def _is_html(answer) -> bool:
    start = answer.body[:256].lstrip().lower()
    return 'html' in answer.headers.get('content-type', '').lower() or start.startswith((b'<!doctype html', b'<html'))


def _no_constant(name):
    raise ValueError('%s is not JSON' % name)


def _encodes(result) -> bool:
    try:
        json.dumps(result, ensure_ascii=False).encode('utf-8')
    except UnicodeEncodeError:
        return False
    return True
