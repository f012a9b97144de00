# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Modules on the hosts of these tests compile nothing that an earlier one has compiled. The rest of tests/loopback_only, behind this folder on the path,
is not for them: in their namespaces there is nothing else that they could reach.
"""

# It works by being imported, from that folder.
__import__('kept_bytecode')
