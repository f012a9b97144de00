# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CMS SignedData (RFC 5652) with one signer: what was signed, by whose certificate, and whether the signature is right.

Whether that certificate is to be trusted is not asked here.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import base64
import contextlib
import typing as t
from dataclasses import dataclass

from ansible_collections.imds.azure.plugins.plugin_utils._attestation.certificates import certificate_of_der

# The action plugin tells what is missing.
with contextlib.suppress(ImportError):
    from asn1crypto import cms
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

# Real documents have some 4 KiB and one certificate.
SIZE_LIMIT = 64 * 1024
CERTIFICATE_LIMIT = 4
# Of an object identifier that is printed; those that are known are shorter.
OID_LIMIT = 64

# Azure names sha256WithRSAEncryption where RFC 5652 wants the digest alone.
_DIGESTS = {
    '2.16.840.1.101.3.4.2.1': 'SHA256',
    '2.16.840.1.101.3.4.2.2': 'SHA384',
    '2.16.840.1.101.3.4.2.3': 'SHA512',
    '1.2.840.113549.1.1.11': 'SHA256',
    '1.2.840.113549.1.1.12': 'SHA384',
    '1.2.840.113549.1.1.13': 'SHA512',
}
_WEAK_DIGESTS = {
    '1.2.840.113549.2.5': 'MD5',
    '1.2.840.113549.1.1.4': 'MD5',
    '1.3.14.3.2.26': 'SHA-1',
    '1.2.840.113549.1.1.5': 'SHA-1',
    '2.16.840.1.101.3.4.2.4': 'SHA-224',
    '1.2.840.113549.1.1.14': 'SHA-224',
}
# The kind of signature, and the digest where the name of the algorithm holds one.
_ALGORITHMS = {
    '1.2.840.113549.1.1.1': ('RSA', None),
    '1.2.840.113549.1.1.11': ('RSA', 'SHA256'),
    '1.2.840.113549.1.1.12': ('RSA', 'SHA384'),
    '1.2.840.113549.1.1.13': ('RSA', 'SHA512'),
    '1.2.840.113549.1.1.10': ('RSA-PSS', None),
    '1.2.840.10045.2.1': ('ECDSA', None),
    '1.2.840.10045.4.3.2': ('ECDSA', 'SHA256'),
    '1.2.840.10045.4.3.3': ('ECDSA', 'SHA384'),
    '1.2.840.10045.4.3.4': ('ECDSA', 'SHA512'),
}


class UnreadableSignature(Exception):
    """This is no SignedData of the kind that Azure makes. The text says why, without a full stop."""


@dataclass(frozen=True)
class SignedData:
    """What a signature holds. Nothing of it is to be believed before signature_problem and the chain of the signer's certificate allow it."""

    content: bytes
    signer: x509.Certificate
    other_certificates: list[x509.Certificate]
    signature: bytes
    # Dotted object identifiers.
    digest: str
    algorithm: str
    # Of the CMS library; None where the content is signed without them.
    attributes: t.Any


def read_signed_data(text: str) -> SignedData:
    """Takes a signature apart.

    :param text: base64 of the DER of a ContentInfo.
    :raises UnreadableSignature: for everything else, whatever it is.
    """
    if len(text) > SIZE_LIMIT * 4 // 3:
        raise UnreadableSignature(f'the signature is larger than {SIZE_LIMIT // 1024} KiB')
    try:
        der = base64.b64decode(''.join(text.split()), validate=True)
    except ValueError:
        raise UnreadableSignature('the signature is not base64') from None
    try:
        return _signed_data(cms.ContentInfo.load(der, strict=True))
    except UnreadableSignature:
        raise
    except Exception as error:
        # The library looks at a part only when it is used, and nobody promises what the bytes of strangers make it raise.
        raise UnreadableSignature(f'the signature is not the DER of a CMS SignedData ({type(error).__name__})') from error


def _signed_data(info: t.Any) -> SignedData:
    if info['content_type'].native != 'signed_data':
        raise UnreadableSignature(f'the signature is CMS of type {info["content_type"].native[:OID_LIMIT]}')
    data = info['content']
    if len(data['signer_infos']) != 1:
        raise UnreadableSignature(f'there are {len(data["signer_infos"])} signers instead of one')
    signer = data['signer_infos'][0]
    # Data is the one type whose content is a string of bytes.
    content = data['encap_content_info']['content'].native if data['encap_content_info']['content_type'].native == 'data' else None
    if not isinstance(content, bytes):
        raise UnreadableSignature('the signature does not contain the signed content')
    certificates = [item.chosen for item in data['certificates'] if item.name == 'certificate']
    if len(certificates) > CERTIFICATE_LIMIT:
        raise UnreadableSignature(f'the signature contains {len(certificates)} certificates, more than the limit of {CERTIFICATE_LIMIT}')
    own = next((item for item in certificates if _belongs_to(item, signer['sid'])), None)
    if own is None:
        raise UnreadableSignature('the signature does not contain the certificate of its signer')
    return SignedData(
        content=content,
        signer=_certificate(own),
        other_certificates=[_certificate(item) for item in certificates if item is not own],
        signature=signer['signature'].native,
        digest=signer['digest_algorithm']['algorithm'].dotted[:OID_LIMIT],
        algorithm=signer['signature_algorithm']['algorithm'].dotted[:OID_LIMIT],
        attributes=signer['signed_attrs'] if isinstance(signer['signed_attrs'], cms.CMSAttributes) else None,
    )


def _certificate(item: t.Any) -> x509.Certificate:
    try:
        return certificate_of_der(item.dump())
    except ValueError as error:
        raise UnreadableSignature(f'a certificate in the signature is {error}') from error


def _belongs_to(certificate: t.Any, signer_id: t.Any) -> bool:
    wanted = signer_id.chosen
    if signer_id.name == 'subject_key_identifier':
        return certificate.key_identifier == wanted.native
    return certificate.serial_number == wanted['serial_number'].native and certificate.issuer.dump() == wanted['issuer'].dump()


def signature_problem(data: SignedData) -> str | None:
    """Why this is not a good signature over the content by the key of the signer's certificate, without a full stop; None where it is."""
    digest = _DIGESTS.get(data.digest)
    if digest is None:
        return f'the digest {_WEAK_DIGESTS.get(data.digest, data.digest)} is too weak or unknown: use SHA-256, SHA-384 or SHA-512'
    kind, own_digest = _ALGORITHMS.get(data.algorithm, (data.algorithm, None))
    if own_digest not in (None, digest):
        return f'the signature algorithm uses the digest {own_digest} and not the {digest} that is named'
    try:
        signed = _signed_bytes(data, digest)
        if signed is None:
            return 'the signed attributes belong to other content: the document was changed after signing'
        if not _verify(data, kind, digest, signed):
            return f"the signature algorithm {kind} is unknown or does not match the key of the signer's certificate"
    except InvalidSignature:
        return 'the signature does not match the content: one of them was changed after signing'
    except Exception as error:
        # Keys and attributes of strangers: cut off, too long, on curves that OpenSSL has forgotten.
        return f"the key of the signer's certificate or a signed attribute cannot be used ({type(error).__name__})"
    return None


def _signed_bytes(data: SignedData, digest: str) -> bytes | None:
    """What the signature is made over: the content, or the signed attributes; None where those are not about the content (RFC 5652, 5.4 and 11)."""
    if data.attributes is None:
        return data.content
    calculation = hashes.Hash(getattr(hashes, digest)())
    calculation.update(data.content)
    values: dict[str, list[t.Any]] = {'content_type': [], 'message_digest': []}
    for attribute in data.attributes:
        # The others, such as the time, say nothing that is asked here, and are not looked into.
        if attribute['type'].native in values:
            values[attribute['type'].native] += attribute['values'].native
    if values != {'content_type': ['data'], 'message_digest': [calculation.finalize()]}:
        return None
    # They are signed as the SET OF that they are, not with the tag that they have here.
    return data.attributes.untag().dump()


def _verify(data: SignedData, kind: str, digest: str, signed: bytes) -> bool:
    """False where key and kind do not go together.

    :raises InvalidSignature:
    """
    key = data.signer.public_key()
    algorithm = getattr(hashes, digest)()
    if isinstance(key, rsa.RSAPublicKey) and kind == 'RSA':
        key.verify(data.signature, signed, padding.PKCS1v15(), algorithm)
    elif isinstance(key, rsa.RSAPublicKey) and kind == 'RSA-PSS':
        key.verify(data.signature, signed, padding.PSS(padding.MGF1(algorithm), padding.PSS.AUTO), algorithm)
    elif isinstance(key, ec.EllipticCurvePublicKey) and kind == 'ECDSA':
        key.verify(data.signature, signed, ec.ECDSA(algorithm))
    else:
        return False
    return True
