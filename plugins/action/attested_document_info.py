# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The part of the module that runs on the controller: it makes the nonce, so that the host cannot know it beforehand."""

from __future__ import annotations

import secrets

from ansible.plugins.action import ActionBase


class ActionModule(ActionBase):
    """Runs the module with a nonce, and says itself which one that was."""

    TRANSFERS_FILES = False
    # async_status would give what the host says alone.
    _supports_async = False

    def run(self, tmp=None, task_vars=None):
        result = super().run(tmp, task_vars)
        nonce = str(self._task.args.get('nonce') or secrets.randbelow(9 * 10**9) + 10**9)
        if not (nonce.isascii() and nonce.isalnum() and len(nonce) <= 32):
            return dict(result, failed=True, msg=f'nonce {nonce!r} cannot be used. Give a string of 10 digits, or of up to 32 letters and digits.')
        result.update(self._execute_module(module_args={**self._task.args, 'nonce': nonce}, task_vars=task_vars))
        if not result.get('failed'):
            result['nonce'] = nonce
        return result
