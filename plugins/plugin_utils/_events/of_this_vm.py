# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The scheduled events of the machine that this runs on, asked again and again.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import os
import subprocess
import threading
import time
import typing as t

from ansible_collections.imds.azure.plugins.module_utils._service.errors import ImdsError, NotAzureError
from ansible_collections.imds.azure.plugins.module_utils._service.http_transport import HttpTransport
from ansible_collections.imds.azure.plugins.module_utils._service.platform import chassis_asset_tag, may_ask
from ansible_collections.imds.azure.plugins.plugin_utils._events.arguments import validated
from ansible_collections.imds.azure.plugins.plugin_utils._events.output import write_answer
from ansible_collections.imds.azure.plugins.plugin_utils._events.placements import Known, Placements
from ansible_collections.imds.azure.plugins.plugin_utils._events.question import ask_events, pause

THIS_VM = ''


def watch_events(arguments: dict[str, t.Any], placements: Known, output: int) -> t.NoReturn:
    """Writes each answer as a line until standard input ends.

    :param arguments: as the user gave them.
    :param placements: what an earlier process told, see Placements.
    :raises ImdsError: they cannot be used, or this is not an Azure VM.
    """
    options = validated(arguments)
    if may_ask(options['detect'], options['endpoint'], lambda: chassis_asset_tag(_run)) is False:
        raise NotAzureError(NotAzureError.CAUSE)
    threading.Thread(target=_end_with_input, daemon=True).start()
    transport = HttpTransport(options['endpoint'])
    last, failures = None, 0
    places = Placements(options, placements)
    while True:
        try:
            last, failures = ask_events(transport, time, options, last), 0
            answer = places.add(THIS_VM, last, transport, time)
        except ImdsError as error:
            failures += 1
            answer = {'state': 'failed', 'error': str(error)}
        write_answer(output, {**answer, 'host': None})
        time.sleep(pause(options['interval'], failures))


def _run(words: list[str]) -> tuple[int, str, str]:
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def _end_with_input() -> None:
    while os.read(0, 1):
        pass
    os._exit(0)
