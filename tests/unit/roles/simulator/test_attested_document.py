# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""/attested/document: signed by the CA of the run."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.imds.azure.tests.unit.roles.simulator.running_simulator import Simulator, needs, request

x509 = pytest.importorskip('cryptography.x509')
pkcs7 = pytest.importorskip('cryptography.hazmat.primitives.serialization.pkcs7')

needs_cryptography = needs('cryptography')

CLOUDS = {
    'AzurePublicCloud': 'metadata.azure.com',
    'AzureUSGovernmentCloud': 'metadata.azure.us',
    'AZURECHINACLOUD': 'metadata.azure.cn',
    'AzureGermanCloud': 'metadata.microsoftazure.de',
    'AzureStack': 'metadata.azure.com',
}


@pytest.fixture(scope='module')
def attested(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A simulator, and the folder of its certificates."""
    folder = tmp_path_factory.mktemp('attested')
    vms: list[dict[str, Any]] = [{'name': cloud, 'cloud': cloud} for cloud in CLOUDS]
    vms += [{'name': 'cached', 'nonce_mode': 'cached'}, {'name': 'classic', 'vm_kind': 'classic'}]
    (folder / 'fleet.json').write_text(json.dumps({'defaults': {'rate_limit': 0}, 'vms': vms}))
    simulator = Simulator('--fleet', str(folder / 'fleet.json'), '--ca-dir', str(folder / 'ca'))
    yield simulator, folder / 'ca'
    simulator.stop()


def signature(simulator: Simulator, vm: str, nonce: str | None = None, version: str = '2025-04-07') -> bytes:
    answer = simulator.ask(vm, f'/metadata/attested/document?api-version={version}' + ('' if nonce is None else f'&nonce={nonce}'))
    assert answer.status == 200, answer.text
    assert list(answer.json) == ['encoding', 'signature']
    assert answer.json['encoding'] == 'pkcs7'
    return base64.b64decode(answer.json['signature'], validate=True)


def content(signed: bytes) -> dict[str, Any]:
    """The JSON inside, found by its first and last byte; test_openssl_accepts_it reads it properly."""
    start = signed.index(b'{"')
    return dict(json.JSONDecoder().raw_decode(signed[start:].decode('latin-1'))[0])


@needs_cryptography
def test_content(attested: Any) -> None:
    simulator, _folder = attested
    inside = content(signature(simulator, 'AzurePublicCloud', '1234567890'))
    compute = simulator.instance('AzurePublicCloud').json['compute']
    assert inside['nonce'] == '1234567890'
    assert inside['plan'] == {'name': '', 'product': '', 'publisher': ''}
    assert [inside[key] for key in ('vmId', 'subscriptionId', 'sku')] == [compute[key] for key in ('vmId', 'subscriptionId', 'sku')]
    created, expires = (time.strptime(inside['timeStamp'][key], '%m/%d/%y %H:%M:%S -0000') for key in ('createdOn', 'expiresOn'))
    assert time.mktime(expires) - time.mktime(created) == 6 * 3600
    assert abs(time.mktime(created) - time.mktime(time.gmtime())) < 5


@needs_cryptography
def test_fields_by_version(attested: Any) -> None:
    simulator, _folder = attested
    basic = {'nonce', 'plan', 'timeStamp', 'vmId'}
    shown = {
        version: set(content(signature(simulator, 'AzurePublicCloud', '1', version))) for version in ('2018-10-01', '2019-04-30', '2019-11-01', '2020-09-01')
    }
    assert shown['2018-10-01'] == basic
    assert shown['2019-04-30'] == basic | {'subscriptionId'}
    assert shown['2019-11-01'] == basic | {'subscriptionId', 'sku'}
    assert shown['2020-09-01'] == basic | {'subscriptionId', 'sku', 'licenseType'}


@needs_cryptography
def test_nonce_that_was_not_given(attested: Any) -> None:
    simulator, _folder = attested
    inside = content(signature(simulator, 'AzurePublicCloud'))
    assert inside['nonce'] == inside['timeStamp']['expiresOn']


@needs_cryptography
def test_cached_nonce_comes_back_once(attested: Any) -> None:
    simulator, _folder = attested
    nonces = [content(signature(simulator, 'cached', nonce))['nonce'] for nonce in ('1', '1', '2', '2', '2')]
    assert nonces[1:] == ['1', '1', '2', '2']
    assert nonces[0] != '1'


@needs_cryptography
def test_classic_vm(attested: Any) -> None:
    simulator, _folder = attested
    inside = content(signature(simulator, 'classic', '1'))
    assert inside['vmId']
    assert inside['subscriptionId'] == ''


@needs_cryptography
@pytest.mark.parametrize(('cloud', 'domain'), CLOUDS.items())
def test_certificates(attested: Any, cloud: str, domain: str) -> None:
    simulator, folder = attested
    embedded = pkcs7.load_der_pkcs7_certificates(signature(simulator, cloud, '1'))
    assert len(embedded) == 1, 'only the leaf'
    names = embedded[0].extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == [domain]
    root, intermediate = (x509.load_pem_x509_certificate((folder / name).read_bytes()) for name in ('root.pem', 'intermediate.pem'))
    embedded[0].verify_directly_issued_by(intermediate)
    intermediate.verify_directly_issued_by(root)
    root.verify_directly_issued_by(root)


@needs_cryptography
def test_issuer_can_be_fetched(attested: Any) -> None:
    simulator, folder = attested
    leaf = pkcs7.load_der_pkcs7_certificates(signature(simulator, 'AzurePublicCloud', '1'))[0]
    access = leaf.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    url = access[0].access_location.value
    assert url == simulator.ready['control'] + '/ca/intermediate.cer'
    fetched = x509.load_der_x509_certificate(request(simulator.ready['control'], '/ca/intermediate.cer').body)
    assert fetched == x509.load_pem_x509_certificate((folder / 'intermediate.pem').read_bytes())
    assert simulator.control('GET', '/ca/root.pem').body == (folder / 'root.pem').read_bytes()
    assert simulator.control('GET', '/ca/leaf.key').status == 404


@needs_cryptography
@pytest.mark.skipif(shutil.which('openssl') is None, reason='openssl is not installed')
def test_openssl_accepts_it(attested: Any, tmp_path: Path) -> None:
    simulator, folder = attested
    (tmp_path / 'signed').write_bytes(signature(simulator, 'AzurePublicCloud', '77'))
    command = ['openssl', 'cms', '-verify', '-inform', 'DER', '-in', str(tmp_path / 'signed'), '-purpose', 'any']
    (tmp_path / 'chain').write_bytes((folder / 'root.pem').read_bytes() + (folder / 'intermediate.pem').read_bytes())
    command += ['-CAfile', str(tmp_path / 'chain'), '-binary']
    accepted = subprocess.run(command, capture_output=True, check=False)
    assert accepted.returncode == 0, accepted.stderr
    assert json.loads(accepted.stdout)['nonce'] == '77'


def test_without_cryptography(start: Callable[..., Simulator], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / 'cryptography.py').write_text('raise ImportError("not here")\n')
    monkeypatch.setenv('PYTHONPATH', str(tmp_path))
    simulator = start({'vms': [{'name': 'a'}]})
    answer = simulator.ask('a', '/metadata/attested/document?api-version=2025-04-07')
    assert answer.status == 500
    assert 'pip install cryptography' in answer.json['error']
    assert simulator.control('GET', '/ca/root.pem').status == 500
