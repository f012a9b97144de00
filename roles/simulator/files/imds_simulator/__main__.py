# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Entry point of ``python3 path/to/imds_simulator`` and of ``python3 -m imds_simulator``."""

from __future__ import annotations

import importlib
import os
import sys

if not __package__:
    # Started as a directory: the directory itself is on sys.path. Its parent must be there instead, so that the files are one package.
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

# Only now can the package be found.
sys.exit(importlib.import_module('imds_simulator.command_line').main())
