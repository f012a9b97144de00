# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""/identity: tokens that are no credentials, in the form of real ones."""

from __future__ import annotations

from typing import Any

from .http_message import Request, Response, json_response
from .virtual_machine import VirtualMachine

TOKEN_SECONDS = 3599
AT_ONCE = 5
_ID_PARAMETERS = ('client_id', 'object_id', 'msi_res_id')


def identity_error(status: int, code: str, description: str, headers: list[tuple[str, str]] | None = None, **more: Any) -> Response:
    """The error form of /identity."""
    return json_response({'error': code, 'error_description': description, **more}, status, headers)


def _chosen_identity(identities: list[dict[str, Any]], request: Request) -> dict[str, Any] | Response:
    asked = [(name, value) for name, value in request.query if name in _ID_PARAMETERS]
    if len(asked) > 1:
        return identity_error(400, 'invalid_request', 'Only one of client_id, object_id and msi_res_id may be given')
    if not asked:
        chosen = [each for each in identities if each.get('system_assigned')] or identities
        if len(chosen) > 1:
            return identity_error(400, 'invalid_request', 'This VM has several identities: set client_id, object_id or msi_res_id')
        return chosen[0] if chosen else identity_error(400, 'invalid_request', 'Identity not found')
    name, value = asked[0]
    found = [each for each in identities if each.get(name, '').lower() == value.lower()]
    return found[0] if found else identity_error(400, 'invalid_request', 'Identity not found')


def token(vm: VirtualMachine, request: Request, wall: float) -> Response:
    """GET /identity/oauth2/token. One token for an identity and resource is handed out until it expires or the cache is bypassed.

    ``authority`` is taken and makes no difference: these tokens are nobody's.
    """
    resource = request.parameter('resource')
    if not resource:
        return identity_error(400, 'invalid_request', "Required query variable 'resource' is missing")
    identity = _chosen_identity(vm.settings['identities'], request)
    if isinstance(identity, Response):
        return identity
    key = (identity['client_id'], resource)
    known = vm.tokens.get(key)
    if known is None or known['expires_on'] <= wall or (request.parameter('bypass_cache') or '').lower() == 'true':
        vm.tokens_made += 1
        text = f'SIMULATED.not-a-credential.{vm.name}.{identity["client_id"]}.{vm.tokens_made}'
        known = vm.tokens[key] = {'token': text, 'not_before': int(wall), 'expires_on': int(wall) + TOKEN_SECONDS}
    left = str(known['expires_on'] - int(wall))
    return json_response(
        {
            'access_token': known['token'],
            'client_id': identity['client_id'],
            'expires_in': left,
            'expires_on': str(known['expires_on']),
            'ext_expires_in': left,
            'not_before': str(known['not_before']),
            'refresh_token': '',
            'resource': resource,
            'token_type': 'Bearer',
        }
    )


def info(vm: VirtualMachine) -> Response:
    """GET /identity/info."""
    return json_response({'tenantId': vm.settings['tenant_id']})
