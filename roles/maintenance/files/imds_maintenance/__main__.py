# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Entry point: C(python3 path/to/imds_maintenance SETTINGS MEMORY), two JSON files, the first written by the role and the second by this program."""

import importlib
import os
import sys

if not __package__:
    # Started as a directory: its parent must be on the path instead, so that the files are one package.
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

# Only now can the package be found.
sys.exit(importlib.import_module('imds_maintenance.service').main(sys.argv[1:]))
