# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What must not be forgotten while the VM restarts: for which events it was drained."""

import json
import os


class Memory:
    """A JSON file with the ids of events, in C(event_ids). One that is not there, or cannot be read, holds none."""

    def __init__(self, path):
        self._path = path
        self.event_ids = []
        try:
            with open(path, encoding='utf-8') as memory:
                known = json.load(memory)
            self.event_ids = [event_id for event_id in known if isinstance(event_id, str)] if isinstance(known, list) else []
        except (OSError, ValueError):
            pass

    def keep(self, event_ids):
        """Replaces the ids, on the disk first. The old ones are there until the new ones are, whenever the VM goes down."""
        with open(self._path + '.new', 'w', encoding='utf-8') as memory:
            json.dump(event_ids, memory)
            memory.flush()
            os.fsync(memory.fileno())
        os.replace(self._path + '.new', self._path)
        self.event_ids = event_ids
