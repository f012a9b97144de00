# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is done when the service does not answer as it should: asking again, for as long as the policy says.

This is a private part of the collection: its names may change in any release.
"""

import email.utils

from ansible_collections.imds.azure.plugins.module_utils._service.counted import counted
from ansible_collections.imds.azure.plugins.module_utils._service.document import missing_parts
from ansible_collections.imds.azure.plugins.module_utils._service.errors import ImdsError, MalformedAnswerError, ServiceError, ThrottledError, UnreachableError
from ansible_collections.imds.azure.plugins.module_utils._service.failure import failure, foreign
from ansible_collections.imds.azure.plugins.module_utils._service.http_transport import BrokenAnswer, CutOffAnswer, NoAnswer, TimedOut

PARTIAL = (
    'The metadata service returned %s without %s after %s. One of its back ends may be down. On an old VM, add a tag, an extension or a data disk to refresh '
    'the metadata. Classic VMs have no compute. The incomplete answer is used.'
)


# No deadline leaves time for such a pause.
GIVE_UP = float('inf')


def delay(policy, failures: int, chance: float) -> float:
    """The pause after so many failures (1 is the first), in seconds; chance lies in [0, 1)."""
    # The exponent is bounded, so that no number of failures overflows a float.
    return min(policy.first_delay * policy.factor ** min(failures - 1, 32), policy.longest_delay) * (1 + policy.jitter * chance)


def within(pause: float, left: float) -> float:
    """The pause, but the last one ends with the window of which C(left) seconds are left, and there is none after it."""
    return min(pause, left) if left > 0 else GIVE_UP


def persist(client, path: str, target: str, body, answer, may_be_empty: bool):
    """Asks until there is an answer that another try would not change, or raises what stands in the way.

    :param body: as bytes, of a POST, else None.
    :param answer: what the first request brought.
    :param may_be_empty: whether an answer without a body is one.
    """
    policy, failures, silent, gone_since = client.policy, 1, 0, None
    while True:
        pause, tries = delay(policy, failures, client.chance()), counted(failures, 'request')
        if isinstance(answer, CutOffAnswer):
            silent = 0
            error: ImdsError = MalformedAnswerError('%s, after %s' % (answer, tries), path)
        elif isinstance(answer, BrokenAnswer):
            raise MalformedAnswerError(str(answer), path)
        elif isinstance(answer, NoAnswer):
            silent += 1
            error = UnreachableError('cannot reach the service: %s, after %s' % (answer, tries), path)
            if isinstance(answer, TimedOut):
                error.remedy = error.SLOW + error.remedy
            # Where this is known to be a VM of Azure, the service will be there: it may take minutes while the machine starts.
            pause = pause if silent < policy.connection_tries or client.transport.on_azure else GIVE_UP
        else:
            silent, now = 0, client.time.monotonic()
            error = foreign(answer, path)
            if error:
                raise error
            if answer.status == 410:
                gone_since = now if gone_since is None else gone_since
                pause = within(pause, gone_since + policy.gone_window - now)
                error = ServiceError('the service has been updating for %s' % counted('%.0f' % (now - gone_since), 'second'), path, 410, answer.body)
            elif answer.status == 429:
                pause = max(pause, retry_after_seconds(answer.headers.get('retry-after'), client.time.time()))
                said = 'the service throttles requests and asks for a pause of %s, after %s' % (counted('%.0f' % pause, 'second'), tries)
                error = ThrottledError(said, path, 429, answer.body)
            elif answer.status == 404 and path.startswith('/identity'):
                # Documented for tokens: the endpoint is being updated. So it is asked again for as long as a 410.
                gone_since = now if gone_since is None else gone_since
                pause = within(pause, gone_since + policy.gone_window - now)
                error = failure(answer, path)
            elif answer.status == 200 and not answer.body.strip() and not may_be_empty:
                error = MalformedAnswerError('the answer is empty, after %s' % tries, path, 200)
            elif answer.status >= 500 or answer.status == 408:
                error = ServiceError('the service answered with an error, after %s' % tries, path, answer.status, answer.body)
            else:
                return answer
        if not client.wait(pause):
            raise error
        failures += 1
        answer = client.request(target, body)


def complete(client, path: str, query: dict, document):
    """Asks for a document until nothing of it is missing, and gives what there is with a warning when that does not happen.

    :param document: what the first answer held.
    """
    count, ends = 1, client.time.monotonic() + client.policy.partial_window
    if not isinstance(document, dict):
        raise MalformedAnswerError('the answer is not a JSON object', path, 200)
    while True:
        missing, again = missing_parts(path, document, client.transport.on_azure)
        if not missing:
            return document
        pause = within(delay(client.policy, count, client.chance()), ends - client.time.monotonic()) if again else GIVE_UP
        try:
            if client.wait(pause):
                newer, count = client.get_once(path, 'json', query), count + 1
                document = newer if isinstance(newer, dict) else document
                continue
        except ImdsError:
            pass  # half a document is worth more than none
        client.warnings.append(PARTIAL % (path, ' and '.join(missing), counted(count, 'request')))
        return document


def retry_after_seconds(value: str, now: float) -> float:
    """Seconds to wait that a C(Retry-After) header asks for, as a number or a date (RFC 9110, section 10.2.3).

    :param value: the header's value, or None.
    :param now: seconds since the epoch.
    :returns: 0.0 where there is no such header, where it is in the past and where it makes no sense.
    """
    text = (value or '').strip()
    try:
        if text.isdigit():
            return float(text)
        fields = email.utils.parsedate_tz(text)
        return max(email.utils.mktime_tz(fields) - now, 0.0) if fields else 0.0
    except (ValueError, OverflowError, IndexError):
        return 0.0
