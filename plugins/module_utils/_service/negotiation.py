# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is done with an answer that is not 200 and will not change: ask for another api-version or as text, or give up.

This is a private part of the collection: its names may change in any release.
"""

from ansible_collections.imds.azure.plugins.module_utils._service.api_versions import choose_version
from ansible_collections.imds.azure.plugins.module_utils._service.document import json_of
from ansible_collections.imds.azure.plugins.module_utils._service.errors import BadVersionError, ImdsError, MalformedAnswerError
from ansible_collections.imds.azure.plugins.module_utils._service.failure import failure


def second_way(client, answer, path: str, format: str, query: dict):
    """The value after all, or an error.

    An unknown api-version is 400 with the newest ones today, and 404 without a word on older fleets. A leaf asked for as JSON is a 400 too,
    whose body is not documented, so only asking for its text tells.
    """
    newest = newest_versions(answer)
    may_be_leaf = answer.status == 400 and not newest and format == 'json' and path.startswith('/instance/')
    if client.negotiable and answer.status in (400, 404) and path != '/versions' and not may_be_leaf:
        client.negotiable = False
        version = choose_version(newest or _listed_versions(client), client.api_version)
        if version != client.api_version:
            client.api_version = version
            return client.get_once(path, format, query)
    if newest:
        error = BadVersionError('the service does not know api-version %s' % client.api_version, path, answer.status, answer.body)
        if client.api_version in newest:
            error.cause, error.remedy = 'api-version %s did not reach the service' % client.api_version, error.LOST
        raise error
    if may_be_leaf:
        return client.get_once(path, 'text', query)
    raise failure(answer, path)


def newest_versions(answer) -> list:
    """The api-versions that a 400 offers; empty where it offers none."""
    try:
        return _list_in(json_of(answer, ''), 'newest-versions') if answer.status == 400 else []
    except MalformedAnswerError:
        return []


def _listed_versions(client) -> list:
    try:
        return _list_in(client.get_once('/versions', 'json', {}), 'apiVersions')
    except ImdsError:
        return []  # the answer that led here says more


def _list_in(value, key: str) -> list:
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, list) else []
