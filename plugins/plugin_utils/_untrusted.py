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
    if _MARKED_BY_DEFAULT:
        return value
    return _marked(value)


def _marked(value: t.Any) -> t.Any:
    if isinstance(value, dict):
        return {_marked(key): _marked(child) for key, child in value.items()}
    if isinstance(value, list):
        return [_marked(child) for child in value]
    return wrap_var(value) if isinstance(value, str) and '{' in value else value
