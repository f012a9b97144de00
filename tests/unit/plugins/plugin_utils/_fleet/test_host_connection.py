# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A connection is set up as a play sets it up, and a command over it gives bytes or a cause."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible.errors import AnsibleConnectionFailure, AnsibleError
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible_collections.imds.azure.plugins.plugin_utils._fleet.host_connection import HostConnection, HostUnreachableError
from ansible_collections.imds.azure.plugins.plugin_utils._fleet.host_variables import HostVariables
from ansible_collections.imds.azure.plugins.plugin_utils._transports.host_command import HostCommand

OPTIONS = ('remote_addr', 'remote_user', 'timeout', 'private_key_file', '_extras')
PLAY = ('connection', 'remote_addr', 'remote_user', 'port', 'password', 'timeout', 'shell', 'executable', 'private_key_file', 'become')


def tell(connection: Any) -> tuple[int, bytes, bytes]:
    """What the plugin was told, as the output of a command."""
    options = {name: connection.get_option(name) for name in OPTIONS}
    play = {name: getattr(connection._play_context, name) for name in PLAY}
    told = {'options': options, 'play': play, 'shell': connection._shell.SHELL_FAMILY, 'become': connection.become}
    return 0, json.dumps(told).encode(), b''


@pytest.fixture
def connect(of_host: Any, scripted: Any) -> Callable[..., HostConnection]:
    """Connects to a host with these variables, over the test's own plugin unless they say otherwise."""

    def make(**variables: Any) -> HostConnection:
        return HostConnection(*of_host(**{'ansible_connection': 'scripted', **variables}).of('node'))

    return make


@pytest.fixture
def told(connect: Any, scripted: Any) -> Callable[..., Any]:
    """What the plugin is told of a host with these variables."""

    def ask(**variables: Any) -> Any:
        scripted(tell)
        return json.loads(connect(**variables).execute(HostCommand('x')).stdout)

    return ask


def test_without_variables(told: Any) -> None:
    """The address is the name, as in a play."""
    seen = told()
    assert seen['options'] == {'remote_addr': 'node', 'remote_user': None, 'timeout': 10, 'private_key_file': None, '_extras': {}}
    assert seen['play']['remote_addr'] == 'node'
    assert seen['shell'] == 'sh'


def test_variables(told: Any) -> None:
    seen = told(ansible_host='127.0.0.1', ansible_user='ops', ansible_port=2222, ansible_timeout=7, ansible_private_key_file='/key', ansible_password='secret')
    assert seen['options'] == {'remote_addr': '127.0.0.1', 'remote_user': 'ops', 'timeout': 7, 'private_key_file': '/key', '_extras': {}}
    play = {'remote_addr': '127.0.0.1', 'remote_user': 'ops', 'port': 2222, 'password': 'secret', 'timeout': 7}
    assert {name: seen['play'][name] for name in play} == play


def test_templates(told: Any) -> None:
    seen = told(
        base='{{ first }}.0',
        first='127.0',
        way='scripted',
        ansible_connection='{{ way }}',
        ansible_host='{{ base }}.1',
        ansible_user='{{ inventory_hostname }}-user',
        ansible_port='{{ 2000 + 222 }}',
        ansible_timeout='{{ 3 + 4 }}',
        ansible_shell_executable='/bin/{{ "da" }}sh',
    )
    assert seen['options']['remote_addr'] == seen['play']['remote_addr'] == '127.0.0.1'
    assert seen['options']['remote_user'] == seen['play']['remote_user'] == 'node-user'
    assert int(seen['play']['port']) == 2222
    assert seen['options']['timeout'] == 7
    assert seen['play']['executable'] == '/bin/dash'


def test_the_older_name_of_a_variable_counts_more(told: Any) -> None:
    seen = told(ansible_host='127.0.0.1', ansible_ssh_host='127.0.0.2', ansible_user='new', ansible_ssh_user='old', ansible_port=1, ansible_ssh_port=2)
    assert (seen['play']['remote_addr'], seen['play']['remote_user'], seen['play']['port']) == ('127.0.0.2', 'old', 2)


def test_the_command_line(told: Any, command_line: Any) -> None:
    command_line(remote_user='ops', timeout=33, private_key_file='/key', connection='local')
    seen = told()
    assert seen['options'] == {'remote_addr': 'node', 'remote_user': 'ops', 'timeout': 33, 'private_key_file': '/key', '_extras': {}}
    assert seen['play']['private_key_file'] == '/key'


def test_variables_count_more_than_the_command_line(told: Any, command_line: Any) -> None:
    command_line(remote_user='ops', timeout=33, private_key_file='/key', connection='local')
    seen = told(ansible_user='own', ansible_timeout=44, ansible_private_key_file='/own')
    assert seen['options'] == {'remote_addr': 'node', 'remote_user': 'own', 'timeout': 44, 'private_key_file': '/own', '_extras': {}}


@pytest.mark.parametrize(
    ('variables', 'line', 'expected'),
    [
        ({}, {}, 'ssh'),
        ({'ansible_connection': 'smart'}, {}, 'ssh'),
        ({}, {'connection': 'smart'}, 'ssh'),
        ({}, {'connection': 'local'}, 'local'),
        ({'ansible_connection': 'local'}, {'connection': 'ssh'}, 'local'),
        ({'ansible_connection': 'ansible.builtin.local'}, {}, 'ansible.builtin.local'),
    ],
)
def test_which_plugin(of_host: Any, command_line: Any, variables: dict[str, Any], line: dict[str, Any], expected: str) -> None:
    command_line(**line)
    connection = HostConnection(*of_host(**variables).of('node'))
    assert connection._connection._load_name.rpartition('.')[2] == expected.rpartition('.')[2]


def test_extra_variables(told: Any, command_line: Any, tmp_path: Path) -> None:
    """What C(-e) says is worth most, and is a template as anything else."""
    (tmp_path / 'extra.yml').write_text("ansible_user: '{{ team }}'\n")
    command_line(extra_vars=(f'@{tmp_path}/extra.yml', 'team=ops'))
    assert told(ansible_user='own')['options']['remote_user'] == 'ops'


def test_no_become(told: Any) -> None:
    seen = told(ansible_become=True, ansible_become_user='root', ansible_become_method='sudo', ansible_become_password='secret')
    assert seen['become'] is None
    assert not seen['play']['become']


@pytest.mark.parametrize(
    ('variables', 'powershell'),
    [
        ({}, False),
        ({'ansible_shell_type': 'sh'}, False),
        ({'ansible_shell_type': 'powershell'}, True),
        ({'ansible_shell_type': '{{ "power" ~ "shell" }}'}, True),
        ({'ansible_shell_type': 'cmd'}, True),
        ({'ansible_connection': 'ssh', 'ansible_shell_type': 'powershell'}, True),
        ({'ansible_connection': 'winrm', 'ansible_host': '127.0.0.1'}, True),
        ({'ansible_connection': 'psrp', 'ansible_host': '127.0.0.1'}, True),
    ],
)
def test_powershell(connect: Any, variables: dict[str, Any], powershell: bool) -> None:
    assert connect(**variables).is_powershell == powershell


def test_what_a_plugin_has_no_option_for_is_handed_on_where_it_wants_that(told: Any) -> None:
    """winrm and psrp pass such variables to the library that they use."""
    seen = told(ansible_scripted_validation='{{ "ign" ~ "ore" }}', ansible_winrm_other=1)
    assert seen['options']['_extras'] == {'ansible_scripted_validation': 'ignore'}


@pytest.mark.parametrize(
    ('variables', 'seconds'), [({}, 10), ({'ansible_timeout': 7}, 7), ({'ansible_timeout': '7'}, 7), ({'ansible_scripted_timeout': 8, 'ansible_timeout': 7}, 8)]
)
def test_how_long_it_may_take_to_connect(connect: Any, variables: dict[str, Any], seconds: float) -> None:
    assert connect(**variables).connect_seconds == seconds


def test_how_long_it_may_take_to_connect_where_the_plugin_does_not_say(connect: Any) -> None:
    """local has no such option."""
    assert connect(ansible_connection='local', ansible_timeout=7).connect_seconds == 7


@pytest.mark.parametrize(
    ('variables', 'words'),
    [
        ({'ansible_host': '{{ nowhere }}'}, 'nowhere'),
        ({'ansible_host': '{{ nowhere.further }}'}, 'nowhere'),
        ({'ansible_user': '{{ nowhere }}'}, 'nowhere'),
        ({'ansible_private_key_file': '{{ nowhere }}'}, 'nowhere'),
        ({'ansible_connection': '{{ nowhere }}'}, 'nowhere'),
        ({'ansible_user': '{{ broken'}, 'emplate'),
        ({'ansible_user': '{{ 1 / 0 }}'}, 'division'),
        ({'ansible_user': '{{ lookup("ansible.builtin.file", "/does/not/exist") }}'}, 'exist'),
        ({'ansible_connection': 'nowhere'}, "cannot find the connection plugin 'nowhere'"),
        ({'ansible_connection': 'nobody.nothing.nowhere'}, "cannot find the connection plugin 'nobody.nothing.nowhere'"),
        ({'ansible_shell_type': 'nowhere'}, 'nowhere'),
    ],
)
def test_broken_variables(connect: Any, variables: dict[str, Any], words: str) -> None:
    # Older releases hand on what a template raises.
    with pytest.raises((AnsibleError, ZeroDivisionError), match=words):
        connect(**variables)


def test_variables_that_are_no_good_and_not_needed(told: Any) -> None:
    """A play does not mind those either."""
    assert told(unused='{{ nowhere }}', ansible_become_user='{{ nowhere }}')['shell'] == 'sh'


@pytest.mark.parametrize(
    ('printed', 'expected'),
    [
        ((0, b'said', b''), b'said'),
        ((0, 'sagt \xfc', ''), 'sagt \xfc'.encode()),
        ((0, 'cut \udcff', ''), b'cut \xff'),
        ((0, b'\xff\x00', b'\xff'), b'\xff\x00'),
        ((3, b'said', b'but failed'), b'said'),
        ((0, b'', b'warned'), b''),
        ((0, None, None), b''),
    ],
)
def test_output(connect: Any, scripted: Any, printed: Any, expected: bytes) -> None:
    scripted(lambda connection: printed)
    assert connect().execute(HostCommand('x')).stdout == expected


@pytest.mark.parametrize(
    ('printed', 'cause'),
    [
        ((5, b'', b''), 'the command failed with exit code 5'),
        ((5, '', ''), 'the command failed with exit code 5'),
        ((5, None, None), 'the command failed with exit code 5'),
        ((127, b'', b'sh: not found\n'), 'the command failed with exit code 127: sh: not found'),
        ((127, '', 'sh: not found\n'), 'the command failed with exit code 127: sh: not found'),
        ((1, b'', b'caf\xe9\x1b[2J\nsecond line'), 'the command failed with exit code 1: caf\ufffd [2J second line'),
        ((-9, b'', b'killed'), 'the command failed with exit code -9: killed'),
        ((1, b'', b'x' * 5000), f'the command failed with exit code 1: {"x" * 200}'),
    ],
)
def test_a_command_that_fails_without_output(connect: Any, scripted: Any, printed: Any, cause: str) -> None:
    scripted(lambda connection: printed)
    with pytest.raises(HostUnreachableError) as caught:
        connect().execute(HostCommand('x'))
    assert caught.value.cause == cause
    assert 'ansible.builtin.raw' in str(caught.value)


CLIXML = b'#< CLIXML\r\n<Objs Version="1.1.0.1"><S S="Error">%s</S></Objs>'


def test_errors_of_powershell_are_told_without_their_xml(connect: Any, scripted: Any) -> None:
    scripted(lambda connection: (1, b'', CLIXML % b'Out of memory._x000D__x000A_'))
    with pytest.raises(HostUnreachableError) as caught:
        connect(ansible_shell_type='powershell').execute(HostCommand('x'))
    assert caught.value.cause == 'the command failed with exit code 1: Out of memory'


def test_powershell_that_may_do_nothing_was_reached(connect: Any, scripted: Any) -> None:
    """Its language mode is told by whoever sent the command."""
    scripted(lambda connection: (1, b'', CLIXML % b'FullyQualifiedErrorId : MethodInvocationNotSupportedInConstrainedLanguage'))
    assert b'ConstrainedLanguage' in connect(ansible_shell_type='powershell').execute(HostCommand('x')).stderr
    with pytest.raises(HostUnreachableError):
        connect().execute(HostCommand('x'))


def test_what_a_command_reads_is_handed_on(connect: Any, scripted: Any) -> None:
    scripted(lambda connection: (0, connection.in_data, b''))
    assert connect(ansible_shell_type='powershell').execute(HostCommand('x', b'script')).stdout == b'script'


@pytest.mark.parametrize(
    ('said', 'cause'),
    [
        ('no route to host 127.0.0.9 port 22', 'no route to host HOST port 22'),
        ('Failed: ops@127.0.0.9: denied.', 'Failed: ops@HOST: denied'),
        (
            'node does not answer, nor 127.0.0.91, node-2, nodes, a-node or 1127.0.0.9.',
            'HOST does not answer, nor 127.0.0.91, node-2, nodes, a-node or 1127.0.0.9',
        ),
    ],
)
def test_a_connection_that_fails(connect: Any, scripted: Any, said: str, cause: str) -> None:
    """Hosts with the same trouble have the same cause, whatever they are called and wherever they are."""

    def fail(connection: Any) -> None:
        raise AnsibleConnectionFailure(said)

    scripted(fail)
    with pytest.raises(HostUnreachableError) as caught:
        connect(ansible_host='127.0.0.9').execute(HostCommand('x'))
    assert caught.value.cause == cause


@pytest.mark.parametrize('error', [OSError(24, 'Too many open files'), ValueError('x')])
def test_other_trouble_of_a_plugin_is_not_taken_for_a_host_that_is_gone(connect: Any, scripted: Any, error: Exception) -> None:
    def fail(connection: Any) -> None:
        raise error

    scripted(fail)
    with pytest.raises(type(error)):
        connect().execute(HostCommand('x'))


def test_the_command_is_handed_on_as_it_is(connect: Any, scripted: Any) -> None:
    scripted(lambda connection: (0, connection.command.encode(), b''))
    assert connect().execute(HostCommand('echo "$HOME" \'x\' && true')).stdout == b'echo "$HOME" \'x\' && true'


def test_a_connection_that_cannot_be_closed_costs_nothing(connect: Any, scripted: Any) -> None:
    def fail() -> None:
        raise AnsibleConnectionFailure('gone already')

    scripted(lambda connection: (0, b'said', b''), fail)
    connection = connect()
    assert connection.execute(HostCommand('x')).stdout == b'said'
    connection.close()


def test_local(connect: Any) -> None:
    """The plugin local, for real."""
    connection = connect(ansible_connection='local')
    assert connection.execute(HostCommand("printf 'a\\nb'; echo c >&2; exit 3")) == (b'a\nb', b'c\n')
    with pytest.raises(HostUnreachableError, match='code 3: c'):
        connection.execute(HostCommand('echo c >&2; exit 3'))
    assert connection.execute(HostCommand('cat', b'given')).stdout == b'given'
    assert connection.execute(HostCommand('cat')).stdout == b'', 'there is nothing to read'
    connection.close()


@pytest.mark.skipif(not shutil.which('ssh'), reason='ssh is not installed here')
def test_nobody_listens(connect: Any) -> None:
    """The plugin ssh, for real."""
    connection = connect(ansible_connection='ssh', ansible_host='127.0.0.1', ansible_port=1, ansible_timeout=5)
    with pytest.raises(HostUnreachableError, match='connect to host HOST port 1: Connection refused'):
        connection.execute(HostCommand('true'))


def test_variables_from_everywhere(tmp_path: Path, command_line: Any) -> None:
    """group_vars and host_vars beside the inventory, a group's own variables and the host's."""
    (tmp_path / 'hosts.ini').write_text('[web]\nnode own=host\n[web:vars]\nof_group=web\nown=group\n')
    for folder, name, content in (('group_vars', 'web', 'in_file: "{{ own }}-file"\n'), ('host_vars', 'node', 'in_host_file: true\n')):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / f'{name}.yml').write_text(content)
    loader = DataLoader()
    manager = InventoryManager(loader=loader, sources=[str(tmp_path / 'hosts.ini')])
    variables, templar = HostVariables(manager._inventory, loader).of('node')
    assert templar.template(variables['in_file']) == 'host-file'
    assert (variables['of_group'], variables['in_host_file'], variables['inventory_hostname']) == ('web', True, 'node')
    assert variables['group_names'] == ['web']


@pytest.mark.parametrize(('variables', 'password'), [({}, 'of the file'), ({'ansible_password': 'of the host'}, 'of the host')])
def test_password_for_other_plugins_than_ssh(command_line: Any, of_host: Any, variables: dict[str, str], password: str) -> None:
    command_line(remote_user='someone', timeout=7)
    known, templar = of_host(ansible_connection='winrm', ansible_shell_type='powershell', **variables).of('node')
    host = HostConnection(known, templar, 'of the file')
    assert host._connection.get_option('remote_password') == password
    assert host._connection.get_option('remote_user') == 'someone'
    assert host.is_powershell
