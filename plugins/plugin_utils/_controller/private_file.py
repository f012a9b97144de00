# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that only the user may read, that are there whole or as they were, and that processes change one after the other.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import tempfile
import time
import typing as t

_PAUSE = 0.05


@contextlib.contextmanager
def replacement(path: str) -> t.Iterator[str]:
    """The path of a new file, which takes the place of the old one if it could be written to the end.

    :raises OSError: it could not, and the old file is as it was.
    """
    descriptor, new = tempfile.mkstemp(prefix='.azure_imds_', dir=os.path.dirname(path))
    try:
        yield new
        # What is written may be lost until now, and some file systems say only here that they are full.
        os.fsync(descriptor)
        os.replace(new, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(new)
        raise
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def locked(path: str, patience: float) -> t.Iterator[bool]:
    """Waits until no other process holds the lock, and tells whether it is held now.

    :param path: of a file that is made where it is not there, and stays.
    :param patience: the seconds after which it goes on without the lock: whoever holds it may be stopped. So it does where there can be none.
    """
    with contextlib.ExitStack() as stack:
        try:
            descriptor = os.open(path, os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        except OSError:
            yield False
            return
        stack.callback(os.close, descriptor)
        yield _held(descriptor, time.monotonic() + patience)


def _held(descriptor: int, ends: float) -> bool:
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() >= ends:
                return False
            time.sleep(_PAUSE)
        except OSError:
            return False
