# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The certificates that most tests begin with, and the verification under test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from ansible_collections.imds.azure.plugins.plugin_utils._attestation.attested_document import Trust, expected_identity, verify
from ansible_collections.imds.azure.tests.unit.plugins.plugin_utils._attestation.authority import NONCE, NOW, Issued, issue, leaf


@dataclass(frozen=True)
class World:
    """A root that is trusted, an intermediate that is known, and the metadata service."""

    root: Issued
    intermediate: Issued
    leaf: Issued

    def verify(self, document: Any, **changes: Any) -> dict[str, Any]:
        """The result for a document, all else as it must be but for the changes."""
        given: dict[str, Any] = {'nonce': NONCE, 'cloud': 'AzurePublicCloud', 'instance': None, 'now': NOW, 'download': None}
        given.update(changes)
        known = [each.certificate for each in given.pop('intermediates', [self.intermediate])]
        trust = Trust([each.certificate for each in given.pop('roots', [self.root])], known, given.pop('download'))
        return verify(document, identity=expected_identity(given.pop('instance')), trust=trust, **given)


def failed(result: dict[str, Any]) -> dict[str, str]:
    """The reasons of what did not pass; what verified says must go with it, and content is there only where all is well."""
    reasons = {name: check['reason'] for name, check in result['checks'].items() if check['passed'] is False}
    assert result['verified'] is (not reasons)
    assert (result['content'] is None) is bool(reasons)
    assert list(result['checks']) == ['signature', 'chain', 'name', 'time', 'nonce', 'vm_id', 'subscription_id', 'sku']
    for check in result['checks'].values():
        assert (check['reason'] is None) is (check['passed'] is True)
    return reasons


@pytest.fixture(scope='session')
def world() -> World:
    root = issue('root', None, ca=True, own_key='2048')
    intermediate = issue('intermediate', root, ca=True, own_key='2048', path_length=0)
    return World(root, intermediate, leaf(intermediate))
