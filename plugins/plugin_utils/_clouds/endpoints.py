# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks for the list of clouds from the controller: once in a run, and bounded in time and size.

Unlike the metadata service this is on the internet, so proxies and certificate authorities of the environment count.

This is a private part of the collection: its names may change in any release.
"""

from __future__ import annotations

import sys
import typing as t
from functools import partial
from urllib.parse import urlsplit

from ansible import constants as C
from ansible_collections.imds.azure.plugins.module_utils._service.document import json_of
from ansible_collections.imds.azure.plugins.module_utils._service.errors import MalformedAnswerError, excerpt
from ansible_collections.imds.azure.plugins.module_utils._service.http_transport import Answer, BrokenAnswer, NoAnswer, read_body
from ansible_collections.imds.azure.plugins.plugin_utils._clouds.lookup import cloud_of_location, unnamed_location
from ansible_collections.imds.azure.plugins.plugin_utils._controller.run_cache import once_for_the_run

SECONDS = 10.0


def with_clouds(hosts: dict[str, dict[str, t.Any]], url: str) -> tuple[dict[str, dict[str, t.Any]], list[str]]:
    """The facts of hosts with the clouds that they lack, and warnings. Nothing is asked where none is missing.

    :param hosts: values of azure_imds by the names of the hosts.
    :param url: of the endpoints document.
    """
    locations = {name: location for name, facts in hosts.items() if (location := unnamed_location(facts))}
    if not locations:
        return hosts, []
    answer = once_for_the_run(C.DEFAULT_LOCAL_TMP, ['cloud_endpoints', url], partial(_ask_in_time, url), SECONDS)
    if 'error' in answer:
        return hosts, [f'The metadata service does not return the cloud, and looking it up failed: {answer["error"]}']
    clouds = {location: cloud_of_location(answer['endpoints'], location) for location in set(locations.values())}
    unknown = sorted(location for location, cloud in clouds.items() if cloud is None)
    warnings = [f'None of the clouds that {_host(url)} lists has the location {excerpt(", ".join(unknown).encode("utf-8", "replace"))}.'] if unknown else []
    found = {name: {**hosts[name], 'cloud': cloud} for name, location in locations.items() if (cloud := clouds[location])}
    return {**hosts, **found}, warnings


def _ask_in_time(url: str) -> dict[str, t.Any]:
    """C({"endpoints": ..}) or C({"error": ..}), asked in a process that is given up when the time is over, wherever it hangs, even over a name."""
    from ansible_collections.imds.azure.plugins.plugin_utils._fleet.fleet import ask_all

    host = _host(url)
    if not host:
        return {'error': 'cloud_endpoints must be an https or http address.'}

    def ask(_name: str, allow: t.Callable[[float], None]) -> dict[str, t.Any]:
        allow(SECONDS)
        try:
            return {'endpoints': _document(url, host)}
        except MalformedAnswerError as error:
            return {'error': f'{host}: {error.cause}.'}
        except Exception as error:
            return {'error': f'{error}.'}

    answer = ask_all([host], ask, 1, lambda _name, _answer: None)[host]
    return {'error': f'{host} did not answer within {SECONDS:.0f} seconds.'} if answer.get('state') == 'unreachable' else answer


def _host(url: str) -> str | None:
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return parts.hostname if parts.scheme in ('http', 'https') else None


def _document(url: str, host: str) -> t.Any:
    # Loading it takes longer than most runs need without it.
    from ansible_collections.imds.azure.plugins.plugin_utils._transports import requests as requests_transport

    if requests_transport.REQUESTS_IMPORT_ERROR:
        raise NoAnswer(f'cloud_lookup needs the Python library requests on the controller. Install it: {sys.executable} -m pip install requests')
    try:
        # Whoever waits for this process gives it up before the library gives up.
        with (
            requests_transport.NoRedirectSession() as session,
            session.get(url, headers={'Accept-Encoding': 'identity'}, timeout=2 * SECONDS, allow_redirects=False, stream=True) as response,
        ):
            if response.status_code != 200:
                raise BrokenAnswer(f'{host} answered with HTTP status {response.status_code}')
            body = read_body(partial(response.raw.read, decode_content=False), response.raw.length_remaining)
    except (OSError, ValueError) as error:
        # The errors of requests are some of these.
        raise requests_transport.told(error, host) from None
    return json_of(Answer(200, {}, body), '')
