# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How entries are written into Ansible's caches.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import contextlib
import functools
import os
import typing as t

from ansible import constants as C
from ansible.plugins.cache import BaseFileCacheModule
from ansible_collections.imds.azure.plugins.plugin_utils._controller.private_file import locked, replacement

# Whoever holds the lock only reads and writes one entry.
PATIENCE = 30.0


def keep_whole(plugin: t.Any, key: str, value: dict[str, t.Any]) -> None:
    """Gives a cache plugin an entry. Where that is a file, it is private, and the old one stays as it is when the new one cannot be written.

    Ansible itself would put what was written of it in its place, and let others read it.

    :raises Exception: it could not be kept.
    """
    # Newer releases of ansible-core have something around each plugin that decides how keys and values are written.
    inner = getattr(plugin, '__wrapped__', plugin)
    if isinstance(inner, BaseFileCacheModule):
        inner.set = functools.partial(_set_file, inner)
    plugin.set(key, value)


def _set_file(plugin: t.Any, key: str, value: t.Any) -> None:
    with replacement(plugin._get_cache_file_name(key)) as path:
        plugin._dump(value, path)


def lock_of(plugin: t.Any, key: str) -> contextlib.AbstractContextManager[bool]:
    """For the time in which an entry is read and written: for all who use the same folder or the same redis, else for the user of this machine.

    :raises Exception: redis did not give it.
    """
    if isinstance(plugin, BaseFileCacheModule):
        return locked(os.path.join(plugin._cache_dir, '.azure_imds.lock'), PATIENCE)
    # The client of redis in the plugin of community.general. Its locks expire, so that a controller that dies does not keep one.
    client: t.Any = getattr(plugin, '_db', None)
    if hasattr(type(client), 'lock'):
        lock: contextlib.AbstractContextManager[bool] = client.lock(f'{key}.lock', timeout=PATIENCE, blocking_timeout=2 * PATIENCE)
        return lock
    return locked(os.path.join(os.path.dirname(C.DEFAULT_LOCAL_TMP), f'{key}.lock'), PATIENCE)
