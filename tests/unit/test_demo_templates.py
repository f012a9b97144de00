# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The templates of the demo, which people copy, on hosts that the demo does not have."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jinja2
import pytest
from ansible_collections.imds.azure.plugins.filter.tag import FilterModule

TEMPLATES = Path(__file__).resolve().parents[2] / 'playbooks' / 'demo' / 'templates'


def host(scale_set: str | None, *addresses: str, zone: str | None = None) -> dict[str, Any]:
    return {'placement': {'scale_set': scale_set, 'zone': zone}, 'addresses': {'private_ipv4': addresses}, 'tags': {}}


FLEET = {
    'a': host('web', '10.0.0.1', zone='1'),
    'b': host('web', '10.0.0.2', '10.0.9.2'),
    'c': host('web'),
    'd': host('db', '10.0.0.4'),
    'e': host(None, '10.0.0.5'),
    'f': host(None, '10.0.0.6'),
}


@pytest.mark.parametrize('gathered', [False, True])
@pytest.mark.parametrize(('name', 'peers'), [('a', ['peer 10.0.0.2;']), ('b', ['peer 10.0.0.1 zone=1;']), ('d', []), ('e', [])])
def test_peers_are_the_others_of_the_scale_set_that_have_an_address(name: str, peers: list[str], gathered: bool) -> None:
    """Hosts outside scale sets are no peers of each other."""
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(TEMPLATES), trim_blocks=True, undefined=jinja2.StrictUndefined)
    environment.filters['imds.azure.tag'] = FilterModule().filters()['tag']
    if gathered:
        hostvars: dict[str, Any] = {known: {'ansible_facts': {'azure_imds': facts}} for known, facts in FLEET.items()}
    else:
        hostvars = {known: {'ansible_facts': {}, 'azure_imds': facts} for known, facts in FLEET.items()}
    text = environment.get_template('web.conf.j2').render(imds=FLEET[name], inventory_hostname=name, groups={'azure': list(FLEET)}, hostvars=hostvars)
    listen, *rest = text.splitlines()
    assert (listen, rest) == (f'listen {FLEET[name]["addresses"]["private_ipv4"][0]}:443;', peers)
