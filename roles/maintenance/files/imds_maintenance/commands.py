# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the user's commands, each of them for a limited time."""

import contextlib
import os
import shlex
import signal
import subprocess
import time

# Between the polite signal and the other one.
GRACE = 5.0


def run_commands(commands, ends, environment, clock=time):
    """Runs commands one after the other and stops at the first that fails.

    :param commands: strings, split into words as a shell does, or lists of words. No shell is involved.
    :param ends: when there is no time left, in seconds of the monotonic clock.
    :param environment: names and values that the commands find in theirs besides what is there already.
    :returns: what went wrong, or an empty string. Only the first word of a command is named, for others may be secret.
    """
    for command in commands:
        problem = _run(command, ends - clock.monotonic(), environment)
        if problem:
            return problem
    return ''


def _run(command, seconds, environment):
    try:
        words = shlex.split(command) if isinstance(command, str) else command
        if seconds <= 0:
            return 'no time left for %s' % words[0]
        # In a session of its own, so that what a command has started ends with it.
        process = subprocess.Popen(words, stdin=subprocess.DEVNULL, env=dict(os.environ, **environment), start_new_session=True)
    except (OSError, ValueError, IndexError) as error:
        return 'cannot run a command: %s' % error
    try:
        status = process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        _end(process)
        return '%s took too long' % words[0]
    return '%s ended with status %d' % (words[0], status) if status else ''


def _end(process):
    os.killpg(process.pid, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(timeout=GRACE)
    # A child may be there when its parent is not.
    with contextlib.suppress(OSError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
