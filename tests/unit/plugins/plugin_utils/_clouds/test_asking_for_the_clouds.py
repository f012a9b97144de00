# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the list of clouds is asked for: once, only where it is needed, and never for long."""

from __future__ import annotations

import datetime
import ipaddress
import json
import ssl
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible import constants as C
from ansible_collections.imds.azure.plugins.module_utils._facts.facts import facts_from_document
from ansible_collections.imds.azure.plugins.plugin_utils._clouds import endpoints
from ansible_collections.imds.azure.plugins.plugin_utils._clouds.endpoints import with_clouds
from ansible_collections.imds.azure.tests.unit.plugins.module_utils._facts import instance_documents as documents
from ansible_collections.imds.azure.tests.unit.plugins.plugin_utils._clouds.endpoints import ENDPOINTS
from ansible_collections.imds.azure.tests.unit.plugins.plugin_utils._transports.conftest import serve
from ansible_collections.imds.azure.tests.unit.plugins.plugin_utils._transports.loopback_server import Connection, LoopbackServer, answering, http
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

__all__ = ['serve']
Serve = Callable[..., LoopbackServer]
LIST = http(json.dumps(ENDPOINTS).encode())
BEGINS = 'The metadata service does not return the cloud, and looking it up failed: '
PATH = '/metadata/endpoints?api-version=2017-12-01'


@pytest.fixture(autouse=True)
def a_run_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing is known of earlier tests, and nothing of whoever runs them counts."""
    monkeypatch.setattr(C, 'DEFAULT_LOCAL_TMP', str(tmp_path))
    for name in ('http_proxy', 'https_proxy', 'all_proxy', 'no_proxy', 'REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE'):
        for spelling in (name, name.upper()):
            monkeypatch.delenv(spelling, raising=False)


def older(location: str = 'chinaeast') -> dict[str, Any]:
    """Facts from before 2018-10-01."""
    document = {**documents.OLDEST, 'compute': {**documents.OLDEST['compute'], 'location': location}}
    return facts_from_document(document)


def names(hosts: dict[str, dict[str, Any]]) -> dict[str, str | None]:
    return {name: facts['cloud']['name'] for name, facts in hosts.items()}


def test_one_request_for_all_hosts_and_the_rest_of_the_run(serve: Serve) -> None:
    handle, heads = answering(LIST)
    url = serve(handle).endpoint + PATH
    hosts = {'a': older(), 'b': older('China East'), 'c': older('usgovvirginia'), 'd': facts_from_document(documents.SINGLE)}
    found, warnings = with_clouds(hosts, url)
    assert warnings == []
    assert names(found) == {'a': 'AzureChinaCloud', 'b': 'AzureChinaCloud', 'c': 'AzureUSGovernmentCloud', 'd': 'AzurePublicCloud'}
    assert names({'a': hosts['a']}) == {'a': None}, 'what was given is left alone'
    assert {key: value for key, value in found['a'].items() if key != 'cloud'} == {key: value for key, value in hosts['a'].items() if key != 'cloud'}
    assert names(with_clouds({'e': older('westus')}, url)[0]) == {'e': 'AzurePublicCloud'}
    assert len(heads) == 1
    assert heads[0].startswith(b'GET /metadata/endpoints?api-version=2017-12-01 HTTP/1.1\r\n')


def test_nothing_is_asked_where_nothing_is_missing(serve: Serve) -> None:
    server = serve(answering(LIST)[0])
    hosts = {
        'named': facts_from_document(documents.SINGLE),
        'classic': facts_from_document(documents.CLASSIC),
        'without': facts_from_document(documents.OLDEST, subset=['!all', '!min']),
        'absent': {'query': {'present': False}},
    }
    assert with_clouds(hosts, server.endpoint) == (hosts, [])
    assert with_clouds({}, server.endpoint) == ({}, [])
    assert server.connections == 0


def test_a_location_that_no_cloud_has(serve: Serve) -> None:
    found, warnings = with_clouds({'a': older('moon'), 'b': older(), 'c': older('moon')}, serve(answering(LIST)[0]).endpoint)
    assert names(found) == {'a': None, 'b': 'AzureChinaCloud', 'c': None}
    assert warnings == ['None of the clouds that 127.0.0.1 lists has the location moon.']


def test_a_location_can_be_printed(serve: Serve) -> None:
    _found, warnings = with_clouds({'a': older('\x1b[31mmoon' * 500)}, serve(answering(LIST)[0]).endpoint)
    assert warnings[0].isprintable()
    assert len(warnings[0]) < 300


@pytest.mark.parametrize(
    ('answer', 'says'),
    [
        (http(b'', status='500 Internal Server Error'), '127.0.0.1 answered with HTTP status 500.'),
        (http(b'', 'Location: /elsewhere', status='302 Found'), '127.0.0.1 answered with HTTP status 302.'),
        (http(b'no', status='407 Proxy Authentication Required'), '127.0.0.1 answered with HTTP status 407.'),
        (http(b'<html>'), '127.0.0.1: the answer is incomplete or not JSON.'),
        (http(b'\xff'), '127.0.0.1: the answer is not UTF-8.'),
        (http(b'[' * 5000), '127.0.0.1: the answer is '),
        (http(b'{"a": "' + b'x' * 1048576 + b'"}'), 'the answer is larger than 1 MiB.'),
        (http(b'{', 'Content-Length: 100', length=False), 'the answer is incomplete.'),
        (b'\x00\x01 no HTTP here\r\n\r\n', 'the answer is not HTTP'),
        (b'', '127.0.0.1: '),
    ],
)
def test_a_failure_is_a_warning(serve: Serve, answer: bytes, says: str) -> None:
    hosts = {'a': older(), 'b': older()}
    found, warnings = with_clouds(hosts, serve(answering(answer)[0]).endpoint)
    assert found == hosts
    assert len(warnings) == 1
    assert warnings[0].startswith(BEGINS)
    assert says in warnings[0]
    assert len(warnings[0]) < 200


@pytest.mark.parametrize('document', [[], {}, {'cloudEndpoint': []}, 'x', None])
def test_a_document_of_another_form(serve: Serve, document: Any) -> None:
    found, warnings = with_clouds({'a': older()}, serve(answering(http(json.dumps(document).encode()))[0]).endpoint)
    assert names(found) == {'a': None}
    assert warnings == ['None of the clouds that 127.0.0.1 lists has the location chinaeast.']


@pytest.mark.parametrize('url', ['ftp://127.0.0.1/', 'http://', 'file:///etc/passwd', '', '127.0.0.1', 'http://[::1'])
def test_an_address_that_is_none(url: str) -> None:
    assert with_clouds({'a': older()}, url)[1] == [f'{BEGINS}cloud_endpoints must be an https or http address.']


@pytest.mark.parametrize('url', ['http://user:s3cret@127.0.0.1:9/', 'http://127.0.0.1:9/?key=s3cret', 'http://127.0.0.1:99999/'])
def test_an_address_at_which_nobody_is(url: str) -> None:
    """What an address may hold of passwords is not repeated."""
    found, warnings = with_clouds({'a': older()}, url)
    assert names(found) == {'a': None}
    assert warnings[0].startswith(BEGINS)
    assert 's3cret' not in warnings[0]


def for_ever(first: bytes, piece: bytes) -> Callable[[Connection], None]:
    def handle(connection: Connection) -> None:
        connection.read_head()
        connection.send(first)
        while True:
            time.sleep(0.02)
            connection.send(piece)

    return handle


@pytest.mark.parametrize(
    'handle',
    [
        lambda connection: (connection.read_head(), connection.read_head()),
        for_ever(b'HTTP/1.1 200 OK\r\n', b'X: y\r\n'),
        for_ever(b'HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n', b' '),
    ],
)
def test_it_ends_in_time(serve: Serve, monkeypatch: pytest.MonkeyPatch, handle: Callable[[Connection], None]) -> None:
    """Whatever drips in, and however slowly."""
    monkeypatch.setattr(endpoints, 'SECONDS', 1.0)
    begun = time.monotonic()
    found, warnings = with_clouds({'a': older()}, serve(handle).endpoint)
    # Generous, for a busy machine; without an end it would never come back.
    assert time.monotonic() - begun < 15
    assert names(found) == {'a': None}
    assert warnings == [f'{BEGINS}127.0.0.1 did not answer within 1 seconds.']


def test_the_proxies_of_the_environment_count(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """This is the internet, not the metadata service."""
    handle, heads = answering(LIST)
    monkeypatch.setenv('http_proxy', serve(handle).endpoint)
    found, warnings = with_clouds({'a': older()}, f'http://127.0.0.2:9{PATH}')
    assert (names(found), warnings) == ({'a': 'AzureChinaCloud'}, [])
    assert heads[0].startswith(b'GET http://127.0.0.2:9/metadata/endpoints?api-version=2017-12-01 HTTP/1.1\r\n')


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Of 127.0.0.1, by an authority that nobody knows: itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, 'stand-in')])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address('127.0.0.1'))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / 'certificate.pem'
    pem = serialization.Encoding.PEM
    path.write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()) + made.public_bytes(pem))
    return path


@pytest.fixture
def over_tls(serve: Serve, certificate: Path) -> str:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def handle(connection: Connection) -> None:
        with context.wrap_socket(connection._sock, server_side=True) as sock:
            Connection(sock).read_head()
            sock.sendall(LIST)

    return serve(handle).endpoint.replace('http://', 'https://') + PATH


def test_certificates_are_verified(over_tls: str) -> None:
    found, warnings = with_clouds({'a': older()}, over_tls)
    assert names(found) == {'a': None}
    assert 'CERTIFICATE_VERIFY_FAILED' in warnings[0]


def test_the_authorities_of_the_environment_count(over_tls: str, certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('REQUESTS_CA_BUNDLE', str(certificate))
    assert names(with_clouds({'a': older()}, over_tls)[0]) == {'a': 'AzureChinaCloud'}
