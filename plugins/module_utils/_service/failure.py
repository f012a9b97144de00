# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The error that an answer stands for.

This is a private part of the collection: its names may change in any release.
"""

from ansible_collections.imds.azure.plugins.module_utils._service.errors import (
    BadRequestError,
    BadVersionError,
    IdentityError,
    ImdsError,
    NoSuchElementError,
    ProxyError,
    SecurityProtocolError,
    excerpt,
    identity_refusal,
)

_ERRORS = {
    400: (BadRequestError, 'the service does not understand the request'),
    403: (SecurityProtocolError, 'the request is refused'),
    404: (NoSuchElementError, 'no such element'),
    405: (BadRequestError, 'the service does not allow this method for this path'),
}


# What proxies call themselves, in headers or on their pages, and how to name them to people.
_PROXIES = (
    ('zscaler', 'Zscaler'),
    ('squid', 'Squid'),
    ('blue coat', 'Blue Coat'),
    ('bluecoat', 'Blue Coat'),
    ('proxysg', 'Blue Coat'),
    ('forcepoint', 'Forcepoint'),
    ('websense', 'Forcepoint'),
    ('fortigate', 'FortiGate'),
    ('fortinet', 'FortiGate'),
    ('mcafee web gateway', 'McAfee Web Gateway'),
    ('skyhigh', 'Skyhigh'),
    ('netskope', 'Netskope'),
    ('palo alto', 'Palo Alto Networks'),
    ('sophos', 'Sophos'),
    ('cisco', 'Cisco'),
    ('umbrella', 'Cisco Umbrella'),
    ('barracuda', 'Barracuda'),
    ('mitmproxy', 'mitmproxy'),
    ('privoxy', 'Privoxy'),
    ('tinyproxy', 'tinyproxy'),
    ('haproxy', 'HAProxy'),
    ('envoy', 'Envoy'),
    ('nginx', 'nginx'),
    ('apache', 'Apache'),
)
# Servers that real VMs were seen to answer with.
_OWN_SERVERS = ('imds', 'microsoft-iis', 'microsoft-httpapi')


def foreign(answer, path: str):
    """The error when something else than the service answered, or None.

    A 5xx with an HTML page may be the service's own (seen on real VMs), unless a header or the page tells of a proxy.
    """
    named = proxy_name(answer)
    if 'via' in answer.headers:
        cause = 'a proxy answered (header Via: %s)' % excerpt(answer.headers['via'].encode('utf-8', 'replace'))[:80]
    elif answer.status in (407, 511):
        cause = 'a proxy or a captive portal answered and asks for a login' + (' (%s)' % named if named else '')
    elif 300 <= answer.status < 400:
        cause = 'the answer is a redirect, which the service never sends'
    elif _is_html(answer) and (answer.status < 500 or named):
        cause = 'the answer is an HTML page' + (' from a proxy (%s)' % named if named else '')
    else:
        return None
    return ProxyError(cause, path, answer.status, answer.body)


def proxy_name(answer):
    """The proxy that an answer is of, by its headers and its page; None where nothing tells of one."""
    server = answer.headers.get('server', '').lower()
    if server.startswith(_OWN_SERVERS):
        return None
    headers = ' '.join([server] + [answer.headers[name] for name in ('proxy-agent', 'x-squid-error', 'x-cache') if name in answer.headers]).lower()
    page = answer.body[:8192].decode('utf-8', 'replace').lower() if _is_html(answer) else ''
    return next((name for word, name in _PROXIES if word in headers or word in page), None)


def failure(answer, path: str) -> ImdsError:
    """The error that an answer stands for which is neither 200 nor worth another try."""
    if answer.status in (400, 401) and path.startswith('/identity'):
        refusal = IdentityError('the service did not issue a token', path, answer.status, answer.body)
        refusal.code = identity_refusal(answer.body).get('error', '')
        challenge = answer.headers.get('www-authenticate', '') if answer.status == 401 else ''
        if challenge.rstrip('"').endswith('.key'):
            refusal.cause, refusal.remedy = 'the service asks the caller to prove it may have a token, as Azure Arc does', refusal.ARC
            return refusal
        # What is no metadata service asks for credentials. That of Azure does not, and wget keeps to itself what it says.
        if refusal.code or answer.status == 400 or not challenge:
            return refusal
    if answer.status == 404 and 'invalid version' in excerpt(answer.body).lower():
        return BadVersionError('the service does not know this api-version', path, 404, answer.body)
    kind, cause = _ERRORS.get(answer.status, (ProxyError, 'the service never sends this HTTP status'))
    error = kind(cause, path, answer.status, answer.body)
    if answer.status == 400 and 'metadata header not specified' in excerpt(answer.body).lower():
        error.cause, error.remedy = 'the request arrived without the Metadata header', BadRequestError.NO_HEADER
    elif answer.status == 403 and path.startswith('/identity'):
        error.remedy = SecurityProtocolError.IDENTITY + error.remedy
    elif answer.status == 404:
        error.remedy = next((remedy for begin, remedy in NoSuchElementError.REMEDIES.items() if path.startswith(begin)), error.remedy)
    return error


def _is_html(answer) -> bool:
    return 'html' in answer.headers.get('content-type', '').lower() or answer.body[:256].lstrip().lower().startswith((b'<!doctype html', b'<html'))
