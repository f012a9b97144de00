# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A certificate authority of the tests' own, which issues what no real one would, and signs documents with it."""

from __future__ import annotations

import base64
import datetime
import functools
import json
from dataclasses import dataclass
from typing import Any

from asn1crypto import algos, cms, core
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

NOW = datetime.datetime(2026, 5, 1, 12, 0, tzinfo=datetime.UTC)
DAY = datetime.timedelta(days=1)
NONCE = '8503917264'
CONTENT = {
    'licenseType': '',
    'nonce': NONCE,
    'plan': {'name': '', 'product': '', 'publisher': ''},
    'sku': '22_04-lts-gen2',
    'subscriptionId': '00000000-0000-4000-8000-00000000a001',
    'timeStamp': {'createdOn': '05/01/26 11:59:30 -0000', 'expiresOn': '05/01/26 17:59:30 -0000'},
    'vmId': '5c08b38e-4d57-4c23-ac45-aca61037f084',
}
# As the service names it, where others name the digest alone.
AZURE_SHA256 = '1.2.840.113549.1.1.11'
RSA = '1.2.840.113549.1.1.1'
DIGESTS = {
    AZURE_SHA256: hashes.SHA256(),
    '2.16.840.1.101.3.4.2.1': hashes.SHA256(),
    '2.16.840.1.101.3.4.2.2': hashes.SHA384(),
    '2.16.840.1.101.3.4.2.3': hashes.SHA512(),
    '1.2.840.113549.1.1.12': hashes.SHA384(),
    '1.2.840.113549.1.1.13': hashes.SHA512(),
    '1.3.14.3.2.26': hashes.SHA1(),
    '1.2.840.113549.1.1.5': hashes.SHA1(),
    '1.2.840.113549.2.5': hashes.MD5(),
    '1.2.840.113549.1.1.4': hashes.MD5(),
    '2.16.840.1.101.3.4.2.4': hashes.SHA224(),
}


@functools.cache
def key(whose: str) -> Any:
    """One key for each name, made once: the kind stands before the first space."""
    kind = whose.split()[0]
    return ec.generate_private_key(ec.SECP256R1()) if kind == 'ec' else rsa.generate_private_key(65537, int(kind))


@dataclass(frozen=True)
class Issued:
    """A certificate and the key that it is for."""

    certificate: x509.Certificate
    key: Any

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(Encoding.PEM).decode()

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)


def issue(
    name: str,
    issuer: Issued | None,
    *,
    ca: bool,
    dns: list[str] | None = None,
    own_key: str | None = None,
    begins: datetime.datetime = NOW - 30 * DAY,
    ends: datetime.datetime = NOW + 30 * DAY,
    addresses: tuple[str, ...] = (),
    usage: dict[str, bool] | None = None,
    purposes: list[Any] | None = None,
    path_length: int | None = None,
    serial: int | None = None,
) -> Issued:
    """A certificate by ``issuer``, or by itself. Authorities have keys on an elliptic curve unless told otherwise, for these are made in no time."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    private = key(f'{own_key or ("ec" if ca else "2048")} {name}')
    issuer_name, issuer_key = (issuer.certificate.subject, issuer.key) if issuer else (subject, private)
    used = dict.fromkeys(
        ['digital_signature', 'content_commitment', 'key_encipherment', 'data_encipherment', 'key_agreement', 'key_cert_sign', 'crl_sign'], False
    )
    used.update({'key_cert_sign': True, 'crl_sign': True} if ca else {'digital_signature': True}, **(usage or {}))
    builder = x509.CertificateBuilder(issuer_name, subject, private.public_key(), serial or x509.random_serial_number(), begins, ends)
    builder = builder.add_extension(x509.BasicConstraints(ca, path_length), critical=True)
    builder = builder.add_extension(x509.KeyUsage(**used, encipher_only=False, decipher_only=False), critical=True)
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(private.public_key()), critical=False)
    builder = builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    if not ca:
        builder = builder.add_extension(x509.ExtendedKeyUsage(purposes or [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
    if dns is not None:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(each) for each in dns]), critical=False)
    if addresses:
        access = [x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, x509.UniformResourceIdentifier(each)) for each in addresses]
        builder = builder.add_extension(x509.AuthorityInformationAccess(access), critical=False)
    return Issued(builder.sign(issuer_key, hashes.SHA256()), private)


def weakly_signed(issued: Issued, issuer: Issued, digest: Any = None) -> Issued:
    """The same certificate, signed with SHA-1 or MD5, which libraries refuse to do."""
    certificate = asn1_x509.Certificate.load(issued.der)
    algorithm = {'algorithm': f'{(digest or hashes.SHA1()).name}_rsa'}
    certificate['tbs_certificate']['signature'] = algorithm
    certificate['signature_algorithm'] = algorithm
    certificate['signature_value'] = issuer.key.sign(certificate['tbs_certificate'].dump(), padding.PKCS1v15(), digest or hashes.SHA1())
    return Issued(x509.load_der_x509_certificate(certificate.dump()), issued.key)


def leaf(issuer: Issued | None, name: str = 'metadata.azure.com', dns: list[str] | None = None, ca: bool = False, **defects: Any) -> Issued:
    """A certificate as the service has one, but for the defects."""
    return issue(name, issuer, ca=ca, dns=[name] if dns is None else dns, **defects)


def attributes_of(content: bytes, digest: Any, content_type: str = 'data') -> list[dict[str, Any]]:
    """The two signed attributes that must be there."""
    calculation = hashes.Hash(digest)
    calculation.update(content)
    return [{'type': 'content_type', 'values': [content_type]}, {'type': 'message_digest', 'values': [calculation.finalize()]}]


def signer_info(
    signer: Issued, content: bytes, digest: str = AZURE_SHA256, algorithm: str = RSA, attributes: list[dict[str, Any]] | None = None, by_key: bool = False
) -> cms.SignerInfo:
    """A signature over the content, or over the attributes where there are any."""
    certificate = asn1_x509.Certificate.load(signer.der)
    named = {'issuer': certificate.issuer, 'serial_number': certificate.serial_number}
    info: dict[str, Any] = {
        'version': 'v1',
        'sid': cms.SignerIdentifier('subject_key_identifier', certificate.key_identifier)
        if by_key
        else cms.SignerIdentifier('issuer_and_serial_number', cms.IssuerAndSerialNumber(named)),
        'digest_algorithm': algos.DigestAlgorithm({'algorithm': digest}),
        'signature_algorithm': algos.SignedDigestAlgorithm({'algorithm': algorithm}),
    }
    signed = content
    if attributes is not None:
        info['signed_attrs'] = cms.CMSAttributes([cms.CMSAttribute(each) for each in attributes])
        signed = info['signed_attrs'].dump()
    chosen = DIGESTS[digest]
    if isinstance(signer.key, ec.EllipticCurvePrivateKey):
        info['signature'] = signer.key.sign(signed, ec.ECDSA(chosen))
    elif algorithm == '1.2.840.113549.1.1.10':
        info['signature'] = signer.key.sign(signed, padding.PSS(padding.MGF1(chosen), padding.PSS.DIGEST_LENGTH), chosen)
    else:
        info['signature'] = signer.key.sign(signed, padding.PKCS1v15(), chosen)
    return cms.SignerInfo(info)


def wrapped(content: bytes | None, signers: list[cms.SignerInfo], certificates: list[Issued], content_type: str = 'data') -> bytes:
    """The DER of a ContentInfo with SignedData."""
    inside: dict[str, Any] = {'content_type': content_type}
    if content is not None:
        inside['content'] = core.OctetString(content)
    data: dict[str, Any] = {
        'version': 'v1',
        'digest_algorithms': [algos.DigestAlgorithm({'algorithm': AZURE_SHA256})],
        'encap_content_info': cms.ContentInfo(inside),
        'signer_infos': signers,
    }
    if certificates:
        data['certificates'] = [cms.CertificateChoices('certificate', asn1_x509.Certificate.load(each.der)) for each in certificates]
    der: bytes = cms.ContentInfo({'content_type': 'signed_data', 'content': cms.SignedData(data)}).dump()
    return der


def as_document(der: bytes) -> dict[str, str]:
    """How the service shows it."""
    return {'encoding': 'pkcs7', 'signature': base64.b64encode(der).decode()}


def document(signer: Issued, content: Any = None, extra: tuple[Issued, ...] = (), **how: Any) -> dict[str, str]:
    """What the service gives: one signer, its certificate alone, no signed attributes."""
    data = json.dumps({**CONTENT, **(content or {})}, separators=(',', ':')).encode() if not isinstance(content, bytes) else content
    return as_document(wrapped(data, [signer_info(signer, data, **how)], [signer, *extra]))
