# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A simulated VM, and an ssh server of our own in front of it, for what is measured over ssh."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator

ROOT = pathlib.Path(__file__).resolve().parents[2]


def programs_missing() -> bool:
    return not _sshd() or not shutil.which('ssh') or not shutil.which('curl')


def _sshd() -> str | None:
    return shutil.which('sshd', path=f'{os.environ["PATH"]}:/usr/sbin:/sbin')


def ssh_options(folder: pathlib.Path) -> str:
    """Options of ssh for ssh_server, each connection anew."""
    options = f'-F none -i {folder}/user -o UserKnownHostsFile={folder}/known_hosts -o IdentitiesOnly=yes -o BatchMode=yes -o ControlMaster=no'
    # The key exchange that costs least: what OpenSSH prefers today costs several times as much as everything else, and hides what that is.
    return f'{options} -o KexAlgorithms=ecdh-sha2-nistp256'


@contextlib.contextmanager
def simulator() -> Iterator[str]:
    command = [sys.executable, str(ROOT / 'roles/simulator/files/imds_simulator'), '--generate', '1', '--rate-limit', '0', '--exit-with-stdin']
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        [endpoint] = json.loads(process.stdout.readline())['vms'].values()
        yield endpoint
        process.communicate()


@contextlib.contextmanager
def ssh_server(folder: pathlib.Path) -> Iterator[int]:
    """One server of our own on loopback, for the user who runs this."""
    with socket.create_server(('127.0.0.1', 0)) as listener:
        port: int = listener.getsockname()[1]
    for key in ('host', 'user'):
        subprocess.run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', str(folder / key)], check=True)
    shutil.copy(folder / 'user.pub', folder / 'authorized_keys')
    (folder / 'known_hosts').write_text(f'[127.0.0.1]:{port} {(folder / "host.pub").read_text()}')
    settings = {
        'ListenAddress': f'127.0.0.1:{port}',
        'HostKey': folder / 'host',
        'AuthorizedKeysFile': folder / 'authorized_keys',
        'PidFile': 'none',
        'StrictModes': 'no',
        'UsePAM': 'no',
        'PermitRootLogin': 'prohibit-password',
        'MaxStartups': '1000',
    }
    (folder / 'sshd_config').write_text(''.join(f'{key} {value}\n' for key, value in settings.items()))
    if os.geteuid() == 0:
        pathlib.Path('/run/sshd').mkdir(exist_ok=True)
    process = subprocess.Popen([str(_sshd()), '-D', '-f', str(folder / 'sshd_config')], stderr=subprocess.DEVNULL)
    try:
        while process.poll() is None:
            with contextlib.suppress(ConnectionRefusedError), socket.create_connection(('127.0.0.1', port)):
                break
        yield port
    finally:
        process.kill()
        process.wait()
