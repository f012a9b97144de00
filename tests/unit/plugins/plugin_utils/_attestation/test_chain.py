# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which certificates lead up to a trusted root."""

from __future__ import annotations

import datetime
import ssl
from typing import Any

import pytest
from ansible_collections.imds.azure.plugins.module_utils._service.errors import OptionError
from ansible_collections.imds.azure.plugins.plugin_utils._attestation.certificates import certificates_of_pem, system_roots
from ansible_collections.imds.azure.plugins.plugin_utils._attestation.issuer_download import DownloadFailed
from ansible_collections.imds.azure.tests.unit.plugins.plugin_utils._attestation.authority import DAY, NOW, Issued, document, issue, leaf, weakly_signed
from ansible_collections.imds.azure.tests.unit.plugins.plugin_utils._attestation.conftest import World, failed
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import ExtendedKeyUsageOID

EXPIRED: dict[str, Any] = {'begins': NOW - 30 * DAY, 'ends': NOW - datetime.timedelta(seconds=1)}
NOT_YET: dict[str, Any] = {'begins': NOW + datetime.timedelta(seconds=1), 'ends': NOW + 30 * DAY}


def reason(world: World, signer: Issued, **changes: Any) -> str:
    """Why the chain does not count; it must be the one check that fails."""
    reasons = failed(world.verify(document(signer), **changes))
    assert set(reasons) == {'chain'}
    return reasons['chain']


def test_roots_alone(world: World) -> None:
    """No intermediate is needed where the root itself issued the certificate."""
    assert failed(world.verify(document(leaf(world.root)), intermediates=[])) == {}


def test_embedded_intermediate(world: World) -> None:
    """What comes with the document may help, as it need not be trusted."""
    assert failed(world.verify(document(world.leaf, extra=(world.intermediate,)), intermediates=[])) == {}


def test_cross_signed_root(world: World) -> None:
    """A new root that an older one has signed: the way goes over its cross-signed certificate or ends at its own, whichever is trusted."""
    new = issue('new root', None, ca=True)
    crossed = issue('new root', world.root, ca=True)
    assert new.certificate.public_key() == crossed.certificate.public_key()
    below = issue('new intermediate', new, ca=True)
    signed = document(leaf(below))
    assert failed(world.verify(signed, intermediates=[below, crossed])) == {}
    assert failed(world.verify(signed, intermediates=[below, new, crossed])) == {}
    assert failed(world.verify(signed, intermediates=[crossed, new, below])) == {}
    assert failed(world.verify(signed, intermediates=[below], roots=[new])) == {}
    assert 'new root is self-signed and not one of the root certificates' in reason(world, leaf(below), intermediates=[below, new])


def test_certificates_that_are_not_needed(world: World) -> None:
    others = [issue(f'other {number}', None, ca=True) for number in range(3)]
    assert failed(world.verify(document(world.leaf), intermediates=[*others, world.intermediate, *others], roots=[*others, world.root])) == {}


def test_missing_intermediate(world: World) -> None:
    said = reason(world, world.leaf, intermediates=[])
    assert said.startswith('the issuer of CN=metadata.azure.com, which is CN=intermediate, is unknown')
    assert 'intermediate_certificates' in said


def test_missing_root(world: World) -> None:
    said = reason(world, world.leaf, roots=[issue('another root', None, ca=True)])
    assert said.startswith('the issuer of CN=intermediate, which is CN=root, is unknown')


def test_same_name_other_key(world: World) -> None:
    """A root is known by its key, and not by the name that anyone can write."""
    false_root = issue('root', None, ca=True, own_key='ec')
    false_intermediate = issue('intermediate', false_root, ca=True, own_key='ec')
    for extra in ((), (false_intermediate,), (false_intermediate, false_root)):
        reason(world, leaf(false_intermediate), intermediates=[], roots=[world.root]) if not extra else None
        assert 'chain' in failed(world.verify(document(leaf(false_intermediate), extra=extra)))


def test_self_signed(world: World) -> None:
    assert 'is self-signed' in reason(world, leaf(None))


def test_a_leaf_that_is_a_ca(world: World) -> None:
    assert 'breaks a rule' in reason(world, leaf(world.intermediate, ca=True, own_key='2048', usage={'digital_signature': True}))


def test_an_intermediate_that_is_no_ca(world: World) -> None:
    """Whoever has any certificate at all could make others else."""
    false = leaf(world.intermediate, 'some.customer.test')
    for extra in ((false,), (false, world.intermediate)):
        assert 'chain' in failed(world.verify(document(leaf(false), extra=extra)))
    assert 'breaks a rule' in reason(world, leaf(false), intermediates=[world.intermediate, false])


def test_path_length(world: World) -> None:
    """The intermediate may issue no further authorities."""
    deeper = issue('deeper', world.intermediate, ca=True)
    assert 'breaks a rule' in reason(world, leaf(deeper), intermediates=[world.intermediate, deeper])


def test_a_long_way(world: World) -> None:
    issuers = [world.root]
    for number in range(6):
        issuers.append(issue(f'step {number}', issuers[-1], ca=True))
    assert failed(world.verify(document(leaf(issuers[3])), intermediates=issuers[1:])) == {}
    reason(world, leaf(issuers[6]), intermediates=issuers[1:])


def test_every_certificate_must_be_valid_now(world: World) -> None:
    root, intermediate = (issue(f'{name} of another time', issuer, ca=True, **EXPIRED) for name, issuer in (('root', None), ('intermediate', world.root)))
    assert reason(world, leaf(world.intermediate, **EXPIRED)) == 'the certificate CN=metadata.azure.com expired at 2026-05-01T11:59:59+00:00'
    assert reason(world, leaf(world.intermediate, **NOT_YET)) == 'the certificate CN=metadata.azure.com is not valid before 2026-05-01T12:00:01+00:00'
    assert (
        reason(world, leaf(intermediate), intermediates=[intermediate])
        == 'the certificate CN=intermediate of another time expired at 2026-05-01T11:59:59+00:00'
    )
    assert reason(world, leaf(root), roots=[root]) == 'the certificate CN=root of another time expired at 2026-05-01T11:59:59+00:00'


def test_a_renewed_intermediate(world: World) -> None:
    """An expired certificate in the file does no harm where the new one is there too."""
    expired = issue('intermediate', world.root, ca=True, own_key='2048', **EXPIRED)
    assert failed(world.verify(document(world.leaf), intermediates=[expired, world.intermediate])) == {}


@pytest.mark.parametrize(
    'defects',
    [
        {'purposes': [ExtendedKeyUsageOID.CODE_SIGNING]},
        {'purposes': [ExtendedKeyUsageOID.CLIENT_AUTH]},
    ],
)
def test_for_something_else(world: World, defects: dict[str, Any]) -> None:
    assert 'breaks a rule' in reason(world, leaf(world.intermediate, **defects))


@pytest.mark.parametrize('digest', [hashes.SHA1(), hashes.MD5()])
def test_weakly_signed(world: World, digest: Any) -> None:
    """Whoever finds two contents with one digest could have anybody's."""
    reason(world, weakly_signed(world.leaf, world.intermediate, digest))
    weak = weakly_signed(world.intermediate, world.root, digest)
    assert 'chain' in failed(world.verify(document(world.leaf), intermediates=[weak]))


def test_short_keys(world: World) -> None:
    assert 'the key of CN=metadata.azure.com is too short' in reason(world, leaf(world.intermediate, own_key='1024'))
    short = issue('short', world.root, ca=True, own_key='1024')
    assert 'breaks a rule' in reason(world, leaf(short), intermediates=[short])
    short_root = issue('short root', None, ca=True, own_key='1024')
    assert 'breaks a rule' in reason(world, leaf(short_root), roots=[short_root])


def test_key_usage(world: World) -> None:
    """A key for something else than signatures does not vouch for content, and an authority's certificate must say that it is one."""
    signer = leaf(world.intermediate, usage={'digital_signature': False, 'key_encipherment': True})
    assert reason(world, signer) == 'a certificate breaks a rule: the key usage of CN=metadata.azure.com does not allow signing content'
    no_signer = issue('no signer', world.root, ca=True, usage={'key_cert_sign': False})
    assert 'chain' in failed(world.verify(document(leaf(no_signer)), intermediates=[no_signer]))


def test_signature_of_a_certificate(world: World) -> None:
    """One that claims an issuer who never signed it."""
    other = issue('intermediate', None, ca=True)
    forged = leaf(other)
    assert forged.certificate.issuer == world.intermediate.certificate.subject
    assert 'which is CN=intermediate, is unknown' in reason(world, forged)


class Downloads:
    """Stands for the internet, and knows what was asked for."""

    def __init__(self, found: dict[str, list[Issued]]) -> None:
        self.found = found
        self.asked: list[str] = []

    def __call__(self, address: str) -> list[x509.Certificate]:
        self.asked.append(address)
        name = address.rpartition('/')[2]
        if name not in self.found:
            raise DownloadFailed(f'{name} is not there')
        return [each.certificate for each in self.found[name]]


def test_download(world: World) -> None:
    """Only where something is missing, and of the certificate that misses its issuer."""
    downloads = Downloads({'intermediate': [world.intermediate]})
    signer = leaf(world.intermediate, addresses=('http://ca.test/intermediate',))
    assert failed(world.verify(document(signer), intermediates=[], download=downloads)) == {}
    assert downloads.asked == ['http://ca.test/intermediate']
    assert failed(world.verify(document(signer), download=downloads)) == {}
    assert len(downloads.asked) == 1, 'nothing was missing'


def test_download_of_two(world: World) -> None:
    """Up to a root that a known one has signed, also where its own certificate is offered first."""
    new, crossed = issue('new root', None, ca=True), issue('new root', world.root, ca=True)
    below = issue('new intermediate', new, ca=True, addresses=('http://ca.test/self', 'http://ca.test/crossed'))
    downloads = Downloads({'below': [below], 'self': [new], 'crossed': [crossed]})
    assert failed(world.verify(document(leaf(below, addresses=('http://ca.test/below',))), download=downloads)) == {}
    assert downloads.asked == ['http://ca.test/below', 'http://ca.test/self', 'http://ca.test/crossed']


def test_download_instead_of_an_expired_one(world: World) -> None:
    expired = issue('intermediate', world.root, ca=True, own_key='2048', **EXPIRED)
    signer = leaf(world.intermediate, addresses=('http://ca.test/intermediate',))
    assert failed(world.verify(document(signer), intermediates=[expired], download=Downloads({'intermediate': [world.intermediate]}))) == {}


def test_download_that_fails(world: World) -> None:
    """The reason tells both what is missing and why it could not be had; each address is asked for once."""
    downloads = Downloads({})
    signer = leaf(world.intermediate, addresses=('http://ca.test/a', 'http://ca.test/b', 'http://ca.test/a'))
    said = reason(world, signer, intermediates=[], download=downloads)
    assert 'which is CN=intermediate, is unknown' in said
    assert said.endswith('; a is not there; b is not there')
    assert downloads.asked == ['http://ca.test/a', 'http://ca.test/b']


def test_download_of_something_else(world: World) -> None:
    """A certificate that is not the issuer's is no harm and no help."""
    downloads = Downloads({'other': [issue('other', None, ca=True)]})
    reason(world, leaf(world.intermediate, addresses=('http://ca.test/other',)), intermediates=[], download=downloads)
    assert downloads.asked == ['http://ca.test/other']


def test_downloads_end(world: World) -> None:
    """However many addresses there are, and however far they lead."""
    downloads = Downloads({})
    reason(world, leaf(world.intermediate, addresses=tuple(f'http://ca.test/{number}' for number in range(50))), intermediates=[], download=downloads)
    assert len(downloads.asked) == 4


def test_downloads_of_many_certificates_end(world: World) -> None:
    """Each of them would multiply the ways that are looked at."""
    crowd = [issue('intermediate', None, ca=True, own_key=f'ec {number}') for number in range(24)]
    found = {str(number): crowd[8 * number : 8 * number + 8] for number in range(3)}
    downloads = Downloads({**found, 'right': [world.intermediate]})
    signer = leaf(world.intermediate, addresses=tuple(f'http://ca.test/{name}' for name in ('0', '0', '1', '2', 'right')))
    said = reason(world, signer, intermediates=[], download=downloads)
    assert said == '24 certificates were downloaded, more than the limit of 16'
    assert len(downloads.asked) == 3
    # Those that are known already count once.
    again = Downloads({'0': crowd[:8], '1': crowd[:8], '2': crowd[:8], 'right': [world.intermediate]})
    assert failed(world.verify(document(signer), intermediates=[], download=again)) == {}


def test_no_downloads(world: World) -> None:
    reason(world, leaf(world.intermediate, addresses=('http://ca.test/intermediate',)), intermediates=[])


def test_pem_with_text_around(world: World) -> None:
    """As openssl and bundles write it."""
    text = f'Subject: CN = root\n{world.root.pem}\r\n# more\n{world.intermediate.pem.strip()}'
    assert certificates_of_pem(text, 'root_certificates') == [world.root.certificate, world.intermediate.certificate]


@pytest.mark.parametrize(
    'text', ['', 'x', '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----']
)
def test_pem_that_is_none(text: str) -> None:
    """A trust that cannot be read is an error, and never the trust of the system instead."""
    with pytest.raises(OptionError, match='root_certificates'):
        certificates_of_pem(text, 'root_certificates')


def test_pem_of_a_version_that_there_is_none_of(world: World) -> None:
    der = world.root.der.replace(bytes.fromhex('a003020102'), bytes.fromhex('a003020109'))
    with pytest.raises(OptionError, match='root_certificates contains a certificate that cannot be read'):
        certificates_of_pem(ssl.DER_cert_to_PEM_cert(der), 'root_certificates')


def test_roots_of_the_system(world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    """A file or a folder, as OpenSSL knows them; what cannot be read is not trusted, and nothing at all is an error."""
    (tmp_path / 'roots.pem').write_text(world.root.pem + '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n')
    (tmp_path / 'folder').mkdir()
    (tmp_path / 'empty').mkdir()
    (tmp_path / 'folder' / 'abcd.0').write_text(world.root.pem)
    (tmp_path / 'folder' / 'again.pem').write_text(world.root.pem)
    (tmp_path / 'folder' / 'key.pem').write_bytes(b'\xff\xfe')
    for file, folder in (('roots.pem', 'empty'), ('missing', 'folder'), ('roots.pem', 'folder')):
        monkeypatch.setenv('SSL_CERT_FILE', str(tmp_path / file))
        monkeypatch.setenv('SSL_CERT_DIR', str(tmp_path / folder))
        assert system_roots() == [world.root.certificate]
    monkeypatch.setenv('SSL_CERT_FILE', str(tmp_path / 'missing'))
    monkeypatch.setenv('SSL_CERT_DIR', str(tmp_path / 'empty'))
    with pytest.raises(OptionError, match='this controller has no root certificates'):
        system_roots()
