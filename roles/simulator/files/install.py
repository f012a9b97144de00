# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Have files in a folder as a JSON object on standard input says, ``{name: content}``: ``install.py FOLDER``, with ``--check`` only look. Tells of each.

All files at once: a module that copies one would have to run for each.
"""

import json
import os
import sys

folder, check = sys.argv[1], '--check' in sys.argv[2:]
if not check:
    os.makedirs(folder, mode=0o755, exist_ok=True)
for name, content in json.load(sys.stdin).items():
    path, wanted = os.path.join(folder, name), content.encode('utf-8')
    try:
        with open(path, 'rb') as file:
            if file.read() == wanted:
                continue
    except FileNotFoundError:
        pass
    print('writes', path)
    if not check:
        # A program that is being started sees the old file or the new one.
        with open(path + '.new', 'wb') as file:
            os.fchmod(file.fileno(), 0o644)
            file.write(wanted)
        os.replace(path + '.new', path)
