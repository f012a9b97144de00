# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Baselines: earlier reports, as far as a comparison needs them. What is read from a disk may be anything.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import json
import os
import stat
import typing as t

from ansible_collections.imds.azure.plugins.plugin_utils._placement.topology import FORMAT, STATES

# Far more than a report on 100,000 hosts.
LARGEST = 512 * 1024 * 1024
WRITE = 'Write a new one with: ansible-playbook imds.azure.topology_report -e topology_report_dest=FOLDER'
TEXT: tuple[type, ...] = (str,)
OPTIONAL: tuple[type, ...] = (str, type(None))
PLACES = ('location', 'zone', 'physical_zone', 'fault_domain', 'update_domain', 'scale_set', 'availability_set', 'subscription_id', 'resource_group', 'service')
HOST = {'name': TEXT, 'state': TEXT, **dict.fromkeys(PLACES, OPTIONAL)}
PLACE = {'place': TEXT, 'known': (bool,), 'hosts': [TEXT]}
GROUP = {'name': TEXT, 'spread': [PLACE]}
# What is taken of a report, and the types that it must have.
SHAPE: dict[str, t.Any] = {
    'made_at': TEXT,
    'hosts': [HOST],
    'services': [GROUP],
    'scale_sets': [GROUP],
    'availability_sets': [GROUP],
    'summary': {'critical': (int,), 'warning': (int,)},
}


class BaselineError(Exception):
    """A file that is no baseline; the text names the file, the cause and the remedy."""


def read_baseline(path: str, remedy: str = WRITE) -> dict[str, t.Any]:
    """The baseline in a file.

    :param remedy: what to do about a file that is none.
    :raises BaselineError:
    """
    try:
        about = os.stat(path)
        # A device or a pipe would never end.
        if not stat.S_ISREG(about.st_mode):
            raise BaselineError(f'The baseline {path} cannot be used: it is not a file. Use the topology.json of an earlier report.')
        if about.st_size > LARGEST:
            raise BaselineError(f'The baseline {path} cannot be used: it is larger than {LARGEST >> 20} MiB. {remedy}')
        with open(path, 'rb') as file:
            content = file.read()
    except FileNotFoundError:
        raise BaselineError(f'The baseline {path} does not exist. {WRITE}') from None
    except (OSError, ValueError) as error:
        # ValueError: a path with a null byte.
        raise BaselineError(f'The baseline {path} cannot be read: {getattr(error, "strerror", error)}. Correct the path or its permissions.') from None
    return parsed(content, path, remedy)


def parsed(content: bytes, path: str, remedy: str = WRITE) -> dict[str, t.Any]:
    """The baseline that a file holds.

    :raises BaselineError:
    """
    try:
        document = json.loads(content.decode('utf-8-sig'))
    except (ValueError, RecursionError) as error:
        cause = 'it is empty' if not content.strip() else 'it is nested too deeply' if isinstance(error, RecursionError) else f'it is not JSON ({error})'
        raise BaselineError(f'The baseline {path} cannot be used: {cause}. The file may be incomplete. {remedy}') from None
    version = document.get('format') if isinstance(document, dict) else None
    if isinstance(version, int) and not isinstance(version, bool) and version > FORMAT:
        newer = f'it has format {version}, and this version of imds.azure reads format {FORMAT}'
        raise BaselineError(f'The baseline {path} cannot be used: {newer}. Upgrade with: ansible-galaxy collection install imds.azure --upgrade')
    if isinstance(version, bool) or not isinstance(version, int) or version != FORMAT:
        cause = f'its format is {version!r}' if isinstance(version, (str, int, float)) else 'it has no format'
        raise BaselineError(
            f'The baseline {path} cannot be used: {cause}, so it is not a report of imds.azure.topology_report, or it is from an old version. {remedy}'
        )
    try:
        return baseline_of(document)
    except ShapeError as error:
        raise BaselineError(f'The baseline {path} cannot be used: {error}. {remedy}') from None


class ShapeError(Exception):
    """Where a report is not as it should be."""


def baseline_of(report: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """A report without what no comparison needs.

    :raises ShapeError:
    """
    taken = {'format': FORMAT, **_taken(report, SHAPE, '')}
    for number, host in enumerate(taken['hosts']):
        if host['state'] not in STATES:
            raise ShapeError(f'hosts[{number}].state is not one of {", ".join(STATES)}')
    return taken


def _taken(value: t.Any, shape: t.Any, where: str) -> t.Any:
    if isinstance(shape, dict):
        if not isinstance(value, dict):
            raise ShapeError(f'{where or "the document"} is not an object')
        missing = [key for key in shape if key not in value]
        if missing:
            raise ShapeError(f'{where}{"." if where else ""}{missing[0]} is missing')
        return {key: _taken(value[key], child, f'{where}{"." if where else ""}{key}') for key, child in shape.items()}
    if isinstance(shape, list):
        if not isinstance(value, list):
            raise ShapeError(f'{where} is not a list')
        return [_taken(child, shape[0], f'{where}[{number}]') for number, child in enumerate(value)]
    if not isinstance(value, shape) or (isinstance(value, bool) and bool not in shape):
        raise ShapeError(f'{where} is not {"a number" if int in shape else "true or false" if bool in shape else "a string"}')
    return value
