# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stands in for ssh to a Windows host. sshd there hands the command line to cmd or PowerShell as it is."""

from __future__ import annotations

import sys

import stand_in_powershell

if __name__ == '__main__' and '-EncodedCommand' in sys.argv[-1]:
    host = next(word for word in sys.argv if word.endswith('.example'))
    code, printed = stand_in_powershell.run(host.removesuffix('.example'), sys.argv[-1], sys.stdin.buffer.read())
    sys.stdout.buffer.write(printed)
    sys.exit(code)
