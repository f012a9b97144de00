# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the module so that the token goes into the registered variable and nowhere else. A module cannot ask for that itself."""

from __future__ import annotations

import typing as t
from collections.abc import Iterator
from contextlib import contextmanager

from ansible.plugins.action import ActionBase
from ansible.utils.display import Display


class ActionModule(ActionBase):
    """The answer of the module is censored wherever it would be shown, unless it is a failure, which holds no token."""

    # What a job in the background answers is kept in a file on the host.
    _supports_async = False

    def run(self, tmp: t.Any = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        super().run(tmp, task_vars)
        # Connects before anything is hidden: a host that cannot be reached shall say why.
        self._low_level_execute_command('true', sudoable=False)
        with self._nothing_shown():
            result = self._execute_module(task_vars=task_vars)
        if result.get('failed'):
            return without_token(result)
        if self._task.loop is not None:
            # The result of all items together knows nothing of those of the items in ansible-core 2.16.
            self._task.no_log = True
        return {**result, '_ansible_no_log': True}

    @contextmanager
    def _nothing_shown(self) -> Iterator[None]:
        """Connections show what a module answers with -vvv, unless told not to, and the debug log of ansible-core shows it in any case."""
        context, display = self._connection._play_context, Display()
        no_log, debug = context.no_log, display.debug
        context.no_log = True
        display.debug = lambda *args, **kwargs: None
        try:
            yield
        finally:
            context.no_log, display.debug = no_log, debug


def without_token(result: dict[str, t.Any]) -> dict[str, t.Any]:
    """A failure, without what the module has printed where an answer with a token was cut off or garbled on its way."""
    censored = {name for name in ('module_stdout', 'module_stderr', 'exception') if isinstance(result.get(name), str) and 'access_token' in result[name]}
    return {**result, **dict.fromkeys(censored, 'censored, for it may hold a token')}
