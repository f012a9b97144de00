# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is fetched from the address that a stranger's certificate names, and from whom it is not."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.imds.azure.plugins.plugin_utils._attestation import issuer_download
from ansible_collections.imds.azure.plugins.plugin_utils._attestation.issuer_download import DownloadFailed, downloaded_certificates, fetch
from ansible_collections.imds.azure.tests.unit.plugins.plugin_utils._attestation.authority import document, leaf
from ansible_collections.imds.azure.tests.unit.plugins.plugin_utils._attestation.conftest import World, failed
from ansible_collections.imds.azure.tests.unit.plugins.plugin_utils._transports.loopback_server import Connection, LoopbackServer, answering, http
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

Serve = Callable[[Callable[[Connection], None]], str]


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ('http_proxy', 'HTTP_PROXY', 'no_proxy', 'NO_PROXY'):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts a server with a handler: host and port."""
    running: list[LoopbackServer] = []

    def start(handle: Callable[[Connection], None]) -> str:
        running.append(LoopbackServer(handle))
        return running[-1].endpoint.removeprefix('http://')

    yield start
    for server in running:
        server.stop()


def test_the_whole_way(world: World, serve: Serve, tmp_path: Path) -> None:
    """From a document without its intermediate to a verified one."""
    handle, heads = answering(http(world.intermediate.der))
    host = serve(handle)
    signer = leaf(world.intermediate, addresses=(f'http://{host}/Some%20CA.crt?x=1',))
    for _host in range(3):
        download = partial(downloaded_certificates, hosts=[host], folder=str(tmp_path))
        assert failed(world.verify(document(signer), intermediates=[], download=download)) == {}
    assert len(heads) == 1, 'one request serves all hosts of a run'
    request, *headers = heads[0].decode().split('\r\n')
    assert request == 'GET /Some%20CA.crt?x=1 HTTP/1.1'
    assert f'Host: {host}' in headers
    assert not any(header.lower().startswith(('metadata:', 'authorization:', 'cookie:')) for header in headers)


@pytest.mark.parametrize('form', ['DER', 'certs-only CMS'])
def test_forms(world: World, serve: Serve, tmp_path: Path, form: str) -> None:
    """Both that RFC 5280 knows."""
    certificates = [world.intermediate.certificate]
    body = world.intermediate.der if form == 'DER' else pkcs7.serialize_certificates([*certificates, world.root.certificate], Encoding.DER)
    host = serve(answering(http(body))[0])
    assert world.intermediate.certificate in downloaded_certificates(f'http://{host}/ca', [host], str(tmp_path))


@pytest.mark.parametrize('body', [b'', b'\0' * 9, b'<html>it works</html>', b'{"access_token": "secret"}'])
def test_no_certificate(world: World, serve: Serve, tmp_path: Path, body: bytes) -> None:
    """What is there is not told to anyone: it may be what somebody keeps behind a firewall."""
    host = serve(answering(http(body))[0])
    download = partial(downloaded_certificates, hosts=[host], folder=str(tmp_path))
    reasons = failed(world.verify(document(leaf(world.intermediate, addresses=(f'http://{host}/ca',))), intermediates=[], download=download))
    assert reasons['chain'].endswith(f'; what is at http://{host}/ca is not a certificate')


def test_a_download_of_many_certificates_is_refused(world: World, serve: Serve, tmp_path: Path) -> None:
    def hosting(count: int) -> str:
        return serve(answering(http(pkcs7.serialize_certificates([world.intermediate.certificate] * count, Encoding.DER)))[0])

    host = hosting(8)
    assert len(downloaded_certificates(f'http://{host}/8', [host], str(tmp_path))) == 8
    for count in (9, 60):
        host = hosting(count)
        with pytest.raises(DownloadFailed, match=f'/{count} contains {count} certificates, more than the limit of 8'):
            downloaded_certificates(f'http://{host}/{count}', [host], str(tmp_path))


def test_broken_certificates(world: World, serve: Serve, tmp_path: Path) -> None:
    """Certificates with which the library has trouble of several kinds, and a list of certificates that is broken."""
    bodies = [world.intermediate.der.replace(bytes.fromhex('a003020102'), bytes.fromhex('a003020109'))]
    whole = pkcs7.serialize_certificates([world.intermediate.certificate], Encoding.DER)
    bodies += [whole[:-100], whole[:40] + whole[41:], world.intermediate.der.replace(bytes.fromhex('0603551d23'), bytes.fromhex('0603551d0e'))]
    for body in bodies:
        host = serve(answering(http(body))[0])
        with pytest.raises(DownloadFailed, match='is not a certificate'):
            downloaded_certificates(f'http://{host}/', [host], str(tmp_path))


def test_an_issuer_that_is_not_one(world: World, serve: Serve, tmp_path: Path) -> None:
    host = serve(answering(http(world.leaf.der))[0])
    download = partial(downloaded_certificates, hosts=[host], folder=str(tmp_path))
    assert set(failed(world.verify(document(leaf(world.intermediate, addresses=(f'http://{host}/',))), intermediates=[], download=download))) == {'chain'}


@pytest.mark.parametrize(
    ('answer', 'said'),
    [
        (http(b'x' * 65_537), 'larger than 64 KiB'),
        (http(b'x' * 65_537, length=False), 'larger than 64 KiB'),
        (http(b'x' * 2_000_000), '1 MiB'),
        (http(b'', 'Content-Length: 999999999', length=False), '1 MiB'),
        (http(b'', 'Location: http://169.254.169.254/metadata/instance', status='302 Found'), 'HTTP status 302'),
        (http(b'', 'Location: /elsewhere', status='301 Moved Permanently'), 'HTTP status 301'),
        (http(b'secret', status='404 Not Found'), 'HTTP status 404'),
        (http(b'secret', status='500 Oh No'), 'HTTP status 500'),
        (b'secret', 'the answer is not HTTP'),
        (b'', 'could not be downloaded'),
    ],
)
def test_answers_that_do_not_count(serve: Serve, answer: bytes, said: str) -> None:
    handle, heads = answering(answer)
    host = serve(handle)
    with pytest.raises(DownloadFailed, match=said) as failure:
        fetch(f'http://{host}/ca', [host])
    assert 'secret' not in str(failure.value)
    assert len(heads) == 1, 'no redirect is followed and nothing is asked twice'


@pytest.mark.parametrize('beginning', [b'', b'HTTP/1.1 200 OK\r\n', b'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n'])
def test_answers_that_do_not_end(serve: Serve, monkeypatch: pytest.MonkeyPatch, beginning: bytes) -> None:
    """A server that hangs or drips costs its time and no more."""
    monkeypatch.setattr(issuer_download, 'SECONDS', 0.2)

    def drip(connection: Connection) -> None:
        connection.read_head()
        connection.send(beginning)
        while connection.read_head():
            pass

    host = serve(drip)
    with pytest.raises(DownloadFailed, match=r'did not answer within 0\.2 seconds'):
        fetch(f'http://{host}/ca', [host])


def test_nobody_listens(serve: Serve) -> None:
    with pytest.raises(DownloadFailed, match='could not be downloaded'):
        fetch('http://127.0.0.1:9/ca', ['127.0.0.1:9'])


@pytest.mark.parametrize(
    'address',
    [
        'http://169.254.169.254/metadata/instance',
        'http://169.254.169.254:80/',
        'http://127.0.0.1/',
        'http://localhost/',
        'http://[::1]/',
        'http://2130706433/',
        'http://www.microsoft.com:8080/',
        'http://www.microsoft.com.evil.test/',
        'http://evil.test/www.microsoft.com',
        'http://evil.test#www.microsoft.com',
        'http://evil.test?www.microsoft.com',
        'http://microsoft.com/',
        'http://www.microsoft.com./',
    ],
)
def test_hosts_that_nobody_named(address: str) -> None:
    """The guard of the tests would fail this one if anything were sent."""
    with pytest.raises(DownloadFailed, match='is not on one of the hosts in issuer_hosts'):
        fetch(address, ['www.microsoft.com', 'cacerts.digicert.com'])


@pytest.mark.parametrize(
    'address',
    [
        '',
        'www.microsoft.com',
        '/pki/ca.crt',
        '//www.microsoft.com/ca.crt',
        'https://www.microsoft.com/ca.crt',
        'ldap:///CN=CA?cACertificate',
        'file:///etc/passwd',
        'http://user:password@www.microsoft.com/',
        'http://169.254.169.254@www.microsoft.com/',
        'http://www.microsoft.com\\@evil.test/',
        'http://www.microsoft.com /',
        'http://www.microsoft.com/\r\nX-Header: 1',
        'http://www.microsoft.com/\tca',
        'http://www.microsoft.com/ü',
        'http://[www.microsoft.com/',
        'http://',
    ],
)
def test_addresses_of_another_kind(address: str) -> None:
    with pytest.raises(DownloadFailed, match='is not an address of the form'):
        fetch(address, ['www.microsoft.com', '', 'www.microsoft.com\\@evil.test', '[www.microsoft.com'])


def test_letter_case_and_the_usual_port(serve: Serve) -> None:
    """As far as that can be tried without port 80: names are compared without case, and another port must be named."""
    host = serve(answering(http(b'x'), http(b'x'))[0])
    assert fetch(f'HTTP://{host}', [host.upper()]) == b'x'
    with pytest.raises(DownloadFailed, match='is not on one of the hosts'):
        fetch(f'http://{host}/', ['127.0.0.1'])


@pytest.mark.parametrize('form', ['http://{}', 'http://{}/', '{}', 'http://user%40x:pass@{}'])
def test_proxy(serve: Serve, monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    """The internet may be behind a proxy, which is asked for the whole address; the name is looked up there and not here."""
    handle, heads = answering(http(b'certificate'))
    monkeypatch.setenv('http_proxy', form.format(serve(handle)))
    assert fetch('http://ca.invalid/pki/CA%201.crt', ['ca.invalid']) == b'certificate'
    request, *headers = heads[0].decode().split('\r\n')
    assert request == 'GET http://ca.invalid/pki/CA%201.crt HTTP/1.1'
    assert 'Host: ca.invalid' in headers
    sent = [header for header in headers if header.startswith('Proxy-Authorization')]
    assert sent == (['Proxy-Authorization: Basic ' + base64.b64encode(b'user@x:pass').decode()] if 'pass' in form else [])


def test_no_proxy(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    host = serve(answering(http(b'certificate'))[0])
    monkeypatch.setenv('http_proxy', 'http://127.0.0.1:9')
    monkeypatch.setenv('no_proxy', '127.0.0.1')
    assert fetch(f'http://{host}/', [host]) == b'certificate'


@pytest.mark.parametrize('proxy', ['https://127.0.0.1:9', 'socks5://127.0.0.1:9', 'http://user:secret@127.0.0.1:x', 'http://'])
def test_proxies_of_another_kind(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    monkeypatch.setenv('http_proxy', proxy)
    with pytest.raises(DownloadFailed, match='the protocol of the host or the proxy is not supported') as failure:
        fetch('http://ca.invalid/', ['ca.invalid'])
    assert 'secret' not in str(failure.value)


def test_a_failure_is_shared(serve: Serve, tmp_path: Path) -> None:
    """A hundred hosts do not wait a hundred times for a server that is gone."""
    handle, heads = answering(http(b'', status='503 Gone Fishing'))
    host = serve(handle)
    for _number in range(3):
        with pytest.raises(DownloadFailed, match='HTTP status 503'):
            downloaded_certificates(f'http://{host}/ca', [host], str(tmp_path))
    assert len(heads) == 1


def test_what_was_fetched_for_others_is_not_taken(world: World, serve: Serve, tmp_path: Path) -> None:
    """A task that allows fewer hosts than the one before it gets nothing from the cache of that one."""
    host = serve(answering(http(world.intermediate.der))[0])
    address = f'http://{host}/ca'
    assert downloaded_certificates(address, [host], str(tmp_path))
    others: list[Any] = []
    with pytest.raises(DownloadFailed, match='is not on one of the hosts'):
        downloaded_certificates(address, others, str(tmp_path))
