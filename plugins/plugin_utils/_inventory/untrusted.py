# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Marks what a host said, so that Ansible never runs templates in it.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import re
import typing as t

import ansible.release
from ansible.utils.unsafe_proxy import wrap_var

# From 2.19 on nothing is a template that was not said to be one.
_MARKED_BY_DEFAULT = tuple(int(part) for part in ansible.release.__version__.split('.')[:2]) >= (2, 19)
# The start of a template, of a call, and of a header that changes what a template starts with.
_RUNNABLE = re.compile(r'\{[{%#]|\(|#jinja2:')


def untrusted(value: t.Any) -> t.Any:
    """The value, where needed with those strings marked that Ansible could run: marking all of a document is most of the cost of a large inventory."""
    return value if _MARKED_BY_DEFAULT else marked(value)


def marked(value: t.Any) -> t.Any:
    """The JSON value with those strings marked that Ansible could run; a container that holds none is given back as it is."""
    # One look at all strings at once, for most hosts have no such string.
    if not may_be_run(' '.join(_strings([value], []))):
        return value
    if isinstance(value, dict):
        return {marked(key): marked(child) for key, child in value.items()}
    if isinstance(value, list):
        return [marked(child) for child in value]
    return wrap_var(value)


def may_be_run(text: str) -> bool:
    """Whether Jinja could see a template in the text, or Ansible an expression with a call.

    A header of C(#jinja2:) changes the delimiters, so that there need be no C({). And a condition inside of C({{ }}) is run as an expression by what the
    braces gave.
    """
    return _RUNNABLE.search(text) is not None


def _strings(values: t.Iterable[t.Any], found: list[str]) -> list[str]:
    """Adds all strings in JSON values, keys too."""
    for value in values:
        if isinstance(value, str):
            found.append(value)
        elif isinstance(value, dict):
            found += value
            _strings(value.values(), found)
        elif isinstance(value, list):
            _strings(value, found)
    return found
