# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates from the "CA Issuers" address of another one.

The address is a stranger's until the certificate is verified, which needs what is there. So only hosts that were named beforehand are asked, by
plain HTTP and without following redirects, for little and not for long, and what they say is never quoted.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import base64
import typing as t
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from ansible_collections.imds.azure.plugins.module_utils._service.errors import OptionError, excerpt
from ansible_collections.imds.azure.plugins.module_utils._service.http_transport import Answer, BrokenAnswer, HttpTransport, NoAnswer
from ansible_collections.imds.azure.plugins.plugin_utils._attestation.certificates import certificates_of_download
from ansible_collections.imds.azure.plugins.plugin_utils._controller.run_cache import once_for_the_run

if t.TYPE_CHECKING:
    from cryptography import x509

SIZE_LIMIT = 64 * 1024
SECONDS = 10.0
# How long a failure is shared by all tasks of a run.
PATIENCE = 60.0


class DownloadFailed(Exception):
    """There are no certificates. The text says why, without a full stop."""


def downloaded_certificates(address: str, hosts: t.Collection[str], folder: str) -> list[x509.Certificate]:
    """The certificates at an address, asked for once for all processes that share the folder (see once_for_the_run).

    :param address: as the certificate gives it.
    :param hosts: who may be asked: C(name) on port 80, C(name:port) on another one.
    :raises DownloadFailed:
    """

    def ask() -> dict[str, str]:
        try:
            return {'body': base64.b64encode(fetch(address, hosts)).decode()}
        except DownloadFailed as failure:
            return {'error': str(failure)}

    answer = once_for_the_run(folder, ['issuer', address, *hosts], ask, PATIENCE)
    if 'error' in answer:
        raise DownloadFailed(answer['error'])
    try:
        return certificates_of_download(base64.b64decode(answer['body']))
    except ValueError as error:
        raise DownloadFailed(f'what is at {_told(address)} {error}') from error


def fetch(address: str, hosts: t.Collection[str]) -> bytes:
    """Gives the body of the answer.

    The request goes through the proxy that the environment names for HTTP, if any: this is the internet, not the metadata service.

    :raises DownloadFailed:
    """
    told = _told(address)
    url = _split(address)
    if url is None:
        raise DownloadFailed(f'{told} is not an address of the form http://host/path')
    host = url.netloc.lower().removesuffix(':80')
    if host not in {name.lower() for name in hosts}:
        raise DownloadFailed(f'{told} is not on one of the hosts in issuer_hosts')
    try:
        answer = _get(url)
    except (NoAnswer, BrokenAnswer) as error:
        raise DownloadFailed(f'{told} could not be downloaded: {error}') from error
    except OptionError as error:
        raise DownloadFailed(f'{told} could not be downloaded: the protocol of the host or the proxy is not supported') from error
    if answer.status != 200:
        raise DownloadFailed(f'{told} could not be downloaded: HTTP status {answer.status}')
    if len(answer.body) > SIZE_LIMIT:
        raise DownloadFailed(f'{told} could not be downloaded: it is larger than {SIZE_LIMIT // 1024} KiB')
    return answer.body


def _told(address: str) -> str:
    return excerpt(address.encode('utf-8', 'replace'))


def _split(address: str) -> SplitResult | None:
    """The parts of an address that can be asked, else None."""
    try:
        url = urlsplit(address)
    except ValueError:
        return None
    usable = address.isascii() and address.isprintable() and ' ' not in address
    return url if usable and url.scheme == 'http' and url.netloc and '@' not in url.netloc else None


def _get(url: SplitResult) -> Answer:
    target = (url.path or '/') + (f'?{url.query}' if url.query else '')
    proxy = None if proxy_bypass(url.netloc) else getproxies().get('http')
    if not proxy:
        return HttpTransport(f'http://{url.netloc}').get(target, {}, SECONDS)
    scheme, _colon, rest = proxy.rpartition('://')
    credentials, _at, place = rest.rstrip('/').rpartition('@')
    headers = {'Proxy-Authorization': 'Basic ' + base64.b64encode(unquote(credentials).encode()).decode()} if credentials else {}
    return HttpTransport(f'{scheme or "http"}://{place}').get(f'http://{url.netloc}{target}', headers, SECONDS)
