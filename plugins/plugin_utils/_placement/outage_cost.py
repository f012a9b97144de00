# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the worst outage of one place costs a service, and whether that has become worse.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import typing as t

Spread = t.Mapping[str, t.Any]


class Cost(t.NamedTuple):
    """Of a service with C(hosts) hosts, the worst outage takes C(lost), those in C(place). C(places) are those that it can be spread over."""

    place: str
    lost: int
    hosts: int
    places: int

    @property
    def text(self) -> str:
        return f'{self.lost} of {self.hosts}'

    @property
    def share(self) -> float:
        return self.lost / self.hosts


def cost_of(group: Spread, without: t.Container[str] = ()) -> Cost | None:
    """The worst outage, None where it is not known where any of the hosts are.

    :param group: a service or a set of the report, as spread_of gives it.
    :param without: hosts that do not count.
    """
    places = [(place['place'], [host for host in place['hosts'] if host not in without], place['known']) for place in group['spread']]
    known = [(place, hosts) for place, hosts, known in places if known]
    count = sum(len(hosts) for _place, hosts, _known in places)
    if not any(hosts for _place, hosts in known):
        return None
    place, hosts = max(known, key=lambda item: len(item[1]))
    return Cost(place, len(hosts), count, len(known))


def is_worse(before: Cost, after: Cost) -> bool:
    """Whether an outage takes a larger share than before although the hosts could be spread better, or takes all of what would have survived one.

    That more hosts do not divide evenly (3 of 9 hosts in each of three zones, then 4 of 10) is nothing that moving hosts could mend.
    """
    best = -(-after.hosts // max(before.places, after.places))
    gone = after.lost == after.hosts and before.lost < before.hosts
    return gone or (after.lost * before.hosts > before.lost * after.hosts and after.lost > best)
