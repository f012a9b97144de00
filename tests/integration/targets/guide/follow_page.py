# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Do what a page of docs says in an empty folder: write its files, run its commands, and compare what they print with the text that it shows next.

Called with the page and the folder. What a reader brings along is in the folder already, and stays as it is.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from follow_guide import END, compare, free_ports

BLOCK = re.compile(r'^```(\w+)\n(.*?)^```$', re.MULTILINE | re.DOTALL)
# A block that is a file begins with its name.
FILE = re.compile(r'# ([\w.-]+\.(?:azure_imds\.yml|yml|ini|cfg))\n')
# The simulator of a page, and the place where its files would be.
PORTS, TEMPORARY = ('9168', '9169', '9170'), '/tmp/'
# What is done already, and what is told by a variable only to those modules that have an action.
OTHERWISE = {
    'ansible-galaxy collection install imds.azure\n': ':\n',
    '-m imds.azure.diagnose': "-m imds.azure.diagnose -a 'endpoint={{ azure_imds_endpoint }}'",
}


def main() -> None:
    page, folder = Path(sys.argv[1]), Path(sys.argv[2])
    brought = {path.name for path in folder.iterdir()}
    first = int(free_ports())
    steps: list[str] = []
    shown: list[tuple[int, str]] = []
    for kind, text in BLOCK.findall(page.read_text()):
        for number, port in enumerate(PORTS):
            text = text.replace(port, str(first + number))
        text = text.replace(TEMPORARY, f'{folder}/')
        for said, instead in OTHERWISE.items():
            text = text.replace(said, instead)
        named = FILE.match(text)
        if kind == 'console':
            steps.append(text)
        elif kind == 'text':
            shown.append((len(steps) - 1, text))
        elif named and named[1] not in brought:
            # Whatever a page says: nothing is done to the machine of the test.
            assert not re.search(r'builtin\.(reboot|package|service|command|shell)\b|become: true', text), named[1]
            (folder / named[1]).write_text(text)
    script = '\n'.join(f"{text}echo '{END}'" for text in steps)
    done = subprocess.run(['bash', '-eu', '-o', 'pipefail', '-c', script], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    print(done.stdout, done.stderr)
    assert done.returncode == 0, done.returncode
    printed = done.stdout.split(END)[:-1]
    assert len(printed) == len(steps) > 0
    for number, text in shown:
        compare(text, printed[number])


if __name__ == '__main__':
    main()
