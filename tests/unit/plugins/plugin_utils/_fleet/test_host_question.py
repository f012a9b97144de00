# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of one host: facts, or a state and a cause on one line, and never an exception."""

from __future__ import annotations

import json
import re
import shlex
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from ansible.errors import AnsibleConnectionFailure, AnsibleError
from ansible_collections.imds.azure.plugins.module_utils._service.option_checks import DEFAULT_ENDPOINT
from ansible_collections.imds.azure.plugins.plugin_utils._fleet import host_question
from ansible_collections.imds.azure.plugins.plugin_utils._fleet.facts_question import ask_facts
from ansible_collections.imds.azure.plugins.plugin_utils._fleet.host_question import CAUSE_CHARACTERS, GRACE, PREPARATION, HostQuestion
from ansible_collections.imds.azure.plugins.plugin_utils._fleet.host_variables import HostVariables
from ansible_collections.imds.azure.tests.unit.roles.simulator.running_simulator import Simulator

OPTIONS: dict[str, Any] = {
    'endpoint': 'http://127.0.0.1:9',
    'api_version': 'auto',
    'timeout': 2,
    'deadline': 0.5,
    'detect': 'auto',
    'gather_subset': ['compute', 'network', 'tags'],
}
# With the connection scripted no command is run and no packet is sent, so that this one may be named.
AT_THE_DEFAULT_ADDRESS = {**OPTIONS, 'endpoint': DEFAULT_ENDPOINT}
DOCUMENT = {'compute': {'vmId': '1', 'location': 'westeurope', 'tagsList': []}, 'network': {}}


def printed(connection: Any, document: Any = None, tag: str = 'azure', status: int = 200, code: int = 0) -> tuple[int, bytes, bytes]:
    """What the command prints on a host with that chassis tag, whose curl ends with that code; without a document it sends nothing."""
    mark = re.search(r'imds-[0-9a-f]{16}', connection.command)
    assert mark
    lines = f'\n{mark[0]} start\n{mark[0]} tag {tag}\n'
    if document is not None or code:
        answer = '' if code else f'HTTP/1.1 {status} x\r\nContent-Type: application/json\r\n\r\n{json.dumps(document)}'
        lines += f'{mark[0]} curl\n{answer}\n{mark[0]} end {code}\n'
    else:
        lines += f'{mark[0]} skipped\n'
    return 0, lines.encode(), b''


def question_of(variables: HostVariables, options: dict[str, Any], names: Iterable[str] = ()) -> HostQuestion:
    """As the inventory plugin asks."""
    return HostQuestion(variables, options, lambda _name, *question: ask_facts(*question), names)


class Question:
    """Asks one host, C(node), and keeps the seconds that it was allowed."""

    def __init__(self, of_host: Any) -> None:
        self._of_host = of_host
        self.allowed: list[float] = []

    def __call__(self, options: dict[str, Any] | None = None, **variables: Any) -> dict[str, Any]:
        ofs = self._of_host(**{'ansible_connection': 'scripted', **variables})
        answer = question_of(ofs, options or OPTIONS).ask('node', self._allow)
        assert json.loads(json.dumps(answer)) == answer
        assert answer['state'] == 'present' or (answer['error'].isprintable() and 0 < len(answer['error']) <= CAUSE_CHARACTERS)
        return answer

    def _allow(self, seconds: float, leave: Any = None) -> None:
        self.allowed.append(seconds)


@pytest.fixture
def ask(of_host: Any, scripted: Any) -> Question:
    return Question(of_host)


def test_facts(ask: Question, scripted: Any) -> None:
    scripted(lambda connection: printed(connection, DOCUMENT))
    answer = ask()
    assert (answer['state'], answer['warnings']) == ('present', [])
    assert answer['facts']['placement']['location'] == 'westeurope'
    assert answer['facts']['query']['endpoint'] == OPTIONS['endpoint']
    assert answer['facts']['query']['requests'] == 1


def test_the_endpoint_of_one_host(ask: Question, scripted: Any) -> None:
    scripted(lambda connection: printed(connection, DOCUMENT if 'http://127.0.0.1:81/metadata' in connection.command else None))
    assert ask(azure_imds_endpoint='http://127.0.0.1:{{ 80 + 1 }}')['facts']['query']['endpoint'] == 'http://127.0.0.1:81'


@pytest.mark.parametrize(
    'endpoint', ['nowhere', 'http://127.0.0.1/path', 5, None, '', ['http://127.0.0.1'], "http://127.0.0.1';id;'", '{{ nowhere }}', '{{ 1 / 0 }}']
)
def test_an_endpoint_of_one_host_that_is_no_good(ask: Question, scripted: Any, endpoint: Any) -> None:
    def never(connection: Any) -> None:
        raise AssertionError('nothing may be run')

    scripted(never)
    answer = ask(azure_imds_endpoint=endpoint)
    assert answer['state'] == 'failed'
    assert 'nothing may be run' not in answer['error']


def test_a_host_says_by_variables_how_it_is_asked(ask: Question, scripted: Any) -> None:
    """Values as YAML and templates give them."""
    asked: list[str] = []

    def answer_to(connection: Any) -> tuple[int, bytes, bytes]:
        asked.append(connection.command)
        return printed(connection, DOCUMENT)

    scripted(answer_to)
    answer = ask({**OPTIONS, 'deadline': 90}, azure_imds_api_version='{{ "2021-02" }}-01', azure_imds_timeout='{{ "1" }}7', azure_imds_detect='never')
    assert answer['facts']['query']['api_version'] == '2021-02-01'
    assert 'api-version=2021-02-01' in asked[0]
    words = shlex.split(asked[0])
    assert words[words.index('never') - 2] == '17'


@pytest.mark.parametrize(
    ('variable', 'values', 'remedy'),
    [
        ('azure_imds_timeout', [0, -1, 'soon', '', True, None, [5], float('inf'), 'nan'], 'Set it to a number of seconds above 0.'),
        ('azure_imds_api_version', ['2021', 2021, 'newest', '', None, '2021-02-01; id', ['2021-02-01']], 'Set it to auto or to a date such as'),
        ('azure_imds_detect', ['sometimes', False, None, '', ['auto']], 'Set it to auto, always or never.'),
        ('azure_imds_endpoint', ['nowhere', None, 5], 'Set it to scheme, host and port only'),
    ],
)
def test_a_variable_that_cannot_be_used_is_named(ask: Question, scripted: Any, variable: str, values: list[Any], remedy: str) -> None:
    scripted(lambda connection: pytest.fail('nothing may be run'))
    for value in values:
        answer = ask(**{variable: value})
        assert answer['state'] == 'failed'
        assert answer['error'].startswith(f'{variable} ')
        assert f'is not valid. {remedy}' in answer['error']


@pytest.mark.parametrize('tag', ['other', 'unknown'])
def test_not_azure_by_the_tag(ask: Question, scripted: Any, tag: str) -> None:
    scripted(lambda connection: printed(connection, tag=tag))
    answer = ask({**OPTIONS, 'detect': 'always'})
    assert answer['state'] == 'not_azure'
    assert 'chassis' in answer['error']


def test_not_azure_because_nothing_answers(ask: Question, scripted: Any) -> None:
    """Where the tag cannot be read, silence at the default address means that this is another machine."""
    scripted(lambda connection: printed(connection, tag='unknown', code=7))
    assert ask(AT_THE_DEFAULT_ADDRESS)['state'] == 'not_azure'


def test_not_azure_because_something_else_answers(ask: Question, scripted: Any) -> None:
    scripted(lambda connection: printed(connection, ['another', 'cloud'], tag='unknown'))
    assert ask(AT_THE_DEFAULT_ADDRESS)['state'] == 'not_azure'


@pytest.mark.parametrize(
    ('tag', 'options'),
    [('azure', AT_THE_DEFAULT_ADDRESS), ('unknown', {**AT_THE_DEFAULT_ADDRESS, 'detect': 'never'}), ('unknown', OPTIONS), ('azure', OPTIONS)],
)
def test_silence_is_a_failure_where_an_answer_is_due(ask: Question, scripted: Any, tag: str, options: dict[str, Any]) -> None:
    scripted(lambda connection: printed(connection, tag=tag, code=7))
    answer = ask(options)
    assert answer['state'] == 'failed'
    assert 'refused' in answer['error']


def test_the_service_has_trouble(ask: Question, scripted: Any) -> None:
    """That something answers with trouble does not mean that this is no Azure VM."""
    scripted(lambda connection: printed(connection, {}, tag='unknown', status=503))
    answer = ask(AT_THE_DEFAULT_ADDRESS)
    assert answer['state'] == 'failed'
    assert '503' in answer['error']


@pytest.mark.parametrize('detect', ['auto', 'always', 'never'])
@pytest.mark.parametrize(
    'lines', ['{mark} start\n', '{mark} start\n{mark} tag unknown\n', '{mark} start\n{mark} tag unknown\n{mark} curl\nHTTP/1.1 200 OK\r\n']
)
def test_a_command_that_dies_says_nothing_of_the_machine(ask: Question, scripted: Any, lines: str, detect: str) -> None:
    """Neither that it is no Azure VM nor that another command was run."""

    def die(connection: Any) -> tuple[int, bytes, bytes]:
        mark = re.search(r'imds-[0-9a-f]{16}', connection.command)
        assert mark
        return 137, lines.format(mark=mark[0]).encode(), b'sh: out of memory\nKilled\n'

    scripted(die)
    answer = ask({**AT_THE_DEFAULT_ADDRESS, 'detect': detect})
    assert answer['state'] == 'failed'
    assert 'the output of the command on the host is incomplete (sh: out of memory Killed)' in answer['error']


def test_what_is_missing_is_a_warning(ask: Question, scripted: Any) -> None:
    scripted(lambda connection: printed(connection, DOCUMENT, status=403 if '/loadbalancer' in connection.command else 200))
    answer = ask({**OPTIONS, 'gather_subset': ['all']})
    assert answer['state'] == 'present'
    assert 'load balancer' in answer['warnings'][0]


HOSTILE = 'one\ntwo\r\n\x1b[2J\x00\u202e three ' + 'x' * 5000


@pytest.mark.parametrize(
    ('error', 'state'),
    [
        (AnsibleConnectionFailure('no route'), 'unreachable'),
        (AnsibleConnectionFailure(HOSTILE), 'unreachable'),
        (AnsibleError('sshpass is missing'), 'unreachable'),
        (AnsibleError(HOSTILE), 'unreachable'),
        (OSError(24, 'Too many open files'), 'failed'),
        (KeyError('x'), 'failed'),
        (ValueError(), 'failed'),
        (RecursionError(), 'failed'),
        (UnicodeDecodeError('utf-8', b'\xff', 0, 1, 'invalid'), 'failed'),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_plugin_that_raises(ask: Question, scripted: Any, error: Exception, state: str) -> None:
    ended = []

    def fail(connection: Any) -> None:
        raise error

    scripted(fail, lambda: ended.append(True))
    assert ask()['state'] == state
    assert ended == [True]


@pytest.mark.parametrize(
    'output', [None, (), (0,), (0, b''), 'text', (0, b'', b''), (0, HOSTILE, ''), (0, b'\xff' * 3000, b''), (1, b'', HOSTILE.encode()), (1, 5, 5), (0, [], {})]
)
def test_a_plugin_that_gives_anything(ask: Question, scripted: Any, output: Any) -> None:
    scripted(lambda connection: output)
    assert ask()['state'] in ('failed', 'unreachable')


def test_a_plugin_that_cannot_end_the_connection(ask: Question, scripted: Any) -> None:
    """The host has answered by then."""

    def fail() -> None:
        raise OSError('gone already')

    scripted(lambda connection: printed(connection, DOCUMENT), fail)
    assert ask()['state'] == 'present'


@pytest.mark.parametrize(
    'variables', [{'ansible_user': '{{ nowhere }}'}, {'ansible_connection': 'nowhere'}, {'ansible_timeout': 'soon'}, {'ansible_host': '{{ a'}]
)
def test_broken_variables(ask: Question, variables: dict[str, Any]) -> None:
    answer = ask(**variables)
    assert answer['state'] == 'failed'
    assert answer['error'].endswith('To see its variables, run: ansible-inventory --host HOST')


def test_time_is_asked_for_before_it_is_taken(ask: Question, scripted: Any) -> None:
    """Variables have a time of their own, each command that of the request, of the connection and some grace, and each pause its own."""
    running: list[list[float]] = []

    def run(connection: Any) -> Any:
        running.append(list(ask.allowed))
        return printed(connection, {} if len(running) == 1 else DOCUMENT, status=503 if len(running) == 1 else 200)

    scripted(run)
    assert ask({**OPTIONS, 'deadline': 30}, ansible_timeout=7)['state'] == 'present'
    assert running[0] == [PREPARATION, 2 + 7 + GRACE]
    assert len(running[1]) == 4
    assert running[1][2] > 7 + GRACE, 'the pause before the second try'
    assert running[1][3] == 2 + 7 + GRACE


def named(connection: Any) -> tuple[int, bytes, bytes]:
    """What the command prints on a VM that is named as the address of its host."""
    return printed(connection, {**DOCUMENT, 'compute': {'vmId': '1', 'name': connection.get_option('remote_addr')}})


def allow(seconds: float, leave: Any = None) -> None:
    """As much time as it takes."""


def test_many_at_once(scripted: Any, of_hosts: Any) -> None:
    """Each host has its own connection and variables, however many threads ask."""
    names = [f'node{number}' for number in range(60)]
    question = question_of(of_hosts(dict.fromkeys(names, {}), ansible_connection='scripted', ansible_host='{{ inventory_hostname }}-address'), OPTIONS)
    together = threading.Barrier(10, timeout=20)

    def run(connection: Any) -> Any:
        together.wait()
        return named(connection)

    scripted(run)
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda name: question.ask(name, allow), names))
    assert [answer['facts']['compute_name'] for answer in answers] == [f'{name}-address' for name in names]


@pytest.fixture
def prepared(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of hosts, in the order in which their variables are looked at."""
    looked_at: list[str] = []
    of = HostVariables.of

    def look(variables: HostVariables, name: str) -> Any:
        looked_at.append(name)
        return of(variables, name)

    monkeypatch.setattr(HostVariables, 'of', look)
    return looked_at


@pytest.mark.parametrize('order', ['abcdef', 'fedcba', 'cabfed'])
def test_hosts_are_prepared_together(scripted: Any, of_hosts: Any, prepared: list[str], monkeypatch: pytest.MonkeyPatch, order: str) -> None:
    """In whatever order they come, each of them once, some before their turn."""
    monkeypatch.setattr(host_question, 'AHEAD', 4)
    scripted(named)
    hosts = {name: {'ansible_host': f'{name}-address'} for name in 'abcdef'}
    question = question_of(of_hosts(hosts, ansible_connection='scripted'), OPTIONS, hosts)
    first = question.ask(order[0], allow)
    assert first['facts']['compute_name'] == f'{order[0]}-address'
    assert prepared == [order[0], *sorted({*'abcdef'} - {order[0]})[:4]]
    names = [question.ask(name, allow)['facts']['compute_name'] for name in order[1:]]
    assert names == [f'{name}-address' for name in order[1:]]
    assert sorted(prepared) == list('abcdef')


def test_what_is_to_be_rendered_waits_for_its_turn(scripted: Any, of_hosts: Any, tmp_path: Path) -> None:
    """A lookup may hang: that must cost no other host anything."""
    began = tmp_path / 'began'
    hosts = {'a': {}, 'b': {'ansible_user': "{{ lookup('ansible.builtin.pipe', 'touch %s; echo ops') }}" % began}, 'c': {'ansible_timeout': '{{ nowhere }}'}}
    question = question_of(of_hosts(hosts, ansible_connection='scripted'), OPTIONS, hosts)
    scripted(named)
    assert question.ask('a', allow)['state'] == 'present'
    assert not began.exists()
    scripted(lambda connection: printed(connection, {**DOCUMENT, 'compute': {'vmId': '1', 'name': connection.get_option('remote_user')}}))
    assert question.ask('b', allow)['facts']['compute_name'] == 'ops'
    assert began.exists()
    assert question.ask('c', allow)['error'].endswith('To see its variables, run: ansible-inventory --host HOST')


def test_hosts_with_slow_variables_are_prepared_one_by_one(scripted: Any, of_hosts: Any, prepared: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """As where a vars plugin asks a vault: none waits for those of others."""
    monkeypatch.setattr(host_question, 'QUICK', 0)
    scripted(named)
    hosts: dict[str, dict[str, Any]] = {'a': {}, 'b': {}, 'c': {}}
    question = question_of(of_hosts(hosts, ansible_connection='scripted'), OPTIONS, hosts)
    for count, name in enumerate(hosts, 1):
        assert question.ask(name, allow)['state'] == 'present'
        assert len(prepared) == count


def test_who_is_prepared_waits_for_nobody(scripted: Any, of_hosts: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variables of another host may hang."""
    monkeypatch.setattr(host_question, 'AHEAD', 1)
    scripted(named)
    hosts: dict[str, dict[str, Any]] = {'a': {}, 'b': {}, 'c': {}}
    question = question_of(of_hosts(hosts, ansible_connection='scripted'), OPTIONS, hosts)
    assert question.ask('a', allow)['state'] == 'present'
    go_on, hangs = threading.Event(), threading.Event()
    of = HostVariables.of

    def hang(variables: HostVariables, name: str) -> Any:
        hangs.set()
        assert go_on.wait(30)
        return of(variables, name)

    monkeypatch.setattr(HostVariables, 'of', hang)
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(question.ask, 'c', allow)
        assert hangs.wait(30)
        assert question.ask('b', allow)['state'] == 'present'
        go_on.set()
        assert slow.result(30)['state'] == 'present'


def test_a_host_that_cannot_be_prepared_costs_no_other(scripted: Any, of_hosts: Any) -> None:
    scripted(named)
    hosts = {'a': {}, 'b': {'ansible_connection': 'nowhere'}, 'c': {'azure_imds_endpont': 'http://127.0.0.1'}, 'd': {}}
    question = question_of(of_hosts(hosts, ansible_connection='scripted'), OPTIONS, hosts)
    answers = {name: question.ask(name, allow) for name in hosts}
    assert {name: answer['state'] for name, answer in answers.items()} == {'a': 'present', 'b': 'failed', 'c': 'failed', 'd': 'present'}
    assert "cannot find the connection plugin 'nowhere'" in answers['b']['error']
    assert 'Did you mean azure_imds_endpoint?' in answers['c']['error']


@pytest.fixture(scope='module')
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    path = tmp_path_factory.mktemp('fleet') / 'fleet.json'
    path.write_text(json.dumps({'vms': [{'name': 'a', 'rate_limit': 0, 'location': 'westeurope', 'tags': {'Role': '{{ 1 + 1 }}'}}]}))
    running = Simulator('--fleet', str(path))
    yield running
    running.stop()


def test_over_the_plugin_local(ask: Question, simulator: Simulator) -> None:
    """For real: a shell of this machine asks a simulated VM."""
    answer = ask({**OPTIONS, 'timeout': 10, 'deadline': 20}, ansible_connection='local', azure_imds_endpoint=simulator.vms['a'])
    assert answer['state'] == 'present'
    assert answer['facts']['compute_name'] == 'a'
    assert answer['facts']['tags'] == {'Role': '{{ 1 + 1 }}'}
    assert len(simulator.log('a')) == 1


def test_an_error_of_the_service_for_real(ask: Question, simulator: Simulator) -> None:
    simulator.set_faults('a', {'kind': 'status', 'status': 404, 'body': 'HOSTILE \x1b[2J\n'})
    answer = ask(ansible_connection='local', azure_imds_endpoint=simulator.vms['a'])
    assert answer['state'] == 'failed'
    assert 'HTTP status 404' in answer['error']
