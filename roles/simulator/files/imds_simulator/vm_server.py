# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a request on a VM's address to the steps of its answer: the log, the faults, the service."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from .fault_settings import take
from .fault_steps import fault_outcome
from .fleet import Fleet
from .http_message import Request, Response
from .service import Moment, answer, is_identity
from .virtual_machine import VirtualMachine
from .wire import Step, ordinary_steps


def vm_handler(fleet: Fleet, vm: VirtualMachine) -> Callable[[Request], tuple[Iterable[Step], Callable[[], None]]]:
    """The handler for connections to ``vm``."""

    def handle(request: Request) -> tuple[Iterable[Step], Callable[[], None]]:
        moment = Moment(time.monotonic(), time.time())
        entry = vm.record(request, moment.now)
        counted = is_identity(request)
        vm.identity_in_progress += counted

        def done() -> None:
            vm.identity_in_progress -= counted

        fault = take(vm.faults, request.path, moment.now)
        drop = fault['drop'] if fault is not None and fault['kind'] == 'partial' else []

        def normal() -> Response:
            return answer(fleet, vm, request, moment, drop)

        if fault is None:
            response = normal()
            entry['status'] = response.status
            return ordinary_steps(response, request.method, request.keep_alive()), done
        entry['status'], steps = fault_outcome(fault, normal, request.method, request.keep_alive())
        return steps, done

    return handle
