# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Namespaces of a test's own, in which nothing can reach the machine's network and which end together with everything in them.

One process holds a network, a mount and a process namespace. When it ends, and with the tests' own process it always does, the kernel kills all that
runs in there and takes down the networks and mounts.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Self

from ansible_collections.imds.azure.tests.interruptible import interruptible

# Where sbin is not on the PATH of ordinary users.
SEARCHED = os.pathsep.join([os.environ.get('PATH', os.defpath), '/usr/local/sbin', '/usr/sbin', '/sbin'])
NEEDED = ('ip', 'mount', 'nsenter', 'ssh', 'ssh-keygen', 'sshd', 'unshare')
UNSHARE = ('unshare', '--net', '--mount', '--pid', '--fork', '--mount-proc', '--kill-child')
# Named network namespaces are files in /run/netns, and sshd wants /run/sshd: in here these are nobody else's.
# The superuser gets a home and a shell that do not depend on the machine, and may log in by key where the machine's own may not.
FURNISH = """
mount -t tmpfs -o mode=755 tmpfs /run
mount -t tmpfs tmpfs /dev/shm
mkdir /run/netns /run/sshd /run/home
sed 's|^root:.*|root:x:0:0:root:/run/home:/bin/sh|' /etc/passwd >/run/passwd
sed 's|^root:.*|root:*:19000:0:99999:7:::|' /etc/shadow >/run/shadow
chmod 600 /run/shadow
mount --bind /run/passwd /etc/passwd
mount --bind /run/shadow /etc/shadow
"""


def program(name: str) -> str:
    """The path of a program."""
    path = shutil.which(name, path=SEARCHED)
    assert path, f'{name} is not installed'
    return path


def why_not() -> str:
    """Why namespaces cannot be made here, or nothing."""
    if os.geteuid() != 0:
        return 'network namespaces need root'
    missing = [name for name in NEEDED if not shutil.which(name, path=SEARCHED)]
    if missing:
        return f'not installed: {", ".join(missing)}'
    script = f'set -eu; {FURNISH} ip netns add probe; ip netns exec probe true'
    probe = subprocess.run(
        [*UNSHARE, 'sh', '-c', script], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=60, env={'PATH': SEARCHED}
    )
    return '' if probe.returncode == 0 else f'namespaces cannot be made: {probe.stderr.strip()}'


def eventually(condition: Callable[[], bool], what: str, seconds: float = 30) -> None:
    """Wait until something is so."""
    ends = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends, f'{what} after {seconds} seconds'
        time.sleep(0.05)


class PrivateWorld:
    """Its own network namespace is the controller's; those of hosts are made in it with C(ip netns add)."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        # Nothing of the tests' own environment comes in, least of all what keeps Python from reaching other addresses than 127.0.0.0/8.
        self.environment = {'PATH': SEARCHED, 'LC_ALL': 'C.UTF-8', 'HOME': '/run/home', **environment}
        # When this process ends, however it does, the standard input of cat ends, then cat, and with it everything.
        self._holder = subprocess.Popen([*UNSHARE, 'cat'], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=self.environment)
        assert self._holder.stdin
        assert self._holder.stdout
        self._holder.stdin.write(b'ready\n')
        self._holder.stdin.flush()
        self._holder.stdout.readline()
        own = f'/proc/{self._holder.pid}/ns'
        self._enter = [program('nsenter'), f'--net={own}/net', f'--mount={own}/mnt', f'--pid={own}/pid_for_children', '--']
        self.process_namespace = os.readlink(f'{own}/pid_for_children')
        self._network_namespace = os.readlink(f'{own}/net')

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.end()

    def end(self) -> None:
        assert self._holder.stdin
        assert self._holder.stdout
        self._holder.stdin.close()
        self._holder.stdout.close()
        try:
            self._holder.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self._holder.kill()
            self._holder.wait(timeout=30)

    def kill_holder(self) -> None:
        """What happens when the machine is short of memory, say."""
        self._holder.kill()

    def command(self, *words: str, host: str | None = None) -> list[str]:
        """A command line that runs words where the controller is, or on a host."""
        return [*self._enter, *(['ip', 'netns', 'exec', host] if host else []), *words]

    def run(self, *words: str, host: str | None = None, stdin: str = '', check: bool = True, timeout: float = 100) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(self.command(*words, host=host), input=stdin, capture_output=True, text=True, check=False, timeout=timeout, env=self.environment)
        assert not check or done.returncode == 0, f'{words}: {done.returncode}\n{done.stdout}{done.stderr}'
        return done

    def start(self, *words: str, host: str | None = None, log: Path) -> subprocess.Popen[bytes]:
        """A process that runs until the world ends."""
        with log.open('ab') as output:
            return subprocess.Popen(
                self.command(*words, host=host),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=self.environment,
                preexec_fn=interruptible,
            )

    def inhabitants(self) -> dict[int, list[str]]:
        """The processes of this world, on the controller and on all hosts: their ids outside, and their command lines, which are empty of those that ended."""
        return self._having('pid', self.process_namespace)

    def on_controller(self) -> dict[int, list[str]]:
        """Those of the controller that have not ended."""
        return {number: words for number, words in self._having('net', self._network_namespace).items() if words}

    def _having(self, kind: str, namespace: str) -> dict[int, list[str]]:
        found = {}
        for process in Path('/proc').glob('[0-9]*'):
            # It may just have ended.
            with contextlib.suppress(OSError):
                if os.readlink(process / f'ns/{kind}') == namespace:
                    found[int(process.name)] = (process / 'cmdline').read_text().split('\0')[:-1]
        return found

    def furnish(self) -> None:
        self.run('sh', '-eu', stdin=FURNISH)
