# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of the service: one request of one VM in, one answer out. Nothing here does I/O."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from . import identity
from .api_versions import ENDPOINT_SINCE, known_event_versions, known_versions, newest_versions
from .attested_document import attested_document
from .document_path import NoSuchElementError, as_text, find, is_leaf
from .fleet import Fleet
from .http_message import Request, Response, error_response, json_response, text_response
from .instance_document import versioned_document, without
from .scheduled_events import MalformedApprovalError, approved_ids
from .virtual_machine import VirtualMachine

_ENDPOINTS = ('versions', 'attested/document', 'identity/oauth2/token', 'identity/info', 'scheduledevents', 'loadbalancer')
_HEADER_TEXT = 'Bad request. Required metadata header not specified'
_VERSION_TEXT = 'Bad request. api-version is invalid or was not specified in the request. For more information refer to aka.ms/azureimds'
_NO_LOAD_BALANCER = 'No load balancer metadata is found. Please check if your VM is using any non-basic SKU load balancer and retry later.'


@dataclass(frozen=True)
class Moment:
    """The time of a request: ``now`` in monotonic seconds, ``wall`` in seconds since the epoch."""

    now: float
    wall: float


def is_identity(request: Request) -> bool:
    """Whether a request goes to /identity, which has limits and an error form of its own."""
    return request.segments()[:2] == ['metadata', 'identity']


def answer(fleet: Fleet, vm: VirtualMachine, request: Request, moment: Moment, drop: list[str]) -> Response:
    """What the service answers. ``drop`` names the parts of the /instance document that are missing for this request."""
    return _refusal(vm, request, moment) or _routed(fleet, vm, request, moment, drop)


def _error(request: Request, status: int, text: str) -> Response:
    return identity.identity_error(status, 'invalid_request', text) if is_identity(request) else error_response(status, text)


def too_many_requests(vm: VirtualMachine, request: Request) -> Response:
    """429, with Retry-After where the VM's settings name one."""
    headers = [] if vm.settings['retry_after'] is None else [('Retry-After', str(vm.settings['retry_after']))]
    if is_identity(request):
        return identity.identity_error(429, 'too_many_requests', 'Too many requests', headers)
    return json_response({'error': 'Too many requests'}, 429, headers)


def _refusal(vm: VirtualMachine, request: Request, moment: Moment) -> Response | None:
    """The rules that hold for every request, whatever it asks for, in the order in which they are looked at."""
    if is_identity(request):
        allowed = vm.identity_window.allow(moment.now, vm.settings['identity_rate_limit'])
        allowed = allowed and (not vm.settings['identity_rate_limit'] or vm.identity_in_progress <= identity.AT_ONCE)
    else:
        allowed = vm.window.allow(moment.now, vm.settings['rate_limit'])
    if not allowed:
        return too_many_requests(vm, request)
    if request.header('x-forwarded-for') is not None:
        return _error(request, 400, 'Bad request. A request with the header X-Forwarded-For is refused')
    if (request.header('metadata') or '').lower() != 'true':
        return _error(request, 400, _HEADER_TEXT)
    names = [name for name, value in request.query]
    if len(set(names)) != len(names):
        return _error(request, 400, 'Bad request. A query parameter is given more than once')
    return None


def _routed(fleet: Fleet, vm: VirtualMachine, request: Request, moment: Moment, drop: list[str]) -> Response:
    segments = request.segments()
    joined = '/'.join(segments[1:])
    in_instance = segments[:2] == ['metadata', 'instance']
    if segments[:1] != ['metadata'] or not (in_instance or joined in _ENDPOINTS):
        return error_response(404, 'Not found')
    if request.method != 'GET' and not (request.method == 'POST' and joined == 'scheduledevents'):
        allow = 'GET, POST' if joined == 'scheduledevents' else 'GET'
        return json_response({'error': 'Method not allowed'}, 405, [('Allow', allow)])
    if joined == 'versions':
        return json_response({'apiVersions': known_versions(vm.settings['newest_api_version'])})
    if joined == 'scheduledevents':
        return _scheduled_events(fleet, vm, request, moment)
    version = request.parameter('api-version') or ''
    endpoint = 'instance' if in_instance else joined
    refused = _version_refusal(vm, request, version, ENDPOINT_SINCE[endpoint])
    if refused is not None:
        return refused
    if in_instance:
        return _instance(vm, request, segments[2:], version, drop)
    if endpoint == 'attested/document':
        return attested_document(vm, fleet.authority, request, version, moment.wall)
    if endpoint == 'identity/oauth2/token':
        return identity.token(vm, request, moment.wall)
    if endpoint == 'identity/info':
        return identity.info(vm)
    if vm.settings['load_balancer'] is None:
        return error_response(404, _NO_LOAD_BALANCER)
    return json_response({'loadbalancer': vm.settings['load_balancer']})


def _version_refusal(vm: VirtualMachine, request: Request, version: str, since: str) -> Response | None:
    """400 for a version that is missing or unknown (404 on an older fleet), 404 for one in which the endpoint did not exist yet."""
    newest = vm.settings['newest_api_version']
    if version not in known_versions(newest):
        if version and vm.settings['version_mode'] == 'not-found':
            return error_response(404, 'Not found. Invalid version requested')
        named: dict[str, Any] = {'newest-versions': newest_versions(newest)}
        if is_identity(request):
            return identity.identity_error(400, 'invalid_request', _VERSION_TEXT, **named)
        return error_response(400, _VERSION_TEXT, **named)
    return error_response(404, 'Not found') if version < since else None


def _instance(vm: VirtualMachine, request: Request, path: list[str], version: str, drop: list[str]) -> Response:
    form = request.parameter('format')
    if form not in (None, 'json', 'text'):
        return error_response(400, 'Bad request. format must be json or text')
    document = versioned_document(without(vm.document(), drop), vm.settings, version)
    try:
        element = find(document, path)
    except NoSuchElementError:
        return error_response(404, 'Not found')
    if form == 'text':
        return text_response(as_text(element))
    if is_leaf(element):
        return error_response(400, 'Bad request. This element is a single value: use format=text')
    return json_response(element)


def _scheduled_events(fleet: Fleet, vm: VirtualMachine, request: Request, moment: Moment) -> Response:
    version = request.parameter('api-version') or ''
    known = known_event_versions(vm.settings['newest_event_version'])
    if known and not version:
        return error_response(400, _VERSION_TEXT, **{'newest-versions': known[:-4:-1]})
    if version not in known:
        return error_response(404, 'Not found')
    if request.method == 'POST':
        try:
            unknown = fleet.events.approve(vm.name, approved_ids(request.body), moment.now)
        except MalformedApprovalError as error:
            return error_response(400, f'Bad request. {error}')
        return error_response(400, f'Bad request. No such event: {unknown}') if unknown is not None else Response(200)
    if vm.events_ready_at is None:
        # The first call switches the feature on, and is answered when that is done.
        vm.events_ready_at = moment.now + vm.settings['first_event_delay']
    response = json_response(fleet.events.document(vm.name, version, moment.now))
    response.wait = max(0.0, vm.events_ready_at - moment.now)
    return response
