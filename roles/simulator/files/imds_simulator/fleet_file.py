# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading a fleet file: YAML or JSON into the settings of its VMs."""

from __future__ import annotations

import importlib
import json
from typing import Any

from . import value_types as types
from .errors import FleetError, SettingError
from .generator import generated_vms, generator_knobs
from .instance_document import deep_merge
from .vm_settings import checked

_SECTIONS = ('defaults', 'vms', 'generate')
# Settings of which a VM's own part is merged over the defaults; all others are replaced.
_MERGED = ('tags', 'compute', 'network')
_PERSONAL = ('name', 'port', 'address', 'instance_id', 'private_ip', 'mac')


def read_fleet_file(path: str) -> list[dict[str, Any]]:
    """The given settings of every VM, first those under ``vms``, then the generated ones. Raises FleetError naming file, VM and key."""
    content = _parsed(path)
    if not isinstance(content, dict):
        raise FleetError(f'{path}: expected an object with {", ".join(_SECTIONS)}')
    unknown = [key for key in content if key not in _SECTIONS]
    if unknown:
        raise FleetError(f'{path}: unknown key {unknown[0]!r} (known: {", ".join(_SECTIONS)})')
    defaults = _defaults(path, content.get('defaults'))
    vms = []
    listed = content.get('vms')
    if not isinstance(listed, list) and listed is not None:
        raise FleetError(f"{path}: key 'vms': expected a list")
    for number, entry in enumerate(listed or []):
        vms.append(_one_vm(path, number, entry, defaults))
    vms += _generated(path, content.get('generate'), defaults)
    if not vms:
        raise FleetError(f"{path}: no VMs. Add a list 'vms' or an object 'generate'")
    return vms


def _parsed(path: str) -> Any:
    try:
        with open(path, encoding='utf-8') as file:
            text = file.read()
    except OSError as error:
        raise FleetError(f'{path}: cannot be read: {error.strerror}') from error
    except ValueError as error:
        raise FleetError(f'{path}: not UTF-8 text') from error
    if path.lower().endswith('.json') or text.lstrip().startswith('{'):
        try:
            return json.loads(text)
        except (ValueError, RecursionError) as error:
            if path.lower().endswith('.json'):
                raise FleetError(f'{path}: not JSON: {error}') from error
    try:
        yaml = importlib.import_module('yaml')
    except ImportError as error:
        raise FleetError(f'{path}: YAML needs the Python package PyYAML, which is not installed. Install it, or write the fleet as JSON') from error
    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise FleetError(f'{path}: not YAML: {" ".join(str(error).split())}') from error


def _defaults(path: str, value: Any) -> dict[str, Any]:
    try:
        defaults = checked({} if value is None else value)
    except SettingError as error:
        raise FleetError(f'{path}: defaults: {error}') from error
    for key in _PERSONAL:
        if key in defaults:
            raise FleetError(f'{path}: defaults: key {key!r}: can only be set for a single VM')
    return defaults


def _one_vm(path: str, number: int, value: Any, defaults: dict[str, Any]) -> dict[str, Any]:
    label = f'item {number} of vms'
    try:
        own = types.mapping(value)
        if isinstance(own.get('name'), str) and own['name']:
            label = repr(own['name'])
        given = with_defaults(checked(own), defaults)
    except SettingError as error:
        raise FleetError(f'{path}: VM {label}: {error}') from error
    if 'name' not in given:
        raise FleetError(f"{path}: VM {label}: key 'name' is missing")
    return given


def with_defaults(own: dict[str, Any], defaults: dict[str, Any]) -> dict[str, Any]:
    """A VM's own settings over the defaults of its file."""
    result = {**defaults, **own}
    for key in _MERGED:
        if key in own and key in defaults:
            result[key] = deep_merge(defaults[key], own[key])
    return result


def _generated(path: str, value: Any, defaults: dict[str, Any]) -> list[dict[str, Any]]:
    if value is None:
        return []
    try:
        knobs = generator_knobs(value)
    except SettingError as error:
        raise FleetError(f'{path}: generate: {error}') from error
    # What the generator spreads is its own; the defaults of the file give everything else.
    return [with_defaults(vm, defaults) for vm in generated_vms(knobs)]
