# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Carries one HTTP request with nothing but the standard library; knows no rule of the metadata service.

This is a private part of the collection: its names may change in any release.
"""

import http.client
import io
import re
import socket
import time

from ansible_collections.imds.azure.plugins.module_utils._service.option_checks import DEFAULT_ENDPOINT, DIGITS, parse_endpoint

BODY_LIMIT = 1024 * 1024
# Of one answer, with its headers and however small the chunks are in which it comes.
RECEIVE_LIMIT = 8 * BODY_LIMIT
_NAME = re.compile(r'[!#$%&\'*+.^_`|~0-9A-Za-z-]+\Z')
_FOLD = re.compile(r'\r?\n[ \t]+')


class NoAnswer(Exception):
    """No answer came: time-out, refused, reset, no route. Asking again may help."""


class TimedOut(NoAnswer):
    """The service did not answer in the time of the request."""


def timed_out(address, timeout):
    """What to raise if nothing came from an address for so many seconds."""
    # Imported here, because most requests are answered and Python compiles each file in every run.
    from ansible_collections.imds.azure.plugins.module_utils._service.counted import counted

    return TimedOut('%s did not answer within %s' % (address, counted('%.3g' % timeout, 'second')))


class BrokenAnswer(Exception):
    """What came is not an HTTP answer or is larger than the limit. Asking again does not help."""


class CutOffAnswer(BrokenAnswer):
    """The answer broke off. Asking again may help."""


class Answer:
    """One HTTP answer: status (int), headers (dict, names in lower case) and body (bytes, at most 1 MiB)."""

    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body


def read_headers(pairs):
    """Gives the headers of an answer by their names in lower case.

    Strict where programs differ in what they make of an answer, so that all transports give the same one.

    :param pairs: names and values as they came.
    :raises BrokenAnswer:
    """
    headers: dict = {}
    for name, value in pairs:
        name, value = name.lower(), _FOLD.sub(' ', value).strip(' \t')
        if not _NAME.match(name) or not {'\0', '\r', '\n'}.isdisjoint(value):
            raise BrokenAnswer('the answer is not HTTP: a header is malformed')
        headers[name] = '%s, %s' % (headers[name], value) if name in headers else value
    encoding = headers.get('transfer-encoding')
    if encoding is not None:
        if encoding.lower() != 'chunked':
            raise BrokenAnswer('the answer is not HTTP: its transfer encoding is unknown')
        # The chunks tell the length, whatever a header says.
        headers.pop('content-length', None)
    if 'content-length' in headers:
        lengths = {length.strip() for length in headers['content-length'].split(',')}
        length = lengths.pop()
        # Python makes no number of thousands of digits.
        if lengths or not 0 < len(length) < 20 or not set(length) <= DIGITS:
            raise BrokenAnswer('the answer is not HTTP: it has %s' % ('%d lengths' % (len(lengths) + 1) if lengths else 'an invalid length'))
        headers['content-length'] = length
    return headers


class DeadlineSocket(socket.socket):
    """A socket that stops reading when the time of the request is up, however often bytes drip in, and when more comes than any answer needs."""

    ends = 0.0
    received = 0

    @classmethod
    def taking_over(cls, sock, ends):
        """Moves a connected socket into one that reads until C(ends), on the monotonic clock."""
        taken = cls(sock.family, sock.type, sock.proto, fileno=sock.detach())
        taken.ends = ends
        taken.settimeout(max(ends - time.monotonic(), 0.001))
        return taken

    def recv_into(self, *args):
        left = self.ends - time.monotonic()
        if left <= 0:
            raise socket.timeout('timed out')
        self.settimeout(left)
        count = super().recv_into(*args)
        self.received += count
        if self.received > RECEIVE_LIMIT:
            # http.client reads without end where the size of a chunk is negative.
            raise BrokenAnswer('the answer is larger than 1 MiB')
        return count


class _Lines(io.BufferedReader):
    """Refuses a bare carriage return, which http.client takes for the end of a line."""

    def readline(self, *args):
        line = super().readline(*args)
        if b'\r' in line.rstrip(b'\n')[:-1]:
            raise BrokenAnswer('the answer is not HTTP: a header is malformed')
        return line


class StrictResponse(http.client.HTTPResponse):
    """An answer after all interim ones (1xx), of which http.client knows 100 only, and without the faults that it overlooks."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fp = _Lines(self.fp.detach())

    def _read_status(self):
        while True:
            version, status, reason = super()._read_status()  # type: ignore[misc]  # typeshed leaves it out
            if not 100 < status < 200:
                return version, status, reason
            http.client.parse_headers(self.fp)

    def begin(self):
        super().begin()
        if self.msg.get_unixfrom() or any('Header' in type(defect).__name__ for defect in self.msg.defects):
            raise BrokenAnswer('the answer is not HTTP: a header is malformed')


class _Connection(http.client.HTTPConnection):
    """A connection that no proxy setting reaches and whose every read ends in time."""

    response_class = StrictResponse

    def __init__(self, host, port, timeout):
        super().__init__(host, port, timeout=timeout)
        self.ends = time.monotonic() + timeout

    def connect(self):
        super().connect()
        self.sock = DeadlineSocket.taking_over(self.sock, self.ends)


class HttpTransport:
    """Asks an endpoint directly: no proxy whatever the environment says, no redirect followed."""

    name = 'http'
    on_azure = False

    def __init__(self, endpoint=DEFAULT_ENDPOINT):
        self._address = parse_endpoint(endpoint)

    def get(self, target, headers, timeout):
        """Sends C(GET target) and gives back the answer.

        :param target: path and query, quoted.
        :param headers: names and values.
        :param timeout: seconds for the whole request: to connect, to send and to read the last byte.
        :raises NoAnswer, BrokenAnswer:
        """
        return self._send('GET', target, headers, timeout)

    def post(self, target, headers, timeout, body):
        """As get, but C(POST target) with a body, as bytes."""
        return self._send('POST', target, headers, timeout, body)

    def _send(self, method, target, headers, timeout, body=None):
        connection = _Connection(self._address[0], self._address[1], timeout)
        try:
            connection.request(method, target, body, dict(headers, Connection='close'))
            # It holds the socket by itself, for the connection is to be closed after it.
            with connection.getresponse() as response:
                return Answer(response.status, read_headers(response.getheaders()), read_body(response.read, response.length))
        except socket.timeout:
            raise timed_out('%s:%d' % self._address, timeout) from None
        except http.client.IncompleteRead:
            raise CutOffAnswer('the answer is incomplete') from None
        except OSError as error:
            raise NoAnswer('%s:%d: %s' % (self._address + (error or error.__class__.__name__,))) from error
        except (http.client.HTTPException, ValueError) as error:
            raise BrokenAnswer('the answer is not HTTP: %s' % error.__class__.__name__) from error
        finally:
            connection.close()


def read_body(read, announced=None):
    """Reads a body up to the limit.

    :param read: gives at most so many bytes, fewer only where the answer ends.
    :param announced: how many there are to be, where that is known.
    """
    if (announced or 0) > BODY_LIMIT:
        raise BrokenAnswer('the answer is larger than 1 MiB')
    body = read(BODY_LIMIT + 1)
    if len(body) > BODY_LIMIT:
        raise BrokenAnswer('the answer is larger than 1 MiB')
    # Not every library tells when a connection ends early.
    if len(body) < (announced or 0):
        raise CutOffAnswer('the answer is incomplete')
    return body
