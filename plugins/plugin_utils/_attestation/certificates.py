# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates: where they are read from, and what they say of themselves.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import contextlib
import re
import ssl
import typing as t
import warnings
from pathlib import Path

from ansible_collections.imds.azure.plugins.module_utils._service.errors import OptionError, excerpt

# The action plugin tells what is missing.
with contextlib.suppress(ImportError):
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec, rsa
    from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

# One is usual; of a CA with several keys a certs-only CMS holds some more.
DOWNLOADED_LIMIT = 8
_PEM = re.compile(r'-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----')


def certificates_of_pem(text: str, option: str) -> list[x509.Certificate]:
    """All certificates of a PEM text; what else it holds is passed over.

    :param option: whose value the text is.
    :raises OptionError: there is none, or one cannot be read.
    """
    try:
        found = [certificate_of_der(ssl.PEM_cert_to_DER_cert(block)) for block in _PEM.findall(text)]
    except ValueError:
        raise OptionError(f'{option} contains a certificate that cannot be read', remedy='Use certificates in PEM format.') from None
    if not found:
        raise OptionError(f'{option} contains no certificate', remedy='Use certificates in PEM format. To convert one: openssl x509 -inform DER -in CA.crt')
    return found


def certificates_of_download(body: bytes) -> list[x509.Certificate]:
    """The certificates at a "CA Issuers" address: one in DER, or a certs-only CMS (RFC 5280, 4.2.2.1).

    :raises ValueError: this is neither, or holds too many. The text says which, as the rest of a sentence.
    """
    try:
        return [certificate_of_der(body)]
    except ValueError:
        pass
    try:
        found = _read(pkcs7.load_der_pkcs7_certificates, body)
        # Not looked into before they are counted.
        certificates = [certificate_of_der(certificate.public_bytes(Encoding.DER)) for certificate in found[:DOWNLOADED_LIMIT]]
    except ValueError as error:
        raise ValueError('is not a certificate') from error
    if len(found) > DOWNLOADED_LIMIT:
        raise ValueError(f'contains {len(found)} certificates, more than the limit of {DOWNLOADED_LIMIT}')
    return certificates


def certificate_of_der(der: bytes) -> x509.Certificate:
    """A certificate that is readable in all its parts: the library would complain about some only when they are used.

    :raises ValueError: it is not.
    """

    def whole(data: bytes) -> x509.Certificate:
        certificate = x509.load_der_x509_certificate(data)
        _parts = described(certificate.subject), described(certificate.issuer), certificate.not_valid_before_utc, certificate.not_valid_after_utc
        _more = certificate.extensions
        return certificate

    return _read(whole, der)


def _read(load: t.Callable[[bytes], t.Any], data: bytes) -> t.Any:
    """What a function makes of data, without a warning.

    :raises ValueError: whatever the function raises.
    """
    try:
        with warnings.catch_warnings():
            # Certificates break rules of today and of tomorrow. Which of these matter is decided where a chain is verified.
            warnings.simplefilter('ignore')
            return load(data)
    except Exception as error:
        raise ValueError(f'unreadable ({type(error).__name__})') from error


def system_roots() -> list[x509.Certificate]:
    """The roots that OpenSSL trusts on this machine, but for those that cannot be read.

    :raises OptionError: there are none.
    """
    paths = ssl.get_default_verify_paths()
    files = [Path(paths.cafile)] if paths.cafile else []
    found = {}
    with contextlib.suppress(OSError):
        files += sorted(Path(paths.capath).iterdir()) if paths.capath else []
    for file in files:
        with contextlib.suppress(OSError):
            for block in _PEM.findall(file.read_text(encoding='ascii', errors='replace')):
                with contextlib.suppress(ValueError):
                    found[block] = certificate_of_der(ssl.PEM_cert_to_DER_cert(block))
    if not found:
        raise OptionError('this controller has no root certificates', remedy='Install the package ca-certificates, or set root_certificates.')
    return list(found.values())


def described(name: x509.Name) -> str:
    """A name in words, fit to be printed."""
    return excerpt(name.rfc4514_string().encode('utf-8', 'replace'))


def dns_names(certificate: x509.Certificate) -> list[str]:
    """The DNS names among the subject alternative names, in lower case."""
    names = _extension(certificate, x509.SubjectAlternativeName)
    return [name.lower() for name in names.get_values_for_type(x509.DNSName)] if names else []


def issuer_addresses(certificate: x509.Certificate) -> list[str]:
    """The "CA Issuers" addresses (RFC 5280, 4.2.2.1), as the certificate gives them."""
    return [
        entry.access_location.value
        for entry in _extension(certificate, x509.AuthorityInformationAccess) or []
        if entry.access_method == x509.oid.AuthorityInformationAccessOID.CA_ISSUERS and isinstance(entry.access_location, x509.UniformResourceIdentifier)
    ]


def may_sign_content(certificate: x509.Certificate) -> bool:
    """Whether the key usage, where there is one, allows signatures over content."""
    usage = _extension(certificate, x509.KeyUsage)
    return usage is None or usage.digital_signature


def has_long_key(certificate: x509.Certificate) -> bool:
    """Whether the key is as long as those of servers must be: 2048 bits of RSA, 256 of an elliptic curve (CA/Browser Forum)."""
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        return key.key_size >= 2048
    return isinstance(key, ec.EllipticCurvePublicKey) and key.key_size >= 256


def _extension(certificate: x509.Certificate, kind: t.Any) -> t.Any:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None
