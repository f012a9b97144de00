# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cache that is no folder of files: a table of a database, used as those for redis and the like are, with JSON as its values."""

from __future__ import annotations

import json
import sqlite3
import time

from ansible.plugins.cache import BaseCacheModule

DOCUMENTATION = """
name: table
short_description: Keeps what it is given in a table
description: One row for each key, which a time-out makes invisible.
author: Contributors to the imds.azure collection
options:
  _uri:
    description: The file of the database.
    required: true
    env:
      - name: ANSIBLE_CACHE_PLUGIN_CONNECTION
  _prefix:
    description: Begins each key.
    default: ''
  _timeout:
    description: Seconds after which a row is not seen any more; 0 for never.
    type: int
    default: 86400
    env:
      - name: ANSIBLE_CACHE_PLUGIN_TIMEOUT
"""


class CacheModule(BaseCacheModule):
    def _run(self, statement, *values):
        """Opens the database only now, as a client of a server would."""
        with sqlite3.connect(self.get_option('_uri'), timeout=30) as database:
            database.execute('CREATE TABLE IF NOT EXISTS entries (name TEXT PRIMARY KEY, value TEXT, at REAL)')
            return database.execute(statement, values).fetchall()

    def _name(self, key):
        return f'{self.get_option("_prefix")}{key}'

    def _oldest(self):
        timeout = self.get_option('_timeout')
        return time.time() - timeout if timeout else 0

    def get(self, key):
        for (value,) in self._run('SELECT value FROM entries WHERE name = ? AND at >= ?', self._name(key), self._oldest()):
            return json.loads(value)
        raise KeyError(key)

    def set(self, key, value):
        self._run('REPLACE INTO entries VALUES (?, ?, ?)', self._name(key), json.dumps(value), time.time())

    def keys(self):
        return [name[len(self.get_option('_prefix')) :] for (name,) in self._run('SELECT name FROM entries WHERE at >= ?', self._oldest())]

    def contains(self, key):
        return key in self.keys()

    def delete(self, key):
        self._run('DELETE FROM entries WHERE name = ?', self._name(key))

    def flush(self):
        self._run('DELETE FROM entries')

    def copy(self):
        return {key: self.get(key) for key in self.keys()}
