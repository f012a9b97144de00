# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Marks what a host said, so that Ansible never runs templates in it.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import typing as t

import ansible.release
from ansible.utils.unsafe_proxy import wrap_var

# From 2.19 on nothing is a template that was not said to be one.
_MARKED_BY_DEFAULT = tuple(int(part) for part in ansible.release.__version__.split('.')[:2]) >= (2, 19)


def untrusted(value: t.Any) -> t.Any:
    """The value, where needed with those strings marked that can hold a template: marking all of a document is most of the cost of a large inventory."""
    return value if _MARKED_BY_DEFAULT else marked(value)


def marked(value: t.Any) -> t.Any:
    """The value with those strings marked that can hold a template; containers that hold none are given back as they are."""
    if isinstance(value, str):
        return wrap_var(value) if may_be_template(value) else value
    if isinstance(value, dict):
        # One look at each string, and nothing is built for the many hosts that have no such string.
        plain = not any(may_be_template(child) if isinstance(child, str) else marked(child) is not child for child in value.values())
        if plain and not may_be_template(' '.join(value)):
            return value
        return {marked(key): marked(child) for key, child in value.items()}
    if isinstance(value, list):
        children = [marked(child) for child in value]
        return children if any(new is not old for new, old in zip(children, value, strict=True)) else value
    return value


def may_be_template(text: str) -> bool:
    """Whether Jinja could see the start of an expression, a statement or a comment."""
    return '{' in text and any(start in text for start in ('{{', '{%', '{#'))
