# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""While an inventory asks, the variables of a host are those that a play sees, also what Ansible itself gives a host."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible import constants as C
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.vars.manager import VariableManager
from ansible_collections.imds.azure.plugins.plugin_utils._fleet.host_variables import HostVariables, rendered

HOSTS = """
alone
[bastion]
jump ansible_host=127.0.0.1 port=2222 ansible_port="{{ port }}" ansible_user="{{ inventory_hostname }}-user"
[private]
app1
app2
[private:vars]
way={{ hostvars['jump'].ansible_port }} {{ hostvars[groups['bastion'][0]].ansible_user }}@{{ hostvars.jump['ansible_host'] }}
"""


@pytest.fixture
def variables(tmp_path: Path, command_line: Any) -> HostVariables:
    """Of an inventory as the last source finds it: nothing has been done yet of what Ansible does after all of them."""
    (tmp_path / 'hosts.ini').write_text(HOSTS)
    manager = InventoryManager(loader=DataLoader(), parse=False)
    assert manager.parse_source(str(tmp_path / 'hosts.ini'))
    manager._inventory.current_source = str(tmp_path / 'fleet.azure_imds.yml')
    return HostVariables(manager._inventory, manager._loader)


@pytest.fixture
def value(variables: HostVariables, tmp_path: Path) -> Callable[..., Any]:
    """C(value('{{ groups }}', 'app1')): what a template comes to that is among the variables of that host."""

    def ask(template: str, host: str = 'app1', of: HostVariables = variables) -> Any:
        (tmp_path / 'host_vars').mkdir()
        (tmp_path / 'host_vars' / f'{host}.yml').write_text(json.dumps({'wanted': template}))
        return rendered(*of.of(host), ['wanted']).get('wanted', 'omitted')

    return ask


def test_a_bastion_by_hostvars(variables: HostVariables) -> None:
    known, templar = variables.of('app1')
    assert rendered(known, templar, ['way'])['way'] == '2222 jump-user@127.0.0.1'


@pytest.mark.parametrize(
    ('host', 'template', 'expected'),
    [
        ('app1', '{{ groups }}', {'all': ['alone', 'jump', 'app1', 'app2'], 'ungrouped': ['alone'], 'bastion': ['jump'], 'private': ['app1', 'app2']}),
        ('app1', '{{ group_names }}', ['private']),
        ('alone', '{{ group_names }}', ['ungrouped']),
        ('app1', '{{ inventory_hostname }}', 'app1'),
        ('app1', '{{ inventory_dir }}', '{folder}'),
        ('app1', '{{ inventory_file }}', '{folder}/hosts.ini'),
        ('app1', '{{ playbook_dir }}', '{here}'),
        ('app1', '{{ hostvars | list | sort }}', ['alone', 'app1', 'app2', 'jump']),
        ('app1', "{{ hostvars['app2'].group_names }}", ['private']),
        ('app1', "{{ hostvars['localhost'].ansible_connection }}", 'local'),
        ('app1', "{{ 'nobody' in hostvars }}", False),
        ('app1', '{{ ansible_version.string is defined }}', True),
        ('app1', '{{ nowhere | default("x") }}', 'x'),
        ('app1', '{{ nowhere | default(omit) }}', 'omitted'),
    ],
)
def test_what_ansible_gives_a_host(value: Callable[..., Any], tmp_path: Path, host: str, template: str, expected: Any) -> None:
    found = value(template, host)
    if isinstance(found, dict):
        found = {name: list(hosts) for name, hosts in found.items()}
    assert found == (expected.format(folder=tmp_path, here=Path.cwd()) if isinstance(expected, str) else expected)


@pytest.mark.parametrize('kind', [tuple, list])
def test_beside_the_playbook(tmp_path: Path, command_line: Any, variables: HostVariables, kind: Any) -> None:
    """Its group_vars and host_vars count too, as in its plays."""
    folder = tmp_path / 'plays'
    for name, text in (('group_vars/private.yml', 'port: 1'), ('host_vars/app1.yml', 'own: "{{ playbook_dir }}/key"'), ('site.yml', '[]')):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    command_line(args=kind([str(folder / 'site.yml'), 'other.yml']))
    loader = DataLoader()
    before = loader.get_basedir()
    of_play = HostVariables(InventoryManager(loader=loader, sources=[str(tmp_path / 'hosts.ini')])._inventory, loader)
    names = ('port', 'own', 'playbook_dir')
    assert rendered(*of_play.of('app1'), names) == {'port': 1, 'own': f'{folder}/key', 'playbook_dir': str(folder)}
    assert loader.get_basedir() == before, 'the loader of the others is left alone'


@pytest.mark.parametrize('arguments', ['private', ('nothing.yml',), (), None, 'all', (5,)])
def test_no_playbook(tmp_path: Path, command_line: Any, variables: HostVariables, arguments: Any) -> None:
    command_line(args=arguments)
    loader = DataLoader()
    of_others = HostVariables(InventoryManager(loader=loader, sources=[str(tmp_path / 'hosts.ini')])._inventory, loader)
    assert rendered(*of_others.of('app1'), ['playbook_dir']) == {'playbook_dir': str(Path.cwd())}


def test_names_of_no_variables(variables: HostVariables) -> None:
    assert rendered(*variables.of('app1'), ['not_there', None]) == {}


def test_other_hosts_cost_nothing(variables: HostVariables, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only those that are named."""
    asked = []
    original = VariableManager.get_vars

    def get_vars(self: VariableManager, *arguments: Any, **options: Any) -> Any:
        asked.append(str(options['host']))
        return original(self, *arguments, **options)

    monkeypatch.setattr(VariableManager, 'get_vars', get_vars)
    known, templar = variables.of('app2')
    assert asked == ['app2']
    rendered(known, templar, ['way'])
    assert set(asked) == {'app2', 'jump'}


LAYERS = """
[all:vars]
wanted=all
[ungrouped:vars]
wanted=ungrouped
[web]
web1
web2 wanted=own
web3
[db]
web3
db1
[db:vars]
wanted=db
ansible_group_priority=5
[site:children]
web
db
[site:vars]
wanted=site
other={{ wanted }}
"""
FILES = {
    'group_vars/all.yml': {'in_file': 'all'},
    'group_vars/web.yml': {'wanted': 'web file', 'in_file': 'web'},
    'host_vars/web2.yml': {'in_file': 'web2'},
    'host_vars/db1.yml': {'wanted': 'db1 file', 'other': ['a', 'list']},
    'play/group_vars/site.yml': {'beside': 'site'},
    'play/host_vars/web1.yml': {'wanted': 'web1 beside the play', 'beside': 'web1'},
}
WANTED = frozenset({'wanted', 'other', 'in_file', 'beside', 'nobody_says'})


@pytest.mark.parametrize('extra', [{}, {'wanted': 'said', 'other': 'said'}])
@pytest.mark.parametrize('precedence', [None, ['groups_inventory', 'all_plugins_inventory', 'all_inventory', 'groups_plugins_play']])
def test_few_variables_of_many_hosts_are_those_of_each(
    tmp_path: Path, command_line: Any, monkeypatch: pytest.MonkeyPatch, extra: dict[str, str], precedence: list[str] | None
) -> None:
    """Whichever layer of Ansible gives them, but not rendered."""
    for name, content in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(json.dumps(content))
    (tmp_path / 'play' / 'site.yml').write_text('[]')
    (tmp_path / 'hosts.ini').write_text('alone\n' + LAYERS)
    if precedence:
        monkeypatch.setattr(C, 'VARIABLE_PRECEDENCE', precedence)
    command_line(args=(str(tmp_path / 'play' / 'site.yml'),), extra_vars=(json.dumps(extra),))
    manager = InventoryManager(loader=DataLoader(), parse=False)
    assert manager.parse_source(str(tmp_path / 'hosts.ini'))
    manager._inventory.current_source = str(tmp_path / 'fleet.azure_imds.yml')
    variables = HostVariables(manager._inventory, manager._loader)
    names = sorted(manager._inventory.hosts)
    found = variables.few(names, WANTED)
    assert names == ['alone', 'db1', 'web1', 'web2', 'web3']
    assert found == {name: {key: value for key, value in variables.of(name)[0].items() if key in WANTED} for name in names}
    assert found['alone']


def test_few_variables_where_a_file_cannot_be_read(variables: HostVariables, tmp_path: Path) -> None:
    """It costs what is in that file, and nothing else."""
    (tmp_path / 'host_vars').mkdir()
    (tmp_path / 'host_vars' / 'app1.yml').write_text('[')
    (tmp_path / 'host_vars' / 'app2.yml').write_text('ansible_port: 22')
    (tmp_path / 'group_vars').mkdir()
    (tmp_path / 'group_vars' / 'all.yml').write_text('$ANSIBLE_VAULT;1.1;AES256\n6162\n')
    (tmp_path / 'group_vars' / 'private.yml').write_text('ansible_user: ops')
    found = variables.few(['app1', 'app2', 'jump'], frozenset({'ansible_port', 'ansible_user'}))
    assert found['app1'] == {'ansible_user': 'ops'}
    assert found['app2'] == {'ansible_user': 'ops', 'ansible_port': 22}
    assert found['jump'] == {'ansible_user': '{{ inventory_hostname }}-user', 'ansible_port': '{{ port }}'}


def test_other_delimiters(of_host: Any) -> None:
    """As a play renders it."""
    header = "#jinja2:variable_start_string:'[%', variable_end_string:'%]'\n"
    known, templar = of_host(address='127.0.0.1', wanted=f'{header}[% address %]').of('node')
    assert rendered(known, templar, ['wanted']) == {'wanted': '127.0.0.1'}
