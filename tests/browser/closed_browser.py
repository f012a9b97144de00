# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Chromium in a network namespace of its own, in which there is nothing but loopback: neither a page nor the browser itself can reach anything."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

# Where sbin is not on the PATH of ordinary users.
SEARCHED = os.pathsep.join([os.environ.get('PATH', os.defpath), '/usr/local/sbin', '/usr/sbin', '/sbin'])
NEEDED = ('chromium', 'ip', 'unshare')
# In a namespace the browser cannot make the sandbox that it wants; what it opens are files of these tests.
FLAGS = (
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
)
# Its first words are a file for what can be reached from here, and the browser.
SHOW_AND_START = '{ ip -oneline link; ip -4 route show table all; ip -6 route show table all; } >"$0"; exec "$@"'


def namespace(*command: str) -> list[str]:
    """A command line in a namespace with loopback only."""
    as_root = [] if os.geteuid() == 0 else ['--map-root-user']
    return ['unshare', '--net', *as_root, '--', 'sh', '-euc', 'ip link set lo up; exec "$@"', 'sh', *command]


def why_not() -> str:
    """Why there can be no such browser here, or nothing."""
    missing = [name for name in NEEDED if not shutil.which(name, path=SEARCHED)]
    if missing:
        return f'not installed: {", ".join(missing)}'
    probe = subprocess.run(namespace('true'), capture_output=True, text=True, check=False, timeout=60, env={'PATH': SEARCHED})
    return '' if probe.returncode == 0 else f'network namespaces cannot be made: {probe.stderr.strip()}'


@contextlib.contextmanager
def closed_browser(folder: Path) -> Iterator[Browser]:
    """A browser that ends with the block.

    :param folder: gets C(network), the interfaces and the routes that the browser has.
    """
    path = shutil.which('chromium', path=SEARCHED)
    assert path, 'chromium is not installed'
    # It is told what to do through pipes, which it keeps in there.
    start = folder / 'chromium'
    start.write_text(f'#!/bin/sh\nexec {shlex.join(namespace("sh", "-euc", SHOW_AND_START, str(folder / "network"), path))} "$@"\n')
    start.chmod(0o755)
    environment: dict[str, str | float | bool] = {**os.environ, 'PATH': SEARCHED, 'HOME': str(folder)}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=start, args=list(FLAGS), env=environment)
        try:
            yield browser
        finally:
            browser.close()
