# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Host variables that C(ansible-inventory --yaml) writes: what a host said is no template for whoever takes the file as an inventory.

The file of YAML loses what marks a string as untrusted, and a string of an inventory file is a template.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import re
import typing as t

from ansible.parsing.yaml.dumper import AnsibleDumper
from ansible.utils.unsafe_proxy import AnsibleUnsafeText

# Until ansible-core 2.18.
_DUMPER_IS_A_CLASS = isinstance(AnsibleDumper, type)
_TEMPLATE = re.compile(r'\{[{%#]|#jinja2:')


class UnsafeText(AnsibleUnsafeText):
    """A string that is written as C(!unsafe)."""


def safe_in_a_file(value: t.Any) -> t.Any:
    """The JSON value with those strings changed that would be templates."""
    if isinstance(value, dict):
        return {key: safe_in_a_file(child) for key, child in value.items()}
    if isinstance(value, list):
        return [safe_in_a_file(child) for child in value]
    if not isinstance(value, str) or not _TEMPLATE.search(value):
        return value
    return UnsafeText(value) if _DUMPER_IS_A_CLASS else quoted(value)


def quoted(text: str) -> str:
    """A template that gives the text: from ansible-core 2.19 on no class of ours can say how it is written, and what a template gives is not run again."""
    # A quote would end a string, and a backslash keep the next quote from doing so: neither stands in one.
    apart = {"'": '"\'"', '\\': "('%c' % 92)"}
    return '{{ %s }}' % ' ~ '.join(apart.get(piece, f"'{piece}'") for piece in re.split(r"(['\\])", text))


if _DUMPER_IS_A_CLASS:
    t.cast(t.Any, AnsibleDumper).add_representer(UnsafeText, lambda dumper, text: dumper.represent_scalar('!unsafe', str.__str__(text), style="'"))
