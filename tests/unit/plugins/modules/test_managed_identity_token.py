# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The worked example is one text in two places; tests/e2e runs it."""

from pathlib import Path

from ansible_collections.imds.azure.plugins.modules.managed_identity_token import EXAMPLES


def test_the_guide_has_the_example_of_the_module() -> None:
    guide = (Path(__file__).parents[4] / 'docs/identity.md').read_text()
    example = guide.partition('```yaml\n')[2].partition('```')[0]
    assert example.startswith('- name: Read a secret of Key Vault as the VM\n')
    assert example in EXAMPLES
