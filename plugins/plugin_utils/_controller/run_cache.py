# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One answer for all processes of a run: who comes first asks, the others wait and read.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import time
import typing as t

from ansible_collections.imds.azure.plugins.plugin_utils._controller.private_file import replacement


def once_for_the_run(folder: str, key: t.Sequence[str], ask: t.Callable[[], dict[str, t.Any]], patience: float = 0.0) -> dict[str, t.Any]:
    """Gives what ``ask`` gives, asked once for every process that shares the folder.

    :param folder: private to the user and gone with the run, as Ansible's local temporary folder is.
    :param key: what the answer depends on.
    :param ask: gives a JSON object.
    :param patience: an answer with a key C(error) is shared with those who have been waiting for it, and with others for so many seconds: a
        service that does not answer costs a run one deadline and not one for each host, while a later task may ask anew.
    """
    arrived = time.monotonic()
    name = hashlib.sha256(json.dumps(list(key)).encode()).hexdigest()[:24]
    path = os.path.join(folder, f'azure_imds_{name}.json')
    with open(os.open(f'{path}.lock', os.O_CREAT | os.O_RDWR, 0o600), 'rb') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        stored = _read(path)
        # The monotonic clock is one for all processes of a machine.
        if stored is not None and ('error' not in stored['answer'] or arrived - stored['at'] <= patience):
            return stored['answer']
        answer = ask()
        _write(path, {'answer': answer, 'at': time.monotonic()})
        return answer


def _read(path: str) -> dict[str, t.Any] | None:
    try:
        with open(path, encoding='utf-8') as file:
            return json.load(file)
    except FileNotFoundError:
        return None


def _write(path: str, content: dict[str, t.Any]) -> None:
    # Where the disk is full, everybody asks: that costs time and no answer.
    with contextlib.suppress(OSError), replacement(path) as new, open(new, 'w', encoding='utf-8') as file:
        json.dump(content, file)
