# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Carries requests from the controller with C(requests); the same contract as HttpTransport.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import http.client
import time
import typing as t
from functools import partial

from ansible_collections.imds.azure.plugins.module_utils._service.http_transport import (
    Answer,
    BrokenAnswer,
    CutOffAnswer,
    DeadlineSocket,
    NoAnswer,
    StrictResponse,
    read_body,
    read_headers,
    timed_out,
)
from ansible_collections.imds.azure.plugins.module_utils._service.option_checks import DEFAULT_ENDPOINT, parse_endpoint

try:
    import requests
    import requests.adapters
    import urllib3.connection
    import urllib3.connectionpool
    import urllib3.exceptions
except ImportError as import_error:
    REQUESTS_IMPORT_ERROR: ImportError | None = import_error
else:
    REQUESTS_IMPORT_ERROR = None

    class _Connection(urllib3.connection.HTTPConnection):
        """A connection whose reads end with the request, however often bytes drip in."""

        response_class = StrictResponse
        ends = 0.0

        def connect(self) -> None:
            super().connect()
            self.sock = DeadlineSocket.taking_over(self.sock, self.ends)

        def request(self, *args: t.Any, **kwargs: t.Any) -> None:
            # A pooled connection serves many requests, each with a time of its own.
            self.ends = time.monotonic() + float(self.timeout or 0)
            if isinstance(self.sock, DeadlineSocket):
                self.sock.ends, self.sock.received = self.ends, 0
            super().request(*args, **kwargs)

    class _ConnectionPool(urllib3.connectionpool.HTTPConnectionPool):
        ConnectionCls = _Connection

    class _Adapter(requests.adapters.HTTPAdapter):
        def init_poolmanager(self, *args: t.Any, **kwargs: t.Any) -> None:
            super().init_poolmanager(*args, **kwargs)
            self.poolmanager.pool_classes_by_scheme = {'http': _ConnectionPool}

    class NoRedirectSession(requests.Session):
        def get_redirect_target(self, resp: requests.Response) -> None:
            """There is none: else requests reads and unpacks the body of a redirect, without a limit, although it is not to follow it."""
            return


class RequestsTransport:
    """Asks an endpoint over a pooled session: no proxy whatever the environment says, no redirect followed.

    :raises OptionError: the endpoint cannot be used.
    """

    name = 'requests'
    on_azure = False

    def __init__(self, endpoint: str = DEFAULT_ENDPOINT) -> None:
        host, port = parse_endpoint(endpoint)
        self._address = f'{host}:{port}'
        self._base = f'http://[{host}]:{port}' if ':' in host else f'http://{host}:{port}'
        self._session = NoRedirectSession()
        self._session.trust_env = False
        self._session.mount('http://', _Adapter(max_retries=0))

    def get(self, target: str, headers: dict[str, str], timeout: float) -> Answer:
        """Sends ``GET target`` and gives back the answer.

        :param target: path and query, quoted.
        :param timeout: seconds for the whole request: to connect, to send and to read the last byte.
        :raises NoAnswer, BrokenAnswer:
        """
        headers = {'Accept-Encoding': 'identity', **headers}
        try:
            with self._session.get(self._base + target, headers=headers, timeout=timeout, allow_redirects=False, stream=True) as response:
                names = read_headers(response.headers.items())
                return Answer(response.status_code, names, read_body(partial(response.raw.read, decode_content=False), response.raw.length_remaining))
        except (requests.Timeout, urllib3.exceptions.TimeoutError, TimeoutError):
            raise timed_out(self._address, timeout) from None
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            raise told(error, self._address) from None


def told(error: BaseException, address: str) -> NoAnswer | BrokenAnswer:
    """What a failure of requests stands for: it wraps the one that matters."""
    causes = list(_chain(error))
    for cause in causes:
        if isinstance(cause, http.client.IncompleteRead):
            return CutOffAnswer('the answer is incomplete')
    for cause in reversed(causes):
        if isinstance(cause, OSError) and not isinstance(cause, requests.RequestException):
            return NoAnswer(f'{address}: {str(cause) or type(cause).__name__}')
    return BrokenAnswer(f'the answer is not HTTP: {type(causes[-1]).__name__}')


def _chain(error: BaseException) -> t.Iterator[BaseException]:
    """An exception and all that it was made of, from the outside in."""
    yield error
    inner = [item for item in (*error.args, getattr(error, 'reason', None), error.__context__) if isinstance(item, BaseException)]
    for item in inner:
        yield from _chain(item)
