# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Trouble that comes of asking many hosts at once, and is not theirs: the controller is short of something, or an sshd takes no more connections for now.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import errno
import os
import re
import resource

from ansible_collections.imds.azure.plugins.module_utils._service.errors import ImdsError

# Where it is crowded.
HERE = 'here'
THERE = 'there'

# Files that are open for a host at most, while its ssh is started.
FILES_OF_A_HOST = 10
# Memory for all together, and for each of the hosts besides the stack of its thread. No answer needs that much.
MEMORY = 1 << 30
MEMORY_OF_A_HOST = 16 << 20
_STACK = 8 << 20
# Where the open files cannot be counted.
_FILES_OF_ANSIBLE = 32

_SHORT_OF = {errno.EMFILE: 'open files', errno.ENFILE: 'open files', errno.EAGAIN: 'processes', errno.ENOMEM: 'memory'}
# What ssh says of the machine on which it runs.
_SSH_IS_SHORT = re.compile(
    r'\b(?:socket|pipes?|fork|vfork|posix_spawnp?|proxy)\b[^:]*: (Too many open files(?: in system)?|Resource temporarily unavailable|Cannot allocate memory)'
)
_NO_THREAD = "can't start new thread"
_CLOSED_EARLY = re.compile(r'\b(?:kex|ssh)_exchange_identification: |\bbanner exchange: |\bConnection (?:reset|closed) by .* \[preauth\]')
# A bastion that cannot reach the host closes the connection too, and says why.
_OTHER_CAUSE = re.compile(
    r'\b(?:open failed|forwarding failed|refused|timed out|denied|not resolve|verification failed|no route|unreachable|not found|no such file|not allowed)\b',
    re.I,
)


class ControllerShortageError(ImdsError):
    """The machine on which Ansible runs has too little of something."""

    remedy = (
        'This is not a problem of the host: ask fewer hosts at once (forks), or raise the limit on the controller '
        '(ulimit -n for open files, ulimit -u for processes).'
    )


class ClosedEarlyError(ImdsError):
    """The connection ended before anybody logged in, as sshd does with those that are too many."""

    remedy = (
        'Too many new connections at once for the host, or for a bastion in front of it: raise MaxStartups in its sshd_config, ask fewer hosts at once '
        '(forks), or let Ansible retry (retries in the ssh_connection section of ansible.cfg, or ANSIBLE_SSH_RETRIES).'
    )


def shortage(error: BaseException | None) -> ControllerShortageError | None:
    """What an error says of the controller, itself or by one that it was made of; None where it has nothing to do with that."""
    while error is not None:
        what = _short_of(error)
        if what:
            return ControllerShortageError(f'the controller has too few {what}' if what != 'memory' else 'the controller has too little memory')
        error = error.__cause__ or error.__context__
    return None


def _short_of(error: BaseException) -> str | None:
    if isinstance(error, OSError):
        return _SHORT_OF.get(error.errno or 0)
    if isinstance(error, MemoryError):
        return 'memory'
    if isinstance(error, RuntimeError) and _NO_THREAD in str(error):
        return 'processes'
    said = _SSH_IS_SHORT.search(str(error)) if isinstance(error, ImdsError) else None
    return next((what for code, what in _SHORT_OF.items() if said and said[1].startswith(os.strerror(code))), None)


def closed_early(cause: str) -> bool:
    """Whether a connection ended before anybody logged in, and nothing says that it is for another reason than the number of connections."""
    return bool(_CLOSED_EARLY.search(cause)) and not _OTHER_CAUSE.search(cause)


def places_for_files(wanted: int) -> int:
    """How many of the wanted hosts can be asked at once with the files that this process may have open, which is made as many as are needed and allowed."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    used = _open_files()
    needed = used + wanted * FILES_OF_A_HOST
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return wanted
    raised = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (raised, hard))
        soft = raised
    except (OSError, ValueError):
        # Some systems have a limit beyond those that they tell.
        pass
    return max((soft - used) // FILES_OF_A_HOST, 1)


def _open_files() -> int:
    try:
        return len(os.listdir('/dev/fd'))
    except OSError:
        return _FILES_OF_ANSIBLE


def bound_memory(hosts: int) -> None:
    """Ends it with an error, and not with the machine, where a connection that runs in this process brings more than so many hosts can have to say."""
    used = _data()
    if used is None:
        return
    stack = resource.getrlimit(resource.RLIMIT_STACK)[0]
    most = used + MEMORY + hosts * (MEMORY_OF_A_HOST + (_STACK if stack == resource.RLIM_INFINITY else stack))
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    if soft == resource.RLIM_INFINITY or soft > most:
        resource.setrlimit(resource.RLIMIT_DATA, (most, hard))


def _data() -> int | None:
    """The bytes of this process that count for the limit; None where they cannot be known."""
    try:
        with open('/proc/self/status', encoding='ascii', errors='replace') as status:
            return next((int(line.split()[1]) << 10 for line in status if line.startswith('VmData:')), None)
    except OSError:
        return None
