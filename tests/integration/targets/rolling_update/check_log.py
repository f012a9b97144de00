# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare what hosts wrote down with a row of the table of batches in tests/places/fleet.yml.

Hosts go batch by batch, up to the number of batches that is given, and two that are away at the same time are in one batch. All are back but those that were
left away.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from ansible_collections.imds.azure.tests.places import fleet


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument('log', type=Path)
    for name in ('of', 'tag', 'at_most'):
        parser.add_argument(name)
    parser.add_argument('--up-to', type=int)
    parser.add_argument('--left', nargs='*', default=[])
    parser.add_argument('--never', nargs='*', default=[], help='hosts that could not begin')
    wanted = parser.parse_args()
    (row,) = (row for row in fleet.BATCHES if (row['of'], row['tag'], row['at_most']) == (wanted.of, wanted.tag, wanted.at_most))
    planned = fleet.batches(row)[: wanted.up_to]
    places = {row['name']: row for row in fleet.PRESENT}

    away: list[str] = []
    begun: list[str] = []
    for line in wanted.log.read_text().splitlines() if wanted.log.exists() else []:
        event, host = line.split()
        if event == 'ends':
            away.remove(host)
            continue
        # Hosts that were left away were given up.
        away = [other for other in away if other not in wanted.left]
        away.append(host)
        begun.append(host)
        assert any(set(away) <= set(batch) for batch in planned), (away, planned)
        for column in ('location', 'physical'):
            assert len({places[other][column] for other in away if other in places}) <= 1, away
    expected = [sorted(set(batch) - set(wanted.never)) for batch in planned]
    for batch in expected:
        assert sorted(begun[: len(batch)]) == batch, (begun, expected)
        begun = begun[len(batch) :]
    assert not begun, begun
    assert set(away) <= set(wanted.left), away


if __name__ == '__main__':
    main()
