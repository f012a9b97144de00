# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which groups a fleet has, and what hangs below what: one name, one place.

Azure's names have no case, so two spellings of one name are one group, which shows the spelling that is first in sorted order. Where two places come to one
name all the same, by what is sanitised or because names are chosen so, there is no group rather than a wrong one: see Claims.keeps.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import typing as t

from ansible_collections.imds.azure.plugins.plugin_utils._inventory.groups import Branch, Shape, Standing, Wanted, branches
from ansible_collections.imds.azure.plugins.plugin_utils._placement.places import Place

# Names, each with what it is a name inside of.
_SPELT = {
    'location': '',
    'physical_zone': '',
    'placement_group': '',
    'subscription': '',
    'zone': 'location',
    'resource_group': 'subscription',
    'set_name': 'set',
}


class Claim(t.NamedTuple):
    """One place that wants a name."""

    wanted: Wanted
    # The claimed name of the group above it, '' for the group of all hosts.
    above: str
    # One host that stands there.
    at: Standing


class Tree(t.NamedTuple):
    """The groups of a fleet."""

    # Of each group the one above it; names are sorted, and the group of all hosts is not among them.
    parents: dict[str, str]
    # Of each standing the deepest groups.
    deepest: list[list[str]]
    claims: Claims


class Claims:
    """Who wants which name."""

    def __init__(self) -> None:
        # By the claimed name, then by the kind of the group and the place.
        self.by_name: dict[str, dict[tuple[str, Place], Claim]] = {}

    def add(self, branch: Branch, at: Standing) -> None:
        above = ''
        for wanted in branch:
            self.by_name.setdefault(wanted.claimed, {}).setdefault((wanted.kind, wanted.place), Claim(wanted, above, at))
            above = wanted.claimed

    def keeps(self, wanted: Wanted, branch: Branch) -> bool:
        """Whether there is this group.

        Plain numbers of domains stand for all domains with that number, and the group of a set for all sets of that name: by their zones and domains nothing
        could be told then. Everything else stands for one place, and where a set and a part of another one come to one name, the set has it.
        """
        claims = self.by_name[wanted.claimed]
        if wanted.kind in ('fault_domain', 'update_domain', 'same_name'):
            return True
        if wanted.kind == 'set':
            return len({claim.above for (kind, _place), claim in claims.items() if kind == 'set'}) == 1 and all(kind != 'same_name' for kind, _place in claims)
        if wanted.kind in ('zone_of_set', 'domain_of_set'):
            return len(claims) == 1 and not any(len(self.sets(above.claimed)) > 1 for above in branch if above.kind == 'set')
        return len(claims) == 1

    def of(self, claimed: str) -> list[Claim]:
        """Who wants this name, in sorted order of the places."""
        return sorted(self.by_name[claimed].values(), key=lambda claim: (claim.wanted.place, claim.wanted.kind))

    def sets(self, claimed: str) -> list[Claim]:
        """The sets whose own group has this name."""
        return [claim for claim in self.of(claimed) if claim.wanted.kind == 'set'] if len(self.by_name[claimed]) > 1 else []


def group_tree(standings: t.Sequence[Standing], shape: Shape, allowed: t.Container[str] | None = None) -> Tree:
    """The groups of a fleet.

    :param standings: those that there are; the order matters to nothing but C(Tree.deepest).
    :param allowed: the names that groups may have, where not all may be had.
    """
    fleet = [(at, branches(at, shape)) for at in _first_spelling(standings)]
    claims = Claims()
    for at, of_host in sorted(fleet):
        for wanted in of_host:
            claims.add(wanted, at)
    kept = [
        [[wanted.name for wanted in branch if claims.keeps(wanted, branch) and (allowed is None or wanted.name in allowed)] for branch in of_host]
        for _at, of_host in fleet
    ]
    # Names that differ in case only, which sanitised spellings of two places may.
    shown: dict[str, str] = {}
    for name in sorted({name for of_host in kept for branch in of_host for name in branch}):
        shown.setdefault(name.lower(), name)
    parents, deepest = {}, []
    for branches_of_host in kept:
        ends = []
        for names in branches_of_host:
            above = shape.prefix
            for name in names:
                parents[shown[name.lower()]] = above
                above = shown[name.lower()]
            ends.append(above)
        # A branch without a group says nothing, if another one does.
        deepest.append([name for name in ends if name != shape.prefix] or [shape.prefix])
    return Tree(dict(sorted(parents.items())), deepest, claims)


def _first_spelling(standings: t.Sequence[Standing]) -> list[Standing]:
    """The same with one spelling for each name: that which is first in sorted order."""
    first: dict[tuple[t.Any, ...], str] = {}
    for at in standings:
        for key, same in _identities(at):
            value = getattr(at, key)
            if value < first.setdefault(same, value):
                first[same] = value
    return [Standing(**{**at._asdict(), **{key: first[same] for key, same in _identities(at)}}) for at in standings]


def _identities(at: Standing) -> list[tuple[str, tuple[t.Any, ...]]]:
    """Each name with what it has in common with all other spellings of it."""
    within = {'': '', 'location': at.location.lower(), 'subscription': at.subscription.lower(), 'set': at.set}
    return [(key, (key, within[inside], getattr(at, key).lower())) for key, inside in _SPELT.items()]
