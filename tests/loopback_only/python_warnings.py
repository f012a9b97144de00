# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write down what Python warns of in files of this collection, in the file that IMDS_TEST_PYTHON_WARNINGS names.

Python hides deprecations from those who do not ask, and tests throw away much of what programs print. Imported by sitecustomize.py beside it. What Python
says of other files is left to those who write them.
"""

import os
import warnings

OURS = os.path.join('ansible_collections', 'imds', 'azure', '')
HIDDEN = (DeprecationWarning, PendingDeprecationWarning)
# A play that refreshes its inventory has a thread of Ansible's in this process, out of which Ansible itself forks a worker for each task.
EXCUSED = 'use of fork() may lead to deadlocks'


def keep(path: str) -> None:
    """From now on write warnings about files of this collection to a file, and show of others what Python does not hide."""
    show = warnings.showwarning

    def shown(message, category, filename, lineno, file=None, line=None) -> None:
        if OURS in filename and EXCUSED not in str(message):
            with open(path, 'a') as told:
                told.write('%s:%d: %s: %s\n' % (filename, lineno, category.__name__, message))
        elif not issubclass(category, HIDDEN):
            show(message, category, filename, lineno, file, line)

    warnings.showwarning = shown
    for category in HIDDEN:
        warnings.simplefilter('always', category)


keep(os.environ['IMDS_TEST_PYTHON_WARNINGS'])
