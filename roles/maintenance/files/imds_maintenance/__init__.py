# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Watches for scheduled events of the VM on which it runs, drains it, approves, and resumes. For Python 3.6 and later, without any other package.

What the metadata service is asked, and how, is in plugins/module_utils of the collection, which the role installs together with this package.
"""
