# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A deterministic Azure Instance Metadata Service for a whole fleet of made-up VMs, in one process."""

from __future__ import annotations
