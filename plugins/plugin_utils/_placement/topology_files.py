# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A report as files for people and programs. By Jinja itself: Ansible looks at each value of a report each time that a template does, which takes minutes.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import json
import re
import typing as t

from ansible_collections.imds.azure.plugins.plugin_utils._placement.printable import printable
from jinja2 import Environment, FileSystemLoader, StrictUndefined

PAGES = ('topology.html', 'topology.txt', 'topology.csv')
# Only where there is an earlier report to compare with.
COMPARISON = 'topology.md'


def files(report: dict[str, t.Any], templates: str, title: str) -> dict[str, str]:
    """The texts of files, by their names.

    :param report: as topology makes it, with C(changes), C(what_if) and C(history) where these are wanted.
    :param templates: the folder with a template for each file that is for people.
    """
    # From newer releases of ansible-core come dictionaries that do something at each look.
    report = json.loads(json.dumps(report))
    # Templates escape what their formats require themselves.
    jinja = Environment(loader=FileSystemLoader(templates), autoescape=False, trim_blocks=True, undefined=StrictUndefined)
    # As Ansible has them.
    jinja.filters.update(regex_replace=lambda text, pattern, replacement: re.sub(pattern, replacement, text), zip=zip)
    jinja.tests['match'] = lambda text, pattern: re.match(pattern, text) is not None
    shown = {'report': printable(report), 'title': title}
    names = [*PAGES, *([COMPARISON] if 'changes' in report else [])]
    pages = {name: jinja.get_template(f'{name}.j2').render(shown).rstrip('\n') + '\n' for name in names}
    return {**pages, 'topology.json': json.dumps(report, indent=4, sort_keys=True) + '\n'}
