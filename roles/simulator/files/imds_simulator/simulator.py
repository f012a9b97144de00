# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a fleet: opens the listeners, says when it is ready, serves until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import resource
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .connection import MAX_HEAD, Handler, serve
from .control import Control
from .errors import FleetError
from .fleet import Fleet
from .listeners import Plan, addresses, base_url, checked_address, listening_socket, url_of
from .signing_authority import SigningUnavailableError
from .vm_server import vm_handler


@dataclass(frozen=True)
class RunOptions:
    """How a fleet is run; where its VMs listen is in ``plan``."""

    plan: Plan
    control_address: str
    control_port: int
    ready_file: str | None
    ca_dir: str | None
    exit_with_stdin: bool


def run(fleet: Fleet, options: RunOptions) -> None:
    """Serve until SIGTERM, SIGINT, a control request or the end of standard input. Raises FleetError before anything is served."""
    _raise_file_limit()
    control_address = checked_address(options.control_address, options.plan.allow_any_address, '--control')
    control_socket = listening_socket(control_address, options.control_port, '--control')
    sockets = {}
    for name, (address, port) in addresses(fleet, options.plan).items():
        sockets[name] = listening_socket(address, port, f'VM {name!r}')
        fleet.vms[name].endpoint = base_url(sockets[name])
    fleet.authority.issuer_url = f'{base_url(control_socket)}/ca/intermediate.cer'
    if options.ca_dir is not None:
        _write_certificates(fleet, options.ca_dir)
    asyncio.run(_serve(fleet, options, control_socket, sockets))


def planned(fleet: Fleet, options: RunOptions) -> dict[str, Any]:
    """What the ready line will say. Raises FleetError."""
    control_address = checked_address(options.control_address, options.plan.allow_any_address, '--control')
    vms = {name: url_of(address, port) for name, (address, port) in addresses(fleet, options.plan).items()}
    return {'control': url_of(control_address, options.control_port), 'vms': vms}


def _raise_file_limit() -> None:
    """Each VM takes a file descriptor, each connection another: take all that this user may have."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    with contextlib.suppress(OSError, ValueError):  # some systems allow less than they say
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _write_certificates(fleet: Fleet, directory: str) -> None:
    try:
        fleet.authority.write(directory)
    except SigningUnavailableError as error:
        raise FleetError(f'--ca-dir: {error}') from error
    except OSError as error:
        raise FleetError(f'--ca-dir: {directory}: cannot be written: {error.strerror}') from error


async def _serve(fleet: Fleet, options: RunOptions, control_socket: socket.socket, sockets: dict[str, socket.socket]) -> None:
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    servers = [await _listen(control_socket, Control(fleet, stop.set).handle)]
    for name, listener in sockets.items():
        servers.append(await _listen(listener, vm_handler(fleet, fleet.vms[name])))
    fleet.begin(time.monotonic(), time.time())
    if options.exit_with_stdin:
        threading.Thread(target=_await_end_of_stdin, args=(lambda: loop.call_soon_threadsafe(stop.set),), daemon=True).start()
    _announce(fleet, base_url(control_socket), options.ready_file)
    await stop.wait()
    if options.ready_file is not None:
        with contextlib.suppress(OSError):
            os.remove(options.ready_file)
    for server in servers:
        server.close()


async def _listen(listener: socket.socket, handler: Handler) -> asyncio.AbstractServer:
    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await serve(reader, writer, handler)

    return await asyncio.start_server(connected, sock=listener, limit=MAX_HEAD)


def _await_end_of_stdin(then: Callable[[], object]) -> None:
    while os.read(0, 4096):
        pass
    then()


def _announce(fleet: Fleet, control_url: str, ready_file: str | None) -> None:
    """One line of JSON on standard output, and the same in the ready file, which is never seen half written. Raises FleetError."""
    line = json.dumps({'control': control_url, 'vms': {name: vm.endpoint for name, vm in fleet.vms.items()}}) + '\n'
    if ready_file is not None:
        unfinished = f'{ready_file}.{os.getpid()}'
        try:
            with open(unfinished, 'w', encoding='utf-8') as file:
                file.write(line)
            os.replace(unfinished, ready_file)
        except OSError as error:
            raise FleetError(f'--ready-file: {ready_file}: cannot be written: {error.strerror}') from error
    sys.stdout.write(line)
    sys.stdout.flush()
