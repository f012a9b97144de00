# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether an attested document is what Azure signed for one VM, just now, for the one who asked.

A document that fails is data here and no error: each check says whether it passed, or why not, whatever the document is made of.

Source of the rules: the IMDS documentation (https://aka.ms/azureimds), section "Attested data".

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import datetime
import json
import typing as t
from dataclasses import dataclass, field

from ansible_collections.imds.azure.plugins.module_utils._facts.derived import cloud as facts_of_cloud
from ansible_collections.imds.azure.plugins.module_utils._service.document import too_deep
from ansible_collections.imds.azure.plugins.module_utils._service.errors import OptionError, excerpt
from ansible_collections.imds.azure.plugins.plugin_utils._attestation.certificate_chain import chain_problem
from ansible_collections.imds.azure.plugins.plugin_utils._attestation.certificates import described, dns_names
from ansible_collections.imds.azure.plugins.plugin_utils._attestation.cms import SignedData, UnreadableSignature, read_signed_data, signature_problem

if t.TYPE_CHECKING:
    from cryptography import x509

# How far the clocks of Azure and of the controller may be apart.
LEEWAY = datetime.timedelta(minutes=5)
_TIME_FORMAT = '%m/%d/%y %H:%M:%S %z'
# What the instance says, the field of the document, and when that is not there.
_IDENTITY = {
    'vm_id': ('vmId', 'every genuine document has one'),
    'subscription_id': ('subscriptionId', 'documents contain it since api-version 2019-04-30, and those of classic VMs never do'),
    'sku': ('sku', 'documents contain it since api-version 2019-11-01'),
}
_NO_CERTIFICATE = 'there is no signer certificate to check'
_NO_CONTENT = 'there is no content to check, or it is not the JSON of an attested document'


@dataclass(frozen=True)
class Trust:
    """Which certificates are believed, and where others come from."""

    roots: list[x509.Certificate]
    intermediates: list[x509.Certificate] = field(default_factory=list)
    # Gives the certificates at a "CA Issuers" address or raises DownloadFailed; None where nothing may be downloaded.
    download: t.Callable[[str], list[x509.Certificate]] | None = None


def expected_identity(instance: dict[str, t.Any] | None) -> dict[str, str | None]:
    """What the document is compared with: vm_id, subscription_id and sku, None for what is not compared.

    :param instance: the facts azure_imds, which must have a vm_id, or some of these three keys, or None.
    :raises OptionError: it has other keys.
    """
    given = instance or {}
    if 'query' in given:
        given = {name: given.get(f'compute_{name}') for name in _IDENTITY}
        given['vm_id'] = given['vm_id'] or ''
    unknown = ', '.join(str(name) for name in given if name not in _IDENTITY)
    if unknown:
        raise OptionError(
            f'instance has unknown keys: {excerpt(unknown.encode())}', remedy=f'Set it to the azure_imds facts, or to some of {", ".join(_IDENTITY)}.'
        )
    return {name: None if given.get(name) is None else str(given[name]) for name in _IDENTITY}


def verify(document: t.Any, nonce: str, cloud: str, identity: dict[str, str | None], trust: Trust, now: datetime.datetime) -> dict[str, t.Any]:
    """Makes all checks.

    :param document: what the service gave, with C(encoding) and C(signature), or the signature alone.
    :param nonce: what the service was asked with.
    :param cloud: name of the cloud that must have signed.
    :param identity: see expected_identity.
    :param now: with a time zone.
    :return: C(verified); C(checks), each with C(passed) (None where there was nothing to compare with) and C(reason); C(content), None unless verified, so
        that nobody takes it for more than it is; C(certificate) of the signer, None where it cannot be read.
    """
    domain = facts_of_cloud({'azEnvironment': cloud})['metadata_certificate_domain']
    data, content = None, None
    try:
        data = read_signed_data(_signature(document))
    except UnreadableSignature as error:
        problems: dict[str, str | None] = {'signature': str(error), 'chain': _NO_CERTIFICATE, 'name': _NO_CERTIFICATE}
    else:
        content = _content(data.content)
        problems = {'signature': signature_problem(data), 'chain': _chain_problem(data, domain, trust, now), 'name': _name_problem(data, domain)}
    problems['time'] = _time_problem(content, now)
    problems['nonce'] = _nonce_problem(content, nonce)
    checks: dict[str, dict[str, t.Any]] = {name: {'passed': problem is None, 'reason': problem} for name, problem in problems.items()}
    for name, wanted in identity.items():
        problem = f'instance has no {name} to compare with' if wanted is None else _identity_problem(name, content, wanted)
        checks[name] = {'passed': None if wanted is None else problem is None, 'reason': problem}
    verified = all(check['passed'] is not False for check in checks.values())
    return {'verified': verified, 'checks': checks, 'content': content if verified else None, 'certificate': _report(data.signer) if data else None}


def _signature(document: t.Any) -> str:
    """The base64 text of a document.

    :raises UnreadableSignature: there is none.
    """
    if isinstance(document, dict):
        if document.get('encoding') != 'pkcs7':
            raise UnreadableSignature(f'the encoding of the document is {_told(document.get("encoding"))}, but only pkcs7 is supported')
        document = document.get('signature')
    if not isinstance(document, str):
        raise UnreadableSignature('the document has no signature')
    return document


def _content(signed: bytes) -> dict[str, t.Any] | None:
    try:
        value = json.loads(signed.decode('utf-8'))
        json.dumps(value, allow_nan=False, ensure_ascii=False).encode('utf-8')
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) and not too_deep(value) else None


def _names(data: SignedData, domain: str) -> list[str]:
    """The DNS names of the signer's certificate, those of the domain first."""
    return sorted(dns_names(data.signer), key=lambda name: not _belongs(name, domain))


def _belongs(name: str, domain: str) -> bool:
    return name == domain or name.endswith(f'.{domain}')


def _chain_problem(data: SignedData, domain: str, trust: Trust, now: datetime.datetime) -> str | None:
    names = _names(data, domain) or ['']
    return chain_problem(data.signer, names[0], [*data.other_certificates, *trust.intermediates], trust.roots, now, trust.download)


def _name_problem(data: SignedData, domain: str) -> str | None:
    names = _names(data, domain)
    if names and _belongs(names[0], domain):
        return None
    return f'the DNS names of the certificate are {_told(", ".join(names))}, and none of them is {domain} or a subdomain'


def _time_problem(content: dict[str, t.Any] | None, now: datetime.datetime) -> str | None:
    stamp = content.get('timeStamp') if content else None
    if not isinstance(stamp, dict):
        return _NO_CONTENT
    try:
        created, expires = (datetime.datetime.strptime(stamp[key], _TIME_FORMAT) for key in ('createdOn', 'expiresOn'))
    except (KeyError, TypeError, ValueError):
        return 'the dates in the document cannot be read'
    clock = f'and the clock of the controller says {now.isoformat(timespec="seconds")}'
    if created - LEEWAY > now:
        return f'the document was created at {created.isoformat()}, {clock}'
    if expires + LEEWAY < now:
        return f'the document expired at {expires.isoformat()}, {clock}'
    return None


def _nonce_problem(content: dict[str, t.Any] | None, nonce: str) -> str | None:
    if content is None:
        return _NO_CONTENT
    return None if content.get('nonce') == nonce else _difference('nonce', content.get('nonce'), nonce)


def _identity_problem(name: str, content: dict[str, t.Any] | None, wanted: str) -> str | None:
    key, remark = _IDENTITY[name]
    if content is None:
        return _NO_CONTENT
    # Images of one's own have no sku, but every VM has the others.
    if not wanted and name != 'sku':
        return f'there is no {name} to compare with: gather the facts with the subset compute'
    if key not in content:
        return f'the document has no {key}: {remark}'
    # The service's spelling varies in case.
    return None if str(content[key]).lower() == wanted.lower() else _difference(key, content[key], wanted)


def _difference(key: str, found: t.Any, wanted: str) -> str:
    return f'the {key} of the document is {_told(found)} and not {_told(wanted)}'


def _report(certificate: x509.Certificate) -> dict[str, t.Any]:
    return {
        'subject': described(certificate.subject),
        'issuer': described(certificate.issuer),
        'not_before': certificate.not_valid_before_utc.isoformat(),
        'not_after': certificate.not_valid_after_utc.isoformat(),
    }


def _told(value: t.Any) -> str:
    """What a stranger gave, fit to be printed."""
    return repr(excerpt(str(value).encode('utf-8', 'replace')))
