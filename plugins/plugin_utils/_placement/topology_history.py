# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Baselines in a folder: what a fleet was like over time, and which of them to keep.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import os
import re
import shlex
import typing as t

from ansible_collections.imds.azure.plugins.plugin_utils._placement.baseline import BaselineError, baseline_of, read_baseline
from ansible_collections.imds.azure.plugins.plugin_utils._placement.outage_cost import cost_of
from ansible_collections.imds.azure.plugins.plugin_utils._placement.topology_findings import subjects

Report = dict[str, t.Any]
# Files of others in the folder are left alone.
NAME = re.compile(r'topology-\d{4}-\d{2}-\d{2}T\d{2}-\d{2}-\d{2}Z\.json')


def history(report: Report, folder: str, keep: int) -> dict[str, t.Any]:
    """What a folder of baselines tells, and what is to be done there.

    :param report: of now.
    :param folder: it need not exist.
    :param keep: how many baselines are left at most, that of this report counted.
    :returns: C(points), the baselines that stay, oldest first, each with C(made_at), C(hosts), C(critical) and C(warning); C(services), the worst first, each
        with C(name) and C(costs), what the worst outage cost it at each of these points, C(lost) and C(count), or None; C(add), the C(name) and the
        C(content) of the file to write, or None where nothing has changed; and C(remove), the paths of those that are too many.
    :raises BaselineError: a file that has the name of a baseline and is none.
    """
    try:
        names = sorted(name for name in os.listdir(folder) if NAME.fullmatch(name))
    except FileNotFoundError:
        names = []
    except OSError as error:
        raise BaselineError(f'The history {folder} cannot be read: {error.strerror}. Use a folder that you can read and write.') from None
    paths = [os.path.join(folder, name) for name in names[-keep:]]
    baselines = [read_baseline(path, f'Delete it with: rm {shlex.quote(path)}') for path in paths]
    now = baseline_of(report)
    same = bool(baselines) and _undated(baselines[-1]) == _undated(now)
    own = f'topology-{now["made_at"].replace(":", "-")}.json'
    if not NAME.fullmatch(own):
        raise BaselineError(f'The report was created at {now["made_at"]!r}, which is not a valid time. Set made_at to a time such as 2026-01-31T00:00:00Z.')
    stay = names[-keep:] if same or own in names else [*names, own][-keep:]
    told = baselines if same else [*baselines, now][-keep:]
    return {
        'points': [_point(baseline) for baseline in told],
        'services': _services(told),
        'add': None if same else {'name': own, 'content': now},
        'remove': [os.path.join(folder, name) for name in names if name not in stay],
    }


def _undated(baseline: dict[str, t.Any]) -> dict[str, t.Any]:
    return {key: value for key, value in baseline.items() if key != 'made_at'}


def _point(baseline: dict[str, t.Any]) -> dict[str, t.Any]:
    return {'made_at': baseline['made_at'], 'hosts': len(baseline['hosts']), **baseline['summary']}


def _services(told: list[dict[str, t.Any]]) -> list[dict[str, t.Any]]:
    """What the worst outage cost each service of the last baseline in each of them."""
    costs = [{name: cost_of(group) for name, group in subjects(baseline)} for baseline in told]
    worst = sorted(((name, cost) for name, cost in costs[-1].items() if cost), key=lambda item: (-item[1].share, -item[1].hosts, item[0]))
    then = [(name, [each.get(name) for each in costs]) for name, _cost in worst]
    return [{'name': name, 'costs': [{'lost': cost.lost, 'count': cost.hosts} if cost else None for cost in over_time]} for name, over_time in then]
