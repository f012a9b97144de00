# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An attested document over the task's own connection, with a nonce that the controller makes, so that the host cannot know it beforehand."""

from __future__ import annotations

import secrets

from ansible_collections.imds.azure.plugins.module_utils._attested_document import SPECIFICATION, attested_document_info
from ansible_collections.imds.azure.plugins.plugin_utils._tasks.imds_action import ImdsAction


class ActionModule(ImdsAction):
    """Asks with a nonce, and says itself which one that was."""

    # async_status would give what the host says alone.
    _supports_async = False

    specification = SPECIFICATION
    task = staticmethod(attested_document_info)

    def run(self, tmp=None, task_vars=None):
        arguments = self._task.args
        nonce = str(arguments.get('nonce') or secrets.randbelow(9 * 10**9) + 10**9)
        if not (nonce.isascii() and nonce.isalnum() and len(nonce) <= 32):
            return dict(failed=True, msg=f'nonce {nonce!r} is not valid. Use 10 digits, or up to 32 letters and digits.')
        self._task.args = {**arguments, 'nonce': nonce}
        try:
            result = super().run(tmp, task_vars)
        finally:
            self._task.args = arguments
        if not result.get('failed'):
            result['nonce'] = nonce
        return result
