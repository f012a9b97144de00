# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes all that a callback may show into a file: any report, dashboard or log that is made by one can hold no more than this."""

from __future__ import annotations

import os

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = r"""
name: everything
type: notification
short_description: Write all that a callback may show
description: The file is named by the environment variable EVERYTHING_FILE.
"""


class CallbackModule(CallbackBase):
    """One line for each argument of each event."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = 'notification'
    CALLBACK_NAME = 'everything'
    CALLBACK_NEEDS_ENABLED = True

    def _write(self, *args, **kwargs):
        with open(os.environ['EVERYTHING_FILE'], 'a', encoding='utf-8') as file:
            for told in (*args, kwargs):
                # A callback is told the arguments of a task with no_log too, and may not show them.
                silent = hasattr(told, '_task') and told._task.no_log
                fields = '' if silent else getattr(told, '_task_fields', '')
                file.write(f'{told!r} {getattr(told, "_result", "")!r} {fields!r}\n')

    v2_runner_on_ok = v2_runner_on_failed = v2_runner_on_skipped = v2_runner_on_unreachable = v2_runner_on_start = v2_runner_retry = _write
    v2_runner_item_on_ok = v2_runner_item_on_failed = v2_runner_item_on_skipped = _write
    v2_runner_on_async_ok = v2_runner_on_async_failed = v2_runner_on_async_poll = _write
    v2_on_file_diff = v2_playbook_on_task_start = v2_playbook_on_stats = _write
