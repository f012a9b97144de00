# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What to do about a source that is read before any source has defined a host.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import os
import re
import typing as t

from ansible import constants as C

_NUMBER = re.compile(r'^[0-9]+[-_.]?')


def no_hosts_to_ask(path: str, sources: t.Iterable[str]) -> str:
    """The warning, with the remedy for the way in which the sources were given.

    :param path: the file that was read too early.
    :param sources: what Ansible was told to read: files, or folders of such.
    """
    said = f'no hosts to ask: list {path} after the sources that define hosts.'
    folder, name = os.path.split(os.path.abspath(path))
    if not any(os.path.isdir(source) and f'{folder}/'.startswith(f'{os.path.abspath(source)}/') for source in sources):
        return said
    said += f' The files of a folder are read in the order of their names, so rename it, for example to 90-{_NUMBER.sub("", name)}.'
    # Up to ansible-core 2.18 that is so for .ini, the usual ending of the file that is missed.
    skipped = [other for other in sorted(os.listdir(folder)) if other.endswith('.ini') and other.endswith(tuple(C.INVENTORY_IGNORE_EXTS))]
    if skipped:
        said += f' This ansible-core skips {skipped[0]}, as every .ini file in a folder: rename it to {skipped[0].removesuffix(".ini")}.'
    return said
