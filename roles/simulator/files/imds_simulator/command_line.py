# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line: options in, a running fleet out. Whatever is wrong with them ends in one line on standard error and status 2."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from typing import Any, NoReturn

from . import background
from .errors import FleetError, SettingError
from .fleet import Fleet
from .fleet_file import read_fleet_file
from .generator import generated_vms, generator_knobs
from .listeners import Plan
from .simulator import RunOptions, planned, run


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f'{self.prog}: {message}\n')


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog='imds_simulator',
        description='A simulated Azure Instance Metadata Service for a fleet of VMs. @FILE reads options from a file, one per line.',
        fromfile_prefix_chars='@',
        allow_abbrev=False,
    )
    fleet = parser.add_mutually_exclusive_group()
    fleet.add_argument('--fleet', metavar='FILE', help='YAML or JSON file that describes the VMs')
    fleet.add_argument('--generate', metavar='N', type=int, help='generate N VMs')
    made = parser.add_argument_group('with --generate')
    made.add_argument('--seed', type=int, default=None, help='different numbers generate different fleets (default 0)')
    made.add_argument('--locations', metavar='A,B', default=None, help='Azure regions (default westeurope,northeurope)')
    made.add_argument('--zones', metavar='N', type=int, default=None, help='zones in each region (default 3; 0: none)')
    made.add_argument('--fault-domains', metavar='N', type=int, default=None, help='fault domains in each zone (default 3)')
    made.add_argument('--scale-sets', metavar='N', type=int, default=None, help='number of scale sets (default: one for about ten VMs)')
    made.add_argument('--singles', metavar='PERCENT', type=int, default=None, help='percentage of VMs outside of scale sets (default 25)')
    parser.add_argument('--rate-limit', metavar='N', type=int, default=None, help='requests per second for each VM (0: no limit), unless the fleet sets it')
    where = parser.add_argument_group('addresses')
    where.add_argument('--bind', metavar='ADDRESS', default=None, help='address of all VMs (default 127.0.0.1)')
    where.add_argument(
        '--base-port', metavar='PORT', type=int, default=None, help='port of the first VM; others use the next ports (default 0: any free ports)'
    )
    where.add_argument('--addresses', metavar='ADDRESS', default=None, help='address of the first VM; others use the next addresses')
    where.add_argument('--port', type=int, default=None, help='port of all VMs, with --addresses (default 80)')
    where.add_argument('--control', metavar='HOST:PORT', default='127.0.0.1:0', help='control address (default 127.0.0.1:0)')
    where.add_argument('--allow-any-address', action='store_true', help='allow addresses outside 127.0.0.0/8')
    parser.add_argument('--ready-file', metavar='PATH', help='also write the ready line to this file')
    parser.add_argument('--ca-dir', metavar='DIR', help='write root.pem and intermediate.pem of the test CA to this folder')
    parser.add_argument('--check', action='store_true', help='only check the fleet, and print the expected ready line')
    running = parser.add_argument_group('in the background')
    running.add_argument('--background', action='store_true', help='return when the simulator is ready; exit status 3: already running')
    running.add_argument('--stop', action='store_true', help='stop the simulator in the background; exit status 3: not running')
    running.add_argument('--state-dir', metavar='DIR', help='folder for pid, log and ready.json; one simulator for each folder')
    parser.add_argument('--exit-with-stdin', action='store_true', help='stop when standard input is closed')
    return parser


def _vms(options: argparse.Namespace) -> list[dict[str, Any]]:
    knobs = {key: getattr(options, key) for key in ('seed', 'zones', 'fault_domains', 'scale_sets', 'singles')}
    knobs = {key: value for key, value in knobs.items() if value is not None}
    if options.locations is not None:
        knobs['locations'] = options.locations.split(',')
    if options.fleet is not None:
        if knobs:
            raise FleetError(f"--{next(iter(knobs)).replace('_', '-')}: needs --generate. In a fleet file, set it in 'generate'")
        vms = read_fleet_file(options.fleet)
    else:
        try:
            vms = generated_vms(generator_knobs({'count': options.generate, **knobs}))
        except SettingError as error:
            raise FleetError(f'--generate: {error}') from error
    if options.rate_limit is not None:
        if options.rate_limit < 0:
            raise FleetError('--rate-limit: expected 0 or more')
        limits = {'rate_limit': options.rate_limit, 'identity_rate_limit': options.rate_limit}
        vms = [{**limits, **vm} for vm in vms]
    return vms


def _port(text: str, option: str) -> int:
    if not (text.isascii() and text.isdecimal() and int(text) <= 65535):
        raise FleetError(f'{option}: expected a port from 0 to 65535, got {text!r}')
    return int(text)


def _run_options(options: argparse.Namespace) -> RunOptions:
    counted = options.addresses is not None
    if counted and (options.bind is not None or options.base_port is not None):
        raise FleetError('--addresses: cannot be combined with --bind or --base-port. Use --port')
    if not counted and options.port is not None:
        raise FleetError('--port: needs --addresses. With --bind, use --base-port')
    if counted:
        first, port, option = options.addresses, 80 if options.port is None else options.port, '--port'
    else:
        first, port, option = options.bind or '127.0.0.1', options.base_port or 0, '--base-port'
    ready_file = options.ready_file
    if ready_file is None and options.background:
        ready_file = os.path.join(options.state_dir, background.READY_FILE)
    host, colon, control_port = options.control.rpartition(':')
    if not colon:
        raise FleetError(f'--control: expected HOST:PORT, got {options.control!r}')
    return RunOptions(
        plan=Plan(first, _port(str(port), option), counted, options.allow_any_address),
        control_address=host.strip('[]'),
        control_port=_port(control_port, '--control'),
        ready_file=ready_file,
        ca_dir=options.ca_dir,
        exit_with_stdin=options.exit_with_stdin,
    )


def main(arguments: list[str] | None = None) -> int:
    """Run the simulator. Gives the exit status."""
    options = _parser().parse_args(arguments)
    return _reported(options, lambda: _run(options))


def _run(options: argparse.Namespace) -> int:
    if options.state_dir is None and (options.background or options.stop):
        raise FleetError('--state-dir: required with --background and --stop')
    if options.stop:
        return background.stop(options.state_dir)
    if options.fleet is None and options.generate is None:
        raise FleetError('no fleet. Use --fleet FILE or --generate N')
    run_options = _run_options(options)
    fleet = Fleet(_vms(options), options.fleet or '--generate')
    if options.check:
        sys.stdout.write(json.dumps(planned(fleet, run_options)) + '\n')
        return 0

    def serve() -> int:
        run(fleet, run_options)
        return 0

    if not options.background:
        return serve()
    return background.start(options.state_dir, lambda: _reported(options, serve))


def _reported(options: argparse.Namespace, serve: Callable[[], int]) -> int:
    """The status of ``serve``; what is wrong is said on standard error."""
    try:
        return serve()
    except FleetError as error:
        source = f'{options.fleet}: ' if options.fleet and str(error).startswith('VM ') else ''
        sys.stderr.write(f'imds_simulator: {source}{error}\n')
        return 2
