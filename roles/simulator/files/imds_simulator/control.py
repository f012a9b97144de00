# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The control address: JSON over HTTP to look at VMs and change them while they run."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import unquote

from . import value_types as types
from .api_versions import EVENT_VERSIONS
from .errors import ControlError, SettingError
from .event_settings import event, status_change
from .fault_settings import activate, fault
from .fleet import Fleet
from .http_message import Request, Response, error_response, json_response
from .signing_authority import SigningUnavailableError
from .virtual_machine import VirtualMachine
from .wire import Step, ordinary_steps


class Control:
    """Answers control requests. ``stop`` ends the simulator."""

    def __init__(self, fleet: Fleet, stop: Callable[[], None]) -> None:
        self._fleet = fleet
        self._stop = stop

    def handle(self, request: Request) -> tuple[Iterable[Step], Callable[[], None]]:
        """The handler for connections to the control address."""
        after: list[Callable[[], None]] = []
        try:
            response = self._answer(request, after)
        except ControlError as error:
            response = error_response(error.status, error.text)
        except SettingError as error:
            response = error_response(400, str(error))

        def done() -> None:
            for each in after:
                each()

        return ordinary_steps(response, request.method, request.keep_alive()), done

    def _answer(self, request: Request, after: list[Callable[[], None]]) -> Response:
        parts = [unquote(part) for part in request.path.strip('/').split('/')]
        if parts[0] == 'vms' and len(parts) >= 2 and parts[1]:
            return self._vm_answer(request, self._vm(parts[1]), parts[2:])
        if parts[0] == 'ca' and len(parts) == 2:
            _allow(request, 'GET')
            return self._certificate(parts[1])
        if parts == ['vms']:
            _allow(request, 'GET')
            return json_response({name: self._view(vm) for name, vm in self._fleet.vms.items()})
        if parts == ['requests']:
            if _allow(request, 'GET', 'DELETE') == 'GET':
                return json_response({name: list(vm.log) for name, vm in self._fleet.vms.items()})
            cleared = [self._clear_log(vm) for vm in self._fleet.vms.values()]
            return json_response({'cleared': sum(cleared)})
        if parts == ['shutdown']:
            _allow(request, 'POST')
            after.append(self._stop)
            return json_response({'shutdown': True})
        raise ControlError(404, 'No such control path. Known: /vms, /vms/NAME, /vms/NAME/requests|faults|events, /requests, /ca/NAME, /shutdown')

    def _vm_answer(self, request: Request, vm: VirtualMachine, rest: list[str]) -> Response:
        now, wall = time.monotonic(), time.time()
        if not rest:
            if _allow(request, 'GET', 'PATCH') == 'PATCH':
                vm.patch(types.mapping(_body(request)), now)
            return json_response(self._view(vm))
        if rest == ['requests']:
            if _allow(request, 'GET', 'DELETE') == 'GET':
                return json_response(list(vm.log))
            return json_response({'cleared': self._clear_log(vm)})
        if rest == ['faults']:
            method = _allow(request, 'GET', 'PUT', 'DELETE')
            if method == 'PUT':
                vm.faults = activate(types.listing(fault)(_body(request)), now)
            elif method == 'DELETE':
                vm.faults = []
            return json_response([each.view(now) for each in vm.faults])
        if rest == ['events']:
            if _allow(request, 'GET', 'POST') == 'GET':
                return json_response(self._event_views(vm, now))
            started = self._fleet.start_event(vm, event(_body(request)), now, wall)
            return json_response(started.view(EVENT_VERSIONS[-1]), 201)
        if len(rest) == 2 and rest[0] == 'events':
            _allow(request, 'PATCH')
            return self._change_event(vm, rest[1], status_change(_body(request)), now)
        raise ControlError(404, f'No such control path under /vms/{vm.name}. Known: requests, faults, events, events/ID')

    def _vm(self, name: str) -> VirtualMachine:
        vm = self._fleet.vms.get(name)
        if vm is None:
            raise ControlError(404, f'There is no VM {name!r}')
        return vm

    def _view(self, vm: VirtualMachine) -> dict[str, Any]:
        now = time.monotonic()
        return {
            'endpoint': vm.endpoint,
            'document': vm.document(),
            'settings': vm.settings,
            'faults': [each.view(now) for each in vm.faults],
            'events': self._event_views(vm, now),
            'requests': len(vm.log),
        }

    def _event_views(self, vm: VirtualMachine, now: float) -> list[dict[str, Any]]:
        return [each.view(EVENT_VERSIONS[-1]) for each in self._fleet.events.visible(vm.name, now)]

    def _change_event(self, vm: VirtualMachine, event_id: str, status: str, now: float) -> Response:
        found = self._fleet.events.find(vm.name, event_id, now)
        if found is None:
            raise ControlError(404, f'VM {vm.name!r} has no event with the ID {event_id!r}')
        if status == 'Started':
            self._fleet.events.begin(found, now)
        else:
            self._fleet.events.complete(found)
            found.status = 'Completed'
        return json_response(found.view(EVENT_VERSIONS[-1]))

    def _certificate(self, name: str) -> Response:
        try:
            certificates = self._fleet.authority.certificates()
        except SigningUnavailableError as error:
            raise ControlError(500, str(error)) from error
        if name not in certificates:
            raise ControlError(404, f'No such certificate. Known: {", ".join(certificates)}')
        kind = 'application/x-pem-file' if name.endswith('.pem') else 'application/pkix-cert'
        return Response(200, certificates[name], kind)

    @staticmethod
    def _clear_log(vm: VirtualMachine) -> int:
        count = len(vm.log)
        vm.log.clear()
        return count


def _allow(request: Request, *methods: str) -> str:
    if request.method not in methods:
        raise ControlError(405, f'{request.path} supports {", ".join(methods)}, not {request.method}')
    return request.method


def _body(request: Request) -> Any:
    try:
        return json.loads(request.body.decode('utf-8'))
    except (ValueError, RecursionError) as error:
        raise ControlError(400, f'The body is not JSON: {error}') from error
