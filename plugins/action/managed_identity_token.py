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
        # A connection looks at a play context of its own, and the module is told what the task says.
        contexts = [self._task, self._play_context, self._connection._play_context]
        before = [context.no_log for context in contexts]
        display = Display()
        debug = display.debug
        for context in contexts:
            context.no_log = True
        display.debug = lambda *args, **kwargs: None
        try:
            yield
        finally:
            display.debug = debug
            for context, no_log in zip(contexts, before, strict=True):
                context.no_log = no_log


def without_token(result: dict[str, t.Any]) -> dict[str, t.Any]:
    """A failure, without what the module has printed where an answer with a token was cut off or garbled on its way."""
    printed = ('module_stdout', 'module_stderr', 'exception')
    return {name: 'censored, for it may hold a token' if name in printed and 'access_token' in str(value) else value for name, value in result.items()}
