# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Print an inventory of hosts that cannot be asked: three hundred with one trouble, each at an address of its own, and two with other troubles."""

from __future__ import annotations

import json

gone = {f'gone-{number:03}': {'ansible_host': f'127.0.{number // 100 + 3}.{number % 100}'} for number in range(1, 301)}
broken = {'broken-1': {'ansible_connection': 'nowhere'}, 'broken-2': {'ansible_user': '{{ not_defined_anywhere }}'}}
print(json.dumps({'all': {'children': {'gone': {'hosts': gone, 'vars': {'ansible_connection': 'gone'}}, 'broken': {'hosts': broken}}}}))
