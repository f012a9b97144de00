# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How hypothesis works here: the same examples in every run, nothing left on the disk, and no failure because a machine is busy."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile('repeatable', deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile('repeatable')
