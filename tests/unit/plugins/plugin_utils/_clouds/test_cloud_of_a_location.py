# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which cloud has a location, out of any document."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.imds.azure.plugins.module_utils._facts.derived import cloud
from ansible_collections.imds.azure.plugins.module_utils._facts.facts import facts_from_document
from ansible_collections.imds.azure.plugins.plugin_utils._clouds.lookup import cloud_of_location, unnamed_location
from ansible_collections.imds.azure.tests.unit.plugins.module_utils._facts import instance_documents as documents
from ansible_collections.imds.azure.tests.unit.plugins.plugin_utils._clouds.endpoints import ENDPOINTS
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ('location', 'name'),
    [
        ('westus', 'AzurePublicCloud'),
        ('eastus2euap', 'AzurePublicCloud'),
        ('germanywestcentral', 'AzurePublicCloud'),
        ('chinanorth2', 'AzureChinaCloud'),
        ('usdodeast', 'AzureUSGovernmentCloud'),
        ('germanycentral', 'AzureGermanCloud'),
        # The service says CentralIndia, the document the other way round.
        ('centralindia', 'AzurePublicCloud'),
        ('indiacentral', 'AzurePublicCloud'),
    ],
)
def test_clouds(location: str, name: str) -> None:
    """All that the facts say where the service names the cloud, they say where it is looked up."""
    assert cloud_of_location(ENDPOINTS, location) == cloud({'azEnvironment': name})


@pytest.mark.parametrize('location', ['', 'west', 'westus3', 'moon', 'management.azure.com', 'public'])
def test_no_cloud(location: str) -> None:
    assert cloud_of_location(ENDPOINTS, location) is None


def one(name: str, cloud: Any) -> dict[str, Any]:
    return {'cloudEndpoint': {name: cloud}}


@pytest.mark.parametrize('name', ['chinaCloud', 'chinacloud', 'CHINACLOUD', 'AzureChinaCloud', 'azurechinacloud'])
def test_spellings_of_a_cloud(name: str) -> None:
    assert cloud_of_location(one(name, {'locations': ['x']}), 'x') == cloud({'azEnvironment': 'AzureChinaCloud'})


@pytest.mark.parametrize('spelling', ['chinaeast', 'ChinaEast', 'China East', ' china  east '])
def test_spellings_of_a_location(spelling: str) -> None:
    assert cloud_of_location(one('chinaCloud', {'locations': [7, None, spelling]}), 'chinaeast')


@pytest.mark.parametrize(
    ('endpoint', 'manager'),
    [
        ('management.local.azurestack.external', 'https://management.local.azurestack.external'),
        ('Management.Example', 'https://management.example'),
        ('http://management.example/', None),
        ('management.example/x?y', None),
        ('{{ 1 + 1 }}.example', None),
        ('localhost', None),
        (None, None),
        (7, None),
    ],
)
def test_a_cloud_that_is_not_known(endpoint: Any, manager: str | None) -> None:
    """Its own name, and its Resource Manager where what stands there is the name of a host."""
    found = cloud_of_location(one('mine', {'endpoint': endpoint, 'locations': ['here']}), 'here')
    assert found == {**cloud({}), 'name': 'mine', 'resource_manager': manager}


def test_facts_that_lack_a_cloud() -> None:
    older = facts_from_document(documents.WITH_TAGS_STRING)
    assert older['cloud']['name'] is None
    assert unnamed_location(older) == 'westus'
    assert unnamed_location(facts_from_document(documents.SINGLE)) is None
    assert unnamed_location(facts_from_document(documents.CLASSIC)) is None
    assert unnamed_location(facts_from_document(documents.OLDEST, subset=['!min'])) is None
    assert unnamed_location({'query': {'present': False}}) is None
    assert unnamed_location({'cloud': [], 'placement': {'location': 'x'}}) is None


JSON = st.recursive(
    st.one_of(st.none(), st.integers(), st.text(max_size=4), st.just('here')),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.sampled_from(['cloudEndpoint', 'public', 'locations', 'endpoint', 'other']), inner)),
)


@given(JSON)
def test_any_document(endpoints: Any) -> None:
    for document in (endpoints, {'cloudEndpoint': endpoints}, one('public', endpoints), one('public', {'locations': endpoints})):
        found = cloud_of_location(document, 'here')
        assert found is None or set(found) == set(cloud({}))
