# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Print as a playbook what the documentation shows: the examples of the filter, or the plays of the page that is given."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import yaml
from ansible_collections.imds.azure.plugins.filter.batches import EXAMPLES

# The fleet spells the name of this scale set in two ways, and its group has the first one in sorted order.
SET, SPELLED = 'azure_vmss_web', 'azure_vmss_Web'


def main() -> None:
    if not sys.argv[1:]:
        print(json.dumps([{'name': 'Examples', 'hosts': 'all', 'gather_facts': False, 'tasks': yaml.safe_load(EXAMPLES.replace(SET, SPELLED))}]))
        return
    (playbook,) = (text for text in re.findall(r'^```yaml\n(.*?)^```$', Path(sys.argv[1]).read_text(), re.MULTILINE | re.DOTALL) if 'serial:' in text)
    print(playbook.replace(SET, SPELLED))


if __name__ == '__main__':
    main()
