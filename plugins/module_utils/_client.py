# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of the Azure Instance Metadata Service, over any transport.

Source of the rules: the IMDS documentation (https://aka.ms/azureimds) and what real VMs were seen to answer.

This is a private part of the collection: its names may change in any release.
"""

import random
import re
from urllib.parse import quote, urlencode

from ansible_collections.imds.azure.plugins.module_utils import _answer
from ansible_collections.imds.azure.plugins.module_utils._errors import (
    BadVersionError,
    ImdsError,
    MalformedAnswerError,
    OptionError,
    ServiceError,
    ThrottledError,
    UnreachableError,
)
from ansible_collections.imds.azure.plugins.module_utils._retry import RetryPolicy, Stopwatch, retry_after_seconds
from ansible_collections.imds.azure.plugins.module_utils._transport import BrokenAnswer, NoAnswer

NEWEST_TESTED_VERSION = '2025-04-07'
VERSION = re.compile(r'[0-9]{4}-[0-9]{2}-[0-9]{2}\Z')

PARTIAL = (
    'The metadata service answered %s without %s, %d times in a row. A back end of it may be down; on an old VM, adding a tag, an extension or a data '
    'disk refreshes its metadata; a classic VM has no compute. The facts hold what was answered.'
)


class ImdsClient(object):
    """Asks the service for documents, elements and versions.

    :param transport: has C(get(target, headers, timeout)), see HttpTransport.
    :param api_version: C(auto), which is the newest one tested and then what the service offers, or a date that is used as it is.
    :param timeout: seconds for one request.
    :param policy: when to ask again.
    :param stopwatch: clock, sleep and wall clock.
    :param chance: gives numbers in [0, 1) for the jitter.

    After use: C(requests) and C(retries) count, C(warnings) are sentences for the user, C(api_version) is the one in use, C(seconds()) the time spent.
    """

    def __init__(self, transport, api_version: str = 'auto', timeout: float = 5.0, policy=None, stopwatch=Stopwatch, chance=random.random) -> None:
        self._negotiable = api_version == 'auto'
        self.api_version = NEWEST_TESTED_VERSION if self._negotiable else api_version
        if not isinstance(self.api_version, str) or not VERSION.match(self.api_version):
            raise OptionError('api_version %r cannot be used' % (api_version,), remedy='Give auto or a date such as %s.' % NEWEST_TESTED_VERSION)
        self._policy = policy or RetryPolicy()
        for name, seconds in (('timeout', timeout), ('deadline', self._policy.deadline)):
            if not 0 < seconds < float('inf'):
                raise OptionError('%s %r cannot be used' % (name, seconds), remedy='Give a number of seconds above 0.')
        self._transport = transport
        self._timeout = timeout
        self._stopwatch = stopwatch
        self._chance = chance
        self._started = None
        self.requests = 0
        self.retries = 0
        self.warnings = []

    def seconds(self) -> float:
        """Seconds since the first request."""
        return 0.0 if self._started is None else round(self._stopwatch.clock() - self._started, 3)

    def get(self, path: str, format: str = 'json', **query):
        """Gives the JSON value at a path such as C(/instance) or C(/instance/network/interface/0), and the text of a leaf.

        :param path: below C(/metadata), with a leading slash, not quoted.
        :param format: C(json), or C(text) for a leaf, or for the listing of a container.
        :param query: further parameters of the request.
        :raises ImdsError: one of its kinds, with cause and remedy.
        """
        if path not in ('/instance', '/instance/compute') or format != 'json':
            return self._get(path, format, query)
        document, count, ends = None, 0, 0.0
        while True:
            try:
                document = self._get(path, format, query)
            except ImdsError:
                if document is None:
                    raise
                break
            count += 1
            missing = _missing(path, document)
            if not missing:
                return document
            now = self._stopwatch.clock()
            ends = ends or now + self._policy.partial_window
            if not self._wait(self._policy.delay_within(count, self._chance(), ends - now)):
                break
        self.warnings.append(PARTIAL % (path, ' and '.join(missing), count))
        return document

    def _get(self, path: str, format: str, query: dict):
        answer = self._versioned(path, format, query)
        if answer.status == 200:
            return _answer.text(answer, path) if format == 'text' else _answer.document(answer, path)
        if answer.status == 400 and _answer.newest_versions(answer):
            raise BadVersionError('the service does not know api-version %s' % self.api_version, path, 400, answer.body)
        if answer.status == 400 and _may_be_leaf(path, format):
            # A leaf asked for as JSON is a 400; its body is not documented, so only asking tells.
            return self._get(path, 'text', query)
        raise _answer.failure(answer, path)

    def _versioned(self, path: str, format: str, query: dict):
        """One exchange under the api-version in use, and a second one where the service has to be asked for an older one."""
        if path == '/versions':
            return self._exchange(path, {})
        # Only /instance knows format.
        query = dict(query, format=format) if path.split('/')[1] == 'instance' else query
        answer = self._exchange(path, dict(query, **{'api-version': self.api_version}))
        if answer.status == 200:
            self._negotiable = False
        if not self._negotiable or answer.status not in (400, 404):
            return answer
        offered = _answer.newest_versions(answer)
        if not offered and not (answer.status == 400 and _may_be_leaf(path, format)):
            offered = self._offered()
        version = choose_version(offered, self.api_version)
        if version == self.api_version:
            return answer
        self._negotiable = False
        self.api_version = version
        return self._exchange(path, dict(query, **{'api-version': version}))

    def _offered(self) -> list:
        """What /versions lists; older fleets refuse an unknown version with a bare 404, so this is where to look."""
        try:
            offered = self._get('/versions', 'json', {})
        except ImdsError:
            return []  # the answer that led here says more
        versions = offered.get('apiVersions') if isinstance(offered, dict) else None
        return versions if isinstance(versions, list) else []

    def _exchange(self, path: str, query: dict):
        """One request and its retries: the first answer that another try would not change, or an error."""
        target = '/metadata' + quote(path) + ('?' + urlencode(sorted(query.items())) if query else '')
        failures = silent = 0
        gone_since = None
        while True:
            failures += 1
            try:
                answer = self._request(target)
            except BrokenAnswer as broken:
                raise MalformedAnswerError(str(broken), path)
            except NoAnswer as nothing:
                silent += 1
                error = UnreachableError('the service cannot be reached: %s, asked %d times' % (nothing, failures), path)
                pause = self._policy.delay(failures, self._chance()) if silent < self._policy.connection_tries else None
            else:
                silent = 0
                error = _answer.foreign(answer, path)
                if error:
                    raise error
                now = self._stopwatch.clock()
                pause = self._policy.delay(failures, self._chance())
                if answer.status == 410:
                    gone_since = now if gone_since is None else gone_since
                    pause = self._policy.delay_within(failures, self._chance(), gone_since + self._policy.gone_window - now)
                    error = ServiceError('the service has been updated for %.0f seconds' % (now - gone_since), path, 410, answer.body)
                elif answer.status == 429:
                    pause = max(pause, retry_after_seconds(answer.headers.get('retry-after'), self._stopwatch.wall_clock()))
                    error = ThrottledError('the service is throttling, asked %d times' % failures, path, 429, answer.body)
                elif answer.status >= 500:
                    error = ServiceError('the service answered with an error, asked %d times' % failures, path, answer.status, answer.body)
                else:
                    return answer
            if not self._wait(pause):
                raise error

    def _request(self, target: str):
        if self._started is None:
            self._started = self._stopwatch.clock()
        self.requests += 1
        return self._transport.get(target, {'Metadata': 'true'}, min(self._timeout, max(self._left(), 0.001)))

    def _left(self) -> float:
        return self._started + self._policy.deadline - self._stopwatch.clock()

    def _wait(self, pause: float) -> bool:
        """Sleeps and counts a retry, unless there is no pause to make or the deadline would be over after it."""
        if pause is None or pause >= self._left():
            return False
        self._stopwatch.sleep(pause)
        self.retries += 1
        return True


def choose_version(offered: list, wanted: str) -> str:
    """The newest offered version that is not newer than the wanted one, else the oldest offered, else the wanted one."""
    versions = sorted(v for v in offered if isinstance(v, str) and VERSION.match(v))
    older = [v for v in versions if v <= wanted]
    return older[-1] if older else (versions or [wanted])[0]


def _may_be_leaf(path: str, format: str) -> bool:
    return format == 'json' and path.startswith('/instance/')


def _missing(path: str, document) -> list:
    """What an incomplete document lacks: a complete /instance has a non-empty compute.vmId and a network key."""
    if not isinstance(document, dict):
        raise MalformedAnswerError('the answer is not a JSON object', path, 200)
    compute = document.get('compute') if path == '/instance' else document
    missing = [] if isinstance(compute, dict) and compute.get('vmId') else ['compute.vmId']
    return missing + (['network'] if path == '/instance' and 'network' not in document else [])
