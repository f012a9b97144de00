# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers on their way to ansible-rulebook: one line of JSON each, and no template in them.

ansible-rulebook hands events to playbooks as extra variables, which Ansible trusts, and no mark of what is not to be trusted survives that way.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import json
import os
import re
import typing as t

# The start of an expression, a statement or a comment, and the header that gives them other delimiters.
_START = re.compile(r'\{(?=[{%#])|#jinja2(?=:)')


def write_answer(output: int, answer: dict[str, t.Any]) -> None:
    """Writes it to a pipe."""
    data = json.dumps(inert(answer)).encode() + b'\n'
    while data:
        data = data[os.write(output, data) :]


def inert(value: t.Any) -> t.Any:
    """The value with a space wherever in its strings a template would begin; keys are left as they are."""
    if isinstance(value, str):
        return _START.sub(r'\g<0> ', value)
    if isinstance(value, dict):
        return {key: inert(child) for key, child in value.items()}
    if isinstance(value, list):
        return [inert(child) for child in value]
    return value
