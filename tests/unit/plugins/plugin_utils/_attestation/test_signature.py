# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which CMS signatures count, and what is said of the others."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.imds.azure.plugins.plugin_utils._attestation.certificates import system_roots
from ansible_collections.imds.azure.plugins.plugin_utils._attestation.cms import read_signed_data
from ansible_collections.imds.azure.tests.unit.plugins.plugin_utils._attestation.authority import (
    AZURE_SHA256,
    CONTENT,
    DIGESTS,
    Issued,
    as_document,
    attributes_of,
    document,
    leaf,
    signer_info,
    wrapped,
)
from ansible_collections.imds.azure.tests.unit.plugins.plugin_utils._attestation.conftest import World, failed
from asn1crypto import cms
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

SIGNED = json.dumps(CONTENT).encode()
SHA1, MD5, SHA224 = '1.3.14.3.2.26', '1.2.840.113549.2.5', '2.16.840.1.101.3.4.2.4'
SHA256, SHA384, SHA512 = '2.16.840.1.101.3.4.2.1', '2.16.840.1.101.3.4.2.2', '2.16.840.1.101.3.4.2.3'


def reason(world: World, given: Any) -> str:
    """Why the signature does not count. Nothing else may raise or pass for verified."""
    return failed(world.verify(given))['signature']


@pytest.mark.parametrize('digest', [AZURE_SHA256, SHA256, SHA384, SHA512, '1.2.840.113549.1.1.12', '1.2.840.113549.1.1.13'])
@pytest.mark.parametrize('algorithm', ['1.2.840.113549.1.1.1', '1.2.840.113549.1.1.10'])
@pytest.mark.parametrize('with_attributes', [False, True])
def test_algorithms_of_rsa(world: World, digest: str, algorithm: str, with_attributes: bool) -> None:
    """PKCS#1 v1.5 and PSS, over the content or over signed attributes."""
    attributes = attributes_of(SIGNED, DIGESTS[digest]) if with_attributes else None
    assert failed(world.verify(document(world.leaf, SIGNED, digest=digest, algorithm=algorithm, attributes=attributes))) == {}


@pytest.mark.parametrize(('digest', 'algorithm'), [(SHA256, '1.2.840.10045.4.3.2'), (SHA384, '1.2.840.10045.4.3.3'), (SHA256, '1.2.840.10045.2.1')])
def test_elliptic_curves(world: World, digest: str, algorithm: str) -> None:
    signer = leaf(world.intermediate, own_key='ec')
    assert failed(world.verify(document(signer, SIGNED, digest=digest, algorithm=algorithm))) == {}


def test_signer_named_by_its_key(world: World) -> None:
    assert failed(world.verify(document(world.leaf, SIGNED, by_key=True))) == {}


@pytest.mark.parametrize('options', [[pkcs7.PKCS7Options.Binary], [pkcs7.PKCS7Options.Binary, pkcs7.PKCS7Options.NoAttributes]])
def test_made_by_another_library(world: World, options: list[pkcs7.PKCS7Options]) -> None:
    """So that the tests' own way to sign and the verification are not wrong together."""
    builder = pkcs7.PKCS7SignatureBuilder().set_data(SIGNED).add_signer(world.leaf.certificate, world.leaf.key, hashes.SHA256())
    assert failed(world.verify(as_document(builder.sign(Encoding.DER, options)))) == {}


@pytest.mark.parametrize(
    ('digest', 'name'), [(SHA1, 'SHA-1'), ('1.2.840.113549.1.1.5', 'SHA-1'), (MD5, 'MD5'), ('1.2.840.113549.1.1.4', 'MD5'), (SHA224, 'SHA-224')]
)
@pytest.mark.parametrize('with_attributes', [False, True])
def test_weak_digests(world: World, digest: str, name: str, with_attributes: bool) -> None:
    """The signature is right, and does not count."""
    attributes = attributes_of(SIGNED, DIGESTS[digest]) if with_attributes else None
    assert f'the digest {name} is too weak' in reason(world, document(world.leaf, SIGNED, digest=digest, attributes=attributes))


def test_a_digest_that_is_named_better_than_it_is(world: World) -> None:
    """The algorithm of the signature cannot bring SHA-1 in by the back door."""
    signer = signer_info(world.leaf, SIGNED)
    for algorithm in ('sha1_rsa', 'md5_rsa', 'sha1_ecdsa', 'sha256_dsa'):
        signer['signature_algorithm'] = {'algorithm': algorithm}
        assert 'is unknown or does not match the key' in reason(world, as_document(wrapped(SIGNED, [signer], [world.leaf])))
    signer['signature_algorithm'] = {'algorithm': 'sha512_rsa'}
    assert 'uses the digest SHA512 and not the SHA256' in reason(world, as_document(wrapped(SIGNED, [signer], [world.leaf])))


@pytest.mark.parametrize(('old', 'new'), [(b'a001', b'a002'), (b'"vmId"', b'"vmid"'), (b'26 17:59', b'27 17:59')])
@pytest.mark.parametrize('with_attributes', [False, True])
def test_tampered_content(world: World, old: bytes, new: bytes, with_attributes: bool) -> None:
    attributes = attributes_of(SIGNED, hashes.SHA256()) if with_attributes else None
    der = base64.b64decode(document(world.leaf, SIGNED, attributes=attributes)['signature'])
    assert der.count(old) == 1
    assert 'was changed' in reason(world, as_document(der.replace(old, new))) or 'one of them was changed' in reason(world, as_document(der.replace(old, new)))


def test_tampered_attributes(world: World) -> None:
    """A digest of the new content in attributes that nobody signed."""
    other = SIGNED.replace(b'a001', b'a002')
    signer = signer_info(world.leaf, SIGNED, attributes=attributes_of(SIGNED, hashes.SHA256()))
    signer['signed_attrs'] = [cms.CMSAttribute(each) for each in attributes_of(other, hashes.SHA256())]
    assert 'the signature does not match the content' in reason(world, as_document(wrapped(other, [signer], [world.leaf])))


@pytest.mark.parametrize(
    'attributes',
    [
        [],
        attributes_of(SIGNED, hashes.SHA256())[:1],
        attributes_of(SIGNED, hashes.SHA256())[1:],
        attributes_of(SIGNED, hashes.SHA256(), 'signed_data'),
        attributes_of(SIGNED + b' ', hashes.SHA256()),
        attributes_of(SIGNED, hashes.SHA512()),
        attributes_of(SIGNED, hashes.SHA256()) + attributes_of(SIGNED + b' ', hashes.SHA256()),
        attributes_of(SIGNED, hashes.SHA256()) + attributes_of(SIGNED, hashes.SHA256())[1:],
    ],
)
def test_signed_attributes_about_something_else(world: World, attributes: list[dict[str, Any]]) -> None:
    """A signature over attributes says something about the content only where these name its type and its digest, once each (RFC 5652, 11)."""
    assert 'the signed attributes belong to other content' in reason(world, document(world.leaf, SIGNED, attributes=attributes))


def test_attributes_as_content(world: World) -> None:
    """Signed attributes taken for the content itself: without the tag that tells them apart, this is what an attacker would try (RFC 5652, 5.4)."""
    attributes = attributes_of(SIGNED, hashes.SHA256())
    content = cms.CMSAttributes([cms.CMSAttribute(each) for each in attributes]).dump()
    signer = signer_info(world.leaf, SIGNED, attributes=attributes)
    del signer['signed_attrs']
    result = world.verify(as_document(wrapped(content, [signer], [world.leaf])))
    assert set(failed(result)) == {'time', 'nonce'}, 'the signature fits, and the content is none'


def test_signature_of_another_key(world: World) -> None:
    other = leaf(world.intermediate, 'other')
    signer = signer_info(world.leaf, SIGNED)
    signer['signature'] = signer_info(other, SIGNED)['signature']
    assert 'the signature does not match the content' in reason(world, as_document(wrapped(SIGNED, [signer], [world.leaf, other])))


def test_a_certificate_that_did_not_sign(world: World) -> None:
    """A good certificate beside that of the signer lends it nothing, whichever comes first."""
    evil = leaf(world.intermediate, 'evil.test')
    for certificates in ([world.leaf, evil], [evil, world.leaf]):
        result = world.verify(as_document(wrapped(SIGNED, [signer_info(evil, SIGNED)], certificates)))
        assert set(failed(result)) == {'name'}
        assert result['certificate']['subject'] == 'CN=evil.test'


def test_one_serial_number_of_two_issuers(world: World) -> None:
    """A signer is named by both."""
    own, other = leaf(world.intermediate, serial=7), leaf(world.root, 'other', serial=7)
    for certificates in ([own, other], [other, own]):
        assert failed(world.verify(as_document(wrapped(SIGNED, [signer_info(own, SIGNED)], certificates)))) == {}


@pytest.mark.parametrize('count', [0, 2, 3])
def test_number_of_signers(world: World, count: int) -> None:
    others = [leaf(world.intermediate, f'other{number}') for number in range(count)]
    signers = [signer_info(each, SIGNED) for each in [world.leaf, *others][:count]]
    assert reason(world, as_document(wrapped(SIGNED, signers, [world.leaf, *others]))) == f'there are {count} signers instead of one'


@pytest.mark.parametrize('others', [0, 1])
def test_signers_certificate_missing(world: World, others: int) -> None:
    result = world.verify(as_document(wrapped(SIGNED, [signer_info(world.leaf, SIGNED)], [world.intermediate][:others])))
    assert failed(result)['signature'] == 'the signature does not contain the certificate of its signer'
    assert result['certificate'] is None


def test_too_many_certificates(world: World) -> None:
    """Each more would multiply the ways to a root, and none is needed."""
    others = tuple(leaf(world.intermediate, f'other{number}') for number in range(4))
    assert 'contains 5 certificates' in reason(world, document(world.leaf, SIGNED, extra=others))
    assert failed(world.verify(document(world.leaf, SIGNED, extra=others[:3]))) == {}


def test_content_elsewhere(world: World) -> None:
    """A detached signature, and content that is not called data."""
    detached = wrapped(None, [signer_info(world.leaf, SIGNED)], [world.leaf])
    whole = wrapped(SIGNED, [signer_info(world.leaf, SIGNED)], [world.leaf])
    data, digested = bytes.fromhex('06092a864886f70d010701'), bytes.fromhex('06092a864886f70d010705')
    assert whole.count(data) == 1
    for der in (detached, whole.replace(data, digested)):
        assert 'does not contain the signed content' in reason(world, as_document(der))


def test_identifiers_without_end(world: World) -> None:
    """What nobody knows is told, but not at any length."""
    for part in ('digest_algorithm', 'signature_algorithm'):
        signer = signer_info(world.leaf, SIGNED)
        signer[part] = {'algorithm': '1.2' + '.840' * 5000}
        said = reason(world, as_document(wrapped(SIGNED, [signer], [world.leaf])))
        assert '1.2.840.840' in said
        assert len(said) < 200


def test_a_certificate_of_a_version_that_there_is_none_of(world: World) -> None:
    der = base64.b64decode(document(world.leaf)['signature'])
    version = bytes.fromhex('a003020102')
    assert der.count(version) == 1
    changed = as_document(der.replace(version, bytes.fromhex('a003020109')))
    assert reason(world, changed) == 'a certificate in the signature is unreadable (InvalidVersion)'


def test_another_kind_of_cms(world: World) -> None:
    assert reason(world, as_document(cms.ContentInfo({'content_type': 'data', 'content': SIGNED}).dump())) == 'the signature is CMS of type data'


@pytest.mark.parametrize(
    'given', [None, 7, [], {}, {'encoding': 'pkcs7'}, {'encoding': 'pkcs7', 'signature': None}, {'signature': 'MAA='}, {'encoding': 'pem', 'signature': ''}]
)
def test_no_document_at_all(world: World, given: Any) -> None:
    reasons = failed(world.verify(given))
    assert set(reasons) == {'signature', 'chain', 'name', 'time', 'nonce'}
    assert 'signature' in reasons['signature'] or 'encoding' in reasons['signature']


@pytest.mark.parametrize('text', ['', '=', 'ü', '****', 'MIIB\0', 'MIIBx', '-----BEGIN PKCS7-----', '{{ lookup("pipe", "id") }}'])
def test_garbage_for_base64(world: World, text: str) -> None:
    assert 'base64' in reason(world, text) or 'is not the DER' in reason(world, text)


def test_base64_with_something_else_in_it(world: World) -> None:
    """Two texts that are read alike by the one and differently by the other would be a way around every other check."""
    text = document(world.leaf)['signature']
    for stranger in ('*', '\0', '-', 'é', '=', '"'):
        assert reason(world, text[:100] + stranger + text[100:]) == 'the signature is not base64'


def test_size(world: World) -> None:
    """What is far larger than any document is not even decoded."""
    assert reason(world, 'A' * 100_000) == 'the signature is larger than 64 KiB'
    assert reason(world, document(world.leaf, {'licenseType': 'x' * 70_000})) == 'the signature is larger than 64 KiB'
    assert failed(world.verify(document(world.leaf, {'licenseType': 'x' * 40_000}))) == {}


def length(count: int) -> bytes:
    return bytes([count]) if count < 128 else bytes([0x82]) + count.to_bytes(2, 'big')


def nested(levels: int) -> bytes:
    inside = b''
    for _level in range(levels):
        inside = b'\x30' + length(len(inside)) + inside
    return inside


@pytest.mark.parametrize(
    'der',
    [
        b'\x30',
        b'\x30\x80',
        b'\x30\x80' * 20_000,
        b'\x30\x80\x00\x00',
        b'\x30\x84\xff\xff\xff\xff',
        b'\x30\xff' + b'\xff' * 127,
        b'\x1f' + b'\xff' * 30_000,
        b'\x00' * 1000,
        b'\xff' * 1000,
        nested(10_000),
        bytes(range(256)),
        SIGNED,
    ],
)
def test_garbage_for_der(world: World, der: bytes) -> None:
    assert 'is not the DER of a CMS SignedData' in reason(world, as_document(der))


def test_lengths_that_are_not_told_beforehand(world: World) -> None:
    """BER that is not DER is read too: what is signed is the content and no encoding of it."""
    der = base64.b64decode(document(world.leaf)['signature'])
    assert der[:2] == b'\x30\x82'
    assert failed(world.verify(as_document(b'\x30\x80' + der[4:] + b'\0\0'))) == {}


def test_more_after_the_end(world: World) -> None:
    der = base64.b64decode(document(world.leaf)['signature'])
    for more in (b'\0', b'\0\0', der):
        assert 'is not the DER of a CMS SignedData' in reason(world, as_document(der + more))


def test_cut_off(world: World) -> None:
    der = base64.b64decode(document(world.leaf)['signature'])
    for count in range(0, len(der), 97):
        assert 'is not the DER of a CMS SignedData' in reason(world, as_document(der[:count]))


def test_the_sample_of_the_documentation(world: World) -> None:
    """Microsoft's own test certificate: the signature is right (SHA-256 over the content), all that makes it trustworthy is missing."""
    sample = json.loads((Path(__file__).parent / 'samples' / 'attested-document-2018-10-01.json').read_text())
    for trusted in ({'roots': [world.root]}, {}):
        result = world.verify(sample, nonce='1234566766', **trusted)
        reasons = failed(result)
        assert result['checks']['signature'] == {'passed': True, 'reason': None}
        assert result['checks']['nonce'] == {'passed': True, 'reason': None}
        assert reasons['chain'] == 'the certificate CN=testsubdomain.metadata.azure.com is self-signed and not one of the root certificates'
        assert 'expired at 2018-11-20T22:08:24+00:00' in reasons['time']
        assert set(reasons) == {'chain', 'name', 'time'}


def test_the_sample_is_not_trusted_for_being_a_root(world: World) -> None:
    """MD5 and 1024 bits are not made good by putting the certificate among the roots."""
    sample = json.loads((Path(__file__).parent / 'samples' / 'attested-document-2018-10-01.json').read_text())
    own = Issued(read_signed_data(sample['signature']).signer, None)
    assert 'chain' in failed(world.verify(sample, nonce='1234566766', roots=[own]))


def test_system_roots_of_this_machine() -> None:
    """Where there are some they are readable, and there are many."""
    assert len(system_roots()) > 20
