# Copyright: Contributors to the imds.azure collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What cannot be trusted in what a host says of itself, and an inventory whose hosts say it everywhere they can: print it as YAML."""

from __future__ import annotations

import json
import os
from typing import Any

TEXTS = [
    '"><script>alert(1)</script>',
    '$(touch "$CANARY")',
    '`touch $CANARY`; touch $CANARY #',
    "{{ lookup('ansible.builtin.pipe', 'touch $CANARY') }}",
    '{% for x in range(3) %}{{ x }}{% endfor %}',
    'one\n[osd]\nrack=two\n',
    '\'single\' "double" \\back\\slash\\',
    '%s %(x)s %n # ; , | = :',
    '${HOME} ${CANARY:x}',
    'Zürich 東京 😀',
    'x' * 300,
    "'; process.exit(3); //",
    'ä' * 300,
    '\u2028*/ \x85\x7f',
]
# The texts are dealt out to these, so that each stands in one of them at one of the hosts.
FIELDS = ('location', 'zone', 'physical_zone', 'fault_domain', 'update_domain', 'scale_set', 'vm_size', 'computer_name')
# No addresses, and addresses with scopes, which may be any text.
ADDRESSES: list[Any] = ['fe80::1%$(touch $CANARY)', 'fe80::2%\n10.0.0.12\tevil', '10.7.0.9 /evil', '$(touch $CANARY)', 7, None, ['10.7.0.8']]
HOSTS = ['claims-1', 'claims-2']
# Of these nothing is as it should be.
NAMELESS: dict[str, Any] = {
    'claims-3': {'placement': ['x'], 'addresses': 'x', 'tags': ['x']},
    'claims-4': {'placement': {'zone': {}}, 'addresses': {'private_ipv4': 'x'}, 'tags': {'Role': 7}},
}


def tags() -> dict[str, str]:
    """Each text as a name and as a value; numbers keep the names apart of which nothing else is left."""
    return {f'{number}{text}': text for number, text in enumerate(TEXTS)}


def facts(number: int) -> dict[str, Any]:
    """What a host says."""
    said: dict[str, Any] = {field: TEXTS[(len(TEXTS) // 2 * number + index) % len(TEXTS)] for index, field in enumerate(FIELDS)}
    return {
        'compute_vm_size': said.pop('vm_size'),
        'compute_os_profile_computer_name': said.pop('computer_name'),
        'placement': said,
        'addresses': {'private_ipv4': [f'10.7.0.{number}', *ADDRESSES]},
        'tags': tags(),
    }


def yaml(value: Any) -> str:
    """In YAML's flow style, with each text marked so that ansible-core 2.16 takes it for no template, as inventory plugins mark theirs."""
    if isinstance(value, dict):
        return '{%s}' % ', '.join(f'? {yaml(key)} : {yaml(child)}' for key, child in value.items())
    if isinstance(value, list):
        return '[%s]' % ', '.join(map(yaml, value))
    # What YAML does not allow as it is gets an escape, which JSON and YAML write alike.
    text = json.dumps(value, ensure_ascii=False).replace('\x7f', '\\u007f').replace('\x85', '\\u0085').replace('\u2028', '\\u2028')
    return f'!unsafe {text}' if isinstance(value, str) else text


def main() -> None:
    said = {name: facts(number) for number, name in enumerate(HOSTS)} | NAMELESS
    print(f'claims:\n  vars:\n    ansible_connection: local\n    ansible_python_interpreter: {os.environ["HOST_PYTHON"]}\n  hosts:')
    for name, value in said.items():
        print(f'    {name}:\n      azure_imds: {yaml(value)}')


if __name__ == '__main__':
    main()
