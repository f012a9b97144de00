# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever the service answers, the client sleeps no longer than its deadline and ends with a value or an error of its own."""

from itertools import cycle
from typing import Any

from ansible_collections.imds.azure.plugins.module_utils._service.errors import ImdsError
from ansible_collections.imds.azure.plugins.module_utils._service.http_transport import BrokenAnswer, NoAnswer
from ansible_collections.imds.azure.tests.unit.plugins.module_utils._service.scripted_service import (
    COMPLETE,
    ScriptedService,
    Taking,
    answer,
    unknown_version,
    versions,
)
from hypothesis import given
from hypothesis import strategies as st

PARTIAL: list[Any] = [{'compute': {}}, {'network': {}}, {}, [], None, 'x']
STEPS = st.one_of(
    st.builds(
        answer,
        st.sampled_from([200, 204, 302, 400, 403, 404, 405, 410, 410, 429, 429, 500, 503]),
        st.one_of(st.sampled_from([COMPLETE, *PARTIAL]), st.binary(max_size=20)),
    ),
    st.builds(lambda value: answer(429, retry_after=value), st.one_of(st.integers(0, 200).map(str), st.text(max_size=10))),
    st.sampled_from([unknown_version('2024-07-17'), versions('2018-10-01'), answer(200, b'<html>'), answer(502, via='1.1 x')]),
    st.sampled_from([NoAnswer('reset'), BrokenAnswer('incomplete')]),
)
SCRIPTS = st.lists(st.builds(Taking, st.floats(0, 10), STEPS), min_size=1, max_size=12)


@given(
    SCRIPTS, st.floats(0.01, 200), st.floats(0.01, 20), st.floats(0, 1, exclude_max=True), st.sampled_from(['/instance', '/instance/compute', '/loadbalancer'])
)
def test_any_script(script: list[Taking], deadline: float, timeout: float, chance: float, path: str) -> None:
    service = ScriptedService()
    steps = cycle(script)
    service.always(lambda seconds: next(steps))
    client = service.client(chance=chance, timeout=timeout, policy={'deadline': deadline})
    service.clock.sleep_ends_by = deadline
    try:
        outcome = client.get(path)
    except ImdsError as error:
        outcome = error.remedy
    assert path == '/loadbalancer' or isinstance(outcome, dict) or outcome.endswith('.')
    # After the deadline a request is only a formality of a millisecond.
    assert service.clock.elapsed <= deadline + 0.1
    assert all(request.timeout <= timeout for request in service.asked)
    assert client.requests == len(service.asked) <= 3 * (client.retries + 4)
    assert client.retries == len(service.pauses)
