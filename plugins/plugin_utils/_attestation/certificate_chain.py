# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a certificate leads up to a trusted root, and in words why it does not.

C(cryptography) decides, by the rules for certificates of servers (RFC 5280 and the CA/Browser Forum): signatures and their strength, validity, basic
constraints, key usage, name constraints. It looks for no revocation. All else here finds certificates for it, and words.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import contextlib
import datetime
import typing as t

from ansible_collections.imds.azure.plugins.module_utils._service.errors import excerpt
from ansible_collections.imds.azure.plugins.plugin_utils._attestation.certificates import described, has_long_key, issuer_addresses, may_sign_content
from ansible_collections.imds.azure.plugins.plugin_utils._attestation.issuer_download import DownloadFailed

# The action plugin tells what is missing.
with contextlib.suppress(ImportError):
    from cryptography import x509
    from cryptography.x509 import verification

# Azure needs one intermediate, or two where a newer root is signed by an older one. Strangers bring certificates too, and each more would multiply the ways.
DEPTH_LIMIT = 4
DOWNLOAD_LIMIT = 4
# Of the certificates that are downloaded for one document.
CERTIFICATE_LIMIT = 16


def chain_problem(
    leaf: x509.Certificate,
    name: str,
    intermediates: t.Sequence[x509.Certificate],
    roots: t.Sequence[x509.Certificate],
    now: datetime.datetime,
    download: t.Callable[[str], list[x509.Certificate]] | None = None,
) -> str | None:
    """Why the leaf does not lead up to one of the roots, without a full stop; None where it does.

    :param name: one of the leaf's DNS names.
    :param intermediates: certificates that may stand in between. Nothing is believed about them.
    :param now: when all of them must be valid, with a time zone.
    :param download: gives the certificates at a "CA Issuers" address or raises DownloadFailed; None where nothing may be downloaded.
    """
    known = list(intermediates)
    failures: list[str] = []
    asked: set[str] = set()
    while True:
        refusal = _refusal(leaf, name, known, roots, now)
        if refusal is None:
            return None
        path = _path(leaf, known, roots)
        # From the end of the path on; below it, for an issuer may have several certificates of which another one leads further.
        addresses = [url for certificate in reversed(path) if certificate not in roots for url in issuer_addresses(certificate) if url not in asked]
        if not download or not addresses or len(asked) >= DOWNLOAD_LIMIT:
            return '; '.join([_reason(path, roots, now, refusal), *failures])
        asked.add(addresses[0])
        try:
            known += [certificate for certificate in download(addresses[0]) if certificate not in known]
        except DownloadFailed as failure:
            failures.append(str(failure))
        if len(known) - len(intermediates) > CERTIFICATE_LIMIT:
            return f'{len(known) - len(intermediates)} certificates were downloaded, more than the limit of {CERTIFICATE_LIMIT}'


def _refusal(
    leaf: x509.Certificate, name: str, intermediates: list[x509.Certificate], roots: t.Sequence[x509.Certificate], now: datetime.datetime
) -> str | None:
    builder = verification.PolicyBuilder().store(verification.Store(list(roots))).max_chain_depth(DEPTH_LIMIT)
    builder = builder.time(now.astimezone(datetime.timezone.utc).replace(tzinfo=None))
    try:
        # A certificate for all names below a domain is good for this one of them.
        subject = x509.DNSName(name.replace('*', 'any', 1))
        chain = builder.build_server_verifier(subject).verify(leaf, intermediates)
    except ValueError:
        return f'{name!r} is not a DNS name'
    except verification.VerificationError as error:
        return str(error)
    # Servers may be known by keys that sign nothing, and not every version of the library looks at the length of every key.
    if not may_sign_content(leaf):
        return f'the key usage of {described(leaf.subject)} does not allow signing content'
    short = [described(certificate.subject) for certificate in chain if not has_long_key(certificate)]
    return f'the key of {short[0]} is too short' if short else None


def _path(leaf: x509.Certificate, intermediates: list[x509.Certificate], roots: t.Sequence[x509.Certificate]) -> list[x509.Certificate]:
    """The leaf, its issuer, and so on, as far as they are known: where a path ends that leads nowhere."""
    path = [leaf]
    while len(path) <= DEPTH_LIMIT and path[-1] not in roots:
        issuer = next((item for item in (*roots, *intermediates) if item not in path and _issued(item, path[-1])), None)
        if issuer is None:
            break
        path.append(issuer)
    return path


def _issued(issuer: x509.Certificate, certificate: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except Exception:
        # Another name, another key, or an algorithm that nobody knows any more: not the issuer, in whatever way that is said.
        return False
    return True


def _reason(path: list[x509.Certificate], roots: t.Sequence[x509.Certificate], now: datetime.datetime, refusal: str) -> str:
    last = path[-1]
    if last not in roots:
        if last.subject == last.issuer:
            return f'the certificate {described(last.subject)} is self-signed and not one of the root certificates'
        remedy = 'add its certificate to intermediate_certificates, or set fetch_intermediates to true'
        return f'the issuer of {described(last.subject)}, which is {described(last.issuer)}, is unknown: {remedy}'
    for certificate in path:
        if certificate.not_valid_after_utc < now:
            return f'the certificate {described(certificate.subject)} expired at {certificate.not_valid_after_utc.isoformat()}'
        if certificate.not_valid_before_utc > now:
            return f'the certificate {described(certificate.subject)} is not valid before {certificate.not_valid_before_utc.isoformat()}'
    return f'a certificate breaks a rule: {excerpt(refusal.encode())}'
