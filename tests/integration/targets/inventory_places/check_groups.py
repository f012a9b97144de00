# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares what ansible-inventory printed with what tests/places/fleet.yml says by hand.

Called with the value of scale_set_scope and the folder with what was printed: list, graph, and said for the warnings.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from ansible_collections.imds.azure.tests.places import fleet


def main() -> None:
    scope, folder = sys.argv[1], Path(sys.argv[2])
    expected = fleet.groups(scope)
    listed = json.loads((folder / 'list').read_text())
    for name, group in expected.items():
        found = fleet.Group(listed[name].get('children', []), listed[name].get('hosts', []))
        assert found == group, (name, found, group)
    assert {name for name in listed if name.startswith('azure')} == set(expected)

    graph = (folder / 'graph').read_text().splitlines()
    assert graph == fleet.drawn(expected), graph
    # Each host once in every branch of the tree.
    seen: set[str] = set()
    for line in graph[1:]:
        if line.startswith('  |--@'):
            seen.clear()
        elif '@' not in line:
            host = line.rsplit('--', 1)[1]
            assert host not in seen, line
            seen.add(host)

    # Older releases break lines, also after hyphens.
    said = ''.join((folder / 'said').read_text().split())
    for words in fleet.FLEET['group_warnings'][scope]:
        for word in words:
            assert ''.join(word.split()) in said, (word, said)


if __name__ == '__main__':
    main()
