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
            details.append('the answer begins: %s' % self.excerpt)
        where = '%s /metadata%s: ' % (self.method, self.path) if self.path else ''
        text = '%s%s%s.' % (where, self.cause, ' (%s)' % ', '.join(details) if details else '')
        return '%s %s' % (text, self.remedy) if self.remedy else text


class OptionError(ImdsError):
    """An option has a value that cannot be used; nothing was sent."""


class NotAzureError(ImdsError):
    """The SMBIOS chassis tag does not say that this machine is an Azure VM; nothing was sent."""

    CAUSE = 'this is not an Azure VM: its SMBIOS chassis asset tag is another one or cannot be read'
    remedy = 'If it is one (a nested VM, for instance), set detect to never. If the service is to be asked elsewhere (Azure Arc, a simulator), set endpoint.'


class UnreachableError(ImdsError):
    """No answer: time-out, no route, refused or reset."""

    remedy = (
        'The request must leave through the primary network interface and its primary IP address, a route to '
        '169.254.169.254/32 must exist (failover clusters on Windows Server need one added), and no firewall may block it. '
        'On a machine that is not an Azure VM nothing answers at all.'
    )
    SLOW = 'If the service is only slow, as it can be while a machine starts, raise timeout. '


class ProxyError(ImdsError):
    """Something else than the service answered: a Via header, an HTML page or a redirect."""

    remedy = (
        'A proxy, a captive portal or the metadata service of another cloud stands in between. This collection ignores all proxy '
        'settings of the environment, so look for a transparent proxy or a NAT rule, and take 169.254.169.254 out of it.'
    )


class SecurityProtocolError(ImdsError):
    """403: something on the machine refuses this user or process."""

    IDENTITY = 'In a Kubernetes cluster, pod identity or a network policy can refuse tokens too: look at what it lets this pod or node have. '

    remedy = (
        'The Metadata Security Protocol may refuse a user or a process: see /var/lib/azure-proxy-agent/ProxyAgent.Connection.log '
        'and the allow list of the VM. Docker Desktop and corporate proxies answer so too.'
    )


class BadVersionError(ImdsError):
    """The service does not know the api-version that was asked for."""

    remedy = 'Set api_version to one that the service offers, or to auto.'
    LOST = 'The service offers this very version, so it was lost on the way: look for a proxy or a rule that changes the query of requests to the endpoint.'


class BadRequestError(ImdsError):
    """400 or 405: the service cannot make sense of the request."""

    remedy = 'Check the path (it is case-sensitive) and the parameters. A header X-Forwarded-For added on the way is rejected too.'
    NO_HEADER = 'The header "Metadata: true" was sent and was lost on the way: look for a proxy or a rule that changes requests to the endpoint.'


class NoSuchElementError(ImdsError):
    """404: the instance has no such element, or this api-version does not know it."""

    remedy = (
        'Check the path (it is case-sensitive, lists are indexed from 0) and whether the api_version is new enough for it; '
        'older fleets answer an unknown api_version so too. Classic VMs have no compute.'
    )
    # By where the path begins.
    REMEDIES = {
        '/attested': 'Azure Stack Hub and Azure Arc have no attested documents: do not ask there. On an Azure VM, set api_version to auto.',
        '/loadbalancer': 'It may not be ready yet: run the task again in a few minutes. Where that does not help, set api_version to auto.',
    }


class IdentityError(ImdsError):
    """400 or 401 of /identity: the service gives no token for what was asked. C(code) is what the answer calls C(error), or an empty string."""

    code = ''
    ARC = (
        'Azure Arc gives a token only to those who can read a file that it names, which this collection does not do. Run the task as root or as a member of '
        'the group himds with a client of Azure Arc, or ask on an Azure VM.'
    )
    remedy = (
        'Check that the VM has a managed identity, that client_id, object_id or msi_res_id names one of its user-assigned identities (it must name one where '
        'there are several and no system-assigned one), and that resource is the application id URI of something in the same tenant.'
    )


class ThrottledError(ImdsError):
    """429 until there was no time left."""

    remedy = (
        'The service answers at most 5 requests a second for one VM, and for tokens 20 a second and 5 at once: find out what else on the machine asks, '
        'or raise deadline.'
    )


class ServiceError(ImdsError):
    """410 or 5xx until there was no time left, or a status that the service does not document."""

    remedy = 'The service is being updated or has trouble of its own: try again in a few minutes, or raise deadline.'


class MalformedAnswerError(ImdsError):
    """The answer is not what the service documents: not JSON, not UTF-8, cut off, too large, too deep, of the wrong type."""

    remedy = 'Look at what answers on the endpoint: this is not the Azure Instance Metadata Service, or it is broken.'


# On a machine of which nothing else is known these mean that it is no Azure VM: nothing, or something else, answers.
ABSENCE = (UnreachableError, ProxyError, SecurityProtocolError, BadRequestError, NoSuchElementError, MalformedAnswerError)
