# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of the Azure Instance Metadata Service, over any transport.

Here is the straight way: one request, one answer. What a service in trouble needs is in _persistence and _negotiation, which are imported
only then, because every line that is imported is compiled anew in each run on each host.

Source of the rules: the IMDS documentation (https://aka.ms/azureimds) and what real VMs were seen to answer.

This is a private part of the collection: its names may change in any release.
"""

import random
import time
from json import dumps
from urllib.parse import quote, urlencode

from ansible_collections.imds.azure.plugins.module_utils._service.api_versions import NEWEST_TESTED_VERSION
from ansible_collections.imds.azure.plugins.module_utils._service.document import json_of, missing_parts, text_of
from ansible_collections.imds.azure.plugins.module_utils._service.errors import ImdsError, NotAzureError
from ansible_collections.imds.azure.plugins.module_utils._service.http_transport import BrokenAnswer, NoAnswer
from ansible_collections.imds.azure.plugins.module_utils._service.option_checks import check_client_options
from ansible_collections.imds.azure.plugins.module_utils._service.retry import RetryPolicy

# Seen on real VMs: nothing at all, where there is nothing to tell.
EMPTY_MEANS_NONE = ('/scheduledevents',)


class ImdsClient:
    """Asks the service for documents, elements and versions.

    :param transport: has C(get(target, headers, timeout)), C(post) where something is to be changed, a C(name), and C(on_azure), whether the
        machine is known to be an Azure VM, see HttpTransport.
    :param api_version: C(auto), which is the newest one tested and then what the service offers, or a date that is used as it is.
    :param timeout: seconds for one request.
    :param policy: when to ask again, and for how long in all.
    :param clock: has C(monotonic()), C(sleep(seconds)) and C(time()), as the module time: injected, so that tests never wait.
    :param chance: gives numbers in [0, 1) for the jitter.

    After use: C(requests) and C(retries) count, C(warnings) are sentences for the user, C(api_version) is the one in use, C(seconds()) the time spent.
    """

    def __init__(self, transport, api_version='auto', timeout=5.0, policy=None, clock=time, chance=random.random):
        self.policy = policy or RetryPolicy()
        check_client_options(api_version, timeout, self.policy.deadline)
        self.negotiable = api_version == 'auto'
        self.api_version = NEWEST_TESTED_VERSION if self.negotiable else api_version
        self.transport = transport
        self._timeout = timeout
        self.time = clock
        self.chance = chance
        self._started = None
        self.requests = 0
        self.retries = 0
        self.warnings = []

    def get(self, path, format='json', **query):
        """Gives the JSON value at a path such as C(/instance) or C(/instance/network/interface/0), and the text of a leaf.

        :param path: below C(/metadata), with a leading slash, not quoted.
        :param format: C(json), or C(text) for a leaf, or for the listing of a container.
        :param query: further parameters of the request.
        :raises ImdsError: one of its kinds, with cause and remedy.
        """
        value = self.get_once(path, format, query)
        if format == 'json' and missing_parts(path, value, self.transport.on_azure)[0]:
            from ansible_collections.imds.azure.plugins.module_utils._service.persistence import complete

            return complete(self, path, query, value)
        return value

    def get_once(self, path, format, query):
        """As get, but takes an incomplete document as it is."""
        sent = dict(query) if path == '/versions' else dict(query, **{'api-version': self.api_version})
        if path.startswith('/instance'):
            sent['format'] = format
        target = '/metadata%s?%s' % (quote(path), urlencode(sorted(sent.items())))
        answer = self._exchange(path, target, may_be_empty=format == 'text' or path in EMPTY_MEANS_NONE)
        if answer.status != 200:
            from ansible_collections.imds.azure.plugins.module_utils._service.negotiation import second_way

            return second_way(self, answer, path, format, query)
        if path != '/versions':
            self.negotiable = False
        if format == 'text':
            return text_of(answer, path)
        # Only where that is an answer.
        return json_of(answer, path) if answer.body.strip() else None

    def post(self, path, content):
        """Sends a JSON value to a path. It is sent again where that may help, so it must not matter how often it arrives.

        :raises ImdsError: one of its kinds, with cause and remedy.
        """
        target = '/metadata%s?%s' % (quote(path), urlencode({'api-version': self.api_version}))
        try:
            answer = self._exchange(path, target, dumps(content).encode(), may_be_empty=True)
            if answer.status != 200:
                from ansible_collections.imds.azure.plugins.module_utils._service.failure import failure

                raise failure(answer, path)
        except ImdsError as error:
            error.method = 'POST'
            raise

    def _exchange(self, path, target, body=None, may_be_empty=False):
        """The first answer that another try would not change."""
        answer = self.request(target, body)
        if getattr(answer, 'status', 0) == 200 and 'via' not in answer.headers:
            begins = answer.body.lstrip()[:1]
            if begins != b'<' and (begins or may_be_empty):
                return answer
        from ansible_collections.imds.azure.plugins.module_utils._service.persistence import persist

        return persist(self, path, target, body, answer, may_be_empty)

    def request(self, target, body=None):
        """One request, a POST where there is a body: its answer, or the NoAnswer or BrokenAnswer that came instead."""
        if self._started is None:
            self._started = self.time.monotonic()
        self.requests += 1
        seconds = min(self._timeout, max(self.seconds_left(), 0.001))
        try:
            if body is not None:
                return self.transport.post(target, {'Metadata': 'true', 'Content-Type': 'application/json'}, seconds, body)
            return self.transport.get(target, {'Metadata': 'true'}, seconds)
        except (NoAnswer, BrokenAnswer) as nothing:
            return nothing
        except NotAzureError:
            self.requests -= 1  # nothing was sent
            raise

    def query(self):
        """How the service was asked: C(transport), C(requests), C(retries) and C(seconds)."""
        return {'transport': self.transport.name, 'requests': self.requests, 'retries': self.retries, 'seconds': self.seconds() if self.requests else 0.0}

    def seconds(self):
        """Seconds since the first request."""
        return 0.0 if self._started is None else round(self.time.monotonic() - self._started, 3)

    def seconds_left(self):
        """Seconds until the deadline."""
        return self._started + self.policy.deadline - self.time.monotonic()

    def wait(self, pause):
        """Sleeps and counts a retry; False where the deadline would be over after that pause."""
        if pause >= self.seconds_left():
            return False
        self.time.sleep(pause)
        self.retries += 1
        return True
