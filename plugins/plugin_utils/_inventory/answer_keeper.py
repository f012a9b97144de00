# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers kept between runs in Ansible's inventory cache. Trouble with it is a warning and costs no host.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import gc
import typing as t

from ansible.errors import AnsibleOptionsError, AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, get_cache_plugin
from ansible.utils.display import Display
from ansible_collections.imds.azure.plugins.plugin_utils._inventory.common_facts import apart, together
from ansible_collections.imds.azure.plugins.plugin_utils._inventory.packed import pack, unpack

display = Display()
# The names of the plugin that Ansible takes by default. What it is given is gone when the run ends.
MEMORY = ('memory', 'ansible.builtin.memory', 'ansible.legacy.memory')
_NOTHING_KEPT = (
    'cache is true, but nothing is kept for the next run: the memory cache plugin is emptied when the run ends. '
    'Set cache_plugin to ansible.builtin.jsonfile and cache_connection to a folder, such as ~/.cache/azure_imds.'
)


class AnswerKeeper(BaseInventoryPlugin, Cacheable):
    """An inventory plugin with a cache of one entry for all of its hosts."""

    _kept_as: str | None = None
    _kept: t.Any = None

    def kept_answers(self, path: str) -> t.Any:
        """What was kept in an earlier run, or anything else that is there; None where nothing is. Only after it, something can be kept."""
        if self.get_option('cache_plugin') in MEMORY:
            display.warning(f'azure_imds: {_NOTHING_KEPT}')
            return None
        # Two runs that begin at the same time may both want to make the folder: the second try finds it.
        for attempt in (1, 2):
            try:
                self._open_cache()
                break
            except Exception as error:
                if attempt == 2:
                    display.warning(f'azure_imds: the cache cannot be used, so all hosts are asked: {error}')
                    return None
        self._kept_as = self.get_cache_key(path)
        try:
            self._kept = self._read(self._kept_as)
        except Exception as error:
            display.warning(f'azure_imds: the cache cannot be read, so all hosts are asked: {error}')
        return self._kept

    def keep_answers(self, merged: t.Callable[[t.Any], t.Any]) -> None:
        """Keeps what KnownHosts stores where C(kept_answers) found a place for it. It is kept at once: the answers cost time, and the rest of the run may fail.

        :param merged: makes the value of what is there by now, for another run may have kept something meanwhile; None where nothing can be read.
        """
        key = self._kept_as
        if not key:
            return
        # Imported here, for Ansible compiles each file of a collection anew in every run, and most runs keep nothing.
        from ansible_collections.imds.azure.plugins.plugin_utils._inventory.cache_plugins import keep_whole, lock_of

        try:
            # A plugin remembers what it once read.
            self._open_cache()
            with lock_of(self._cache._plugin, key):
                keep_whole(self._cache._plugin, key, pack(apart(merged(self._kept_by_now(key)))))
        except Exception as error:
            display.warning(f'azure_imds: cannot write the cache: {error}')

    def _kept_by_now(self, key: str) -> t.Any:
        try:
            return self._read(key)
        except Exception:
            # That was a warning already, or goes wrong only now: then what was read first is not thrown away.
            return self._kept

    def _read(self, key: str) -> t.Any:
        # JSON has no circles, and to look for some again and again, in ever more of it, takes longer than to read it.
        collecting = gc.isenabled()
        gc.disable()
        try:
            return together(unpack(self._cache.get(key)))
        finally:
            if collecting:
                gc.enable()

    def update_cache_if_changed(self) -> None:
        """Called by Ansible after parse, when all is kept."""

    def _read_config_data(self, path: str) -> t.Any:
        try:
            return super()._read_config_data(path)
        except (AnsibleParserError, AnsibleOptionsError):
            raise
        except Exception:
            # The cache cannot be opened, which comes last there. It is tried again, and then this is a warning.
            return None

    def _open_cache(self) -> None:
        """Without a time-out of its own: ages are looked at host by host, and it must not throw all away with the oldest."""
        options = {'_uri': self.get_option('cache_connection'), '_prefix': self.get_option('cache_prefix')}
        self._cache = get_cache_plugin(self.get_option('cache_plugin'), _timeout=0, **{key: value for key, value in options.items() if value is not None})
