# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""api-versions of the service: which form they have, and which one to ask for.

This is a private part of the collection: its names may change in any release.
"""

NEWEST_TESTED_VERSION = '2025-04-07'


def is_version(value):
    """Whether this has the form of an api-version, C(2025-04-07)."""
    return isinstance(value, str) and [part.isdigit() and len(part) for part in value.split('-')] == [4, 2, 2] and len(value.encode()) == 10


def choose_version(offered, wanted):
    """The newest offered version that is not newer than the wanted one, else the oldest offered, else the wanted one."""
    versions = sorted(version for version in offered if is_version(version))
    older = [version for version in versions if version <= wanted]
    return older[-1] if older else (versions or [wanted])[0]
