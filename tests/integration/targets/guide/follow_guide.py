# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Do what a guide says: run the commands of all its console blocks in one shell, and compare what they print with the text that the guide shows next.

Called with a copy of the collection, in which ports and folders are changed, the guide in it, and the folder that takes the place of the guide's.
"""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from pathlib import Path

PORT, FOLDER = '18700', '/var/tmp/azure-imds-demo'
VMS = 12
BLOCK = re.compile(r'^```(\w+)\n(.*?)^```$', re.MULTILINE | re.DOTALL)
# What no command prints.
END = 'end of the commands of one block'


def main() -> None:
    copy, guide, folder = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    port = free_ports()
    for path in [copy / guide, *(copy / 'playbooks/demo').glob('*.yml')]:
        path.write_text(path.read_text().replace(PORT, port).replace(FOLDER, folder))
    blocks = [(kind, text) for kind, text in BLOCK.findall((copy / guide).read_text()) if kind in ('console', 'text')]
    commands = [text for kind, text in blocks if kind == 'console']
    script = '\n'.join(f"{text}echo '{END}'" for text in commands)
    done = subprocess.run(['bash', '-eu', '-o', 'pipefail', '-c', script], cwd=copy, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    print(done.stdout, done.stderr)
    assert done.returncode == 0, done.returncode
    printed = done.stdout.split(END)[:-1]
    assert len(printed) == len(commands) > 5
    number = -1
    for kind, text in blocks:
        if kind == 'console':
            number += 1
        else:
            compare(text, printed[number])


def free_ports() -> str:
    """The first of as many ports in a row as there are VMs."""
    for first in range(28700, 58700, 100):
        try:
            for port in range(first, first + VMS):
                socket.create_server(('127.0.0.1', port)).close()
        except OSError:
            continue
        return str(first)
    raise AssertionError('no free ports')


def compare(shown: str, printed: str) -> None:
    """Whether the lines that the guide shows were printed in that order; it leaves some out, and ends of lines."""
    lines = iter(printed.splitlines())
    for line in shown.splitlines():
        if line != '...':
            assert any(line.rstrip() in candidate for candidate in lines), f'not printed, or not there: {line}'


if __name__ == '__main__':
    main()
