# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What docs/awx.md tells users to do, as AWX runs it: the same command with the same environment. AWX itself is not here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.imds.azure.tests.matrix import interpreters
from ansible_collections.imds.azure.tests.matrix.cores import EACH_CORE, programs_of
from ansible_collections.imds.azure.tests.unit.roles.simulator.running_simulator import Simulator
from ansible_collections.imds.azure.tests.where_it_runs import pages
from ansible_collections.imds.azure.tests.where_it_runs.conftest import GROUPS, HOSTILE

PAGE = 'docs/awx.md'
# Of every job, and of an inventory update.
OF_JOBS = {'ANSIBLE_FORCE_COLOR': 'True', 'ANSIBLE_HOST_KEY_CHECKING': 'False', 'ANSIBLE_INVENTORY_UNPARSED_FAILED': 'True'}
OF_UPDATES = {**OF_JOBS, 'ANSIBLE_INVENTORY_EXPORT': 'True', 'ANSIBLE_VERBOSE_TO_STDERR': 'True'}
ENABLED = 'host_list,script,auto,yaml,ini,toml'


class Awx:
    """A project with the files of the page. Nothing is asked but the simulator, although the page names other addresses."""

    def __init__(self, programs: Path, folder: Path, simulator: Simulator) -> None:
        self._programs = programs
        self.folder = folder
        self.inventory = folder / 'project/inventory'
        pages.write(folder / 'project', PAGE)
        self.variables = yaml.safe_load((folder / 'project/source-variables.yml').read_text())
        for path, content in {
            'group_vars/all.yml': {'ansible_connection': 'local', 'ansible_python_interpreter': interpreters.of_hosts()},
            **{f'host_vars/{name}.yml': {'azure_imds_endpoint': endpoint} for name, endpoint in simulator.vms.items()},
        }.items():
            self.inventory.joinpath(path).parent.mkdir(exist_ok=True)
            self.inventory.joinpath(path).write_text(json.dumps(content))

    def run(self, program: str, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        home = {'HOME': str(self.folder), 'ANSIBLE_HOME': str(self.folder / '.ansible')}
        return subprocess.run(
            [f'{self._programs}/{program}', *words],
            cwd=self.folder / 'project',
            env={**os.environ, **home, **environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=180,
        )

    def update(self, *sources: Path, **variables: str) -> subprocess.CompletedProcess[str]:
        """Updates an inventory source, with its source variables."""
        words = ['--list', '--export', *(word for source in sources or [self.inventory] for word in ('-i', str(source)))]
        output = ['--output', str(self.folder / 'output.json'), '--playbook-dir', str(self.inventory)]
        (self.folder / 'output.json').unlink(missing_ok=True)
        return self.run('ansible-inventory', *words, *output, **OF_UPDATES, **variables)

    @property
    def output(self) -> dict[str, Any]:
        """What AWX reads then."""
        return dict(json.loads((self.folder / 'output.json').read_text()))

    def members(self, group: str) -> set[str]:
        entry = self.output.get(group, {})
        return {*entry.get('hosts', ()), *(host for child in entry.get('children', ()) for host in self.members(child))}

    def groups(self) -> dict[str, set[str]]:
        return {name: self.members(name) for name in GROUPS}

    def as_script(self, name: str) -> Path:
        """How AWX hands an inventory to a job, or to a constructed inventory."""
        path = self.folder / name
        path.write_text(f'#!{sys.executable}\nprint({json.dumps(self.output)!r})\n')
        path.chmod(0o700)
        return path


@pytest.fixture(params=EACH_CORE)
def core(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def awx(core: str, tmp_path: Path, simulator: Simulator) -> Awx:
    return Awx(programs_of(core), tmp_path, simulator)


def plain(said: str) -> str:
    """Warnings without colours and line breaks, which older releases put anywhere."""
    return ''.join(said.replace('\x1b[1;35m', '').replace('\x1b[0m', '').split())


def test_an_update_from_a_project_and_a_job_with_what_it_gave(awx: Awx) -> None:
    done = awx.update(**awx.variables)
    assert done.returncode == 0, done.stderr
    assert 'azure_imds:' not in done.stderr
    assert awx.groups() == GROUPS
    (command,) = pages.commands(PAGE)
    assert awx.run('ansible-inventory', *command.split('ansible-inventory ')[1].split(), **OF_UPDATES).stdout.startswith('{')
    job = awx.run('ansible', '-i', str(awx.as_script('hosts')), 'azure_zone_westeurope_2', '-m', 'debug', '-a', 'var=azure_imds.tags.Hostile', **OF_JOBS)
    assert job.returncode == 0, job.stdout + job.stderr
    assert HOSTILE in job.stdout
    assert not list(awx.folder.rglob('hacked'))


def test_the_names_of_the_files_matter(awx: Awx, core: str) -> None:
    """The update goes well and groups nobody; its output says why."""
    awx.inventory.joinpath('90-fleet.azure_imds.yml').rename(awx.inventory / 'fleet.azure_imds.yml')
    awx.inventory.joinpath('10-hosts.yml').unlink()
    awx.inventory.joinpath('hosts.ini').write_text('[web]\nweb-1\nweb-2\n')
    done = awx.update(**awx.variables)
    assert done.returncode == 0, done.stderr
    assert not awx.members('azure')
    assert plain(f'azure_imds: no hosts to ask: list {awx.inventory}/fleet.azure_imds.yml after the sources that define hosts.') in plain(done.stderr)
    assert plain('rename it, for example to 90-fleet.azure_imds.yml.') in plain(done.stderr)
    assert (plain('This ansible-core skips hosts.ini, as every .ini file in a folder: rename it to hosts.') in plain(done.stderr)) == (core == 'oldest')
    # Which it is then.
    awx.inventory.joinpath('fleet.azure_imds.yml').rename(awx.inventory / '90-fleet.azure_imds.yml')
    awx.inventory.joinpath('hosts.ini').rename(awx.inventory / 'hosts')
    awx.inventory.joinpath('90-fleet.azure_imds.yml').rename(awx.inventory / 'zz-fleet.azure_imds.yml')
    assert awx.update(**awx.variables).returncode == 0
    assert awx.groups() == GROUPS


@pytest.mark.parametrize('wrong', [{'forks': 0}, {'nobody_knows': 1}])
def test_a_broken_source_fails_the_update(awx: Awx, wrong: dict[str, Any]) -> None:
    """Else AWX would take it that there are no such groups any more."""
    awx.inventory.joinpath('90-fleet.azure_imds.yml').write_text(json.dumps({'plugin': 'imds.azure.hosts', **wrong}))
    assert awx.update(**awx.variables).returncode != 0
    assert not (awx.folder / 'output.json').exists()


def test_a_host_that_does_not_answer(awx: Awx) -> None:
    """Is in a group of its own, or with strict the update fails."""
    awx.inventory.joinpath('host_vars/web-2.yml').write_text('azure_imds_endpoint: http://127.0.0.1:9\n')
    options = {'plugin': 'imds.azure.hosts', 'deadline': 1, 'detect': 'never'}
    awx.inventory.joinpath('90-fleet.azure_imds.yml').write_text(json.dumps(options))
    done = awx.update(**awx.variables)
    assert done.returncode == 0, done.stderr
    assert (awx.members('azure'), awx.members('azure_failed') | awx.members('azure_not_azure')) == ({'web-1'}, {'web-2'})
    awx.inventory.joinpath('host_vars/web-2.yml').write_text('azure_imds_endpoint: nonsense\n')
    awx.inventory.joinpath('90-fleet.azure_imds.yml').write_text(json.dumps({**options, 'strict': True}))
    done = awx.update(**awx.variables)
    assert done.returncode != 0
    assert 'strict is true' in done.stderr


def construct(awx: Awx, *keys: dict[str, str], **environment: str) -> None:
    """Updates the constructed inventory of the page, with more keys. Its input is what the update before gave, and AWX names the plugin in full."""
    given = yaml.safe_load((awx.folder / 'project/constructed.yml').read_text())
    source = awx.folder / 'constructed.yml'
    source.write_text(json.dumps({**given, 'plugin': 'ansible.builtin.constructed', 'keyed_groups': [*given['keyed_groups'], *keys]}))
    done = awx.update(awx.as_script('hosts'), source, ANSIBLE_INVENTORY_ENABLED=ENABLED, ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED='True', **environment)
    assert done.returncode == 0, done.stderr


def test_a_constructed_inventory(awx: Awx) -> None:
    """It takes what hosts said as data."""
    assert awx.update(**awx.variables).returncode == 0
    construct(awx, {'prefix': 'hostile', 'key': 'azure_imds.tags.Hostile'})
    assert awx.groups() == GROUPS
    assert (awx.members('role_web'), awx.members('web_in_zone_1')) == ({'web-1', 'web-2'}, {'web-1'})
    (name,) = (name for name in awx.output if name.startswith('hostile_'))
    assert 'lookup' in name
    assert not list(awx.folder.rglob('hacked'))


def test_hosts_without_facts_in_a_constructed_inventory(awx: Awx) -> None:
    assert awx.update(awx.inventory / '10-hosts.yml').returncode == 0
    construct(awx)
    assert awx.members('web') == {'web-1', 'web-2'}
    assert not awx.members('role_web')


def test_why_the_page_warns_of_stored_facts(awx: Awx, core: str) -> None:
    """Up to ansible-core 2.18 a constructed inventory runs what is in them, and later ones store them under names that AWX does not know."""
    stored = {'ANSIBLE_CACHE_PLUGIN': 'ansible.builtin.jsonfile', 'ANSIBLE_CACHE_PLUGIN_CONNECTION': str(awx.folder / 'fact_cache')}
    words = ['-i', str(awx.inventory / '10-hosts.yml'), 'all', '-m', 'imds.azure.instance_facts']
    assert awx.run('ansible', *words, **OF_JOBS, **stored).returncode == 0
    assert awx.update(awx.inventory / '10-hosts.yml').returncode == 0
    construct(awx, {'prefix': 'sum', 'key': 'azure_imds.tags.Sum'}, **stored)
    names = {path.name for path in (awx.folder / 'fact_cache').iterdir()}
    assert awx.members('role_web') == {'web-1', 'web-2'}
    assert ('sum_1337' in awx.output, names == {'web-1', 'web-2'}) == (core == 'oldest', core == 'oldest')
