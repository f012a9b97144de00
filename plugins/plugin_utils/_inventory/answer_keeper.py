# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers kept between runs in Ansible's inventory cache. Trouble with it is a warning and costs no host.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleOptionsError, AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, get_cache_plugin
from ansible.utils.display import Display
from ansible_collections.imds.azure.plugins.plugin_utils._inventory.packed import pack, unpack

display = Display()


class AnswerKeeper(BaseInventoryPlugin, Cacheable):
    """An inventory plugin with a cache of one entry for all of its hosts."""

    _kept_as: str | None = None

    def kept_answers(self, path: str) -> t.Any:
        """What C(keep_answers) was given in an earlier run, or anything else that is there; None where nothing is. Only after it, something can be kept."""
        # Two runs that begin at the same time may both want to make the folder: the second try finds it.
        for attempt in (1, 2):
            try:
                self._open_cache()
                break
            except Exception as error:
                if attempt == 2:
                    display.warning(f'azure_imds: nothing can be kept, so all hosts are asked: {error}')
                    return None
        self._kept_as = self.get_cache_key(path)
        try:
            return unpack(self._cache.get(self._kept_as))
        except Exception as error:
            display.warning(f'azure_imds: the cache cannot be read, so all hosts are asked: {error}')
            return None

    def keep_answers(self, content: t.Any) -> None:
        """Keeps a JSON value when the inventory is complete, where C(kept_answers) found a place for it."""
        if self._kept_as:
            self._cache[self._kept_as] = pack(content)

    def update_cache_if_changed(self) -> None:
        """Called by Ansible after parse."""
        if not self._kept_as:
            return
        try:
            super().update_cache_if_changed()
        except Exception as error:
            display.warning(f'azure_imds: what the hosts said cannot be kept: {error}')

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
