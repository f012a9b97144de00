# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of places that every configuration file takes, whatever hosts say, and that differ where the places do.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import hashlib
import re
import typing as t

from ansible_collections.imds.azure.plugins.plugin_utils._placement.places import Place

# What label values of Kubernetes, names of CRUSH, of switches in Slurm and of paths in HDFS may all consist of, and how long they may be.
_OTHER_CHARACTERS = re.compile(r'[^A-Za-z0-9_.-]+')
LONGEST = 63
_MARK = 8


def name(value: t.Any, longest: int = LONGEST) -> str | None:
    """A name that every format takes; what a host says may hold anything."""
    text = str(value) if isinstance(value, (str, int)) else ''
    return _OTHER_CHARACTERS.sub('_', text)[:longest].strip('-_.') or None


def different_names(wanted: t.Mapping[Place, str | None], longest: int = LONGEST) -> dict[Place, str]:
    """A name for each place: the one that is wanted, with a mark made of the place behind it where another place has that name too, or where it is too long.

    Marks are the same in every run.
    """
    names = {place: name(text, 4 * LONGEST) or 'x' for place, text in wanted.items()}
    # Some programs do not tell upper and lower case.
    said = [text.lower() for text in names.values()]
    return {place: text if len(text) <= longest and said.count(text.lower()) == 1 else _marked(place, text, longest) for place, text in names.items()}


def _marked(place: Place, text: str, longest: int) -> str:
    mark = hashlib.sha256('\0'.join(place).encode('utf-8', 'surrogatepass')).hexdigest()[:_MARK]
    return f'{text[: longest - _MARK - 1]}-{mark}'
