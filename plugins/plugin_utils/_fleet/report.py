# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person sees of a fleet that is asked: a line that follows the answers, and afterwards what went wrong and why.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import collections
import os
import sys
import time
import typing as t

from ansible.utils.display import Display
from ansible_collections.imds.azure.plugins.module_utils._service.counted import counted

Answer = dict[str, t.Any]

display = Display()
# What ansible-runner says of itself in the environment.
RUNNER = ('RUNNER_OMIT_EVENTS', 'AWX_ISOLATED_DATA_DIR')
# Between two looks at the progress: on a terminal, and in a log.
LIVE_SECONDS = 0.1
LINE_SECONDS = 5.0


class Progress:
    """Follows the answers: as one line that changes on a terminal, elsewhere with -v as a line now and then.

    :param total: how many there will be.
    """

    def __init__(self, total: int) -> None:
        self._total = total
        self._states: collections.Counter[str] = collections.Counter()
        self._live = _has_reader()
        self._shown = time.monotonic() if not self._live else 0.0

    def __call__(self, answer: Answer) -> None:
        self._states[answer['state']] += 1
        done = sum(self._states.values())
        if done < self._total and time.monotonic() - self._shown < (LIVE_SECONDS if self._live else LINE_SECONDS):
            return
        self._shown = time.monotonic()
        text = f'azure_imds {done}/{counted(self._total, "host")}{_troubled(self._states)}'
        if self._live:
            end = '\n' if done == self._total else ''
            sys.stderr.write(f'\r\x1b[K{text}{end}')
            sys.stderr.flush()
        else:
            display.v(text)


def _has_reader() -> bool:
    """Whether somebody looks at a terminal. ansible-runner, and so AWX, pretends one and keeps what is written to it."""
    return sys.stderr.isatty() and not any(name in os.environ for name in RUNNER) and os.environ.get('TERM', '') not in ('', 'dumb')


def report(answers: dict[str, Answer], known: t.Iterable[Answer] = ()) -> None:
    """One line for the whole fleet where something went wrong, and with -v one for each cause.

    :param known: what is known of hosts that were not asked.
    """
    states = collections.Counter(answer['state'] for answer in answers.values())
    before = collections.Counter(answer['state'] for answer in known)
    if states['unreachable'] or states['failed']:
        remembered = f' ({before["present"]} from the cache)' if before['present'] else ''
        of_hosts = f'{(states + before)["present"]} of {counted((states + before).total(), "host")}'
        summary = f'{of_hosts} returned facts{remembered}{_troubled(states + before)}.'
        display.warning(f'azure_imds: {summary}' + ('' if display.verbosity else ' Use -v to see why.'))
    _show_causes(answers)
    for name, answer in answers.items():
        for warning in answer.get('warnings', ()):
            display.warning(f'{name}: {warning}')


def report_unasked(answers: dict[str, Answer], seconds: int) -> None:
    """One line for all hosts that could not be reached in an earlier run, and with -v one for each cause."""
    what = f'{counted(len(answers), "host")} {"was" if len(answers) == 1 else "were"} unreachable in the last {counted(seconds, "second")} and skipped'
    display.warning(f'azure_imds: {what}. To ask again now, use --flush-cache.' + ('' if display.verbosity else ' Use -v to see why.'))
    _show_causes(answers)


def _show_causes(answers: dict[str, Answer]) -> None:
    causes = collections.defaultdict(list)
    for name, answer in answers.items():
        if answer['state'] in ('unreachable', 'failed'):
            causes[answer['error']].append(name)
    for cause, names in sorted(causes.items(), key=lambda item: -len(item[1])):
        shown = ', '.join(names[:5]) + (f' and {len(names) - 5} more' if len(names) > 5 else '')
        display.v(f'azure_imds: {shown}: {cause}')


def _troubled(states: collections.Counter[str]) -> str:
    return ''.join(f', {states[state]} {state.replace("_", " ")}' for state in ('unreachable', 'failed', 'not_azure') if states[state])
