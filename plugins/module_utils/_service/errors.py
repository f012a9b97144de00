# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can go wrong when the Azure Instance Metadata Service is asked, each with its cause and its remedy in words.

This is a private part of the collection: its names may change in any release.
"""

import json

EXCERPT_CHARACTERS = 200
# What the service gives below paths with one of these is not for everybody's eyes.
SECRET_PATHS = ('userdata', 'customdata')


def excerpt(body: bytes) -> str:
    """The first 200 characters of a body, on one line, fit to be printed."""
    # Four bytes is the longest character of UTF-8, so this slice always holds enough of them.
    text = body[: 4 * EXCERPT_CHARACTERS].decode('utf-8', 'replace')
    return ''.join(c if c.isprintable() else ' ' for c in text)[:EXCERPT_CHARACTERS].strip()


def quoted(body: bytes, path: str = None, status: int = None) -> str:
    """What of an answer may be told: nothing of a token, user data or a document that may hold such, whatever is wrong with it."""
    place = (path or '').lower()
    if place.startswith('/identity'):
        return ' '.join(excerpt(said.encode('utf-8', 'replace')) for said in identity_refusal(body).values())
    succeeded = status is not None and status < 400
    # No document begins so, and the page of a proxy is best known by its words.
    is_page = body.lstrip()[:1] == b'<'
    if succeeded and (any(part in place for part in SECRET_PATHS) or (place.startswith('/instance') and not is_page)):
        return ''
    return excerpt(body)


def identity_refusal(body: bytes) -> dict:
    """C(error) and C(error_description) of an answer of /identity, where it has them."""
    try:
        value = json.loads(body.decode('utf-8'))
    except (ValueError, RecursionError):
        return {}
    found = value if isinstance(value, dict) else {}
    return {name: found[name] for name in ('error', 'error_description') if isinstance(found.get(name), str)}


class ImdsError(Exception):
    """Base of all errors of this collection.

    :param cause: what happened, without a full stop.
    :param path: path of the request below C(/metadata), where there was one.
    :param status: HTTP status, where there was an answer.
    :param body: bytes of the answer; what may be told of it is kept, see quoted.
    """

    remedy = ''
    method = 'GET'

    def __init__(self, cause: str, path: str = None, status: int = None, body: bytes = None, remedy: str = None) -> None:
        self.cause = cause
        self.path = path
        self.status = status
        self.excerpt = quoted(body, path, status) if body else ''
        if remedy is not None:
            self.remedy = remedy
        super().__init__(str(self))

    def __str__(self) -> str:
        details = []
        if self.status is not None:
            details.append('HTTP status %d' % self.status)
        if self.excerpt:
            details.append('the answer starts with: %s' % self.excerpt)
        where = '%s /metadata%s: ' % (self.method, self.path) if self.path else ''
        text = '%s%s%s.' % (where, self.cause, ' (%s)' % ', '.join(details) if details else '')
        return '%s %s' % (text, self.remedy) if self.remedy else text


class OptionError(ImdsError):
    """An option has a value that cannot be used; nothing was sent."""


class NotAzureError(ImdsError):
    """The SMBIOS chassis tag does not say that this machine is an Azure VM; nothing was sent."""

    CAUSE = 'this is not an Azure VM: its SMBIOS chassis asset tag is not the one of Azure or cannot be read'
    remedy = 'If it is an Azure VM (such as a nested VM), set detect to never. To use another metadata service (Azure Arc, a simulator), set endpoint.'


class UnreachableError(ImdsError):
    """No answer: time-out, no route, refused or reset."""

    remedy = (
        'Requests must leave through the primary IP address of the primary network interface, a route to '
        '169.254.169.254/32 must exist (failover clusters on Windows Server need one added), and no firewall may block them. '
        'On a machine that is not an Azure VM, nothing answers.'
    )
    SLOW = 'If the service is slow, as it can be while a VM boots, raise timeout. '


class ProxyError(ImdsError):
    """Something else than the service answered: a Via header, an HTML page or a redirect."""

    remedy = (
        'A proxy, a captive portal or the metadata service of another cloud answered instead. This collection ignores all proxy '
        'settings in the environment, so look for a transparent proxy or a NAT rule and exclude 169.254.169.254 from it.'
    )


class SecurityProtocolError(ImdsError):
    """403: something on the machine refuses this user or process."""

    IDENTITY = 'In a Kubernetes cluster, pod identity or a network policy can also refuse tokens: check what they allow this pod or node. '

    remedy = (
        'The Metadata Security Protocol may block this user or process: see /var/lib/azure-proxy-agent/ProxyAgent.Connection.log '
        'and the allow list of the VM. Docker Desktop and corporate proxies can also answer like this.'
    )


class BadVersionError(ImdsError):
    """The service does not know the api-version that was asked for."""

    remedy = 'Set api_version to a version that the service supports, or to auto.'
    LOST = (
        'The service supports this version, so something on the way removed it: look for a proxy or a rule that changes the query string of '
        'requests to the endpoint.'
    )


class BadRequestError(ImdsError):
    """400 or 405: the service does not understand the request."""

    remedy = 'Check the path (it is case-sensitive) and the parameters. The service also rejects requests to which a proxy has added X-Forwarded-For.'
    NO_HEADER = 'Something on the way removed the header "Metadata: true": look for a proxy or a rule that changes requests to the endpoint.'


class NoSuchElementError(ImdsError):
    """404: the instance has no such element, or this api-version does not know it."""

    remedy = (
        'Check the path (it is case-sensitive, and list indexes start at 0) and that api_version is new enough for it; '
        'older Azure hosts also answer like this to an api_version they do not know. Classic VMs have no compute.'
    )
    # By where the path begins.
    REMEDIES = {
        '/attested': 'Azure Stack Hub and Azure Arc have no attested documents: skip these hosts. On an Azure VM, set api_version to auto.',
        '/loadbalancer': 'It may not be ready yet: run the task again in a few minutes. If that does not help, set api_version to auto.',
    }


class IdentityError(ImdsError):
    """400 or 401 of /identity: the service did not issue a token for what was asked. C(code) is what the answer calls C(error), or an empty string."""

    code = ''
    ARC = (
        'Azure Arc issues tokens only to users who can read a file that it names, which this collection does not support. Use an Azure Arc client as '
        'root or as a member of the group himds, or run the task on an Azure VM.'
    )
    remedy = (
        'Check that the VM has a managed identity, that client_id, object_id or msi_res_id names one of its user-assigned identities (required if '
        'it has several and no system-assigned one), and that resource is the application ID URI of something in the same tenant.'
    )


class ThrottledError(ImdsError):
    """429 until there was no time left."""

    remedy = (
        'The service answers at most 5 requests per second for each VM, and for tokens 20 per second and 5 at once: find out what else on the VM sends '
        'requests, or raise deadline.'
    )


class ServiceError(ImdsError):
    """410 or 5xx until there was no time left, or a status that the service does not document."""

    remedy = 'The service is being updated or has an internal error: try again in a few minutes, or raise deadline.'


class MalformedAnswerError(ImdsError):
    """The answer is not what the service documents: not JSON, not UTF-8, cut off, too large, too deep, of the wrong type."""

    remedy = 'Check what answers at the endpoint: it is not the Azure Instance Metadata Service, or it is broken.'


# On a machine of which nothing else is known these mean that it is no Azure VM: nothing, or something else, answers.
ABSENCE = (UnreachableError, ProxyError, SecurityProtocolError, BadRequestError, NoSuchElementError, MalformedAnswerError)
