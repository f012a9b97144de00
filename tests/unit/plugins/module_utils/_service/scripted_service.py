# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A metadata service that answers as scripted, and a clock that moves only when the client sleeps or an answer takes its time."""

import json
from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple, Optional
from urllib.parse import parse_qsl, unquote, urlsplit

from ansible_collections.imds.azure.plugins.module_utils._service.client import ImdsClient
from ansible_collections.imds.azure.plugins.module_utils._service.http_transport import Answer, NoAnswer
from ansible_collections.imds.azure.plugins.module_utils._service.retry import RetryPolicy

NEWEST = '2025-04-07'
INTERFACE = {'ipv4': {'ipAddress': [{'privateIpAddress': '10.0.0.4', 'publicIpAddress': ''}]}, 'macAddress': '000D3A000001'}
COMPLETE = {'compute': {'vmId': 'vm-1', 'zone': '2'}, 'network': {'interface': [INTERFACE]}}
UNKNOWN_VERSION = 'Bad request. api-version is invalid or was not specified in the request. For more information refer to aka.ms/azureimds'


def answer(status: int = 200, body: Any = b'{}', **headers: str) -> Answer:
    """An answer; a body that is not bytes is sent as JSON. ``retry_after`` stands for the header ``retry-after``."""
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer(status, {name.replace('_', '-'): value for name, value in headers.items()}, sent)


def complete() -> Answer:
    return answer(body=COMPLETE)


def unknown_version(*newest: Any) -> Answer:
    return answer(400, {'error': UNKNOWN_VERSION, 'newest-versions': list(newest)})


def versions(*offered: Any) -> Answer:
    return answer(body={'apiVersions': list(offered)})


def not_found() -> Answer:
    return answer(404, {'error': 'Not found'})


class Taking(NamedTuple):
    """A step that takes a while; one that takes longer than the client gives it is a time-out."""

    seconds: float
    step: Any


class Request(NamedTuple):
    target: str
    headers: dict[str, str]
    timeout: float
    at: float

    @property
    def path(self) -> str:
        return unquote(urlsplit(self.target).path)

    @property
    def query(self) -> list[tuple[str, str]]:
        return sorted(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))


class Clock:
    """Starts anywhere, as the monotonic clock does; ``epoch`` is what C(time) says at the start."""

    def __init__(self, epoch: float = 1_700_000_000.0) -> None:
        self.begun = 5000.0
        self.now = self.begun
        self.epoch = epoch
        self.pauses: list[float] = []
        self.sleep_ends_by = float('inf')

    @property
    def elapsed(self) -> float:
        return self.now - self.begun

    def monotonic(self) -> float:
        return self.now

    def time(self) -> float:
        return self.epoch + self.elapsed

    def sleep(self, seconds: float) -> None:
        assert seconds >= 0, 'time.sleep refuses this'
        self.pauses.append(seconds)
        self.now += seconds
        assert self.elapsed <= self.sleep_ends_by + 1e-6, 'slept past the deadline'


class ScriptedService:
    """The transport of a client. Every request takes the next step: an Answer, an exception, a Taking, or a function of seconds that gives one."""

    name = 'scripted'
    on_azure = False

    def __init__(self) -> None:
        self.clock = Clock()
        self.steps: deque[Any] = deque()
        self.forever: Optional[Callable[[float], Any]] = None
        self.asked: list[Request] = []

    def will(self, *steps: Any) -> None:
        self.steps.extend(steps)

    def always(self, step: Callable[[float], Any]) -> None:
        """What every request gets once the steps are used up, given the seconds since the start."""
        self.forever = step

    def client(self, chance: float = 0.0, policy: Optional[dict[str, Any]] = None, **options: Any) -> ImdsClient:
        return ImdsClient(self, policy=RetryPolicy(**(policy or {})), clock=self.clock, chance=lambda: chance, **options)

    def get(self, target: str, headers: dict[str, str], timeout: float) -> Answer:
        self.asked.append(Request(target, dict(headers), timeout, self.clock.elapsed))
        if self.steps:
            step = self.steps.popleft()
        else:
            assert self.forever, f'a request that the script does not know: {target}'
            step = self.forever(self.clock.elapsed)
        if isinstance(step, Taking):
            self.clock.now += min(step.seconds, timeout)
            step = step.step if step.seconds <= timeout else NoAnswer('no answer before the timeout')
        if isinstance(step, Exception):
            raise step
        assert isinstance(step, Answer)
        return step

    @property
    def paths(self) -> list[str]:
        return [request.path for request in self.asked]

    @property
    def versions_asked(self) -> list[Optional[str]]:
        return [dict(request.query).get('api-version') for request in self.asked]

    @property
    def pauses(self) -> list[float]:
        return self.clock.pauses
