# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A certificate authority made for one run: a root, an intermediate, and one signing certificate for each cloud's name."""

from __future__ import annotations

import datetime
import os
import time
from typing import Any

_DOMAINS = {
    'azurepubliccloud': 'metadata.azure.com',
    'azureusgovernmentcloud': 'metadata.azure.us',
    'azurechinacloud': 'metadata.azure.cn',
    'azuregermancloud': 'metadata.microsoftazure.de',
}
_REMEDY = "Attested documents need the Python package 'cryptography': install it (python3 -m pip install cryptography) and start the simulator again"


class SigningUnavailableError(RuntimeError):
    """The package that signs is not installed. The text names the remedy."""


def metadata_domain(cloud: str) -> str:
    """The name in the certificate for a cloud (in any case); a cloud without one of its own has that of the public cloud."""
    return _DOMAINS.get(cloud.lower(), _DOMAINS['azurepubliccloud'])


class SigningAuthority:
    """Makes its keys when the first document is signed: they take a while, and most runs need none."""

    def __init__(self) -> None:
        self.issuer_url = ''
        self._root: Any = None
        self._intermediate: Any = None
        self._leaves: dict[str, Any] = {}

    def prepare(self) -> None:
        """Make root and intermediate. Raises SigningUnavailableError."""
        if self._root is None:
            self._root = _issue('imds.azure simulator root', None, ca=True)
            self._intermediate = _issue('imds.azure simulator intermediate', self._root, ca=True)

    def certificates(self) -> dict[str, bytes]:
        """``root.pem``, ``intermediate.pem`` and the latter as DER. Raises SigningUnavailableError."""
        self.prepare()
        from cryptography.hazmat.primitives.serialization import Encoding

        root, intermediate = self._root[0], self._intermediate[0]
        return {
            'root.pem': root.public_bytes(Encoding.PEM),
            'intermediate.pem': intermediate.public_bytes(Encoding.PEM),
            'intermediate.cer': intermediate.public_bytes(Encoding.DER),
        }

    def write(self, directory: str) -> None:
        """Put root.pem and intermediate.pem into ``directory`` (made where it is missing)."""
        os.makedirs(directory, exist_ok=True)
        for name, content in self.certificates().items():
            if name.endswith('.pem'):
                with open(os.path.join(directory, name), 'wb') as file:
                    file.write(content)

    def sign(self, content: bytes, cloud: str) -> bytes:
        """``content`` inside a CMS SignedData (DER) that embeds the leaf certificate only. Raises SigningUnavailableError."""
        self.prepare()
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

        domain = metadata_domain(cloud)
        if domain not in self._leaves:
            self._leaves[domain] = _issue(domain, self._intermediate, ca=False, issuer_url=self.issuer_url)
        certificate, key = self._leaves[domain]
        builder = pkcs7.PKCS7SignatureBuilder().set_data(content).add_signer(certificate, key, hashes.SHA256())
        return bytes(builder.sign(Encoding.DER, [pkcs7.PKCS7Options.Binary, pkcs7.PKCS7Options.NoAttributes]))


def _issue(name: str, issuer: Any, ca: bool, issuer_url: str = '') -> Any:
    """``(certificate, key)`` for ``name``, signed by ``issuer`` (a pair like it) or by itself."""
    try:
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import rsa
        from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID
    except ImportError as error:
        raise SigningUnavailableError(_REMEDY) from error
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    issuer_name, issuer_key = (subject, key) if issuer is None else (issuer[0].subject, issuer[1])
    now = datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=int(time.time()))
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer_name).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=365))
    builder = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    builder = builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    if not ca:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    if issuer_url:
        access = x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, x509.UniformResourceIdentifier(issuer_url))
        builder = builder.add_extension(x509.AuthorityInformationAccess([access]), critical=False)
    builder = builder.add_extension(
        x509.KeyUsage(not ca, False, False, False, False, ca, ca, False, False),
        critical=True,
    )
    return builder.sign(issuer_key, hashes.SHA256()), key
