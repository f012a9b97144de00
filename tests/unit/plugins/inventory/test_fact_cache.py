# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts that plays have gathered are as good as an answer, where they can be read and grouped by."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible import constants as C
from ansible.plugins.loader import cache_loader
from ansible_collections.imds.azure.plugins.module_utils._facts.facts import facts_from_document
from ansible_collections.imds.azure.tests.unit.plugins.inventory.three_hosts import COMPUTE, NAMES, ThreeHosts

FACTS = {**facts_from_document({'compute': COMPUTE, 'network': {}}), 'query': {'present': True, 'endpoint': 'http://127.0.0.1:9'}}


class FactCache:
    """Ansible's cache of facts, as files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def gather(self, **azure_imds: Any) -> None:
        cache = cache_loader.get(C.CACHE_PLUGIN)
        for name, facts in azure_imds.items():
            cache.set(name, {'azure_imds': facts, 'other': 1})

    def file(self, name: str) -> Path:
        (file,) = self._folder.glob(f'*{name}')
        return file


@pytest.fixture
def facts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FactCache:
    monkeypatch.setattr(C, 'CACHE_PLUGIN', 'ansible.builtin.jsonfile')
    monkeypatch.setenv('ANSIBLE_CACHE_PLUGIN_CONNECTION', str(tmp_path / 'facts'))
    return FactCache(tmp_path / 'facts')


def run(fleet: ThreeHosts, **options: Any) -> list[str]:
    return fleet.run(use_fact_cache=True, cache=False, **options)


def test_gathered(fleet: ThreeHosts, facts: FactCache) -> None:
    facts.gather(a=FACTS, c=FACTS)
    assert run(fleet) == ['b']
    assert fleet.run(cache=False) == sorted(NAMES), 'only where it was asked for'


def test_flushed(fleet: ThreeHosts, facts: FactCache, command_line: Any) -> None:
    facts.gather(a=FACTS)
    command_line(flush_cache=True)
    assert run(fleet) == sorted(NAMES)


@pytest.mark.parametrize(
    'gathered',
    [
        None,
        {},
        [],
        'text',
        {'query': {'present': False}},
        {**FACTS, 'placement': {}},
        {**FACTS, 'placement': None},
        {**FACTS, 'resource': {'resource_group': []}},
    ],
)
def test_facts_that_cannot_be_grouped_by(fleet: ThreeHosts, facts: FactCache, gathered: Any) -> None:
    """Such as those of an older version of the collection, or of a machine that is not an Azure VM."""
    facts.gather(a=FACTS, b=gathered)
    assert run(fleet) == ['b', 'c']
    assert fleet.warnings == []


WARNING = 'azure_imds: cannot read the fact cache'


@pytest.mark.parametrize('content', [b'', b'[', b'\xff'])
def test_a_file_that_holds_no_json(fleet: ThreeHosts, facts: FactCache, content: bytes) -> None:
    """Ansible throws it away when it sees that."""
    facts.gather(b=FACTS)
    facts.file('b').write_bytes(content)
    assert run(fleet) == sorted(NAMES)
    assert any(WARNING in warning for warning in fleet.warnings)


@pytest.mark.parametrize('content', [b'{"__payload__": "["}', b'{"__payload__": "[]"}', b'[]', b'5'])
def test_a_file_that_holds_something_else(fleet: ThreeHosts, facts: FactCache, content: bytes) -> None:
    """With it, Ansible itself can tell no variables of that host, so that it cannot be asked. That is its own misfortune."""
    facts.gather(b=FACTS)
    facts.file('b').write_bytes(content)
    groups = fleet.groups(use_fact_cache=True, cache=False)
    assert groups['azure'] >= {'a', 'c'}
    assert groups['azure'] | groups.get('azure_failed', set()) == NAMES


@pytest.mark.parametrize('endpoint', ['http://127.0.0.1:10', 'http://localhost:9', None, 5, 'nonsense'])
def test_facts_from_another_endpoint_are_those_of_another_machine(fleet: ThreeHosts, facts: FactCache, endpoint: Any) -> None:
    facts.gather(a=FACTS, b={**FACTS, 'query': {'present': True, 'endpoint': endpoint}})
    assert run(fleet) == ['b', 'c']


def test_the_endpoint_is_that_of_the_host(fleet: ThreeHosts, facts: FactCache) -> None:
    facts.gather(a=FACTS, b=FACTS, c={**FACTS, 'query': {'present': True, 'endpoint': 'http://127.0.0.1:10'}})
    fleet.variables(b={'azure_imds_endpoint': 'http://127.0.0.1:10'}, c={'azure_imds_endpoint': '{{ "http://127.0.0.1:10/" }}'})
    assert run(fleet) == ['b']


NO_VM = {'query': {'present': False, 'endpoint': 'http://127.0.0.1:9'}}


def test_stored_facts_only(fleet: ThreeHosts, facts: FactCache) -> None:
    """Nobody is asked, and no host disappears silently."""
    facts.gather(a=FACTS, b=NO_VM)
    groups = fleet.groups(use_fact_cache='only', cache=False)
    assert fleet.asked() == []
    assert (groups['azure'], groups['azure_vmss_web'], groups['azure_not_azure'], groups['azure_unknown']) == ({'a'}, {'a'}, {'b'}, {'c'})
    (warning,) = fleet.warnings
    assert 'no stored facts for c, and use_fact_cache: only asks no hosts' in warning
    assert 'ansible HOST -m imds.azure.instance_facts' in warning


@pytest.mark.parametrize('flush', [False, True])
def test_stored_facts_only_where_there_are_none(fleet: ThreeHosts, facts: FactCache, command_line: Any, flush: bool) -> None:
    if flush:
        facts.gather(a=FACTS, b=FACTS, c=FACTS)
    command_line(flush_cache=flush)
    groups = fleet.inventory(use_fact_cache='only', cached=not flush).get_groups_dict()
    assert fleet.asked() == []
    assert set(groups['azure_unknown']) == NAMES
    assert 'azure' not in groups


def test_stored_facts_only_and_what_was_asked_before(fleet: ThreeHosts, facts: FactCache) -> None:
    """What an earlier run kept are stored facts too, and old ones say that they are."""
    facts.gather(a=FACTS)
    fleet.groups(hosts='b')
    assert fleet.groups(use_fact_cache='only')['azure'] == {'a', 'b'}
    assert fleet.asked() == []


def test_stored_facts_only_with_strict(fleet: ThreeHosts, facts: FactCache, capsys: pytest.CaptureFixture[str]) -> None:
    facts.gather(a=FACTS)
    assert 'azure' not in fleet.groups(use_fact_cache='only', cache=False, strict=True)
    assert '2 of 2 hosts returned no facts, and strict is true. b: the fact cache has no facts' in fleet.said(capsys)


@pytest.mark.parametrize(('value', 'asked'), [('true', ['b', 'c']), ('no', sorted(NAMES)), (1, ['b', 'c']), ('Only', [])])
def test_how_it_may_be_spelt(fleet: ThreeHosts, facts: FactCache, value: Any, asked: list[str]) -> None:
    facts.gather(a=FACTS)
    fleet.groups(use_fact_cache=value, cache=False)
    assert fleet.asked() == asked


@pytest.mark.parametrize('value', ['always', [], {}, 2])
def test_another_value(fleet: ThreeHosts, facts: FactCache, value: Any, capsys: pytest.CaptureFixture[str]) -> None:
    fleet.groups(use_fact_cache=value, cache=False)
    assert f'use_fact_cache is {value!r}. Set it to true, false or only.' in fleet.said(capsys)
    assert fleet.asked() == []


def test_facts_in_memory_are_never_there(fleet: ThreeHosts, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the default of Ansible."""
    monkeypatch.setattr(C, 'CACHE_PLUGIN', 'memory')
    assert run(fleet) == sorted(NAMES)
    (warning,) = fleet.warnings
    assert 'use_fact_cache finds nothing' in warning
    assert 'fact_caching_connection' in warning


def test_no_such_plugin(fleet: ThreeHosts, facts: FactCache, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(C, 'CACHE_PLUGIN', 'nobody.nothing.nowhere')
    assert run(fleet) == sorted(NAMES)
    assert any(WARNING in warning for warning in fleet.warnings)


def test_what_was_gathered_is_kept_as_well_as_what_was_asked(fleet: ThreeHosts, facts: FactCache) -> None:
    """The two caches do not get in each other's way."""
    facts.gather(a=json.loads(json.dumps(FACTS)))
    assert fleet.run(use_fact_cache=True) == ['b', 'c']
    assert fleet.run(use_fact_cache=True) == []
    assert fleet.run() == ['a']
