# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Imports every filter and test before the first worker starts, which else each worker does for itself: half of the time of a task that uses one."""

from __future__ import annotations

from ansible.plugins.callback import CallbackBase
from ansible.plugins.loader import filter_loader, test_loader

DOCUMENTATION = """
name: filters_beforehand
type: aggregate
short_description: Import filters and tests before there are workers
description: For tests only. Prints nothing.
"""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = 'aggregate'
    CALLBACK_NAME = 'filters_beforehand'
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        for loader in (filter_loader, test_loader):
            list(loader.all())
        # And with it all others of the collection.
        filter_loader.get('imds.azure.tag')
