# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""/attested/document: what is signed, and which nonce is in it."""

from __future__ import annotations

import base64
import time
from typing import Any

from .http_message import Request, Response, error_response, json_response, to_json
from .signing_authority import SigningAuthority, SigningUnavailableError
from .virtual_machine import VirtualMachine

VALID_SECONDS = 6 * 3600
_FIELD_SINCE = {'subscriptionId': '2019-04-30', 'sku': '2019-11-01', 'licenseType': '2020-09-01'}


def attested_time(wall: float) -> str:
    """``MM/DD/YY HH:MM:SS -0000`` in UTC."""
    return time.strftime('%m/%d/%y %H:%M:%S -0000', time.gmtime(wall))


def attested_content(document: dict[str, Any], version: str, nonce: str | None, wall: float) -> dict[str, Any]:
    """The JSON inside the signature. Without a nonce it holds the time at which the document expires, as the service does."""
    compute = document.get('compute')
    compute = compute if isinstance(compute, dict) else {}
    expires = attested_time(wall + VALID_SECONDS)
    plan = compute.get('plan')
    content = {
        'licenseType': compute.get('licenseType', ''),
        'nonce': expires if nonce is None else nonce,
        'plan': plan if isinstance(plan, dict) else {'name': '', 'product': '', 'publisher': ''},
        'sku': compute.get('sku', ''),
        'subscriptionId': compute.get('subscriptionId', ''),
        'timeStamp': {'createdOn': attested_time(wall), 'expiresOn': expires},
        'vmId': compute.get('vmId', ''),
    }
    return {key: value for key, value in content.items() if _FIELD_SINCE.get(key, '') <= version}


def answered_nonce(vm: VirtualMachine, asked: str | None) -> str | None:
    """The nonce to answer with. In cached mode a new one is answered with the one before it, and only asked again with itself."""
    before, vm.last_nonce = vm.last_nonce, asked
    return before if vm.settings['nonce_mode'] == 'cached' else asked


def attested_document(vm: VirtualMachine, authority: SigningAuthority, request: Request, version: str, wall: float) -> Response:
    """GET /attested/document."""
    content = attested_content(_attested_source(vm), version, answered_nonce(vm, request.parameter('nonce')), wall)
    try:
        signed = authority.sign(to_json(content), vm.settings['cloud'])
    except SigningUnavailableError as error:
        return error_response(500, str(error))
    return json_response({'encoding': 'pkcs7', 'signature': base64.b64encode(signed).decode('ascii')})


def _attested_source(vm: VirtualMachine) -> dict[str, Any]:
    """A classic VM shows no compute metadata, but its attested document has a vmId."""
    if vm.settings['vm_kind'] == 'classic' and vm.settings['document'] is None:
        return {'compute': {'vmId': vm.classic_vm_id()}}
    return vm.document()
