# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The api-versions of the service and the version from which each endpoint exists."""

from __future__ import annotations

# Oldest first, as /versions lists them. ISO dates: comparing the strings compares the versions.
INSTANCE_VERSIONS = (
    "2017-03-01", "2017-04-02", "2017-08-01", "2017-10-01", "2017-12-01", "2018-02-01", "2018-04-02", "2018-10-01", "2019-02-01",
    "2019-03-11", "2019-04-30", "2019-06-01", "2019-06-04", "2019-08-01", "2019-08-15", "2019-11-01", "2020-06-01", "2020-07-15",
    "2020-09-01", "2020-10-01", "2020-12-01", "2021-01-01", "2021-02-01", "2021-03-01", "2021-05-01", "2021-08-01", "2021-10-01",
    "2021-11-01", "2021-11-15", "2021-12-13", "2023-07-01", "2023-11-15", "2024-03-15", "2024-07-17", "2025-04-07",
)  # fmt: skip

# /scheduledevents goes by its own list and answers 404 to every other version.
EVENT_VERSIONS = ('2017-08-01', '2017-11-01', '2019-01-01', '2019-04-01', '2019-08-01', '2020-07-01')

NEWEST = INSTANCE_VERSIONS[-1]

ENDPOINT_SINCE = {
    'instance': '2017-04-02',
    'attested/document': '2018-10-01',
    'identity/oauth2/token': '2018-02-01',
    'identity/info': '2018-02-01',
    'loadbalancer': '2020-10-01',
}


def known_versions(newest: str) -> list[str]:
    """Versions a fleet knows whose newest one is ``newest``, oldest first."""
    return [version for version in INSTANCE_VERSIONS if version <= newest]


def known_event_versions(newest: str) -> list[str]:
    """As known_versions, of /scheduledevents; none where ``newest`` is ``none``."""
    return [] if newest == 'none' else [version for version in EVENT_VERSIONS if version <= newest]


def newest_versions(newest: str) -> list[str]:
    """The three newest known versions, newest first: what a 400 answer names."""
    return known_versions(newest)[:-4:-1]
