# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Accounts that every host has besides root: ordinary users with a password, with noise around all they run, or with something else than a shell."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

from ansible_collections.imds.azure.tests.e2e.private_world import PrivateWorld

# Where a key that lets all of them in lies: in a world's own folder every user may read it.
AUTHORIZED_KEYS = '/run/authorized_keys'
PASSWORD = 'correct "horse\' $HOME'
# openssl passwd -6 -salt imds
_HASH = '$6$imds$imKCSiihGaZqXxDhm77pR.2pRjAZhulUeY8hhzWFeEUHGQRT6fs7mPkf3mYhBtMsz5i4ADh8Sz18xrjtVIjcL.'

BANNER = 'This banner ends without a newline: HTTP/1.1 200 OK'
_BANNER_FILE = '/run/banner'
# Something on both streams that looks like more than it is, and no newline at the end.
_NOISE = 'echo "HTTP/1.1 500 noise"; echo "  {}"; printf noise; sh -c "printf noise >&2"'
# What sshd and the shells read whenever a command is run.
_NOISY_FILES = ('.ssh/rc', '.bashrc', '.zshenv', '.config/fish/config.fish', '.cshrc')

SHELLS = {
    'dash': shutil.which('dash'),
    'ash': shutil.which('busybox'),
    'bash': shutil.which('bash'),
    'zsh': shutil.which('zsh'),
    'fish': shutil.which('fish'),
    'tcsh': shutil.which('tcsh'),
}


@dataclasses.dataclass(frozen=True)
class Account:
    """A user, and what sshd is told of this user."""

    name: str
    shell: str = '/bin/sh'
    sshd: tuple[str, ...] = ()


ACCOUNTS = [
    Account('by_password', sshd=('PasswordAuthentication yes', 'AuthenticationMethods password')),
    # Logs in by either, and then nothing happens.
    Account('hanging', sshd=('PasswordAuthentication yes', 'ForceCommand exec sleep 3600')),
    Account('forced', sshd=('ForceCommand echo "Only backups here."',)),
    Account('forced_to_fail', sshd=('ForceCommand echo "Only backups here." >&2; exit 3',)),
    # As a host would that no limit of a command holds back.
    Account('endless', sshd=('ForceCommand exec cat /dev/zero',)),
    Account('endless_errors', sshd=('ForceCommand exec cat /dev/zero >&2',)),
    Account('no_login', '/usr/sbin/nologin'),
    Account('late', sshd=('ForceCommand echo early; eval "$SSH_ORIGINAL_COMMAND"; echo late; exit 3',)),
    # ash is a name of busybox.
    *(Account(f'noisy_{shell}', f'/run/bin/{shell}', (f'Banner {_BANNER_FILE}',)) for shell, path in SHELLS.items() if path),
]


def furnish(world: PrivateWorld, key: Path) -> None:
    """Let them be known to everything in the world, with homes of their own."""
    lines = [f'cat {key} >{AUTHORIZED_KEYS}', f'printf %s "{BANNER}" >{_BANNER_FILE}', 'mkdir /run/bin']
    lines += [f'ln -s {path} /run/bin/{shell}' for shell, path in SHELLS.items() if path]
    for number, account in enumerate(ACCOUNTS, 2000):
        home = f'/run/home/{account.name}'
        lines += [
            f"echo '{account.name}:x:{number}:{number}::{home}:{account.shell}' >>/etc/passwd",
            f"echo '{account.name}:{_HASH}:19000:0:99999:7:::' >>/etc/shadow",
            f'mkdir {home}',
        ]
        if account.name.startswith('noisy_'):
            for file in _NOISY_FILES:
                lines += [f'mkdir -p $(dirname {home}/{file})', f"echo '{_NOISE}' >{home}/{file}"]
        lines += [f'chown -R {number}:{number} {home}']
    world.run('sh', '-eu', stdin='\n'.join(lines))


def of_sshd() -> list[str]:
    """The lines of its configuration."""
    lines = []
    for account in ACCOUNTS:
        if account.sshd:
            lines += [f'Match User {account.name}', *(f'  {line}' for line in account.sshd)]
    return lines
