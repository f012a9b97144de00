# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a document must be to be verified, and that each defect is told by the check that it belongs to and by no other."""

from __future__ import annotations

import datetime
import json
from typing import Any

import pytest
from ansible_collections.imds.azure.plugins.module_utils._service.errors import OptionError
from ansible_collections.imds.azure.plugins.plugin_utils._attestation.attested_document import expected_identity
from ansible_collections.imds.azure.tests.unit.plugins.plugin_utils._attestation.authority import CONTENT, NOW, document, leaf
from ansible_collections.imds.azure.tests.unit.plugins.plugin_utils._attestation.conftest import World, failed

INSTANCE = {'vm_id': CONTENT['vmId'], 'subscription_id': CONTENT['subscriptionId'], 'sku': CONTENT['sku']}
FACTS = {'query': {'present': True}, 'tags': {}, **{f'compute_{key}': value for key, value in INSTANCE.items()}}
MINUTE = datetime.timedelta(minutes=1)


@pytest.mark.parametrize('instance', [INSTANCE, FACTS])
def test_a_good_document(world: World, instance: dict[str, Any]) -> None:
    """All checks pass, and the content is given as it was signed."""
    result = world.verify(document(world.leaf), instance=instance)
    assert failed(result) == {}
    assert [check['passed'] for check in result['checks'].values()] == [True] * 8
    assert result['content'] == CONTENT
    assert result['certificate'] == {
        'subject': 'CN=metadata.azure.com',
        'issuer': 'CN=intermediate',
        'not_before': '2026-04-01T12:00:00+00:00',
        'not_after': '2026-05-31T12:00:00+00:00',
    }


def test_the_signature_alone(world: World) -> None:
    """Line breaks in base64 do not matter."""
    text = document(world.leaf)['signature']
    lines = '\n'.join(text[i : i + 64] for i in range(0, len(text), 64))
    assert failed(world.verify(lines)) == {}


def test_nothing_to_compare_with(world: World) -> None:
    """What was not given is said not to be checked, and does not count."""
    result = world.verify(document(world.leaf))
    assert failed(result) == {}
    assert {name for name, check in result['checks'].items() if check['passed'] is None} == {'vm_id', 'subscription_id', 'sku'}
    assert result['checks']['sku']['reason'] == 'instance has no sku to compare with'


@pytest.mark.parametrize(
    ('cloud', 'name'),
    [
        ('AzurePublicCloud', 'metadata.azure.com'),
        ('AzurePublicCloud', 'southcentralus.metadata.azure.com'),
        ('AzurePublicCloud', 'WestEurope.Metadata.Azure.Com'),
        ('AzurePublicCloud', 'a.b.metadata.azure.com'),
        ('AzurePublicCloud', '*.metadata.azure.com'),
        ('AzureUSGovernmentCloud', 'usgovvirginia.metadata.azure.us'),
        ('AzureChinaCloud', 'metadata.azure.cn'),
        ('AzureGermanCloud', 'metadata.microsoftazure.de'),
    ],
)
def test_names_of_a_cloud(world: World, cloud: str, name: str) -> None:
    assert failed(world.verify(document(leaf(world.intermediate, 'x', dns=['other.example', name])), cloud=cloud)) == {}


@pytest.mark.parametrize(
    'names',
    [
        ['evilmetadata.azure.com'],
        ['metadata.azure.com.evil.test'],
        ['metadata.azure.us'],
        ['metadata.azure.cn'],
        ['azure.com'],
        ['*.azure.com'],
        ['metadata-azure.com'],
        ['xn--metadata.azure.co'],
    ],
)
def test_names_of_others(world: World, names: list[str]) -> None:
    """A certificate for another name does not count, however good it is and however like the right one its name looks."""
    reasons = failed(world.verify(document(leaf(world.intermediate, 'x', dns=names))))
    assert set(reasons) == {'name'}
    assert repr(names[0]) in reasons['name']


def test_the_common_name_does_not_count(world: World) -> None:
    """Only subject alternative names are names of servers (CA/Browser Forum), and a chain without one is refused."""
    reasons = failed(world.verify(document(leaf(world.intermediate, 'metadata.azure.com', dns=[]))))
    assert set(reasons) == {'name', 'chain'}


@pytest.mark.parametrize(
    ('minutes_from_creation', 'good'),
    [(-60, False), (-6, False), (-4, True), (0, True), (359, True), (364, True), (366, False), (60 * 24 * 8, False)],
)
def test_time(world: World, minutes_from_creation: int, good: bool) -> None:
    """A document counts from its making to its end, give or take five minutes."""
    created = datetime.datetime(2026, 5, 1, 11, 59, 30, tzinfo=datetime.UTC)
    reasons = failed(world.verify(document(world.leaf), now=created + minutes_from_creation * MINUTE))
    assert set(reasons) == (set() if good else {'time'})
    if not good:
        assert ('expired' if minutes_from_creation > 0 else 'was created at 2026-05-01T11:59:30+00:00') in reasons['time']


@pytest.mark.parametrize(
    'stamp',
    [
        None,
        'now',
        [],
        {},
        {'createdOn': '05/01/26 11:59:30 -0000'},
        {'createdOn': '05/01/26 11:59:30 -0000', 'expiresOn': None},
        {'createdOn': '2026-05-01T11:59:30Z', 'expiresOn': '2026-05-01T17:59:30Z'},
        {'createdOn': '05/01/26 11:59:30', 'expiresOn': '05/01/26 17:59:30'},
        {'createdOn': '13/01/26 11:59:30 -0000', 'expiresOn': '05/01/26 17:59:30 -0000'},
    ],
)
def test_times_that_cannot_be_read(world: World, stamp: Any) -> None:
    assert set(failed(world.verify(document(world.leaf, {'timeStamp': stamp})))) == {'time'}


def test_other_time_zones(world: World) -> None:
    """An offset is one, whatever the service writes today."""
    stamp = {'createdOn': '05/01/26 13:59:30 +0200', 'expiresOn': '05/01/26 13:01:00 +0200'}
    assert set(failed(world.verify(document(world.leaf, {'timeStamp': stamp}), now=NOW))) == {'time'}


@pytest.mark.parametrize('nonce', ['1234567890', '', None, 8503917264, '8503917264 ', '05/01/26 17:59:30 -0000', {'nonce': '8503917264'}])
def test_another_nonce(world: World, nonce: Any) -> None:
    reasons = failed(world.verify(document(world.leaf, {'nonce': nonce})))
    assert set(reasons) == {'nonce'}
    assert "and not '8503917264'" in reasons['nonce']


@pytest.mark.parametrize(('key', 'field'), [('vm_id', 'vmId'), ('subscription_id', 'subscriptionId'), ('sku', 'sku')])
class TestIdentity:
    """The document must be about the VM that it is said to be about, in each of three ways."""

    def test_another_one(self, world: World, key: str, field: str) -> None:
        for instance in ({**INSTANCE, key: 'another'}, {**FACTS, f'compute_{key}': 'another'}):
            reasons = failed(world.verify(document(world.leaf), instance=instance))
            assert reasons == {key: f"the {field} of the document is {CONTENT[field]!r} and not 'another'"}

    def test_one_of_them_alone(self, world: World, key: str, field: str) -> None:
        result = world.verify(document(world.leaf), instance={key: str(CONTENT[field]).upper()})
        assert failed(result) == {}, 'letter case does not matter'
        assert [name for name in INSTANCE if result['checks'][name]['passed']] == [key]

    def test_missing_in_the_document(self, world: World, key: str, field: str) -> None:
        """An old api-version does not help a host past a comparison that was asked for."""
        content = {name: value for name, value in CONTENT.items() if name != field}
        reasons = failed(world.verify(document(world.leaf, json.dumps(content).encode()), instance=INSTANCE))
        assert set(reasons) == {key}
        assert f'the document has no {field}' in reasons[key]
        assert set(failed(world.verify(document(world.leaf, json.dumps(content).encode())))) == set(), 'nobody asked'

    def test_empty_in_the_document(self, world: World, key: str, field: str) -> None:
        assert set(failed(world.verify(document(world.leaf, {field: ''}), instance=INSTANCE))) == {key}


def test_images_of_ones_own_have_no_sku(world: World) -> None:
    assert failed(world.verify(document(world.leaf, {'sku': ''}), instance={'sku': ''})) == {}
    assert set(failed(world.verify(document(world.leaf), instance={'sku': ''}))) == {'sku'}


@pytest.mark.parametrize('instance', [{'vm_id': ''}, {'query': {'present': False}}, {'query': {}, 'compute_vm_id': ''}, {'query': {}, 'compute_vm_id': None}])
def test_nothing_is_no_vm_id(world: World, instance: dict[str, Any]) -> None:
    """Facts without the id of the VM, and an empty one, are not compared with success, not even with a document that has none either."""
    assert set(failed(world.verify(document(world.leaf, {'vmId': ''}), instance=instance))) == {'vm_id'}
    assert set(failed(world.verify(document(world.leaf), instance=instance))) == {'vm_id'}


def test_facts_of_an_old_api_version(world: World) -> None:
    """They have no subscription, and what they do not have is not compared."""
    facts = {'query': {}, 'compute_vm_id': CONTENT['vmId']}
    result = world.verify(document(world.leaf), instance=facts)
    assert failed(result) == {}
    assert result['checks']['subscription_id']['passed'] is None


@pytest.mark.parametrize('instance', [{'vmId': 'x'}, {'vm_id': 'x', 'name': 'y'}, {1: 2}, {'compute_vm_id': 'x'}])
def test_instance_of_another_shape(instance: dict[Any, Any]) -> None:
    """A key that nobody looks at would be a comparison that is not made."""
    with pytest.raises(OptionError, match='instance has unknown keys'):
        expected_identity(instance)


@pytest.mark.parametrize(
    'content', [b'', b'null', b'[]', b'{', b'"x"', b'\xff\xfe{}', b'{"nonce": NaN}', b'{"nonce": "\\ud800"}', b'[' * 60000, b'{"a":' * 70 + b'1' + b'}' * 70]
)
def test_content_that_is_no_document(world: World, content: bytes) -> None:
    """It may be signed as it should, and still is nothing to rely on."""
    reasons = failed(world.verify(document(world.leaf, content), instance=INSTANCE))
    assert set(reasons) == {'time', 'nonce', 'vm_id', 'subscription_id', 'sku'}
    assert set(reasons.values()) == {'there is no content to check, or it is not the JSON of an attested document'}


def test_reasons_are_printable_and_short(world: World) -> None:
    """What strangers write cannot fill a screen or move its cursor."""
    hostile = '\x1b[2J{{ lookup("pipe", "id") }}\n' * 500
    result = world.verify(document(world.leaf, {'nonce': hostile, 'vmId': hostile}), instance=INSTANCE)
    for reason in failed(result).values():
        assert reason.isprintable()
        assert len(reason) < 400
