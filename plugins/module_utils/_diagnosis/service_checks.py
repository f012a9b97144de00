# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the answers of a metadata service say of it. No I/O; every function gives (state, finding, remedy).

This is a private part of the collection: its names may change in any release.
"""

import email.utils

from ansible_collections.imds.azure.plugins.module_utils._diagnosis.commands import POSIX
from ansible_collections.imds.azure.plugins.module_utils._diagnosis.route_checks import SERVICE_ADDRESS
from ansible_collections.imds.azure.plugins.module_utils._facts.derived import placement
from ansible_collections.imds.azure.plugins.module_utils._service.api_versions import NEWEST_TESTED_VERSION, is_version
from ansible_collections.imds.azure.plugins.module_utils._service.errors import (
    BadVersionError,
    MalformedAnswerError,
    ServiceError,
    ThrottledError,
    UnreachableError,
    excerpt,
)

# Tokens and attested documents are valid from the moment they are made, and a VM that is set up well is off by less than a second.
CLOCK_LIMIT = 60
# Statuses that say nothing of the rules for headers: refused for another reason, or in trouble.
NO_WORD_ON_HEADERS = (403, 410, 429)
TAGS_LIST_SINCE = '2019-06-04'
_REFRESH = 'Add a tag, an extension or a data disk to the VM, which refreshes its metadata.'


def judge_reachability(service):
    """
    :param service: as observe_service gives it.
    """
    remedy = UnreachableError.remedy if service['address'] == SERVICE_ADDRESS else 'Check the endpoint and what listens there.'
    if service['connect_error'] is not None:
        return 'problem', 'Cannot connect to %s: %s.' % (service['address'], service['connect_error']), remedy
    if service['status'] is None:
        if isinstance(service['error'], MalformedAnswerError):
            remedy = MalformedAnswerError.remedy
        begin = 'No answer from %s' if service['connect_seconds'] is None else '%s accepts connections, but'
        return 'problem', '%s: %s.' % (begin % service['address'], service['no_answer']), remedy
    if service['connect_seconds'] is None:
        return 'ok', 'The service answered within %.3f seconds, including the time of the connection to the host.' % service['seconds'], None
    return 'ok', 'The connection took %.3f seconds, the answer %.3f.' % (service['connect_seconds'], service['seconds']), None


def judge_service(error, version):
    """
    :param error: the ImdsError that /instance ended with, or None.
    :param version: the api-version that was used.
    """
    if error is None:
        return 'ok', 'The service returned the document of the VM with api-version %s.' % version, None
    # Nothing was tried again, so what such an error says of tries does not apply.
    if isinstance(error, ThrottledError):
        cause = 'the service throttles requests: it answers 5 per second for each VM'
    elif isinstance(error, ServiceError):
        cause = 'the service is being updated' if error.status == 410 else 'the service has an internal error'
    else:
        cause = error.cause
    details = ' (HTTP status %d%s)' % (error.status, ', the answer starts with: %s' % error.excerpt if error.excerpt else '') if error.status else ''
    return 'problem', 'No document of the VM: %s%s.' % (cause, details), error.remedy or None


def judge_header_rules(without_header, forwarded):
    """The service refuses a request that lacks C(Metadata: true) and one that carries C(X-Forwarded-For).

    :param without_header: HTTP status of a request without the first, None where there was no answer.
    :param forwarded: HTTP status of one with the second.
    """
    # That the former is 400 is documented, of the latter only that it is refused.
    lax = ['a request without the header Metadata (HTTP status %d)' % without_header] if _is_lax(without_header, range(400, 401)) else []
    lax += ['a request with the header X-Forwarded-For (HTTP status %d)' % forwarded] if _is_lax(forwarded, range(400, 500)) else []
    if lax:
        return (
            'problem',
            'The service accepted %s.' % ' and '.join(lax),
            'A proxy changes the headers, or this is not the service of Azure: check what answers at the address.',
        )
    if _says_nothing(without_header) or _says_nothing(forwarded):
        return 'unknown', 'The answers do not show whether requests with wrong headers are refused.', None
    return 'ok', 'Requests with wrong headers are refused.', None


def _says_nothing(status):
    return status is None or status in NO_WORD_ON_HEADERS or status >= 500


def _is_lax(status, refusals):
    return not _says_nothing(status) and status not in refusals


def judge_versions(offered, version, error):
    """
    :param offered: the JSON value of /versions, None where there was none.
    :param version: the api-version that was used.
    :param error: the ImdsError that /instance ended with, or None.
    """
    listed = offered.get('apiVersions') if isinstance(offered, dict) else None
    versions = sorted(item for item in (listed if isinstance(listed, list) else []) if is_version(item))
    if isinstance(error, BadVersionError):
        return 'problem', 'The service does not know api-version %s%s.' % (version, ', only versions up to %s' % versions[-1] if versions else ''), error.remedy
    if not versions:
        return 'unknown', 'The service did not list its api-versions.', None
    if versions[-1] < NEWEST_TESTED_VERSION:
        return (
            'ok',
            'The service supports api-versions up to %s, and this collection was tested up to %s. The answers lack newer elements.'
            % (versions[-1], NEWEST_TESTED_VERSION),
            None,
        )
    return 'ok', 'The service supports api-versions up to %s, and this collection was tested up to %s.' % (versions[-1], NEWEST_TESTED_VERSION), None


def judge_clock(date, received, seconds, commands=POSIX):
    """
    :param date: the header Date of an answer, or None.
    :param received: the time of the machine when it had come, in seconds since the epoch, or None.
    :param seconds: how long the answer took.
    """
    if received is None:
        return 'unknown', 'The clock of the host cannot be read.', None
    try:
        fields = email.utils.parsedate_tz(date or '')
        told = email.utils.mktime_tz(fields) if fields else None
    except (ValueError, OverflowError, IndexError, TypeError):
        told = None
    if told is None:
        return 'unknown', 'The answer has no valid Date header to compare the clock with.', None
    # The header has whole seconds, cut off, and was written somewhere between request and answer.
    ahead = received - seconds / 2 - (told + 0.5)
    if abs(ahead) <= CLOCK_LIMIT + seconds / 2:
        return 'ok', 'The clock agrees with that of the service.', None
    return (
        'problem',
        'The clock is %.0f seconds %s that of the service, so tokens and attested documents may seem invalid.'
        % (abs(ahead), 'ahead of' if ahead > 0 else 'behind'),
        commands.clock,
    )


def judge_freshness(document, version):
    """
    :param document: of /instance.
    :param version: the api-version that was used.
    """
    compute = document.get('compute')
    if not isinstance(compute, dict) or not compute:
        return 'problem', 'The document has no compute.', 'This is normal on a classic VM; otherwise a back end may be down for a while. %s' % _REFRESH
    if not compute.get('vmId'):
        return 'problem', 'The document has no vmId.', 'A back end of the service may be down: try again in a minute. %s' % _REFRESH
    if 'network' not in document:
        return 'problem', 'The document has no network.', 'A back end of the service may be down: try again in a minute. %s' % _REFRESH
    if compute.get('tags') and not compute.get('tagsList') and version >= TAGS_LIST_SINCE:
        return 'problem', 'The document has no list of tags (tagsList), so the tags can only be read from a string that is ambiguous.', _REFRESH
    scale_set = placement(compute)['scale_set']
    if scale_set:
        return (
            'unknown',
            'The VM is an instance of the scale set %s: tags changed there may not have reached it yet.' % excerpt(scale_set.encode('utf-8', 'replace')),
            'If tags are missing, reboot or reimage the instance.',
        )
    return 'ok', 'The document looks complete.', None
