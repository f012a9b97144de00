# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator that the transports are tested with."""

from ansible_collections.imds.azure.tests.unit.plugins.plugin_utils._transports.conftest import running_simulator, simulator

__all__ = ['running_simulator', 'simulator']
