# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Print a play of the examples that the filter documents."""

from __future__ import annotations

import json

import yaml
from ansible_collections.imds.azure.plugins.filter.batches import EXAMPLES

print(json.dumps([{'name': 'Examples', 'hosts': 'all', 'gather_facts': False, 'tasks': yaml.safe_load(EXAMPLES)}]))
