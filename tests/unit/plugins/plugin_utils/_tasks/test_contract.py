# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A task gives the same result, or fails for the same reason with the same remedy, whichever way its host is asked."""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.imds.azure.plugins.module_utils import _attested_document, _identity
from ansible_collections.imds.azure.plugins.module_utils._facts import instance_facts
from ansible_collections.imds.azure.plugins.module_utils._scheduled_events import host_events, tasks
from ansible_collections.imds.azure.plugins.module_utils._service import options
from ansible_collections.imds.azure.plugins.module_utils._service.client import ImdsClient
from ansible_collections.imds.azure.plugins.module_utils._service.errors import ImdsError, MalformedAnswerError, NotAzureError, UnreachableError
from ansible_collections.imds.azure.plugins.module_utils._service.host_transport import HostTransport
from ansible_collections.imds.azure.plugins.module_utils._service.platform import AZURE_CHASSIS_TAG
from ansible_collections.imds.azure.plugins.plugin_utils._transports.requests import RequestsTransport
from ansible_collections.imds.azure.plugins.plugin_utils._transports.shell import ShellTransport
from ansible_collections.imds.azure.tests.unit.plugins.plugin_utils._transports.shell_of_this_machine import Shell, path_with, program
from ansible_collections.imds.azure.tests.unit.roles.simulator.running_simulator import Simulator, needs

NONCE = '1234567890'
VAULT = 'https://vault.azure.net'
# A task function, the description of its options, and the options.
TASKS: dict[str, tuple[Callable[..., dict[str, Any]], dict[str, Any], dict[str, Any]]] = {
    'facts': (instance_facts.instance_facts, instance_facts.SPECIFICATION, {'gather_subset': ['all', 'user_data', 'public_keys', 'document']}),
    'events': (tasks.scheduled_events_info, tasks.INFO, {'this_host': True}),
    'approval': (tasks.scheduled_events_approve, tasks.APPROVE, {'event_types': ['Freeze'], 'leader_only': True}),
    'document': (_attested_document.attested_document_info, _attested_document.SPECIFICATION, {'nonce': NONCE}),
    'token': (_identity.managed_identity_token, _identity.SPECIFICATION, {'resource': VAULT, 'tenant': True}),
}
NAMES = [pytest.param(name, marks=needs('cryptography')) if name == 'document' else name for name in TASKS]
WAYS = ['requests', 'curl', 'wget', 'python3']

# Trouble that ends, and trouble that does not; whether it is an answer that broke off, or is none: not every tool can tell that from no answer at all.
ENDING: list[dict[str, Any]] = [
    {'kind': 'status', 'status': 500},
    {'kind': 'status', 'status': 410},
    {'kind': 'status', 'status': 429},
    {'kind': 'reset'},
]
LASTING: list[tuple[dict[str, Any], bool]] = [
    ({'kind': 'status', 'status': 400, 'body': {'error': 'invalid_resource'}}, False),
    ({'kind': 'status', 'status': 401}, False),
    ({'kind': 'status', 'status': 401, 'headers': {'WWW-Authenticate': 'Basic realm=/x'}, 'body': ''}, False),
    ({'kind': 'status', 'status': 403, 'body': 'refused'}, False),
    ({'kind': 'status', 'status': 404}, False),
    ({'kind': 'status', 'status': 410}, False),
    ({'kind': 'status', 'status': 418}, False),
    ({'kind': 'status', 'status': 429, 'headers': {'Retry-After': '60'}}, False),
    ({'kind': 'status', 'status': 503, 'body': 'busy'}, False),
    ({'kind': 'html'}, False),
    ({'kind': 'not_json'}, False),
]
OF_ANY_TASK: list[tuple[dict[str, Any], bool]] = [
    ({'kind': 'hang'}, False),
    ({'kind': 'reset'}, False),
    ({'kind': 'close'}, False),
    ({'kind': 'reset', 'when': 'mid-body'}, False),
    ({'kind': 'truncated', 'cut_json': True}, False),
    ({'kind': 'truncated'}, True),
    ({'kind': 'garbage'}, True),
    ({'kind': 'oversized'}, False),
    ({'kind': 'oversized', 'content_length': False}, False),
    ({'kind': 'deep'}, False),
    ({'kind': 'html', 'via': '1.1 proxy'}, False),
    ({'kind': 'redirect', 'location': '/metadata/versions'}, False),
    ({'kind': 'bad_utf8'}, False),
    ({'kind': 'not_object'}, False),
]
CASES = [('facts', *case) for case in OF_ANY_TASK] + [(name, *case) for name in ('facts', 'events', 'token') for case in LASTING]


class AskingMachine(RequestsTransport):
    """As the controller asks; it looks at no chassis tag, so it is never unsure."""

    unsure = False


def named(fault: Any) -> str:
    return '-'.join(str(value) for value in fault.values() if not isinstance(value, dict)) if isinstance(fault, dict) else ''


@pytest.fixture(scope='module')
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    path = tmp_path_factory.mktemp('fleet') / 'fleet.json'
    vm = {'name': 'web_0', 'scale_set': 'web', 'zone': 1, 'tags': {'Ö': 'a;b\\:c'}, 'compute': {'userData': 'c2VjcmV0'}}
    vm.update({'identity_rate_limit': 0, 'rate_limit': 0})
    path.write_text(json.dumps({'vms': [vm]}))
    running = Simulator('--fleet', str(path))
    yield running
    running.stop()


class Clock:
    """One on which pauses take no time."""

    time = staticmethod(time.time)

    def __init__(self) -> None:
        self._slept = 0.0

    def monotonic(self) -> float:
        return time.monotonic() + self._slept

    def sleep(self, seconds: float) -> None:
        self._slept += seconds


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (options, host_events):
        monkeypatch.setattr(module, 'ImdsClient', partial(ImdsClient, clock=Clock(), chance=lambda: 0.0))


class Way:
    """Does tasks over transports that C(make) makes for an endpoint."""

    def __init__(self, simulator: Simulator, make: Callable[[str], Any]) -> None:
        self._simulator = simulator
        self._make = make

    def __call__(self, name: str, *faults: dict[str, Any], check_mode: bool = False, **given: Any) -> tuple[Any, ...]:
        """What came of a task, without what is another at each time: the result, the warnings, and what the service was asked."""
        simulator = self._simulator
        simulator.set_faults('web_0')
        for event in json.loads(simulator.control('GET', '/vms/web_0/events').body):
            simulator.control('PATCH', f'/vms/web_0/events/{event["EventId"]}', {'EventStatus': 'Completed'})
        event = json.loads(simulator.control('POST', '/vms/web_0/events', {'NotBefore': 900, 'Description': 'Ü'}).body)
        simulator.set_faults('web_0', *faults)
        simulator.control('DELETE', '/vms/web_0/requests')
        task, specification, arguments = TASKS[name]
        endpoint = simulator.vms['web_0']
        asked_for = {key: value for key, value in {'endpoint': endpoint, **arguments, **given}.items() if value is not None}
        checked = ArgumentSpecValidator(**specification).validate(asked_for)
        assert not checked.error_messages
        warnings: list[str] = []
        try:
            result = task(checked.validated_parameters, self._make(endpoint), warnings.append, check_mode)
        except ImdsError as error:
            return type(error), error.remedy, error.path, error.status, error.method
        asked = [(request['method'], request['path'], request['query'], request.get('body')) for request in simulator.log('web_0')]
        return json.loads(lasting(json.dumps([result, warnings, asked, event['EventId'] in json.dumps(result)]), event['EventId']))


def lasting(text: str, event_id: str) -> str:
    """Without ids, times and whatever else says when and how it was asked."""
    text = re.sub(r'"signature": "([^"]*)"', lambda found: f'"signature": {NONCE.encode() in base64.b64decode(found[1])}'.lower(), text)
    text = re.sub(r'"(document_incarnation|seconds_left|seconds|expires_in|not_before|expires_on)": [^,}]*', r'"\1": 0', text)
    return re.sub(r'"transport": "\w+"', '"transport": ""', text).replace(event_id, 'ID')


@pytest.fixture(scope='module')
def by_module(simulator: Simulator) -> Callable[..., tuple[Any, ...]]:
    """The way against which all others are held, gone once for each question."""
    way = Way(simulator, lambda endpoint: HostTransport(endpoint, 'auto', lambda: None))
    known: dict[str, tuple[Any, ...]] = {}

    def ask(name: str, *faults: dict[str, Any], **given: Any) -> tuple[Any, ...]:
        question = json.dumps([name, faults, given])
        if question not in known:
            known[question] = way(name, *faults, **given)
        return known[question]

    return ask


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest, simulator: Simulator, tmp_path_factory: pytest.TempPathFactory) -> Way:
    if request.param == 'requests':
        return Way(simulator, AskingMachine)
    if not program(request.param):
        pytest.skip(f'{request.param} is not installed here')
    # With what profiles and banners print around each answer.
    shell = Shell(path_with(tmp_path_factory.mktemp('path'), [request.param]))
    return Way(simulator, lambda endpoint: ShellTransport(shell.execute, endpoint))


def posts(name: str, way: Way) -> None:
    """Skip where nothing can be sent: the controller approves for nobody."""
    if name == 'approval' and way._make is AskingMachine:
        pytest.skip('the controller only reads')


@pytest.mark.parametrize('name', NAMES)
def test_results(name: str, way: Way, by_module: Any) -> None:
    posts(name, way)
    expected = by_module(name)
    assert expected[3] == (name in ('events', 'approval'))
    assert way(name) == expected


@pytest.mark.parametrize('name', ['approval', 'events'])
def test_check_mode(name: str, way: Way, by_module: Any) -> None:
    expected = by_module(name, check_mode=True)
    assert {method for method, *_request in expected[2]} == {'GET'}
    assert way(name, check_mode=True) == expected


@pytest.mark.parametrize('fault', ENDING, ids=named)
@pytest.mark.parametrize('name', NAMES)
def test_trouble_that_ends(name: str, fault: dict[str, Any], way: Way, by_module: Any) -> None:
    posts(name, way)
    expected = by_module(name, {**fault, 'times': 1})
    assert len(expected) == 4, expected
    assert way(name, {**fault, 'times': 1}) == expected


@pytest.mark.parametrize(('name', 'fault', 'broken_apart'), CASES, ids=named)
def test_trouble_that_lasts(name: str, fault: dict[str, Any], broken_apart: bool, way: Way, by_module: Any) -> None:
    limits: dict[str, Any] = {'timeout': 1, 'deadline': 1} if fault['kind'] == 'hang' else {'timeout': 20, 'deadline': 14}
    expected = by_module(name, fault, **limits)
    assert isinstance(expected[0], type), expected
    found = way(name, fault, **limits)
    if broken_apart and found[0] is UnreachableError:
        assert expected[0] is MalformedAnswerError
        assert found[1] == UnreachableError.remedy
    else:
        assert found == expected


@pytest.mark.parametrize('fault', [{'kind': 'status', 'status': 400}, {'kind': 'status', 'status': 403}, {'kind': 'html'}, {'kind': 'hang'}], ids=named)
def test_an_approval_that_fails(fault: dict[str, Any], way: Way, by_module: Any) -> None:
    """The events and the name are had before that, with one request each."""
    posts('approval', way)
    faults = [{'kind': 'none', 'times': 2}, fault]
    limits: dict[str, Any] = {'timeout': 5 if fault['kind'] == 'hang' else 20, 'deadline': 5.5 if fault['kind'] == 'hang' else 30}
    expected = by_module('approval', *faults, **limits)
    assert expected[2] == '/scheduledevents'
    assert expected[4] == 'POST'
    assert way('approval', *faults, **limits) == expected


@pytest.mark.parametrize(
    ('name', 'given'),
    [
        ('facts', {'gather_subset': ['everything']}),
        ('facts', {'api_version': 'newest'}),
        ('events', {'timeout': 0}),
        ('approval', {'event_types': None, 'event_ids': ["'; id"]}),
        ('approval', {'event_types': None, 'event_ids': ['00000000-0000-4000-8000-00000000dead']}),
        ('token', {'client_id': ' '}),
        ('token', {'client_id': "'; $(id)\n`id`"}),
        ('token', {'resource': 'https://ünknown.example/ ?a=b&c'}),
    ],
)
def test_options(name: str, given: dict[str, Any], way: Way, by_module: Any) -> None:
    posts(name, way)
    assert way(name, **given) == by_module(name, **given)


@pytest.mark.parametrize('tag', ['Amazon EC2', AZURE_CHASSIS_TAG])
@pytest.mark.parametrize('name', ['facts', 'events', 'token'])
def test_the_chassis_tag(name: str, tag: str, simulator: Simulator, tmp_path_factory: pytest.TempPathFactory) -> None:
    """By its command, the host looks in the file of its kernel, which here is another."""
    folder = tmp_path_factory.mktemp('path')
    shell = Shell(path_with(folder, ['curl', 'wget', 'python3']))
    (folder / 'cat').unlink()
    (folder / 'cat').write_text(f'#!/bin/sh\necho "{tag}"\n')
    (folder / 'cat').chmod(0o755)
    by_shell = Way(simulator, lambda endpoint: ShellTransport(shell.execute, endpoint, 'always'))
    found = by_shell(name, required=True) if name == 'facts' else by_shell(name)
    read = Way(simulator, lambda endpoint: HostTransport(endpoint, 'always', lambda: tag))
    assert found == (read(name, required=True) if name == 'facts' else read(name))
    assert (found[0] is NotAzureError) == (tag != AZURE_CHASSIS_TAG)
    assert (simulator.log('web_0') == []) == (tag != AZURE_CHASSIS_TAG)
