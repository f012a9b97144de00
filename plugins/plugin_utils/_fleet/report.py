# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person sees of a fleet that is asked: a line that follows the answers, and afterwards what went wrong and why.


This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import collections
import sys
import time
import typing as t

from ansible.utils.display import Display

Answer = dict[str, t.Any]

display = Display()


class Progress:
    """A line on a terminal that follows the answers.

    :param total: how many there will be.
    """

    def __init__(self, total: int) -> None:
        self._total = total
        self._states: collections.Counter[str] = collections.Counter()
        self._shown = 0.0

    def __call__(self, answer: Answer) -> None:
        self._states[answer['state']] += 1
        done = sum(self._states.values())
        if sys.stderr.isatty() and (done == self._total or time.monotonic() - self._shown > 0.1):
            self._shown = time.monotonic()
            end = '\n' if done == self._total else ''
            sys.stderr.write(f'\r\x1b[Kazure_imds {done}/{self._total} hosts{_troubled(self._states)}{end}')
            sys.stderr.flush()


def report(answers: dict[str, Answer]) -> None:
    """One line for the whole fleet, unless a terminal showed it already, and with -v one for each cause."""
    states = collections.Counter(answer['state'] for answer in answers.values())
    if not sys.stderr.isatty() and (states['unreachable'] or states['failed']):
        display.warning(f'azure_imds: {states["present"]} of {len(answers)} hosts gave facts{_troubled(states)}. Use -v for the causes.')
    _show_causes(answers)
    for name, answer in answers.items():
        for warning in answer.get('warnings', ()):
            display.warning(f'{name}: {warning}')


def report_unasked(answers: dict[str, Answer], seconds: int) -> None:
    """One line for all hosts that could not be reached in an earlier run, and with -v one for each cause."""
    hosts = '1 host was' if len(answers) == 1 else f'{len(answers)} hosts were'
    what = f'{hosts} unreachable in the last {seconds} seconds and not asked again'
    display.warning(f'azure_imds: {what}. To ask now, run with --flush-cache. Use -v for the causes.')
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
