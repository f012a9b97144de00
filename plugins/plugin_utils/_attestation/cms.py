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
from dataclasses import dataclass

from ansible_collections.imds.azure.plugins.plugin_utils._attestation.certificates import certificate_of_der
from ansible_collections.imds.azure.plugins.plugin_utils._attestation.der import INTEGER, OBJECT_IDENTIFIER, SEQUENCE, SET, Element, NotDer, as_set, one_element

# The action plugin tells what is missing.
with contextlib.suppress(ImportError):
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

# Real documents have some 4 KiB and one certificate.
SIZE_LIMIT = 64 * 1024
CERTIFICATE_LIMIT = 4
# Of an object identifier that is printed; those that are known are shorter.
OID_LIMIT = 64

_SIGNED_DATA, _DATA = '1.2.840.113549.1.7.2', '1.2.840.113549.1.7.1'
_CONTENT_TYPE, _MESSAGE_DIGEST = '1.2.840.113549.1.9.3', '1.2.840.113549.1.9.4'
_NAMES = {_DATA: 'data', '1.2.840.113549.1.7.3': 'enveloped_data', '1.2.840.113549.1.7.5': 'digested_data', '1.2.840.113549.1.7.6': 'encrypted_data'}
# Tags that CMS gives by place: [0] with elements and, for the name of a key, without.
_FIRST, _KEY_NAME = 0xA0, 0x80

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
    # None where the content is signed without them.
    attributes: Element | None


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
        return _signed_data(one_element(der))
    except UnreadableSignature:
        raise
    except NotDer as error:
        raise UnreadableSignature(f'the signature is not the DER of a CMS SignedData: {error}') from error
    except Exception as error:
        # Certificates are looked at by a library, and nobody promises what the bytes of strangers make it raise.
        raise UnreadableSignature(f'the signature is not the DER of a CMS SignedData ({type(error).__name__})') from error


def _signed_data(info: Element) -> SignedData:
    kind, content, *_more = _sequence(info, OBJECT_IDENTIFIER, _FIRST)
    if kind.identifier() != _SIGNED_DATA:
        raise UnreadableSignature(f'the signature is CMS of type {_NAMES.get(kind.identifier(), kind.identifier())[:OID_LIMIT]}')
    _version, _digests, encapsulated, *rest = _sequence(one_element(content.content), INTEGER, SET, SEQUENCE)
    signers = rest[-1].children() if rest and rest[-1].tag == SET else []
    if len(signers) != 1:
        raise UnreadableSignature(f'there are {len(signers)} signers instead of one')
    certificates = [item.encoded for place in rest if place.tag == _FIRST for item in place.children() if item.tag == SEQUENCE]
    signed = _content(encapsulated)
    if len(certificates) > CERTIFICATE_LIMIT:
        raise UnreadableSignature(f'the signature contains {len(certificates)} certificates, more than the limit of {CERTIFICATE_LIMIT}')
    _version, signer_id, digest, *rest = _sequence(signers[0], INTEGER, None, SEQUENCE)
    attributes = rest.pop(0) if rest and rest[0].tag == _FIRST else None
    algorithm, signature, *_unsigned = rest
    own = next((item for item in certificates if _belongs_to(item, signer_id)), None)
    if own is None:
        raise UnreadableSignature('the signature does not contain the certificate of its signer')
    return SignedData(
        content=signed,
        signer=_certificate(own),
        other_certificates=[_certificate(item) for item in certificates if item is not own],
        signature=signature.octets(),
        digest=_sequence(digest, OBJECT_IDENTIFIER)[0].identifier()[:OID_LIMIT],
        algorithm=_sequence(algorithm, OBJECT_IDENTIFIER)[0].identifier()[:OID_LIMIT],
        attributes=attributes,
    )


def _sequence(element: Element, *tags: int | None) -> list[Element]:
    if element.tag != SEQUENCE:
        raise NotDer('there is no SEQUENCE')
    return element.children(*tags)


def _content(encapsulated: Element) -> bytes:
    """What is signed. Data is the one type whose content is a string of bytes."""
    kind, *content = _sequence(encapsulated, OBJECT_IDENTIFIER)
    if kind.identifier() != _DATA or not content or content[0].tag != _FIRST:
        raise UnreadableSignature('the signature does not contain the signed content')
    return one_element(content[0].content).octets()


def _certificate(der: bytes) -> x509.Certificate:
    try:
        return certificate_of_der(der)
    except ValueError as error:
        raise UnreadableSignature(f'a certificate in the signature is {error}') from error


def _belongs_to(certificate: bytes, signer_id: Element) -> bool:
    if signer_id.tag == _KEY_NAME:
        extensions = _certificate(certificate).extensions
        return any(item.value.digest == signer_id.content for item in extensions if isinstance(item.value, x509.SubjectKeyIdentifier))
    issuer, serial = _sequence(signer_id, SEQUENCE, INTEGER)
    parts = _sequence(_sequence(one_element(certificate), SEQUENCE)[0])
    # The version is left out in the first one.
    number, _algorithm, name = parts[parts[0].tag == _FIRST :][:3]
    return (number.encoded, name.encoded) == (serial.encoded, issuer.encoded)


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
    values: dict[str, list[str | bytes]] = {_CONTENT_TYPE: [], _MESSAGE_DIGEST: []}
    for attribute in data.attributes.children():
        kind, given = _sequence(attribute, OBJECT_IDENTIFIER, SET)
        # The others, such as the time, say nothing that is asked here, and are not looked into.
        if kind.identifier() == _CONTENT_TYPE:
            values[_CONTENT_TYPE] += [value.identifier() for value in given.children()]
        elif kind.identifier() == _MESSAGE_DIGEST:
            values[_MESSAGE_DIGEST] += [value.octets() for value in given.children()]
    if values != {_CONTENT_TYPE: [_DATA], _MESSAGE_DIGEST: [calculation.finalize()]}:
        return None
    # They are signed as the SET OF that they are, not with the tag that they have here.
    return as_set(data.attributes.content)


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
