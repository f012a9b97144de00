# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks a metadata service what a diagnosis needs to know: few requests, each once, with pauses between them.

This is a private part of the collection: its names may change in any release.
"""

import contextlib
import socket
import time

from ansible_collections.imds.azure.plugins.module_utils._service.client import ImdsClient
from ansible_collections.imds.azure.plugins.module_utils._service.errors import ImdsError, MalformedAnswerError
from ansible_collections.imds.azure.plugins.module_utils._service.http_transport import BrokenAnswer, NoAnswer
from ansible_collections.imds.azure.plugins.module_utils._service.option_checks import parse_endpoint
from ansible_collections.imds.azure.plugins.module_utils._service.retry import RetryPolicy

# The service answers 5 requests a second for a VM, and others on it ask too.
PAUSE = 0.4
NEVER = float('inf')
SEEN = (
    'connect_seconds',
    'connect_error',
    'status',
    'seconds',
    'received',
    'date',
    'document',
    'error',
    'no_answer',
    'offered',
    'without_header',
    'forwarded',
)


def observe_service(options, transport, connect=None, host_time=time.time):
    """What checks_of needs of the service.

    :param options: C(endpoint), C(api_version), C(timeout) and C(deadline).
    :param transport: carries the requests; as HttpTransport.
    :param connect: as C(connect) below; None if the machine that asks is another one, so that only requests can be made.
    :param host_time: gives the time of the machine that asks, in seconds since the epoch, or None.
    :returns: C(address); C(connect_seconds) or C(connect_error); C(status), C(seconds), C(received), C(date), C(document), C(error), C(version) of the
        request for /instance, or C(no_answer); C(offered), the JSON value of /versions; C(without_header) and C(forwarded), statuses of requests with
        wrong headers. What is not known is None.
    :raises OptionError: one of the options cannot be used.
    :raises ImdsError: the transport cannot send requests.
    """
    transport = _WatchedTransport(transport, options['deadline'], host_time)
    # What is seen once is what is told: no pause is short enough for another try.
    once = RetryPolicy(options['deadline'], gone_window=0, first_delay=NEVER, longest_delay=NEVER)
    client = ImdsClient(transport, options['api_version'], options['timeout'], once)
    host, port = parse_endpoint(options['endpoint'])
    seen = dict.fromkeys(SEEN)
    seen['address'] = host
    try:
        if connect:
            seen['connect_seconds'] = connect(host, port, min(options['timeout'], options['deadline']))
        seen['document'] = client.get_once('/instance', 'json', {})
        if not isinstance(seen['document'], dict):
            seen['document'] = None
            raise MalformedAnswerError('the answer is not a JSON object', '/instance', 200)
    except OSError as error:
        seen['connect_error'] = error.strerror or str(error)
    except ImdsError as error:
        if not transport.instance:
            raise
        seen['error'] = error
    seen['version'] = client.api_version
    seen.update(transport.instance)
    if seen['status'] in (None, 403, 429):
        # What is refused whatever it asks, or too much already, tells nothing more.
        return seen
    with contextlib.suppress(ImdsError):
        seen['offered'] = client.get_once('/versions', 'json', {})
    target = '/metadata/instance?api-version=%s' % client.api_version
    seen['without_header'] = transport.status(target, {}, options['timeout'])
    seen['forwarded'] = transport.status(target, {'Metadata': 'true', 'X-Forwarded-For': '192.0.2.1'}, options['timeout'])
    return seen


def connect(host, port, timeout):
    """Seconds that a connection from this machine takes.

    :raises OSError:
    """
    begun = time.monotonic()
    socket.create_connection((host, port), timeout).close()
    return time.monotonic() - begun


class _WatchedTransport:
    """A transport with pauses between requests, which ends with the deadline.

    C(instance) says of the last request for /instance what came of it: C(status), C(seconds), C(received) (as C(host_time)) and C(date), or
    C(no_answer). It is empty as long as none could be sent.
    """

    def __init__(self, transport, deadline, host_time):
        self._transport = transport
        self._host_time = host_time
        self._ends = time.monotonic() + deadline
        self._free = 0.0
        self.instance = {}

    def get(self, target, headers, timeout):
        time.sleep(max(self._free - time.monotonic(), 0))
        begun = time.monotonic()
        try:
            if begun >= self._ends:
                raise NoAnswer('the deadline has passed')
            answer = self._transport.get(target, headers, min(timeout, self._ends - begun))
        except (NoAnswer, BrokenAnswer) as error:
            self._note(target, no_answer=str(error))
            raise
        finally:
            self._free = time.monotonic() + PAUSE
        self._note(target, status=answer.status, seconds=time.monotonic() - begun, received=self._host_time(), date=answer.headers.get('date'))
        return answer

    def _note(self, target, **said):
        if target.startswith('/metadata/instance'):
            self.instance = said

    def status(self, target, headers, timeout):
        """The HTTP status of an answer, None where there was none."""
        try:
            return self.get(target, headers, timeout).status
        except (NoAnswer, BrokenAnswer):
            return None
