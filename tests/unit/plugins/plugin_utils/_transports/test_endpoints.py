# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Endpoints: scheme, host and port, and nothing else, whoever wrote them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from ansible_collections.imds.azure.plugins.module_utils._service.errors import OptionError
from ansible_collections.imds.azure.plugins.module_utils._service.option_checks import DEFAULT_ENDPOINT, parse_endpoint
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ('endpoint', 'address'),
    [
        (DEFAULT_ENDPOINT, ('169.254.169.254', 80)),
        ('http://169.254.169.254/', ('169.254.169.254', 80)),
        ('http://169.254.169.254:80', ('169.254.169.254', 80)),
        ('HTTP://LOCALHOST:40342', ('localhost', 40342)),
        ('http://127.0.0.1:1', ('127.0.0.1', 1)),
        ('http://127.0.0.1:65535/', ('127.0.0.1', 65535)),
        ('http://[::1]:8080', ('::1', 8080)),
        ('http://[fd00:20:2::B]', ('fd00:20:2::b', 80)),
        ('http://imds-1.example_net.test.', ('imds-1.example_net.test.', 80)),
    ],
)
def test_good(endpoint: str, address: tuple[str, int]) -> None:
    assert parse_endpoint(endpoint) == address


BAD: list[Any] = [
    '',
    'http://',
    'http:///metadata',
    '169.254.169.254',
    '//169.254.169.254',
    'https://169.254.169.254',
    'ftp://169.254.169.254',
    'file:///etc/passwd',
    'unix:///run/socket',
    'http://127.0.0.1:0',
    'http://127.0.0.1:99999',
    'http://127.0.0.1:-1',
    'http://127.0.0.1:port',
    'http://127.0.0.1:80:80',
    'http://127.0.0.1:８０',
    'http://:80',
    'http://user@127.0.0.1',
    'http://user:secret@127.0.0.1',
    'http://@127.0.0.1',
    'http://169.254.169.254@evil.test',
    'http://evil.test\\@127.0.0.1',
    'http://127.0.0.1\\.evil.test',
    'http://127.0.0.1/metadata',
    'http://127.0.0.1//',
    'http://127.0.0.1/?a=b',
    'http://127.0.0.1?a=b',
    'http://127.0.0.1?',
    'http://127.0.0.1#',
    'http://127.0.0.1/#',
    'http://127.0.0.1#a',
    'http://127.0.0.1;a',
    'http://127.0.0.1 ',
    'http://127.0.0.1 .evil.test',
    'http://127.0.0.1\n',
    'http://127.0.0.1\r\nX-Forwarded-For: a',
    'http://127.0.0\n.1',
    'ht\ntp://127.0.0.1',
    'http://127.0.0.1\t',
    'http://127.0.0.1\x00',
    'http://１２７.0.0.1',
    'http://127。0。0。1',
    'http://bücher.test',
    'http://127.0.0.1%2f',
    'http://%31',
    'http://$(id)',
    'http://`id`',
    "http://a'b",
    'http://a"b',
    'http://[::1',
    'http://::1',
    'http://[::1]x',
    'http://[::1]x:80',
    'http://x[::1]',
    'http://[fe80::1%25eth0]',
    'http://[127.0.0.1]',
    'http://[v1.x]',
    None,
    5,
    True,
    b'http://127.0.0.1',
    ['http://127.0.0.1'],
    {},
]


@pytest.mark.parametrize('endpoint', BAD, ids=repr)
def test_bad(transport: Any, endpoint: Any) -> None:
    with pytest.raises(OptionError, match='endpoint') as caught:
        transport(endpoint)
    assert 'http://169.254.169.254' in caught.value.remedy
    assert str(caught.value).isprintable()


@given(st.one_of(st.text(), st.text(max_size=30).map('http://'.__add__), st.text('0123456789.:[]@/?#\n\\%x', max_size=20).map('http://'.__add__)))
def test_what_is_taken_has_nothing_but_scheme_host_and_port(endpoint: str) -> None:
    try:
        host, port = parse_endpoint(endpoint)
    except OptionError:
        return
    assert 0 < port < 65536
    assert re.fullmatch(r'(?i:http)://([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]*)?/?', endpoint)
    assert host in endpoint.lower()
